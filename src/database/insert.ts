// New rows by the hundred thousand: Kysely makes the statement's text once for each table and shape, and only the values
// change. Building and compiling it anew for every row costs more than the database's own work.
import { CompiledQuery, type Kysely } from "kysely";
import { cacheOf, directOf } from "./direct.ts";
import type { Schema } from "./schema.ts";

type Row = Readonly<Record<string, unknown>>;

const owner = {};
const textsMax = 2_000;

/** Inserts rows of one shape; those whose key is taken are left out. Resolves to how many went in. */
export async function insertRows(tx: Kysely<Schema>, table: keyof Schema, rows: readonly Row[]): Promise<number> {
  const [first] = rows;
  if (first === undefined) return 0;
  const columns = Object.keys(first);
  const key = `${table}(${columns.join()})${rows.length}`;
  const texts = cacheOf<string>(tx, owner);
  let text = texts.get(key);
  if (text === undefined) {
    if (texts.size >= textsMax) texts.clear();
    text = tx
      .insertInto(table as "setting")
      .values(rows as unknown as { id: string; value: string; version: number }[]) // any table's rows, by the caller's word
      .onConflict((on) => on.doNothing())
      .compile().sql;
    texts.set(key, text);
  }
  const values: unknown[] = [];
  for (const row of rows) for (const column of columns) values.push(row[column]);
  const direct = directOf(tx);
  if (direct !== undefined) return await direct.run(text, values);
  return Number((await tx.executeQuery(CompiledQuery.raw(text, values))).numAffectedRows ?? 0n);
}
