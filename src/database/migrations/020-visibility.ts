// What customers of an organization may see, where it is not what the desk says; and tickets that are not published.
import type { Kysely } from "kysely";
import { column } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function visibility(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "organization", "visibility", "text");
  await column(tx, "ticket", "unpublishedAt", "int?");
}
