// `maildesk backup` and `restore` as people meet them: what is said, what is refused, and what status and doctor say until
// somebody turns sending on.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onPostgres } from "../servers/test-database.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { putTogether, takeApart } from "./dump-text.ts";

const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

let desk: DeskFolder;
/** Another desk, with the copy in its folder. */
let empty: DeskFolder;

beforeAll(async () => {
  desk = await deskFolder();
  empty = await deskFolder();
  await desk.run(["ingest", "-"], { input: mailOf({ from: "ann@acme.example" }) });
});
afterAll(() => {
  desk.remove();
  empty.remove();
});

it("backup makes a file that only its owner may read, and says what is in it", async () => {
  const said = await desk.run(["backup", "desk.backup"]);
  expect(said.stderr).toMatch(
    /^desk\.backup: [\d.]+ .?B, 1 ticket, 1 mail in, 0 mails out; read back and in order\.\n$/,
  );
  expect(said).toMatchObject({ code: 0, stdout: "" });
  const path = join(desk.path, "desk.backup");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  empty.file("desk.backup", readFileSync(path));
});

const own: [string[], RegExp][] = onPostgres
  ? []
  : [
      [["data/maildesk.db", "--force"], /is the desk's own database/],
      [["data/maildesk.db-wal", "--force"], /is the desk's own database/],
    ];
it.each<[string[], RegExp]>([
  [["desk.backup"], /There is a file desk\.backup already\.\n.*--force/],
  [["data", "--force"], /data is a folder/],
  [["/dev/null", "--force"], /is no ordinary file/],
  [["nowhere/x"], /There is no folder/],
  [["nowhere/"], /nowhere\/ names a folder\.\n {2}Name a file in it/],
  [["-"], /A backup is a file.*\n.*maildesk dump -/],
  [["x", "--dry-run"], /there is nothing to try/],
  ...own,
])("backup %j is refused", async (args, sentence) => {
  const said = await desk.run(["backup", ...args]);
  expect(said.stderr).toMatch(sentence);
  expect(said).toMatchObject({ code: 64, stdout: "" });
});

it("backup --force replaces a copy, and says what is in it to machines", async () => {
  expect(await desk.json("backup", "desk.backup", "--force")).toMatchObject({
    file: "desk.backup",
    format: onPostgres ? "dump" : "sqlite",
    bytes: expect.any(Number),
    tickets: 1,
    emails: 1,
    outbox: 0,
  });
});

const others: [string, string | Buffer][] = [
  ["maildesk.yaml", ""],
  ["maildesk.secret", ""],
  ["notes.json", '{"format":"mine"}\n'],
  ["other.gz", gzipSync("not a dump")],
  ["foreign.db", ""],
];
it.each(others)(
  "backup and dump --force replace a dump, a backup or nothing at all, and not %s",
  async (name, content) => {
    if (name === "foreign.db") {
      const foreign = new BetterSqlite(join(desk.path, name));
      foreign.exec("create table x (y)");
      foreign.close();
    } else if (content !== "") desk.file(name, content);
    const before = readFileSync(join(desk.path, name));
    for (const verb of ["backup", "dump"]) {
      const said = await desk.run([verb, name, "--force"]);
      expect(said.stderr).toMatch(/is neither a dump nor a backup of maildesk: --force does not replace it/);
      expect(said).toMatchObject({ code: 64, stdout: "" });
    }
    expect(readFileSync(join(desk.path, name))).toEqual(before);
  },
);

it.each(onPostgres ? [] : ["data/maildesk.db"])(
  "backup --force does not replace another desk's %s",
  async (database) => {
    const other = await deskFolder();
    await other.run(["org", "add", "Acme"]);
    const path = join(other.path, database);
    expect((await desk.run(["backup", path, "--force"])).code).toBe(64);
    expect(await other.json("org", "list")).toHaveLength(1);
    other.remove();
  },
);

it("backup and dump --force replace one another's files, packed or not, and an empty one", async () => {
  const dumped = (await desk.run(["dump"])).stdout;
  const backup = readFileSync(join(desk.path, "desk.backup"));
  for (const [verb, content] of [
    ["backup", ""],
    ["backup", gzipSync(dumped)],
    ["dump", backup],
    ["dump", dumped],
  ] as const) {
    desk.file("kept", content);
    expect((await desk.run([verb, "kept", "--force"])).code).toBe(0);
  }
});

it("backup forgets what killed ones left in its folder, whatever their names, after a day", async () => {
  const uuid = "0b0c3f6e-5a0e-4b6a-9d7e-0123456789ab";
  const old = [`.monday.backup.${uuid}.part`, `.monday.backup.${uuid}.part-journal`];
  const others = [`.new.${uuid}.part`, ".movie.part", `monday.${uuid}.part`];
  for (const name of [...old, ...others]) desk.file(`parts/${name}`, "");
  const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
  for (const name of [...old, ...others.slice(1)]) utimesSync(join(desk.path, "parts", name), twoDaysAgo, twoDaysAgo);
  expect((await desk.run(["backup", "parts/tuesday.backup"])).code).toBe(0);
  expect(readdirSync(join(desk.path, "parts")).sort()).toEqual([...others, "tuesday.backup"].sort());
});

/** Runs the command, and sends it a signal as soon as `isTime`, as a terminal does for Ctrl-C: to its children as well. */
async function interrupted(args: string[], signal: NodeJS.Signals, isTime: () => boolean) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: desk.path,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close");
  while (!isTime() && child.exitCode === null) await sleep(5);
  if (child.exitCode === null) process.kill(signal === "SIGINT" ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  const [code] = await ended;
  return { code, stderr };
}

const parts = (folder: string) => readdirSync(folder).filter((name) => name.includes(".part"));

it.each<[string, NodeJS.Signals]>(
  onPostgres
    ? []
    : [
        ["before the copy has begun", "SIGINT"],
        ["in the middle of the copy", "SIGINT"],
        ["in the middle of the copy", "SIGTERM"],
        ["in the middle of the copy", "SIGKILL"],
      ],
)("a backup that is stopped %s by %s leaves nothing", async (when, signal) => {
  const big = await deskFolder();
  await big.run(["org", "list"]);
  const database = new BetterSqlite(join(big.path, "data/maildesk.db"));
  const insert = database.prepare(`insert into "blob" ("id", "bytes") values (?, ?)`);
  for (let at = 0; at < 40; at++) insert.run(`b${at}`, Buffer.alloc(2 * 1024 * 1024, at));
  database.close();
  const folder = join(big.path, "copies");
  mkdirSync(folder);
  const config = ["--config", join(big.path, "maildesk.yaml")];
  const isTime = () =>
    parts(folder).some((name) => when.startsWith("before") || statSync(join(folder, name)).size > 1_000_000);
  const said = await interrupted([...config, "backup", join(folder, "x.backup")], signal, isTime);
  if (signal === "SIGKILL") while (parts(folder).length > 0) await sleep(5);
  else expect(said).toEqual({ code: 75, stderr: "maildesk: Stopped before the end: nothing was kept.\n" });
  expect(readdirSync(folder)).toEqual([]);
  expect((await big.run(["backup", "copies/x.backup"])).code).toBe(0);
  expect(readdirSync(folder)).toEqual(["x.backup"]);
  big.remove();
});

it("restore tells of refresh tokens that a provider may have replaced", async () => {
  const { head, rows } = takeApart((await desk.run(["dump"])).stdout);
  const token = {
    id: "x",
    sealed: "y",
    generation: 1,
    refreshEndsAt: null,
    leaseOwner: null,
    leaseUntil: 0,
    usedAt: 1,
  };
  const after = rows.findIndex(({ table }) => table === "commitLog");
  const other = await deskFolder();
  other.file("desk.jsonl", putTogether(head, rows.toSpliced(after, 0, { table: "credential", row: token })));
  const said = await other.run(["restore", "desk.jsonl"]);
  expect(said.stderr).toMatch(/^A provider that replaces refresh tokens may .* sign in anew/m);
  expect(said.code).toBe(0);
  other.remove();
});

const refusals: [string, RegExp, number][] = [
  ["foreign.db", /is a database, but no desk's/, 65],
  ["newer.db", /newer maildesk \(it has 999-new\)/, 65],
  ["cut.db", /cut\.db is damaged/, 65],
  ["cut.gz", /cut\.gz is cut off/, 65],
  ["empty", /empty is empty/, 65],
  ["hello", /neither a dump nor a backup/, 65],
  ["nothing", /There is no file nothing/, 64],
  ["data", /data is a folder/, 64],
];
it.each(refusals)("restore %s is refused in one sentence", async (file, sentence, code) => {
  makeWrongFiles();
  const said = await empty.run(["restore", file]);
  expect(said.stderr).toMatch(sentence);
  expect(said.stderr).not.toMatch(/\n\s+at /);
  expect(said.code).toBe(code);
});

function makeWrongFiles(): void {
  const at = (name: string) => join(empty.path, name);
  for (const [name, text] of [
    ["empty", ""],
    ["hello", "Hello."],
  ] as const)
    empty.file(name, text);
  const foreign = new BetterSqlite(at("foreign.db"));
  foreign.exec("create table if not exists x (y)");
  foreign.close();
  const newer = new BetterSqlite(at("newer.db"));
  newer.exec(`create table if not exists "migration" ("name" text primary key, "at" bigint not null)`);
  newer.exec(`insert or ignore into "migration" values ('001-desk', 0), ('999-new', 0)`);
  newer.exec(`create table if not exists "blob" ("id" text primary key, "bytes" blob)`);
  newer.exec(`insert or ignore into "blob" values ('x', zeroblob(200000))`);
  newer.close();
  writeFileSync(at("cut.db"), readFileSync(at("newer.db")).subarray(0, 6_000));
  execFileSync("sh", ["-c", "gzip -c newer.db | head -c 100 > cut.gz"], { cwd: empty.path });
}

it("load takes no backup of SQLite", async () => {
  makeWrongFiles();
  const said = await empty.run(["load", "newer.db"]);
  expect(said.stderr).toMatch(/is a backup, not a dump\.\n.*maildesk restore/);
  expect(said.code).toBe(64);
});

it("restore says what to do next; status and doctor say that sending is off, until it is on", async () => {
  const said = await empty.run(["restore", "desk.backup"]);
  expect(said.stderr).toMatch(/^Restored 1 ticket, 1 mail in, 0 mails out\.\n/);
  for (const line of ["The next new ticket is #11001", "1 message had to be told yet", "maildesk reconcile"])
    expect(said.stderr).toContain(line);
  expect(said.code).toBe(0);
  const status = await empty.run(["status"]);
  expect(status.stdout).toMatch(/^Sending +off$/m);
  expect(status.stdout).toMatch(/^! sending: off since the restore of .*maildesk settings set mail\.sending=on$/m);
  const doctor = await empty.run(["doctor"]);
  expect(doctor.stdout).toMatch(/^FAILED {2}sending .*off since the restore of .*mail\.sending=on/m);
  expect(doctor.code).toBe(69);

  await empty.run(["settings", "set", "mail.sending=on"]);
  expect(await empty.json("status")).toMatchObject({ sending: { state: "on", restoredAt: null }, problems: [] });
  expect((await empty.run(["restore", "desk.backup"])).stderr).toMatch(/^maildesk: This desk is not empty /);
});
