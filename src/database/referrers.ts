// Which rows refer to a row: what must be looked at before one is taken away, since the tables know no foreign keys
// (tombstones resolve instead).
import { type Kysely, sql } from "kysely";
import type { TableName } from "../desk/change.ts";
import type { Schema } from "./schema.ts";

export interface Referrer {
  table: TableName;
  id: string;
  /** The column that holds the other row's id. */
  column: string;
}

/** By table: who may refer to its rows, by which column. */
const references: Partial<Record<TableName, readonly (readonly [TableName, string])[]>> = {
  organization: [
    ["customer", "organizationId"],
    ["organizationDomain", "organizationId"],
    ["ticket", "organizationId"],
  ],
  customer: [
    ["customerAddress", "ownerId"],
    ["ticketPerson", "customerId"],
  ],
  agent: [
    ["customerAddress", "ownerId"],
    ["ticket", "assigneeId"],
    ["message", "authorId"],
  ],
  ticket: [
    ["conversation", "ticketId"],
    ["ticketPerson", "ticketId"],
    ["ticketLink", "ticketId"],
    ["ticketLink", "otherId"],
  ],
  conversation: [["message", "conversationId"]],
  message: [["attachment", "messageId"]],
};

/** At most `limit` rows that refer to this one and are not among `except` (ids as `table:id`). */
export async function referrersOf(
  db: Kysely<Schema>,
  table: TableName,
  id: string,
  except: ReadonlySet<string>,
  limit: number,
): Promise<Referrer[]> {
  const found: Referrer[] = [];
  for (const [child, column] of references[table] ?? []) {
    const wanted = limit - found.length;
    if (wanted <= 0) break;
    const rows = await sql<{
      id: string;
    }>`select "id" from ${sql.table(child)} where ${sql.ref(column)} = ${id} limit ${except.size + wanted}`.execute(db);
    found.push(
      ...rows.rows
        .filter((row) => !except.has(`${child}:${row.id}`))
        .slice(0, wanted)
        .map((row) => ({ table: child, id: row.id, column })),
    );
  }
  return found;
}
