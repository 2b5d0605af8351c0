// By which secrets this desk signs, as digests only: a configuration with another secret is another desk's.
import type { Kysely } from "kysely";
import { table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function secrets(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "secret", { id: "text", knownSince: "int" });
}
