// Earlier messages that somebody who came later gets: up to when, and which mail carried them.
import type { Kysely } from "kysely";
import { column } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function history(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "ticketPerson", "historyUntil", "int?");
  await column(tx, "outboxMessage", "isHistory", "int?");
}
