// Which engine is behind a Kysely, for the few places where the two differ.
import { type Kysely, PostgresAdapter } from "kysely";
import { systemCode } from "../errors.ts";
import type { Schema } from "./schema.ts";

export const isPostgres = (db: Kysely<Schema>): boolean => db.getExecutor().adapter instanceof PostgresAdapter;

/** Two rows that may not be equal became so: a name, a domain or an address that somebody else took. */
export function isTaken(error: unknown): boolean {
  const code = systemCode(error) ?? "";
  return code === "23505" || code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}
