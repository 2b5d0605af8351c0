// How often a mail's reader died of it, apart from how often the mail was taken: a worker that is killed says nothing about
// the mails that it held.
import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

export async function readerDeaths(tx: Kysely<Schema>): Promise<void> {
  await tx.schema
    .alterTable("email")
    .addColumn("readerDeaths", "integer", (col) => col.notNull().defaultTo(0))
    .execute();
}
