// All rows of a desk, table by table and in the order of their keys, by pages: neither many tickets nor long mails need
// more memory than one page. Read inside a snapshot, two readings of one state are equal to the byte, on either engine.
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ArchivedRow, StoredValue } from "../ports-archive.ts";
import { allTables, type TableShape } from "./all-tables.ts";
import type { Schema } from "./schema.ts";

type Db = Kysely<Schema>;
type Row = Record<string, unknown>;

const pageRows = 500;
/** Rows with bytes are read together up to this size; one that is longer comes alone. */
const pageBytes = 4 * 1024 * 1024;

/** `has` tells which tables there are: an older desk lacks the newest. */
export async function* readRows(db: Db, has: (table: string) => boolean): AsyncGenerator<ArchivedRow[]> {
  for (const { name, shape } of allTables) {
    if (!has(name)) continue;
    const pages = shape.bytes === undefined ? pagesOf(db, name, shape) : pagesWithBytes(db, name, shape.bytes);
    for await (const rows of pages) yield rows.map((row) => archived(name, shape, row));
  }
}

async function* pagesOf(db: Db, table: string, shape: TableShape): AsyncGenerator<Row[]> {
  const limit = shape.pageRows ?? pageRows;
  const keys = sql.join(shape.key.map((column) => sql.ref(column)));
  let after: RawBuilder<unknown> = sql``;
  for (;;) {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} ${after} order by ${keys} limit ${sql.lit(limit)}`.execute(db);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = sql`where (${keys}) > (${sql.join(shape.key.map((column) => last[column]))})`;
  }
}

/** Sizes first, which the engine knows without reading the bytes. */
async function* pagesWithBytes(db: Db, table: string, column: string): AsyncGenerator<Row[]> {
  const from = sql.table(table);
  let after = "";
  for (;;) {
    const { rows: sizes } = await sql<{ id: string; size: number }>`
      select "id", octet_length(${sql.ref(column)}) as "size" from ${from}
      where "id" > ${after} order by "id" limit ${sql.lit(pageRows)}`.execute(db);
    for (const last of lastIds(sizes)) {
      const { rows } = await sql<Row>`
        select * from ${from} where "id" > ${after} and "id" <= ${last} order by "id"`.execute(db);
      yield rows;
      after = last;
    }
    if (sizes.length < pageRows) return;
  }
}

/** Where each page ends. */
function lastIds(sizes: readonly { id: string; size: number }[]): string[] {
  const ends: string[] = [];
  let bytes = 0;
  for (const [at, { id, size }] of sizes.entries()) {
    bytes += Number(size);
    const next = sizes[at + 1];
    if (next !== undefined && bytes + Number(next.size) <= pageBytes) continue;
    ends.push(id);
    bytes = 0;
  }
  return ends;
}

/** Columns in the order of their names, so that it does not matter in which order migrations made them. */
function archived(table: string, { free }: TableShape, found: Row): ArchivedRow {
  const row: Record<string, StoredValue> = {};
  for (const column of Object.keys(found).sort()) {
    const value = free !== undefined && column in free ? free[column] : found[column];
    row[column] = stored(table, column, value);
  }
  return { table, row, line: null };
}

function stored(table: string, column: string, value: unknown): StoredValue {
  if (value === null || typeof value === "string" || Buffer.isBuffer(value)) return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new Error(`${table}.${column} holds a ${typeof value}, which no column of a desk does`);
}
