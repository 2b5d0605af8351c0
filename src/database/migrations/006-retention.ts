// What was removed by age, and since when: a mail whose original is gone stays as a row, and says so. And how much room
// each kind takes, as it was last measured.
import type { Kysely } from "kysely";
import { table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function retention(tx: Kysely<Schema>): Promise<void> {
  await tx.schema.alterTable("email").addColumn("rawGoneAt", "bigint").execute();
  await tx.schema.alterTable("outbox").addColumn("rawGoneAt", "bigint").execute();
  await table(tx, "retention", { id: "text", beforeAt: "int", ranAt: "int", removed: "int", bytes: "int" });
  await table(tx, "diskUse", { id: "text", rows: "int", bytes: "int", measuredAt: "int" });
}
