// A desk as rows: all of them read at one moment, or an empty desk filled with them, all or nothing.
import { type Kysely, sql } from "kysely";
import { badData, temporary } from "../errors.ts";
import type { RowCounts, RowSource } from "../ports-archive.ts";
import { allTables } from "./all-tables.ts";
import { isPostgres } from "./engine.ts";
import { isMigration } from "./migrate.ts";
import type { Database } from "./open.ts";
import { readRows } from "./read-rows.ts";
import type { Schema } from "./schema.ts";
import { withPinned } from "./sqlite.ts";
import { tableColumns } from "./table-columns.ts";
import { fillDesk } from "./write-rows.ts";

type Db = Kysely<Schema>;

export interface DeskArchive {
  /** Hands all rows, as they are at this moment, to `use`. */
  rows<T>(use: (source: RowSource) => Promise<T>): Promise<T>;
  /**
   * Fills the desk, which must be empty, and does `after` in the same transaction; nothing stays where either rejects,
   * or where `keep` is false.
   */
  fill<T>(source: RowSource, options: FillOptions<T>): Promise<T>;
}

export interface FillOptions<T> {
  now: number;
  keep: boolean;
  /** Is told now and then how many rows were written. */
  seen(rows: number): void;
  after(tx: Db, counts: RowCounts): Promise<T>;
}

export function openDeskArchive(database: Database): DeskArchive {
  return {
    rows: (use) => database.snapshot(async (db) => await use(await sourceOf(db))),

    async fill<T>(source: RowSource, { now, keep, seen, after }: FillOptions<T>): Promise<T> {
      if (!isMigration(source.migration))
        throw badData(`It was written by a newer maildesk (it has ${source.migration.slice(0, 40)}).`, {
          remedy: "Install that version; this one would not understand it.",
        });
      const tried: T[] = [];
      let begun = false;
      const work = async (tx: Db): Promise<T> => {
        // The rows can be read once only: a transaction that the engine begins anew would fill a desk with the rest.
        if (begun) throw temporary("Somebody else wrote to this desk meanwhile.", { remedy: "Try again." });
        begun = true;
        // The rows may come through a pipe, from a program that takes its time.
        if (isPostgres(tx)) await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
        const result = await after(tx, await fillDesk(tx, source, now, seen));
        if (keep) {
          await gatherStatistics(tx);
          return result;
        }
        tried.push(result);
        throw new TriedOnly();
      };
      try {
        return await database.write(work);
      } catch (error) {
        const [result] = tried;
        if (error instanceof TriedOnly && result !== undefined) return result;
        throw error;
      }
    },
  };
}

/** PostgreSQL would find out by itself, in a minute or later, what the tables hold; until then it may read them whole. */
async function gatherStatistics(tx: Db): Promise<void> {
  if (!isPostgres(tx)) return;
  for (const name of [...allTables.map((table) => table.name), "searchEntry"])
    await sql`analyze ${sql.table(name)}`.execute(tx);
}

/** Undoes a transaction whose outcome was wanted, and nothing else of it. */
class TriedOnly extends Error {}

async function sourceOf(db: Db): Promise<RowSource> {
  const { rows } = await sql<{ name: string }>`select "name" from "migration" order by "name"`.execute(db);
  const tables = await tableColumns(db);
  return { migration: rows.at(-1)?.name ?? "", pages: readRows(db, (table) => tables.has(table)) };
}

/** The rows of a database file that `backup` wrote. Rejects: data where it is something else. */
export async function rowsOfFile<T>(path: string, use: (source: RowSource) => Promise<T>): Promise<T> {
  return await withPinned(path, async (db) => {
    const source = await sourceOf(db).catch((error: unknown) => {
      throw badData(`${path} is a database, but no desk's.`, { cause: error });
    });
    return await use(source);
  });
}
