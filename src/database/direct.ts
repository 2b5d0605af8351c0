// The short way for a statement that Kysely has compiled before: straight to the engine. SQLite answers at once, and
// Kysely's executor costs more for each call than SQLite's own work; PostgreSQL prepares such a statement once for each
// connection. Where no engine is known the caller goes through Kysely, with the same text and the same values.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface Direct {
  rows(text: string, values: readonly unknown[]): unknown[] | Promise<unknown[]>;
  first(text: string, values: readonly unknown[]): unknown;
  /** The number of rows that it changed. */
  run(text: string, values: readonly unknown[]): number | Promise<number>;
}

const engines = new WeakMap<Kysely<Schema>, Direct>();

export function offerDirect(db: Kysely<Schema>, engine: Direct): void {
  engines.set(db, engine);
}

/** One of a kind for each database that is open, so that texts made for one engine never reach the other. */
const caches = new WeakMap<object, Map<unknown, Map<string, unknown>>>();

/** What `owner` keeps of statements for this database, by whatever key it chooses. */
export function cacheOf<T>(db: Kysely<Schema>, owner: object): Map<string, T> {
  const { adapter } = db.getExecutor();
  let owners = caches.get(adapter);
  if (owners === undefined) {
    owners = new Map();
    caches.set(adapter, owners);
  }
  let cache = owners.get(owner);
  if (cache === undefined) {
    cache = new Map();
    owners.set(owner, cache);
  }
  return cache as Map<string, T>; // only this owner puts anything in
}

/** Undefined where statements must go through Kysely. */
export const directOf = (db: Kysely<Schema>): Direct | undefined => engines.get(db);
