// Fan-outs that stand still, mails of a ticket by the hour, and tickets by what they became.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function freezes(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "freeze", {
    id: "text",
    ticketId: "text?",
    conversationId: "text?",
    since: "int?",
    reason: "text",
    thawedAt: "int?",
    version: "int",
  });
  await index(tx, "freeze", ["since"], { where: `"since" is not null` });
  await tx.schema.dropIndex("outbox_ticketId").execute();
  await index(tx, "outbox", ["ticketId", "createdAt"]);
  await index(tx, "ticket", ["mergedInto"], { where: `"mergedInto" is not null` });
}
