// Lists that are kept under a name.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function views(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "view", {
    id: "text",
    name: "text",
    nameKey: "text",
    words: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "view", ["nameKey"], { unique: true });
}
