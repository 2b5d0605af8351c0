// The rows that refer to a row: what must be looked at before one is taken away, merged or deleted.
import { type Kysely, sql } from "kysely";
import type { TableName } from "../desk/change.ts";
import { references, rowKey } from "../desk/refers.ts";
import type { Schema } from "./schema.ts";

export interface Referrer {
  table: TableName;
  id: string;
  /** The column that holds the other row's id. */
  column: string;
}

export interface Wanted {
  /** Rows (`table:id`) that don't count. */
  except: ReadonlySet<string>;
  /** Only those that need the other row to be neither merged nor deleted. */
  live: boolean;
  limit: number;
}

/** At most `limit` rows that refer to this one. */
export async function referrersOf(
  db: Kysely<Schema>,
  table: TableName,
  id: string,
  { except, live, limit }: Wanted,
): Promise<Referrer[]> {
  const found: Referrer[] = [];
  for (const { from, column, to, needsLive } of references) {
    const wanted = limit - found.length;
    if (wanted <= 0) break;
    if (!to.includes(table) || (live && !needsLive)) continue;
    const rows = await sql<{
      id: string;
    }>`select "id" from ${sql.table(from)} where ${sql.ref(column)} = ${id} limit ${except.size + wanted}`.execute(db);
    found.push(
      ...rows.rows
        .filter((row) => !except.has(rowKey(from, row.id)))
        .slice(0, wanted)
        .map((row) => ({ table: from, id: row.id, column })),
    );
  }
  return found;
}
