// What is due is found in the order in which it is due. Without statistics SQLite prefers an index that begins with a
// column that must be equal, so these begin with the status, and nothing that waits has to be sorted. The notices of one
// conversation have an index over all of them, or PostgreSQL may walk through all that wait instead.
import type { Kysely } from "kysely";
import { index } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function due(tx: Kysely<Schema>): Promise<void> {
  for (const [table, status] of [
    ["email", "pending"],
    ["outbox", "queued"],
  ] as const) {
    await tx.schema.dropIndex(`${table}_nextAttemptAt_some`).execute();
    await index(tx, table, ["status", "nextAttemptAt", "id"], { where: `"status" = '${status}'` });
  }
  await tx.schema.dropIndex("notice_conversationId_some").execute();
  await index(tx, "notice", ["conversationId"]);
}
