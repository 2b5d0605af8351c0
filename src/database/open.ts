// Opens the database and is the only place that begins a transaction. On SQLite all writes go through one connection
// and are committed in groups: decisions that arrive together share one commit, each behind a savepoint of its own, so
// that one which fails takes nobody along. Reads use a second, read-only connection. A commit waits for the disk where
// somebody outside relies on it (a cursor that moves, a mail that is sent, a person who is told "done"); leases, numbers
// and decisions about mail need not wait: the log is written in order, so the next commit that waits covers them, and
// until then a power failure only makes the same mail be decided again.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite from "better-sqlite3";
import { Kysely, type SqliteDatabase, SqliteDialect, sql } from "kysely";
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
    "cache_size = -12000",
    "wal_autocheckpoint = 4000",
  ]) {
    writer.pragma(pragma);
  }
  const db = kyselyOf(writer);
  const { write, writeSoon } = groupCommit(db, writer);
  if (config.migrate) await write((tx) => migrate(tx, config.now()));
  const reader = new BetterSqlite(path, { readonly: true, timeout: busyTimeoutMs * 50 });
  reader.pragma("cache_size = -12000");
  const read = kyselyOf(reader);
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

/** Customers' mail is nobody else's to read; SQLite gives the files beside it the same mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  closeSync(openSync(path, "a", 0o600));
}

/** Kysely prepares a statement at each call; the same text is prepared once here. */
function kyselyOf(connection: BetterSqlite.Database): Kysely<Schema> {
  const cache = new Map<string, BetterSqlite.Statement>();
  const database: SqliteDatabase = {
    close: () => connection.close(),
    prepare(text) {
      let statement = cache.get(text);
      if (statement === undefined) {
        if (cache.size >= statementsCached) cache.clear();
        statement = connection.prepare(text);
        cache.set(text, statement);
      }
      return statement as unknown as ReturnType<SqliteDatabase["prepare"]>; // the same object, typed by either package
    },
  };
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
}

function groupCommit(db: Kysely<Schema>, connection: BetterSqlite.Database): Pick<Database, "write" | "writeSoon"> {
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
      await runGroup(db, jobs);
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
async function runGroup(db: Kysely<Schema>, jobs: Job[]): Promise<void> {
  const outcomes = new Map<Job, unknown>();
  try {
    await db.connection().execute(async (tx) => {
      await begin(tx);
      try {
        for (const job of jobs) outcomes.set(job, await runJob(tx, job));
        await sql`commit`.execute(tx);
      } catch (error) {
        await sql`rollback`.execute(tx).catch(() => {});
        throw error;
      }
    });
  } catch (error) {
    for (const job of jobs) job.settle(diskError(error));
    return;
  }
  for (const job of jobs) job.settle(outcomes.get(job));
}

async function runJob(tx: Kysely<Schema>, job: Job): Promise<unknown> {
  await sql`savepoint job`.execute(tx);
  try {
    await job.run(tx);
    await sql`release job`.execute(tx);
    return undefined;
  } catch (error) {
    // A full disk may have ended the whole transaction: then the group fails, and for that reason.
    await sql`rollback to job`.execute(tx).catch(() => {
      throw error;
    });
    await sql`release job`.execute(tx);
    return isKind(error, "conflict") ? error : diskError(error);
  }
}

/** Waits for another process's write without spending anybody's attempt. */
async function begin(tx: Kysely<Schema>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await sql`begin immediate`.execute(tx);
      return;
    } catch (error) {
      if (!(systemCode(error) ?? "").startsWith("SQLITE_BUSY")) throw error;
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
