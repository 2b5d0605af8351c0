// The rows that bear a word which another row defines, a type's name or a choice of a field, and whether the words that a
// commit lets rows bear are defined once it is done: whatever command it was, and whoever removed one meanwhile.
import { type Kysely, sql } from "kysely";
import { bearingOf, bearingTable, type Word, wordColumns } from "../desk/bears.ts";
import { type Change, isSet } from "../desk/change.ts";
import { rowKey } from "../desk/refers.ts";
import type { TypeOwner } from "../desk/type.ts";
import { conflict } from "../errors.ts";
import { idLists } from "./page.ts";
import { decode, type Schema } from "./schema.ts";

type Db = Kysely<Schema>;

/** At most `limit` ids of rows that bear it, beside those (`table:id`) of `except`; in the order of their ids. */
export async function bearersOf(
  db: Db,
  word: Word,
  { except, limit }: { except: ReadonlySet<string>; limit: number },
): Promise<string[]> {
  const table = bearingTable(word);
  const column = wordColumns[table];
  const ofField = word.of === "field" ? sql`and "fieldId" = ${word.on}` : sql``;
  const most = Number.isFinite(limit) ? sql`limit ${except.size + limit}` : sql``;
  const { rows } = await sql<{ id: string }>`
    select "id" from ${sql.table(table)}
    where ${sql.ref(column)} = ${word.word} and ${sql.ref(column)} <> '' ${ofField} order by "id" ${most}`.execute(db);
  const ids = rows.map(({ id }) => id).filter((id) => !except.has(rowKey(table, id)));
  return Number.isFinite(limit) ? ids.slice(0, limit) : ids;
}

/**
 * Asked when the changes are written. Rejects with conflict, code "guard", where one lets a row bear a word that is none.
 * An undo may bring a type back that was any word, before types were defined; what it relies on its own guards say.
 */
export async function checkWords(tx: Db, changes: readonly Change[], isUndo: boolean): Promise<void> {
  const { borne, own } = bearingOf(changes);
  if (borne.length === 0) return;
  const words = borne.map(({ word }) => word);
  await checkValues(
    tx,
    words.filter(({ of }) => of === "field"),
  );
  if (isUndo) return;
  for (const on of new Set(words.filter(({ of }) => of === "type").map((word) => word.on))) {
    const rows = await tx
      .selectFrom("type")
      .select("name")
      .where("appliesTo", "=", on as TypeOwner)
      .execute();
    if (rows.length === 0) continue; // any word will do
    const names = new Set(rows.map(({ name }) => name));
    for (const word of words.filter((one) => one.of === "type" && one.on === on && !names.has(one.word)))
      if (!(await isHandedOn(tx, word, changes, own))) throw none(`The ${on} type ${word.word}`);
  }
}

/** Of one row that becomes another the word goes over, even where it was borne before types were defined. */
async function isHandedOn(tx: Db, word: Word, changes: readonly Change[], own: ReadonlySet<string>): Promise<boolean> {
  const table = bearingTable(word);
  const ids = changes
    .filter((change) => change.table === table)
    .flatMap((change) => (isSet(change) ? change.ids : [change.id]))
    .filter((id) => !own.has(rowKey(table, id)));
  for (const list of idLists(ids)) {
    const { rows } = await sql<{ id: string }>`
      select "id" from ${sql.table(table)} where "id" in (${sql.join(list)}) and "type" = ${word.word} limit 1`.execute(
      tx,
    );
    if (rows.length > 0) return true;
  }
  return false;
}

async function checkValues(tx: Db, words: readonly Word[]): Promise<void> {
  const choices = new Map<string, readonly string[] | null>();
  for (const ids of idLists(words.map(({ on }) => on))) {
    const rows = await tx.selectFrom("field").selectAll().where("id", "in", ids).execute();
    for (const row of rows.map((one) => decode("field", one)))
      choices.set(row.id, row.form === "choice" ? row.choices : null);
  }
  for (const word of words) {
    const known = choices.get(word.on);
    if (known === undefined) throw none(`The field ${word.on}`);
    if (known !== null && !known.includes(word.word)) throw none(`The choice ${word.word} of the field ${word.on}`);
  }
}

const none = (what: string) => conflict(`${what} is no more.`, { code: "guard", remedy: "Try again." });
