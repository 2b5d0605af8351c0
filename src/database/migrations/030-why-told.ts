// Why each person was told, beside the mail that tells them.
import type { Kysely } from "kysely";
import { column } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function whyTold(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "outbox", "why", "text");
}
