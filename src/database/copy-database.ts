// A copy of a SQLite desk in one file, made while others write: of one moment, without gaps, and without a log beside it. Whoever
// writes meanwhile is not held up; only SQLite's log grows until the copy is there. Both calls keep their process busy from
// beginning to end.
import BetterSqlite from "better-sqlite3";
import { systemCode } from "../errors.ts";
import { keep, prepareKept } from "./sqlite.ts";

/** `to` is an empty file or none. Throws what SQLite says, SQLITE_FULL where the disk is. */
export function copyDatabase(path: string, to: string): void {
  const connection = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: 5_000 }));
  try {
    prepareKept(connection, "vacuum into ?").run(to);
  } finally {
    connection.close();
  }
}

/** Reads every page of a copy; what is wrong with it, or null. */
export function faultOf(path: string): string | null {
  const connection = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true }));
  try {
    const said = prepareKept(connection, "pragma integrity_check(1)").pluck().get();
    return said === "ok" ? null : String(said);
  } catch (error) {
    if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(systemCode(error) ?? "")) throw error;
    return error instanceof Error ? error.message : String(error);
  } finally {
    connection.close();
  }
}
