// Since when a customer hears nothing, as they asked for it (SHA-10).
import type { Kysely } from "kysely";
import { column } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export const muted = (tx: Kysely<Schema>): Promise<void> => column(tx, "customer", "mutedAt", "int?");
