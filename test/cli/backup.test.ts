// `maildesk backup` and `restore` as people meet them: what is said, what is refused, and what status and doctor say until
// somebody turns sending on.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onPostgres } from "../servers/test-database.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

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
