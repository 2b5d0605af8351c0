// `maildesk search` as a person and a script type it (TIC-7), and its index after a load, a restore and an older dump: none of
// them brings one, and all of them have one.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";
import { before021, putTogether, takeApart } from "./dump-text.ts";

let desk: DeskFolder;
const made: DeskFolder[] = [];
beforeAll(async () => {
  desk = await deskFolder();
  made.push(desk);
  await mail("Ann <ann@acme.example>", { subject: "The printer burns", text: "In Zürich, since Monday." });
  await mail("Bob <bob@else.example>", { subject: "An offer", text: "Is the printer for sale?" });
  await doneIn(desk, "ticket", "note", "2", "--text", "No: it is on fire.");
});
afterAll(() => {
  for (const one of made) one.remove();
});

let mails = 0;
const mail = (from: string, more: Parameters<typeof mailOf>[0]) =>
  desk.run(["ingest", "-"], { input: mailOf({ from, id: `${++mails}@host.example`, ...more }) });
const found = async (on: DeskFolder, ...words: string[]) =>
  (await on.json<{ number: number }[]>("search", ...words)).map(({ number }) => number);

describe("search", () => {
  it("prints a table with what was found, the newest first", async () => {
    const { stdout, stderr } = await desk.run(["search", "printer"]);
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(/^NUMBER +SUBJECT +STATUS +WRITTEN +FOUND$/),
      expect.stringMatching(/^ +#2 +An offer +new .*Is the printer for sale\?$/),
      expect.stringMatching(/^ +#1 +The printer burns +new .*The printer burns$/),
    ]);
    expect(stderr).toBe("");
  });

  it("prints numbers, CSV and JSON for machines, and how many more there are", async () => {
    expect(await desk.run(["search", "printer", "--ids", "--limit", "1"])).toMatchObject({
      stdout: "2\n",
      stderr: "1 of 2\n",
    });
    expect((await desk.run(["search", "zurich", "--csv"])).stdout).toMatch(
      /^number,subject,.*snippet\r?\n1,The printer burns,/,
    );
    expect(await desk.json("search", '"on fire"')).toMatchObject([
      { number: 2, visibility: "internal", snippet: "No: it is on fire.", message: expect.stringMatching(/^msg_/) },
    ]);
    expect(await desk.json("search", "nothing of it")).toEqual([]);
  });

  it("explains its language, and refuses what says nothing", async () => {
    expect((await desk.run(["search", "--help"])).stdout.replaceAll(/\s+/g, " ")).toContain(
      "all of them must be there",
    );
    expect(await found(desk, "printer", "-sale")).toEqual([1]);
    expect(await desk.run(["search", "printer", "--sinze", "3d"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("There is no option --sinze"),
    });
    expect(await desk.run(["search", "-printer"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("Say also a word that must be there."),
    });
    expect(await found(desk, "printer -sale")).toEqual([1]);
    expect((await desk.run(["search"])).code).toBe(64);
  });
});

describe("the index", () => {
  it("is in no dump, and there again after a load, of an older dump too", async () => {
    const { stdout: dumped } = await desk.run(["dump"]);
    const { head, rows } = takeApart(dumped);
    expect(rows.filter(({ table }) => table.startsWith("search"))).toEqual([]);
    const older = rows
      .filter(({ table }) => table !== "ticketStatus")
      .map((line) => ({ table: line.table, row: before021(line) }));
    for (const content of [dumped, putTogether({ ...head, migration: "020-visibility" }, older)]) {
      const other = await deskFolder();
      made.push(other);
      other.file("desk.jsonl", content);
      expect(await other.run(["load", "desk.jsonl"])).toMatchObject({ code: 0 });
      expect(await found(other, "printer")).toEqual([2, 1]);
      expect(await found(other, '"on fire"')).toEqual([2]);
      expect((await other.run(["dump"])).stdout).toBe(dumped);
      await doneIn(other, "ticket", "set", "1", "subject=The toner burns");
      expect(await found(other, "toner")).toEqual([1]);
    }
  });

  it("is there again after a restore", async () => {
    await doneIn(desk, "backup", "desk.backup");
    const other = await deskFolder();
    made.push(other);
    expect((await other.run(["restore", `${desk.path}/desk.backup`, "--yes"])).code).toBe(0);
    expect(await found(other, "zurich")).toEqual([1]);
  });
});
