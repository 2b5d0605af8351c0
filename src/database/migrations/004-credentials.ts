// What token endpoints handed out (OAuth 2.0): a row for each sign-in, shared by all workers; sealed, so that a copy of the
// database lets nobody in.
import type { Kysely } from "kysely";
import { table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function credentials(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "credential", {
    id: "text",
    sealed: "text?",
    generation: "int",
    refreshEndsAt: "int?",
    leaseOwner: "text?",
    leaseUntil: "int",
    usedAt: "int",
  });
}
