// The two connections to a SQLite file: one that writes and, between transactions, reads as well; one that only reads.
// Both prepare each statement once.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect, type SqliteStatement } from "kysely";
import { systemCode } from "../errors.ts";
import { offerDirect } from "./direct.ts";
import type { Schema } from "./schema.ts";

export interface Connections {
  writer: BetterSqlite.Database;
  /** The writer, for statements inside a transaction. */
  db: Kysely<Schema>;
  /** Opened last: a file that has no tables yet must be written first. */
  openReader(): Kysely<Schema>;
}

const busyTimeoutMs = 100;
/**
 * A reader meets a lock only while a log is being recovered or removed; and so does whoever opens the file, since a killed
 * process's successor recovers and the last one to leave removes.
 */
const readerTimeoutMs = 5_000;

const pragmas = [
  "journal_mode = WAL",
  "synchronous = FULL",
  "foreign_keys = OFF",
  "temp_store = MEMORY",
  "cache_size = -24000",
  "wal_autocheckpoint = 8000",
];

/**
 * What better-sqlite3 made is kept until the process ends. Built for Node 24.19 to 24.21 it aborts the process when one of its
 * objects is collected as garbage (nodejs/node#65446); and pragma() makes one at each call, where exec() makes none.
 */
const kept = new Set<object>();

export function keep<T extends object>(made: T): T {
  kept.add(made);
  return made;
}

/** For a statement that is used again and again: it is never given back. */
export const prepareKept = (connection: BetterSqlite.Database, text: string): BetterSqlite.Statement =>
  keep(connection.prepare(text));

/** Makes the file where there is none. */
export function openWriter(path: string): Connections {
  if (path !== ":memory:") makeFile(path);
  const writer = keep(new BetterSqlite(path, { timeout: readerTimeoutMs }));
  for (const pragma of pragmas) writer.exec(`pragma ${pragma}`);
  writer.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  const prepare = preparer(writer);
  return {
    writer,
    db: kyselyOf(
      (text, use) => use(prepare(text)),
      () => writer.close(),
    ),
    openReader() {
      const reader = keep(new BetterSqlite(path, { readonly: true, timeout: readerTimeoutMs }));
      reader.exec("pragma cache_size = -2000");
      const ask = askerOf(preparer(reader), prepare, () => writer.inTransaction);
      return kyselyOf(ask, () => reader.close());
    },
  };
}

/** Customers' mail is nobody else's to read; SQLite gives the files beside it the same mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  closeSync(openSync(path, "a", 0o600));
}

/** Reads a file as it is at one moment, on a connection of its own, whatever others write meanwhile. */
export async function withPinned<T>(path: string, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  const db = openPinned(path);
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

function openPinned(path: string): Kysely<Schema> {
  const reader = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: readerTimeoutMs }));
  try {
    const prepare = preparer(reader);
    reader.exec("begin");
    prepare("select count(*) from sqlite_master").get(); // a transaction begins at its first read
    return kyselyOf(
      (text, use) => use(prepare(text)),
      () => reader.close(),
    );
  } catch (error) {
    reader.close();
    throw error;
  }
}

type Prepare = (text: string) => BetterSqlite.Statement;
/** Uses the prepared statement of that text, on whichever connection. */
type Ask = <T>(text: string, use: (statement: BetterSqlite.Statement) => T) => T;

/**
 * Reads happen on the writer's connection while no transaction is open there: SQLite throws the pages that a connection
 * knows away whenever another connection wrote, so a second one would read everything anew for each mail. Within a
 * transaction of ours they happen on a connection of their own; what is seen is what is committed, either way.
 */
function askerOf(own: Prepare, onWriter: Prepare, isWriting: () => boolean): Ask {
  return (text, use) => {
    if (isWriting()) return use(own(text));
    try {
      const statement = onWriter(text);
      // BEGIN counts as read-only too; and what would write is refused by the reader.
      return use(statement.reader && statement.readonly ? statement : own(text));
    } catch (error) {
      if (!isBusy(error)) throw error;
      return use(own(text)); // which has the patience that the writer must not have
    }
  };
}

function kyselyOf(ask: Ask, close: () => void): Kysely<Schema> {
  const prepare = (text: string): SqliteStatement => ({
    reader: ask(text, (statement) => statement.reader),
    all: (values) => ask(text, (statement) => statement.all(values)),
    run: (values) => ask(text, (statement) => statement.run(values)),
    iterate: () => {
      throw new Error("a statement that is read row by row would keep its connection busy: ask for pages");
    },
  });
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: { prepare, close } }) });
  offerDirect(db, {
    rows: (text, values) => ask(text, (statement) => statement.all(values)),
    first: (text, values) => ask(text, (statement) => statement.get(values)),
    run: (text, values) => ask(text, (statement) => statement.run(values).changes),
  });
  return db;
}

/** Kysely prepares a statement at each call; the same text is prepared once here. Texts differ in the lengths of their lists alone. */
function preparer(connection: BetterSqlite.Database): Prepare {
  const cache = new Map<string, BetterSqlite.Statement>();
  return (text) => {
    let statement = cache.get(text);
    if (statement === undefined) {
      statement = prepareKept(connection, text);
      cache.set(text, statement);
    }
    return statement;
  };
}

export const isBusy = (error: unknown): boolean => (systemCode(error) ?? "").startsWith("SQLITE_BUSY");
