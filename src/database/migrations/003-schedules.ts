// What happens by the clock: slots of schedules, each claimed by a unique key, so that any number of workers runs it once;
// and since when a mailbox fails, for whoever is to be told of it.
import type { Kysely } from "kysely";
import { table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function schedules(tx: Kysely<Schema>): Promise<void> {
  await table(
    tx,
    "slot",
    {
      schedule: "text",
      slot: "text",
      claimedAt: "int",
      leaseUntil: "int",
      leaseOwner: "text?",
      fence: "int",
      doneAt: "int?",
      error: "text?",
    },
    ["schedule", "slot"],
  );
  await tx.schema.alterTable("mailbox").addColumn("failingSince", "bigint").execute();
  await tx.schema
    .alterTable("mailbox")
    .addColumn("needsPerson", "integer", (col) => col.notNull().defaultTo(0))
    .execute();
}
