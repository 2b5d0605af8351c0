// Opens the database and is the only place that begins a transaction. On SQLite all writes go through one connection
// and are committed in groups: decisions that arrive together share one commit, each behind a savepoint of its own, so
// that one which fails takes nobody along. Reads use a second, read-only connection. A commit waits for the disk where
// somebody outside relies on it (a cursor that moves, a mail that is sent, a person who is told "done"); leases, numbers
// and decisions about mail need not wait: the log is written in order, so the next commit that waits covers them, and
// until then a power failure only makes the same mail be decided again.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite from "better-sqlite3";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from "kysely";
import { isKind, MaildeskError, operator, systemCode, temporary } from "../errors.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";

export interface Database {
  /** For lists and facts; never inside `write`. */
  read: Kysely<Schema>;
  /** Runs one unit of work in a transaction; it is repeated by nobody, and all of it is undone if it rejects. */
  write<T>(work: (tx: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** The same without waiting for the disk: for what can be done again after a power failure. */
  writeSoon<T>(work: (tx: Kysely<Schema>) => Promise<T>): Promise<T>;
  check(): Promise<string>;
  close(): Promise<void>;
}

export interface DatabaseConfig {
  /** `sqlite:PATH`. */
  url: string;
  /** Makes and updates the tables; off only for `doctor`. */
  migrate: boolean;
  now(): number;
}

const groupMax = 64;
/** Work that need not wait for the disk waits this long for company: a commit costs the same for one as for many. */
const gatherMs = 1;
const busyTimeoutMs = 100;
const busyRetriesMax = 300;
const statementsCached = 300;

type Prepare = (text: string) => BetterSqlite.Statement;
/** Runs a statement about the transaction itself, at once. */
type Say = (text: string) => void;

interface Job {
  durable: boolean;
  run(tx: Kysely<Schema>): Promise<void>;
  settle(error: unknown): void;
}

/** Opens and migrates. Rejects: operator where the file cannot be used, with the path and what to do. */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const path = config.url.replace(/^sqlite:(\/\/)?/, "");
  try {
    return await openSqlite(path, config);
  } catch (error) {
    if (error instanceof MaildeskError) throw error;
    throw openError(path, error);
  }
}

function openError(path: string, error: unknown): MaildeskError {
  const code = systemCode(error) ?? "";
  const reason = error instanceof Error ? error.message : String(error);
  const remedy =
    code === "SQLITE_NOTADB"
      ? "That file is something else: name another one under `database:` in maildesk.yaml."
      : code === "SQLITE_FULL" || code === "ENOSPC"
        ? "Make room on the disk; nothing was lost."
        : "Check `database:` in maildesk.yaml, and that this user may write to the file and its folder.";
  return operator(`The database ${path} cannot be opened: ${reason}.`, {
    cause: error,
    remedy,
    ...(code === "" ? {} : { code }),
  });
}

async function openSqlite(path: string, config: DatabaseConfig): Promise<Database> {
  if (path !== ":memory:") makeFile(path);
  const writer = new BetterSqlite(path, { timeout: busyTimeoutMs });
  for (const pragma of [
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = OFF",
    "temp_store = MEMORY",
    "cache_size = -24000",
    "wal_autocheckpoint = 4000",
  ]) {
    writer.pragma(pragma);
  }
  const prepare = preparer(writer);
  const db = kyselyOf(prepare, () => writer.close());
  const { write, writeSoon } = groupCommit(db, writer, (text) => void prepare(text).run());
  if (config.migrate) await write((tx) => migrate(tx, config.now()));
  const reader = new BetterSqlite(path, { readonly: true, timeout: busyTimeoutMs * 50 });
  reader.pragma("cache_size = -2000");
  const read = readerOf(reader, prepare, () => writer.inTransaction);
  return {
    read,
    write,
    writeSoon,
    async check() {
      await sql`select 1`.execute(read);
      const mode = writer.pragma("integrity_check(1)", { simple: true });
      if (mode !== "ok")
        throw operator(`The database ${path} is damaged: ${String(mode)}.`, {
          remedy: "Restore it from a backup.",
        });
      return `SQLite ${String(writer.prepare("select sqlite_version() as v").pluck().get())}, ${path}`;
    },
    async close() {
      await read.destroy();
      await db.destroy();
    },
  };
}

/**
 * Reads happen on the writer's connection while no transaction is open there: SQLite throws the pages that a connection
 * knows away whenever another connection wrote, so a second one would read everything anew for each mail. Within a
 * transaction of ours they happen on a connection of their own; what is seen is what is committed, either way.
 */
function readerOf(reader: BetterSqlite.Database, onWriter: Prepare, isWriting: () => boolean): Kysely<Schema> {
  const own = preparer(reader);
  const prepare = (text: string): SqliteStatement => {
    const statement = isWriting() ? null : onWriter(text);
    if (statement?.readonly !== true) return own(text);
    return {
      reader: statement.reader,
      all(values) {
        try {
          return statement.all(values);
        } catch (error) {
          if (!isBusy(error)) throw error;
          return own(text).all(values); // which has the patience that the writer must not have
        }
      },
      run: (values) => statement.run(values),
      iterate: (values) => statement.iterate(values),
    };
  };
  return kyselyOf(prepare, () => reader.close());
}

function kyselyOf(prepare: SqliteDatabase["prepare"], close: () => void): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: { prepare, close } }) });
}

const isBusy = (error: unknown): boolean => (systemCode(error) ?? "").startsWith("SQLITE_BUSY");

/** Customers' mail is nobody else's to read; SQLite gives the files beside it the same mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  closeSync(openSync(path, "a", 0o600));
}

/** Kysely prepares a statement at each call; the same text is prepared once here. */
function preparer(connection: BetterSqlite.Database): Prepare {
  const cache = new Map<string, BetterSqlite.Statement>();
  return (text) => {
    let statement = cache.get(text);
    if (statement === undefined) {
      if (cache.size >= statementsCached) cache.clear();
      statement = connection.prepare(text);
      cache.set(text, statement);
    }
    return statement;
  };
}

function groupCommit(
  db: Kysely<Schema>,
  connection: BetterSqlite.Database,
  say: Say,
): Pick<Database, "write" | "writeSoon"> {
  const waiting: Job[] = [];
  let running = false;
  let durable = true;
  const drain = async () => {
    running = true;
    while (waiting.length > 0) {
      if (!waiting.some((job) => job.durable)) await new Promise((resolve) => setTimeout(resolve, gatherMs));
      const jobs = waiting.splice(0, groupMax);
      const wanted = jobs.some((job) => job.durable);
      try {
        if (wanted !== durable) connection.pragma(`synchronous = ${wanted ? "FULL" : "NORMAL"}`);
        durable = wanted;
      } catch (error) {
        for (const job of jobs) job.settle(diskError(error));
        continue;
      }
      await runGroup(db, say, jobs);
    }
    running = false;
  };
  const add = <T>(work: (tx: Kysely<Schema>) => Promise<T>, isDurable: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      let result: T | undefined;
      waiting.push({
        durable: isDurable,
        async run(tx) {
          result = await work(tx);
        },
        settle(error) {
          if (error === undefined)
            resolve(result as T); // run assigned it
          else reject(error);
        },
      });
      if (!running) void drain();
    });
  return { write: (work) => add(work, true), writeSoon: (work) => add(work, false) };
}

/** All jobs in one transaction; each that fails is rolled back alone. If the commit itself fails, all failed. */
async function runGroup(db: Kysely<Schema>, say: Say, jobs: Job[]): Promise<void> {
  const outcomes = new Map<Job, unknown>();
  try {
    await db.connection().execute(async (tx) => {
      await begin(say);
      try {
        for (const job of jobs) outcomes.set(job, await runJob(tx, say, job));
        say("commit");
      } catch (error) {
        try {
          say("rollback");
        } catch {
          // SQLite ended the transaction by itself, as on a full disk
        }
        throw error;
      }
    });
  } catch (error) {
    for (const job of jobs) job.settle(diskError(error));
    return;
  }
  for (const job of jobs) job.settle(outcomes.get(job));
}

async function runJob(tx: Kysely<Schema>, say: Say, job: Job): Promise<unknown> {
  say("savepoint job");
  try {
    await job.run(tx);
    say("release job");
    return undefined;
  } catch (error) {
    // A full disk may have ended the whole transaction: then the group fails, and for that reason.
    try {
      say("rollback to job");
    } catch {
      throw error;
    }
    say("release job");
    return isKind(error, "conflict") ? error : diskError(error);
  }
}

/** Waits for another process's write without spending anybody's attempt. */
async function begin(say: Say): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      say("begin immediate");
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt >= busyRetriesMax) {
        throw temporary("Another process keeps the database locked.", { code: "busy", cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 5 + (attempt % 20)));
    }
  }
}

function diskError(error: unknown): unknown {
  const code = systemCode(error) ?? "";
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR")) {
    return operator("The database's disk is full or failing.", {
      code,
      cause: error,
      remedy: "Make room on the disk; nothing was lost.",
    });
  }
  return error;
}
