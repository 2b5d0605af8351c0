// What a digest carries: the tickets, and the messages of each; "" for a ticket of which only the status is told.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function digests(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "digestMessage", { outboxId: "text", ticketId: "text", messageId: "text" }, [
    "outboxId",
    "ticketId",
    "messageId",
  ]);
  await index(tx, "digestMessage", ["messageId"]);
  await index(tx, "digestMessage", ["ticketId"]);
}
