// A desk that is copied in the middle of its work and restored elsewhere, on the same engine or the other: what may have
// been told since the copy was made is in doubt, and what is new is told once a person turned sending on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { type App, loadConfig, openApp } from "../../dist/app.js";
import { mailOf } from "../cli/desk-folder.ts";
import { tempFolder } from "../servers/temp-folder.ts";
import { databaseOf, onPostgres } from "../servers/test-database.ts";

const silent = { info() {}, warn() {}, error() {} };
const call = { signal: new AbortController().signal, seen() {} };
const pairs: [string, string][] = onPostgres
  ? [
      ["postgres", "postgres"],
      ["postgres", "sqlite"],
      ["sqlite", "postgres"],
    ]
  : [["sqlite", "sqlite"]];

async function open(engine: string) {
  const folder = tempFolder("restore");
  const database = engine === "sqlite" ? `sqlite:${join(folder.path, "maildesk.db")}` : await databaseOf(folder.path);
  const lines = [
    `database: ${database}`,
    "queue: embedded",
    "outgoing: maildir:./sent",
    "secret: the secret of both desks, long enough",
    "mailboxes: [{ name: support, address: support@desk.example }]",
  ];
  writeFileSync(join(folder.path, "maildesk.yaml"), `${lines.join("\n")}\n`);
  const app = await openApp(loadConfig({ path: folder.path, env: {} }), { log: silent });
  onTestFinished(async () => {
    await app.close();
    folder.remove();
  });
  return { app, folder: folder.path, sent: () => sentBy(folder.path) };
}

/** Addresses in the Maildir to which mail "leaves". */
function sentBy(folder: string): string[] {
  const inbox = join(folder, "sent/new");
  if (!existsSync(inbox)) return [];
  return readdirSync(inbox)
    .map((name) => /^To: .*?<?(\w+)@/m.exec(readFileSync(join(inbox, name), "utf8"))?.[1] ?? "?")
    .sort();
}

/** A mail of this person, stored and not judged. */
async function store(app: App, name: string, receivedAtMs = Date.now()): Promise<void> {
  const raw = Buffer.from(mailOf({ from: `${name}@${name}.example`, id: `${name}@x.example` }));
  await app.spool.store("support", null, [app.newMail(raw, receivedAtMs, "live", false)], null);
}

async function take(app: App, name: string, receivedAtMs?: number): Promise<void> {
  await store(app, name, receivedAtMs);
  await app.process();
}

async function turnSending(app: App, isOn: boolean): Promise<void> {
  const row = (await app.lists.settingRows()).find(({ id }) => id === "mail.sending");
  await app.desk.commit({
    id: app.ids.next("cmt"),
    atMs: Date.now(),
    cause: { kind: "command", by: "operator", what: "settings set" },
    changes: [
      row === undefined
        ? { table: "setting", id: "mail.sending", before: null, after: { value: isOn } }
        : { table: "setting", id: "mail.sending", before: { value: row.value }, after: { value: isOn } },
    ],
    guards: [],
    notices: [],
  });
}

async function outgoing(app: App): Promise<string[]> {
  const rows = await app.database.read.selectFrom("outbox").selectAll().execute();
  return rows.map(({ toAddress, status }) => `${toAddress.split("@")[0]} ${status}`).sort();
}

/** Ann's answer was sent, bob's is held, cy's is queued, dan's has to be written yet, and eve's mail to be judged. */
async function fill(app: App): Promise<void> {
  await take(app, "ann");
  await app.deliver();
  await turnSending(app, false);
  await take(app, "bob");
  await take(app, "cy");
  await app.deliver();
  const held = (await app.lists.outboxList({}, 10)).rows.find(({ to }) => to.startsWith("bob"));
  expect(await app.outboxConsole.apply("hold", held?.id ?? "", "operator", Date.now())).toBe(true);
  await take(app, "dan");
  await store(app, "eve");
  await turnSending(app, true);
  expect(await outgoing(app)).toEqual(["ann sent", "bob held", "cy queued"]);
}

it.each(pairs)("a desk on %s, restored on %s, sends nothing again and gives no number twice", async (from, to) => {
  const old = await open(from);
  await fill(old.app);
  const file = join(old.folder, "desk.backup");
  expect(await old.app.archive.backup(file, { ...call, force: false })).toMatchObject({
    format: from === "sqlite" ? "sqlite" : "dump",
    rows: { ticket: 4, email: 5, outbox: 3, notice: 4 },
  });
  await old.app.process();
  await old.app.deliver();

  const { app, sent } = await open(to);
  const how = { ...call, by: "operator", what: "restore desk.backup" };
  expect(await app.archive.restore(file, { ...how, keep: false })).toMatchObject({ uncertain: 2 });
  expect(await outgoing(app)).toEqual([]);
  expect(await app.archive.restore(file, { ...how, keep: true })).toMatchObject({
    rows: { ticket: 4, email: 5 },
    uncertain: 2,
    messages: 1,
    pending: 1,
    lastStoredAt: expect.any(Number),
    nextTicket: 11_001,
  });
  const restoredAt = (await app.lists.restoredAt()) ?? 0;
  expect(await outgoing(app)).toEqual(["ann sent", "bob uncertain", "cy uncertain"]);
  await expect(app.archive.restore(file, { ...how, keep: true })).rejects.toThrow("This desk is not empty");

  // What came before the restore may have been answered by the old desk; what comes now was not.
  await app.process();
  await take(app, "fay", restoredAt);
  await take(app, "gus", restoredAt + 1);
  await app.deliver();
  const late = ["dan uncertain", "eve uncertain", "fay uncertain"];
  const before = ["ann sent", "bob uncertain", "cy uncertain", ...late];
  expect(await outgoing(app)).toEqual([...before, "gus queued"]);
  const tickets = await app.database.read.selectFrom("ticket").select("number").orderBy("number").execute();
  expect(tickets.map(({ number }) => number)).toEqual([1, 2, 3, 4, 11_001, 11_002, 11_003]);
  const refs = await app.database.read.selectFrom("conversation").select("ref").orderBy("ref").execute();
  expect(refs.filter(({ ref }) => ref > 10_000_000)).toHaveLength(3);
  expect(sent()).toEqual([]);

  const log = await app.lists.logList({ about: ["mail.sending"], by: "operator", limit: 10 });
  expect(log.rows.map(({ what }) => what)).toContain("restore desk.backup");
  await turnSending(app, true);
  await app.deliver();
  expect(await outgoing(app)).toEqual([...before, "gus sent"]);
  expect(sent()).toEqual(["gus"]);
});

it("a restore of a desk whose sending was off is in the log as well", async () => {
  const engine = onPostgres ? "postgres" : "sqlite";
  const old = await open(engine);
  await turnSending(old.app, false);
  const file = join(old.folder, "desk.backup");
  await old.app.archive.backup(file, { ...call, force: false });
  const { app } = await open(engine);
  await app.archive.restore(file, { ...call, by: "eve@desk.example", what: "restore x", keep: true });
  const log = await app.lists.logList({ about: undefined, by: "eve@desk.example", limit: 10 });
  expect(log.rows).toMatchObject([{ what: "restore x", rows: 0 }]);
  expect((await app.desk.settings())["mail.sending"]).toBe(false);
});

it("a dump is the same after it was loaded, on whichever engine, and a backup on PostgreSQL is one", async () => {
  const engine = onPostgres ? "postgres" : "sqlite";
  const old = await open("sqlite");
  await fill(old.app);
  const file = (name: string) => join(old.folder, name);
  const text = (name: string) => readFileSync(file(name), "utf8");
  await old.app.archive.dump(file("1"), { ...call, force: false });
  const { app } = await open(engine);
  await app.archive.load(file("1"), { ...call, keep: true });
  await app.archive.dump(file("2"), { ...call, force: false });
  expect(text("2")).toBe(text("1"));
  if (engine === "postgres") {
    await app.archive.backup(file("3"), { ...call, force: false });
    expect(gunzipSync(readFileSync(file("3"))).toString()).toBe(text("1"));
  }
  const { app: third } = await open("sqlite");
  await third.archive.load(file("2"), { ...call, keep: true });
  await third.archive.dump(file("4"), { ...call, force: false });
  expect(text("4")).toBe(text("1"));
});
