// A desk in a SQLite file. What goes wrong with the file is said in one sentence, with the path and what to do.
import { statSync } from "node:fs";
import { sql } from "kysely";
import { MaildeskError, operator, systemCode } from "../errors.ts";
import { groupCommit } from "./group-commit.ts";
import { migrate } from "./migrate.ts";
import type { Database, DatabaseConfig } from "./open.ts";
import { openWriter, prepareKept, withPinned } from "./sqlite.ts";
import { mustBeWhole } from "./table-columns.ts";
import { fileMustBeOurs } from "./whose-tables.ts";

/** Opens and migrates `sqlite:PATH`. Rejects: operator where the file cannot be used. */
export async function openSqlite(config: DatabaseConfig): Promise<Database> {
  const path = config.url.replace(/^sqlite:(\/\/)?/, "");
  try {
    return await openFile(path, config);
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

async function openFile(path: string, config: DatabaseConfig): Promise<Database> {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) fileMustBeOurs(path);
  const { writer, db, openReader } = openWriter(path);
  const { write, writeSoon, writeOne } = groupCommit(db, writer);
  if (config.migrate) await write((tx) => migrate(tx, config.now()));
  const read = openReader();
  return {
    read,
    write,
    writeSoon,
    writeOne,
    snapshot: (work) => withPinned(path, work),
    async check() {
      await sql`select 1`.execute(read);
      await mustBeWhole(read, `The database ${path}`);
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
