// The rows that refer to others: what must be looked at before those are taken away, merged or deleted.
import { type Kysely, sql } from "kysely";
import type { TableName } from "../desk/change.ts";
import { references, rowKey } from "../desk/refers.ts";
import { idLists } from "./page.ts";
import type { Schema } from "./schema.ts";

export interface Referrer {
  table: TableName;
  id: string;
  /** The column that holds the other row's id. */
  column: string;
  /** The other row. */
  to: string;
}

export interface Wanted {
  /** Rows (`table:id`) that don't count. */
  except: ReadonlySet<string>;
  /** Only those that need the other row to be neither merged nor deleted. */
  live: boolean;
  limit: number;
}

/** At most `limit` rows that refer to one of these rows of one table. */
export async function referrersOf(
  db: Kysely<Schema>,
  table: TableName,
  ids: readonly string[],
  { except, live, limit }: Wanted,
): Promise<Referrer[]> {
  const found: Referrer[] = [];
  for (const { from, column, to, needsLive } of references) {
    if (!to.includes(table) || (live && !needsLive)) continue;
    for (const list of idLists(ids)) {
      const wanted = limit - found.length;
      if (wanted <= 0) return found;
      const { rows } = await sql<{ id: string; to: string }>`
        select "id", ${sql.ref(column)} as "to" from ${sql.table(from)}
        where ${sql.ref(column)} in (${sql.join(list)}) limit ${except.size + wanted}`.execute(db);
      found.push(
        ...rows
          .filter((row) => !except.has(rowKey(from, row.id)))
          .slice(0, wanted)
          .map((row) => ({ table: from, id: row.id, column, to: row.to })),
      );
    }
  }
  return found;
}
