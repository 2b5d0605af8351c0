// Fills an empty desk with the rows of a dump or a backup. Each row is checked against the columns of its table first, so
// that what does not fit is named with its line; all of it stands in one transaction of the caller's.
import type { Kysely } from "kysely";
import { badData, conflict, type MaildeskError } from "../errors.ts";
import type { ArchivedRow, RowCounts, RowSource, StoredValue } from "../ports-archive.ts";
import { bytesColumn, shapeOf } from "./all-tables.ts";
import { emptyDesk, initialTables, keepCredentials } from "./empty-desk.ts";
import { insertRows } from "./insert.ts";
import { holdDesk } from "./locks.ts";
import { latestMigration, migrate, remakeTables } from "./migrate.ts";
import { type Schema, storable } from "./schema.ts";
import { indexAll } from "./search-index.ts";
import { type Columns, tableColumns } from "./table-columns.ts";

type Tx = Kysely<Schema>;
type TableName = keyof Schema;

interface Batch {
  table: TableName;
  rows: ArchivedRow[];
  bytes: number;
}

const batchRowsMax = 50;
const batchBytesMax = 4 * 1024 * 1024;

/**
 * Rejects: usage where the desk is not empty, data where a row does not fit. Tables of an older maildesk are made as it
 * had them, filled, and then brought to this version, as an update of that desk would have done.
 */
export async function fillDesk(
  tx: Tx,
  source: RowSource,
  now: number,
  seen: (rows: number) => void,
): Promise<RowCounts> {
  await holdDesk(tx);
  // Of two that fill one desk the second waits here, and then finds it filled.
  await tx
    .updateTable("sequence")
    .set((eb) => ({ value: eb.ref("value") }))
    .execute();
  const credentials = await emptyDesk(tx);
  const isOlder = source.migration !== latestMigration;
  if (isOlder) await remakeTables(tx, source.migration, now);
  const there = await tableColumns(tx); // an older desk lacks the newest
  for (const table of initialTables) if (there.has(table)) await tx.deleteFrom(table as "sequence").execute();
  const counts = await writeAll(tx, source.pages, seen);
  if (isOlder) await migrate(tx, now);
  // The migration that made the index has filled it, unless it was made before the rows came.
  if (there.has("searchEntry")) await indexAll(tx);
  await keepCredentials(tx, credentials);
  return counts;
}

async function writeAll(
  tx: Tx,
  pages: AsyncIterable<readonly ArchivedRow[]>,
  seen: (rows: number) => void,
): Promise<RowCounts> {
  const columns = await tableColumns(tx);
  const counts: Record<string, number> = {};
  let batch: Batch | null = null;
  let written = 0;
  const flush = async () => {
    if (batch === null) return;
    await writeBatch(tx, batch);
    counts[batch.table] = (counts[batch.table] ?? 0) + batch.rows.length;
    written += batch.rows.length;
    batch = null;
  };
  for await (const page of pages) {
    for (const row of page) {
      const table = tableOf(row, columns);
      const bytes = bytesOf(row);
      if (batch !== null && (batch.table !== table || isFull(batch, bytes))) await flush();
      batch ??= { table, rows: [], bytes: 0 };
      batch.rows.push(row);
      batch.bytes += bytes;
    }
    seen(written);
  }
  await flush();
  return counts;
}

const isFull = ({ rows, bytes }: Batch, more: number): boolean =>
  rows.length >= batchRowsMax || bytes + more > batchBytesMax;

function bytesOf({ table, row }: ArchivedRow): number {
  const column = bytesColumn(table);
  const value = column === undefined ? null : row[column];
  return Buffer.isBuffer(value) ? value.length : 0;
}

async function writeBatch(tx: Tx, { table, rows }: Batch): Promise<void> {
  const stored = rows.map(({ row }) => {
    const columns = Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "string" ? storable(value) : value,
    ]);
    return Object.fromEntries(columns) as Record<string, StoredValue>;
  });
  const count = await insertRows(tx, table, stored);
  if (count === rows.length) return;
  const [first] = rows;
  const last = rows.at(-1);
  if (first?.line != null && last?.line != null)
    throw badData(`Lines ${first.line} to ${last.line}: a row of ${table} is there twice.`);
  throw conflict(`Somebody wrote to the table ${table} of this desk meanwhile.`, { remedy: "Try again." });
}

/** The row's table, once all its columns are known to fit. */
function tableOf(archived: ArchivedRow, tables: ReadonlyMap<string, Columns>): TableName {
  const { table, row } = archived;
  const columns = tables.get(table);
  if (columns === undefined || shapeOf(table) === undefined)
    throw wrong(archived, `there is no table "${table.slice(0, 40)}"`);
  for (const [name, { kind, nullable }] of columns) {
    const value = row[name];
    if (value === undefined) throw wrong(archived, `${table}.${name} is missing`);
    if (value === null ? !nullable : kind !== kindOfValue(value))
      throw wrong(archived, `${table}.${name} can't be ${value === null ? "null" : `a ${kindOfValue(value)}`}`);
  }
  const unknown = Object.keys(row).find((name) => !columns.has(name));
  if (unknown !== undefined) throw wrong(archived, `${table} has no column "${unknown.slice(0, 40)}"`);
  return table as TableName; // it has a shape
}

const kindOfValue = (value: string | number | Buffer): string =>
  typeof value === "string" ? "text" : typeof value === "number" ? "number" : "bytes";

const wrong = ({ line }: ArchivedRow, what: string): MaildeskError =>
  badData(line === null ? `The backup holds a row that does not fit: ${what}.` : `Line ${line}: ${what}.`);
