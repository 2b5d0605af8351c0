// `maildesk dump` and `load`: everything that a desk holds as JSON lines and back, equal to the byte; and what a dump must
// not be to be loaded.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { type DumpLine, putTogether, takeApart, withoutNewer } from "./dump-text.ts";

let old: DeskFolder;
let dumped: string;
/** An empty desk to which files are given that it must refuse. */
let refused: DeskFolder;
const made: DeskFolder[] = [];

beforeAll(async () => {
  refused = await deskFolder();
  old = await deskFolder();
  for (const name of ["ann", "bob", "cy"])
    await old.run(["ingest", "-"], {
      input: mailOf({ from: `${name}@${name}.example`, id: `${name}@x.example`, text: `Zürich \u{1f600} ${name}` }),
    });
  await old.run(["deliver"]);
  await old.run(["settings", "set", "mail.hold=10m"]);
  await old.run(["agent", "add", "eve@desk.example"]);
  await old.run(["--as", "eve@desk.example", "ticket", "reply", "1", "--text", "We come.", "--yes"]);
  const said = await old.run(["dump", "desk.jsonl"]);
  expect(said).toMatchObject({ code: 0, stdout: "", stderr: "Dumped 3 tickets, 3 mails in, 3 mails out.\n" });
  dumped = readFileSync(join(old.path, "desk.jsonl"), "utf8");
});
afterAll(() => {
  for (const desk of [old, refused, ...made]) desk.remove();
});

/** A desk that nobody used yet, with a file in it. */
async function newDesk(content: string | Buffer = dumped): Promise<DeskFolder> {
  const desk = await deskFolder();
  made.push(desk);
  desk.file("desk.jsonl", content);
  return desk;
}

const isEmpty = async (desk: DeskFolder) => (await desk.json<unknown[]>("ticket", "list")).length === 0;

describe("dump", () => {
  it("writes one JSON object a line, in the order of its keys, with bytes as base64", () => {
    const { head, rows } = takeApart(dumped);
    expect(head).toEqual({ format: "maildesk-dump", version: 1, migration: expect.stringMatching(/^\d{3}-/) });
    const raws = rows.filter(({ table }) => table === "emailRaw");
    expect(Buffer.from(String(raws[0]?.row.raw), "base64").toString()).toContain("Subject: The printer is on fire");
    for (const table of new Set(rows.map((row) => row.table))) {
      const ids = rows.filter((row) => row.table === table && "id" in row.row).map(({ row }) => String(row.id));
      expect(ids).toEqual([...ids].sort());
    }
    expect(rows.every(({ row }) => Object.keys(row).join() === Object.keys(row).sort().join())).toBe(true);
    expect(putTogether(head, rows)).toBe(dumped);
  });

  it("of the same state is equal to the byte, to a file or to standard output", async () => {
    const said = await old.run(["dump", "-"]);
    expect(said.code).toBe(0);
    expect(said.stdout).toBe(dumped);
    expect((await old.run(["dump"])).stdout).toBe(dumped);
  });

  it("is nobody else's to read, replaces no file unasked, and leaves nothing beside it", async () => {
    expect(statSync(join(old.path, "desk.jsonl")).mode & 0o777).toBe(0o600);
    expect(await old.run(["dump", "desk.jsonl"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("There is a file desk.jsonl already."),
    });
    expect((await old.run(["dump", "desk.jsonl", "--force"])).code).toBe(0);
    expect((await old.run(["dump", "nowhere/desk.jsonl"])).stderr).toMatch(/There is no folder .*nowhere\./);
    expect(readdirSync(old.path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("load", () => {
  it("makes a desk whose dump is the same, and which goes on as the old one would have", async () => {
    const desk = await newDesk();
    const said = await desk.run(["load", "desk.jsonl"]);
    expect(said.code).toBe(0);
    expect(said.stderr).toMatch(/^Loaded 3 tickets, 3 mails in, 3 mails out\.\n.*none runs on the old desk/s);
    expect((await desk.run(["dump"])).stdout).toBe(dumped);
    expect(await desk.json("settings", "get", "mail.hold")).toMatchObject({ value: "10m" });
    await desk.run(["ingest", "-"], { input: mailOf({ from: "dan@dan.example", id: "dan@x.example" }) });
    expect((await desk.json<{ number: number }[]>("ticket", "list")).map(({ number }) => number)).toContain(4);
  });

  it("takes a packed dump, and one from standard input", async () => {
    const packed = await newDesk(gzipSync(dumped));
    expect((await packed.run(["load", "desk.jsonl"])).code).toBe(0);
    expect((await packed.run(["dump"])).stdout).toBe(dumped);
    const piped = await newDesk();
    expect((await piped.run(["load", "-"], { input: dumped })).code).toBe(0);
    expect((await piped.run(["dump"])).stdout).toBe(dumped);
    const packedPipe = await newDesk();
    expect(await packedPipe.run(["load", "-"], { input: gzipSync(dumped) })).toMatchObject({ code: 0 });
    expect((await packedPipe.run(["dump"])).stdout).toBe(dumped);
  });

  it("with --dry-run reads all of it and changes nothing", async () => {
    const desk = await newDesk();
    const said = await desk.run(["load", "desk.jsonl", "--dry-run"]);
    expect(said).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("3 tickets, 3 mails in, 3 mails out would"),
    });
    expect(await isEmpty(desk)).toBe(true);
    expect((await desk.run(["load", "desk.jsonl"])).code).toBe(0);
  });

  it("fills an empty desk only", async () => {
    const said = await old.run(["load", "desk.jsonl"]);
    expect(said.code).toBe(64);
    expect(said.stderr).toMatch(/^maildesk: This desk is not empty \(rows in .*ticket.*\).*\n {2}Name a new database/);
    expect((await old.run(["dump"])).stdout).toBe(dumped);
  });

  it("fills a desk in which nobody did anything, though programs ran", async () => {
    const desk = await newDesk();
    for (const args of [["poll"], ["deliver"], ["alerts", "run"], ["retention", "run"], ["doctor"]])
      await desk.run(args);
    const { rows } = takeApart((await desk.run(["dump"])).stdout);
    expect(rows.some(({ table }) => table !== "sequence")).toBe(true);
    expect(await desk.run(["load", "desk.jsonl"])).toMatchObject({ code: 0 });
    expect((await desk.run(["dump"])).stdout).toBe(dumped);
  });

  it("does not fill a desk in which somebody set something", async () => {
    const desk = await newDesk();
    await desk.run(["settings", "set", "mail.hold=5m"]);
    const said = await desk.run(["load", "desk.jsonl"]);
    expect(said.stderr).toMatch(/^maildesk: This desk is not empty \(rows in setting, commitLog, /);
    expect(said.code).toBe(64);
  });

  it("started twice at once fills the desk once", async () => {
    const desk = await newDesk();
    const both = await Promise.all([desk.run(["load", "desk.jsonl"]), desk.run(["load", "desk.jsonl"])]);
    const [failed] = both.filter(({ code }) => code !== 0);
    expect(both.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(failed?.stderr).toMatch(/^maildesk: (This desk is not empty|Another process keeps the database locked)/);
    expect((await desk.run(["dump"])).stdout).toBe(dumped);
  });

  it("brings the tables of an older dump to this version", async () => {
    const { head, rows } = takeApart(dumped);
    const mailbox = { id: "support", uidValidity: "1", lastUid: 7, lastPollAt: 1, error: null, pausedUntil: null };
    const more = { failures: 0, leaseOwner: null, leaseUntil: 0, startAt: null, startUid: null };
    const old = rows.filter(({ table }) => table !== "secret");
    const older: DumpLine[] = old
      .filter(({ table }) => table !== "ticketStatus") // which a migration made
      .map((one) => ({ table: one.table, row: withoutNewer(one) }));
    older.push({ table: "mailbox", row: { ...mailbox, ...more } });
    const desk = await newDesk(putTogether({ ...head, migration: "002-mail" }, older));
    expect(await desk.run(["load", "desk.jsonl"])).toMatchObject({ code: 0 });
    const again = takeApart((await desk.run(["dump"])).stdout);
    expect(again.head).toEqual(head);
    expect(again.rows.filter(({ table }) => !["mailbox", "secret"].includes(table))).toEqual(
      // Why somebody was told was not written down then.
      old.map((one) => (one.table === "outbox" ? { ...one, row: { ...one.row, why: "" } } : one)),
    );
    expect(again.rows.filter(({ table }) => table === "secret")).toHaveLength(1);
    expect(again.rows.find(({ table }) => table === "mailbox")?.row).toMatchObject({ lastUid: 7, needsPerson: 0 });
    expect(await desk.json("doctor")).toMatchObject({ ok: true });
  });

  describe.each<[string, (lines: string[]) => string, number, RegExp]>([
    ["that was cut off", (lines) => `${lines.slice(0, 9).join("\n")}\n`, 65, /ends after line 9 .*it was cut off/],
    ["that was cut off in a line", (lines) => lines.join("\n").slice(0, -30), 65, /middle of a line/],
    ["without rows", () => "", 65, /desk\.jsonl is empty/],
    ["with a line that is no JSON", (lines) => lines.with(4, "{oh").join("\n"), 65, /Line 5 is no JSON object/],
    ["with a row less", (lines) => lines.toSpliced(4, 1).join("\n"), 65, /holds \d rows of \w+ and should hold \d/],
    ["that was changed", (lines) => lines.join("\n").replace("The printer", "A printer"), 65, /digest/],
    ["that goes on", (lines) => `${lines.join("\n")}${lines[4]}\n`, 65, /goes on behind its end, in line/],
    ["of another program", () => `{"format":"other"}\n`, 65, /is no dump of maildesk/],
    ["of a newer format", (lines) => lines.join("\n").replace('"version":1', '"version":2'), 65, /format 2.*\n.*newer/],
    ["of no program", () => "Hello.\n", 65, /neither a dump nor a backup/],
    [
      "of a newer maildesk",
      (lines) => lines.join("\n").replace(/"migration":"[^"]+"/, '"migration":"999-new"'),
      65,
      /999-new/,
    ],
  ])("a file %s", (_what, change, code, sentence) => {
    it("is refused in one sentence", async () => {
      refused.file("desk.jsonl", change(dumped.split("\n")));
      const said = await refused.run(["load", "desk.jsonl"]);
      expect(said.stderr).toMatch(sentence);
      expect(said).toMatchObject({ code, stdout: "" });
      expect(said.stderr).not.toMatch(/\n\s+at /);
    });
  });

  const wrongRows: [string, (row: DumpLine) => DumpLine, RegExp][] = [
    [
      "of an unknown table",
      (row) => ({ ...row, table: "treasure" }),
      /^maildesk: Line \d+: there is no table "treasure"/,
    ],
    ["with a column more", ({ table, row }) => ({ table, row: { ...row, x: 1 } }), /: ticket has no column "x"/],
    [
      "with null where a value must be",
      ({ table, row }) => ({ table, row: { ...row, subject: null } }),
      /subject can't be null/,
    ],
    [
      "with text for a number",
      ({ table, row }) => ({ table, row: { ...row, number: "7" } }),
      /ticket\.number can't be a text/,
    ],
    ["with a column less", ({ table, row: { subject: _, ...row } }) => ({ table, row }), /ticket\.subject is missing/],
    [
      "with a fraction",
      ({ table, row }) => ({ table, row: { ...row, number: 1.5 } }),
      /number is neither text nor a whole/,
    ],
    ["that is there twice", (row) => ({ ...row, row: { ...row.row, number: 2 } }), /Lines \d+ to \d+: a row of ticket/],
  ];
  it.each(wrongRows)("names the line of a row %s", async (_what, change, sentence) => {
    const { head, rows } = takeApart(dumped);
    const at = rows.findIndex(({ table, row }) => table === "ticket" && row.number === 1);
    const row = rows[at];
    refused.file("desk.jsonl", putTogether(head, row === undefined ? [] : rows.with(at, change(row))));
    const said = await refused.run(["load", "desk.jsonl"]);
    expect(said.stderr).toMatch(sentence);
    expect(said.code).toBe(65);
  });

  it("leaves nothing behind of all that it refused", async () => {
    const { rows } = takeApart((await refused.run(["dump"])).stdout);
    const initial = [...Array<string>(4).fill("ticketStatus"), "sequence", "sequence", "secret"];
    expect(rows.map(({ table }) => table)).toEqual(initial);
    refused.file("desk.jsonl", dumped);
    expect((await refused.run(["load", "desk.jsonl"])).code).toBe(0);
  });

  it.each<[string, Buffer, RegExp]>([
    ["is cut off", gzipSync("x".repeat(9_000)).subarray(0, 30), /^maildesk: Standard input is cut off/],
    ["is another program's", gzipSync("hello\n"), /^maildesk: Standard input is no dump of maildesk\.\n$/],
    ["is empty", Buffer.alloc(0), /^maildesk: Standard input is empty\.\n$/],
    ["ends after a byte", Buffer.from([0x1f]), /^maildesk: Standard input ends in the middle of a line/],
  ])("refuses a packed standard input that %s in one sentence", async (_what, input, sentence) => {
    const said = await refused.run(["load", "-"], { input });
    expect(said.stderr).toMatch(sentence);
    expect(said).toMatchObject({ code: 65, stdout: "" });
  });

  it("says so where there is no such file, or it is a folder", async () => {
    expect(await refused.run(["load", "other.jsonl"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("no file"),
    });
    expect(await refused.run(["load", "data"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("is a folder"),
    });
  });
});
