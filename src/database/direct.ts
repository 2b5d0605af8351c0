// The short way for a statement that Kysely has compiled before: straight to the engine, where the engine answers at once
// as SQLite does. Kysely's executor costs more for each call than SQLite's own work. Where no engine is known the caller
// goes through Kysely, with the same text and the same values.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface Direct {
  rows(text: string, values: readonly unknown[]): unknown[];
  first(text: string, values: readonly unknown[]): unknown;
  /** The number of rows that it changed. */
  run(text: string, values: readonly unknown[]): number;
}

const engines = new WeakMap<Kysely<Schema>, Direct>();

export function offerDirect(db: Kysely<Schema>, engine: Direct): void {
  engines.set(db, engine);
}

/** Undefined where statements must go through Kysely. */
export const directOf = (db: Kysely<Schema>): Direct | undefined => engines.get(db);
