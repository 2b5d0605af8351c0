// A short look at a database: nothing is made, migrated or waited for. Whoever looks has a person at a keyboard behind it.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Rejects with whatever the engine says, where there is no database, or none that answers at once. */
export async function onceRead<T>(url: string, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  if (url.startsWith("sqlite:"))
    return await (await import("./sqlite.ts")).withPinned(url.replace(/^sqlite:(\/\/)?/, ""), work);
  return await (await import("./open-postgres.ts")).withClient(url, work);
}
