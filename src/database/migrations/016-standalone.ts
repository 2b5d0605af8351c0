// Conversations without a ticket, and how far a notice got whose people are told one page after the other.
import type { Kysely } from "kysely";
import { column, index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function standalone(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "standalone", {
    id: "text",
    subject: "text",
    organizationId: "text?",
    customerId: "text?",
    mailbox: "text",
    answers: "text",
    waitingSince: "int?",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "standalone", ["organizationId", "id"], { where: `"organizationId" is not null` });
  await index(tx, "standalone", ["customerId", "id"], { where: `"customerId" is not null` });
  await index(tx, "standalone", ["waitingSince", "id"], { where: `"waitingSince" is not null` });
  await column(tx, "notice", "reached", "text");
}
