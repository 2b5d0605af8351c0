// Opens the database: connections, tables, and the two ways to write. What goes wrong on the way is said in one sentence
// with the path and what to do.
import { type Kysely, sql } from "kysely";
import { MaildeskError, operator, systemCode } from "../errors.ts";
import { groupCommit, type Writes } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";
import { openWriter, prepareKept, withPinned } from "./sqlite.ts";

export interface Database extends Writes {
  /** For lists and facts; never inside `write`. */
  read: Kysely<Schema>;
  /** Everything as it is at one moment, for as long as `work` takes; others go on writing. Only for reading. */
  snapshot<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
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
  const { writer, db, openReader } = openWriter(path);
  const { write, writeSoon } = groupCommit(db, writer);
  if (config.migrate) await write((tx) => migrate(tx, config.now()));
  const read = openReader();
  return {
    read,
    write,
    writeSoon,
    snapshot: (work) => withPinned(path, work),
    async check() {
      await sql`select 1`.execute(read);
      const mode = prepareKept(writer, "pragma integrity_check(1)").pluck().get();
      if (mode !== "ok")
        throw operator(`The database ${path} is damaged: ${String(mode)}.`, {
          remedy: "Restore it from a backup.",
        });
      return `SQLite ${String(prepareKept(writer, "select sqlite_version()").pluck().get())}, ${path}`;
    },
    async close() {
      await read.destroy();
      await db.destroy();
    },
  };
}
