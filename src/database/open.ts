// Opens the database, whichever engine holds it: connections, tables, and the two ways to write.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;
type Write = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export interface Writes {
  /**
   * Runs one unit of work in a transaction; all of it is undone if it rejects. It must bear being run again: where
   * PostgreSQL ends two transactions that wait for each other, the one that it gave up is begun anew.
   */
  write: Write;
  /** The same without waiting for the disk: for what can be done again after a power failure. */
  writeSoon: Write;
  /**
   * The same for a single statement that may run twice: where each statement can be a transaction of its own it goes to the
   * server alone, without the two that begin and end one.
   */
  writeOne: Write;
}

export interface Database extends Writes {
  /** For lists and facts; never inside `write`. */
  read: Kysely<Schema>;
  /** Everything as it is at one moment, for as long as `work` takes; others go on writing. Only for reading. */
  snapshot<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  check(): Promise<string>;
  close(): Promise<void>;
}

export interface DatabaseConfig {
  /** `sqlite:PATH` or `postgres://user:password@host:port/database`. */
  url: string;
  /** Makes and updates the tables; off where somebody looks at them from outside. */
  migrate: boolean;
  now(): number;
}

/** Opens and migrates. Rejects: operator or temporary where it cannot be used, with what to do. */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  if (config.url.startsWith("sqlite:")) return await (await import("./open-sqlite.ts")).openSqlite(config);
  return await (await import("./open-postgres.ts")).openPostgres(config);
}
