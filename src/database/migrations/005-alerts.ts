// What the administrator was told of: one row for each kind, subject, day and recipient, so that nothing is told twice.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function alerts(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "alert", {
    id: "text",
    kind: "text",
    subject: "text",
    day: "text",
    phase: "text",
    recipient: "text",
    title: "text",
    text: "text",
    status: "text",
    attempts: "int",
    nextAttemptAt: "int",
    createdAt: "int",
    toldAt: "int?",
    response: "text?",
    error: "text?",
    owner: "text?",
    goneAt: "int?",
    clearedAt: "int?",
    leaseUntil: "int",
    leaseOwner: "text?",
    fence: "int",
  });
  await index(tx, "alert", ["kind", "subject", "day", "phase", "recipient"], { unique: true });
  await index(tx, "alert", ["kind", "subject"], { where: `"phase" = 'raised' and "clearedAt" is null` });
  await index(tx, "alert", ["id"], { where: `"status" in ('due', 'sending')` });
}
