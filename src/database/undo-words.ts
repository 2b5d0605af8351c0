// What an undo must know of words: who bears a type or a choice that would be no more, and since when; and whether the words
// that rows would bear again still stand. Before types were defined any word did, so the log is asked what a word was then.
import { type Bearing, bearingTable, type Word, wordColumns, wordKey } from "../desk/bears.ts";
import type { Columns, TableName } from "../desk/change.ts";
import { rowKey } from "../desk/refers.ts";
import type { LoggedCommit, UndoFacts } from "../desk/undo.ts";
import { bearersOf } from "./bearers.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { columnsOf, valuesBefore } from "./values-before.ts";

type Read = Database["read"];
type Later = (rowId: string, column: string | null) => Promise<LoggedCommit | null>;

/** What is asked; `group`: of all commits that are taken back together. */
export interface Asked {
  commitId: string;
  bearing: Bearing;
  group: Pick<Bearing, "given" | "own">;
  /** Ids of rows that are made again, by any of the group. */
  revived: ReadonlySet<string>;
  later: Later;
  /** Obstacles that are looked up. */
  limit: number;
}

export type WordFacts = Pick<UndoFacts, "standing" | "ended" | "relied" | "bore">;

export async function wordFacts(read: Read, asked: Asked): Promise<WordFacts> {
  return { ...(await bearersNow(read, asked)), ...(await stillDefined(read, asked)) };
}

/** Rows that came to bear a word which goes, and those that bore it before. */
async function bearersNow(read: Read, asked: Asked): Promise<Pick<WordFacts, "standing" | "bore">> {
  const standing: UndoFacts["standing"][number][] = [];
  const bore = new Set<string>();
  const except = new Set([...asked.bearing.own, ...asked.group.own]);
  for (const { word, by } of asked.bearing.lost) {
    if (asked.bearing.given.has(wordKey(word)) || asked.group.given.has(wordKey(word))) continue;
    const table = bearingTable(word);
    const column = wordColumns[table];
    for (const ids of idLists(await bearersOf(read, word, { except, limit: Number.POSITIVE_INFINITY }))) {
      const before = await valuesBefore(read, asked.commitId, column, ids);
      for (const id of new Set(ids)) {
        if ((before.get(id) ?? word.word) === word.word && before.get(id) !== null) bore.add(rowKey(table, id));
        else if (standing.length < asked.limit)
          standing.push({ table, id, on: by, word, later: await asked.later(id, column) });
      }
      if (standing.length >= asked.limit) return { standing, bore };
    }
  }
  return { standing, bore };
}

/** Of the words that rows would bear again: what defines them, and those that are no more. */
async function stillDefined(read: Read, asked: Asked): Promise<Pick<WordFacts, "ended" | "relied">> {
  const relied: UndoFacts["relied"][number][] = [];
  const ended: UndoFacts["ended"][number][] = [];
  if (asked.bearing.borne.length === 0) return { ended, relied };
  const types = await read.selectFrom("type").select(["id", "version", "appliesTo", "name"]).execute();
  const end = async (word: Word, table: TableName, id: string, on: { table: TableName; id: string }, column: string) =>
    ended.push({ table, id, on, word, later: await asked.later(id, column) });
  for (const { word, by } of asked.bearing.borne) {
    if (ended.length >= asked.limit) break;
    if (asked.bearing.given.has(wordKey(word)) || asked.group.given.has(wordKey(word))) continue;
    if (word.of === "field") {
      if (asked.revived.has(word.on)) continue;
      const row = await rowById(read, "field", word.on);
      if (row === undefined) continue; // its values are gone as well, and that is said of them
      const field = decode("field", row);
      if (field.form === "choice" && !field.choices.includes(word.word))
        await end(word, "field", field.id, by, "choices");
      else relied.push({ table: "field", id: field.id, version: field.version });
      continue;
    }
    const type = types.find(({ appliesTo, name }) => appliesTo === word.on && name === word.word);
    if (type !== undefined) relied.push({ table: "type", id: type.id, version: type.version });
    else {
      const was = (await typesBefore(read, asked.commitId, types)).get(wordKey(word));
      if (was !== undefined) await end(word, "type", was, by, "name");
    }
  }
  return { ended, relied };
}

/** Ids of the types as they were when a commit was done, by word: those of now, with what was done since taken back. */
async function typesBefore(
  read: Read,
  commitId: string,
  now: readonly { id: string; appliesTo: string; name: string }[],
): Promise<Map<string, string>> {
  const rows = await read
    .selectFrom("changeLog")
    .select(["rowId", "before", "after"])
    .where("rowId", ">=", "typ_")
    .where("rowId", "<", "typ`")
    .where("commitId", ">", commitId)
    .orderBy("commitId", "desc")
    .orderBy("seq", "desc")
    .execute();
  const types = new Map(now.map(({ id, appliesTo, name }): [string, Columns] => [id, { appliesTo, name }]));
  for (const { rowId, before } of rows) {
    const columns = columnsOf(before);
    if (columns === null) types.delete(rowId);
    else types.set(rowId, { ...types.get(rowId), ...columns });
  }
  return new Map(
    [...types].map(([id, { appliesTo, name }]) => [
      wordKey({ of: "type", on: String(appliesTo), word: String(name) }),
      id,
    ]),
  );
}
