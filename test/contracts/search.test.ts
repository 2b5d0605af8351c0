// The index of `search` on both engines (TIC-7): it finds what a plain look at all texts finds, whatever is asked; it is written
// with what it is about, and whatever is taken back, renamed or erased is found no more.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasWords } from "../../dist/database/search.js";
import { indexWords, type Phrase, readQuery } from "../../dist/desk/search.js";
import { tempFolder } from "../servers/temp-folder.ts";
import { onPostgres } from "../servers/test-database.ts";
import { type CommandDesk, commandDesk } from "./commands-in-process.ts";

let desk: CommandDesk;
beforeAll(async () => {
  desk = await commandDesk("search");
});
afterAll(() => desk.close());

const done = async (...args: string[]) => {
  const said = await desk.run(...args, "--yes");
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said;
};
interface Found {
  number: number;
  message: string | null;
  visibility: string | null;
  snippet: string;
}
const search = async (...words: string[]): Promise<Found[]> =>
  JSON.parse((await done("search", ...words, "--json")).stdout) as Found[];
const numbers = async (...words: string[]) => (await search(...words)).map(({ number }) => number);
const ticket = (from: string, subject: string, text: string) =>
  done("ticket", "new", "--from", from, "--subject", subject, "--text", text);

describe("what is found", () => {
  beforeAll(async () => {
    await ticket("ann@acme.example", "Printer in Zürich", "It burns, since Monday.");
    await ticket("bob@else.example", "打印机坏了", "Straße 7, order ab-1234.");
    await ticket("ann@acme.example", "Another", "The printer is out of paper.");
    await done("ticket", "note", "2", "--text", "Called: an internal okapi.");
    await done("ticket", "close", "3");
  });

  it.each<[string[], number[]]>([
    [["printer"], [3, 1]],
    [["PRINTER", "zurich"], [1]],
    [["printer burns"], [1]],
    [["strasse"], [2]],
    [["okapi"], [2]],
    [["打印"], [2]],
    [["印打"], []],
    [['"out of paper"'], [3]],
    [['"of out paper"'], []],
    [["printer -paper"], [1]],
    [["print*"], [3, 1]],
    [["print"], []],
    [["ab-1234"], [2]],
    [["1234-ab"], []],
    [["printer", "--state", "open"], [1]],
    [["printer", "--state", "closed"], [3]],
    [
      ["printer", "--org", "acme.example"],
      [3, 1],
    ],
    [["printer", "--org", "none"], []],
    [
      ["printer", "--since", "1h"],
      [3, 1],
    ],
    [["printer", "--limit", "1"], [3]],
    [["nobody said this"], []],
    [["words:printer OR okapi"], []],
    [["' \" * ( printer ) & | ! <-> :*"], [3, 1]],
  ])("%j", async (words, expected) => {
    expect(await numbers(...words)).toEqual(expected);
  });

  it("says where, and who reads it", async () => {
    expect(await search("okapi")).toMatchObject([
      {
        number: 2,
        visibility: "internal",
        message: expect.stringMatching(/^msg_/),
        snippet: "Called: an internal okapi.",
      },
    ]);
    expect(await search("坏了")).toMatchObject([{ number: 2, visibility: null, snippet: "打印机坏了", message: null }]);
  });

  it("is said in a sentence where there is nothing to search for, and where there was nothing", async () => {
    expect(await desk.run("search", "&&")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("no word in this"),
    });
    expect(await desk.run("search", "nothing")).toMatchObject({ code: 0, stdout: "", stderr: "Nothing was found.\n" });
    expect(await desk.run("search", "x", "--since", "once")).toMatchObject({ code: 64 });
    expect(await desk.run("search", "printer", "--limit", "1", "--ids")).toMatchObject({
      stdout: "3\n",
      stderr: "1 of 2\n",
    });
  });
});

describe("the index keeps up", () => {
  it("with what is renamed and taken back, and that again", async () => {
    await ticket("ann@acme.example", "A numbat", "and a dugong");
    const [{ number = 0 } = {}] = await search("numbat");
    await done("ticket", "set", String(number), "subject=A margay");
    expect(await numbers("margay")).toEqual([number]);
    await done("undo");
    expect(await numbers("margay")).toEqual([]);
    const [last] = JSON.parse((await done("log", "list", "--limit", "1", "--json")).stdout) as { id: string }[];
    await done("undo", last?.id ?? "");
    expect(await numbers("margay")).toEqual([number]);
  });

  it("with an answer that was taken back", async () => {
    await done("ticket", "reply", "1", "--text", "We send a caracal.");
    expect(await numbers("caracal")).toEqual([1]);
    await done("undo");
    expect(await numbers("caracal")).toEqual([]);
    expect(await numbers("burns")).toEqual([1]);
  });

  it("with an erasure: no word of theirs is found, nor stands in the index", async () => {
    await ticket("zoe@quagga.example", "About an axolotl", "My pangolin is ill.");
    await done("ticket", "note", "1", "--text", "The pangolin is theirs, not ours.");
    const [{ number = 0 } = {}] = await search("axolotl");
    await done("customer", "erase", "zoe@quagga.example");
    expect(await numbers("axolotl")).toEqual([]);
    expect(await numbers("pangolin")).toEqual([1]);
    expect(await numbers("erased")).toEqual([number]);
    const { rows } = await sql<{ words: string }>`select cast("words" as text) as "words" from "searchEntry"`.execute(
      desk.app.database.read,
    );
    expect(rows.some(({ words }) => words.includes("pangolin"))).toBe(true);
    expect(rows.filter(({ words }) => words.includes("axolotl"))).toEqual([]);
  });

  it("and FTS5 finds itself in order", async () => {
    if (onPostgres) return; // it has no such thing
    await desk.app.database.write(async (tx) => {
      await sql`insert into "searchWords" ("searchWords", "rank") values ('integrity-check', 1)`.execute(tx);
    });
  });
});

it("a desk that was loaded finds the same, and neither dump has the index", async () => {
  const other = await commandDesk("search-loaded");
  const folder = tempFolder("search-dump");
  const file = join(folder.path, "desk.jsonl");
  await done("dump", file);
  expect(readFileSync(file, "utf8")).not.toContain("searchEntry");
  expect(await other.run("load", file)).toMatchObject({ code: 0 });
  for (const words of ["printer", "okapi", "打印", '"out of paper"', "pangolin"])
    expect((await other.run("search", words, "--json")).stdout).toBe((await done("search", words, "--json")).stdout);
  const again = join(folder.path, "again.jsonl");
  expect(await other.run("dump", again)).toMatchObject({ code: 0 });
  expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
  await other.close();
  folder.remove();
});

/** Few words, so that they meet often. */
const word = fc.constantFrom("ant", "bee", "beetle", "cat", "Ünder", "打印", "印");
const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(" "));
const term = fc
  .tuple(
    fc.constantFrom("", "", "", "-"),
    fc.array(word, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "*", '"'),
  )
  .map(([minus, words, kind]) => (kind === '"' ? `${minus}"${words.join(" ")}"` : `${minus}${words[0] ?? ""}${kind}`));

const stands = (words: readonly string[], phrase: Phrase): boolean =>
  words.some((_, at) =>
    phrase.words.every((one, place) => {
      const here = words[at + place];
      return phrase.isBeginning && place === phrase.words.length - 1 ? here?.startsWith(one) === true : here === one;
    }),
  );

it("it finds what a look at every text finds", async () => {
  const { database } = desk.app;
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 8 }),
      fc.array(term, { minLength: 1, maxLength: 3 }),
      async (texts, terms) => {
        const all = ["cat", ...terms].join(" ");
        const query = readQuery(all);
        const expected = texts.flatMap((one, at) => {
          const words = indexWords(one);
          const holds = query.all.every((phrase) => stands(words, phrase));
          return holds && !query.without.some((phrase) => stands(words, phrase)) ? [`doc_${at}`] : [];
        });
        const { indexChanges } = await import("../../dist/database/search-index.js");
        const ids = texts.map((_, at) => `doc_${at}`);
        const found = await database.write(async (tx) => {
          const fresh = texts.map((subject, at) => ({
            table: "ticket" as const,
            id: `doc_${at}`,
            before: null,
            after: { subject },
          }));
          await indexChanges(tx, fresh);
          const { rows } = await sql<{ id: string }>`
          select "ticket"."id" from "searchEntry" as "ticket" where ${hasWords(tx, query)} and "ticket"."id" like 'doc_%'
          order by "ticket"."id"`.execute(tx);
          await indexChanges(tx, [{ table: "ticket", ids, before: { subject: "" }, after: null as never }]);
          return rows.map(({ id }) => id);
        });
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

it("of what was erased no byte is left in the file", async () => {
  if (onPostgres) return; // whose files are the server's
  const one = await commandDesk("search-file");
  const folder = (await sql<{ file: string }>`select "file" from pragma_database_list`.execute(one.app.database.read))
    .rows[0];
  for (const args of [
    ["ticket", "new", "--from", "zoe@q.example", "--subject", "Axolotl", "--text", "A zyzzyva, and a qwertzword."],
    ["ticket", "new", "--from", "joe@q.example", "--subject", "Other", "--text", "Else."],
    ["customer", "erase", "zoe@q.example"],
  ])
    expect(await one.run(...args, "--yes")).toMatchObject({ code: 0 });
  await sql`pragma wal_checkpoint(truncate)`.execute(one.app.database.read).catch(() => {});
  const file = folder?.file ?? join("nowhere");
  await one.app.database.write(async (tx) => {
    const { rows } = await sql<{
      n: number;
    }>`select count(*) as n from "searchWords" where "searchWords" match 'zyzzyva'`.execute(tx);
    expect(rows[0]?.n).toBe(0);
  });
  const { default: BetterSqlite } = await import("better-sqlite3");
  const again = new BetterSqlite(file);
  again.pragma("wal_checkpoint(truncate)");
  again.close();
  expect(readFileSync(file, "latin1").toLowerCase()).not.toMatch(/zyzzyva|qwertzword/);
  await one.close();
});
