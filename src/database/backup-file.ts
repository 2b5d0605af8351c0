// A copy of a SQLite desk in one file, made while others write: of one moment, without gaps, and without a log beside it. Whoever
// writes meanwhile is not held up; only SQLite's log grows until the copy is there.
import BetterSqlite from "better-sqlite3";
import { operator } from "../errors.ts";
import { keep, prepareKept } from "./sqlite.ts";

/** `to` is an empty file or none. Rejects: operator, code SQLITE_FULL among them, where it can't be written. */
export function copyDatabase(path: string, to: string): void {
  const connection = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: 5_000 }));
  try {
    prepareKept(connection, "vacuum into ?").run(to);
  } finally {
    connection.close();
  }
}

/** Reads every page of a copy. Rejects: operator where it is damaged. */
export function checkCopy(path: string): void {
  const connection = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true }));
  try {
    const said = prepareKept(connection, "pragma integrity_check(1)").pluck().get();
    if (said !== "ok")
      throw operator(`The copy is damaged: ${String(said)}.`, {
        remedy: "Look after the disk, and whether `maildesk doctor` finds the database itself in order.",
      });
  } finally {
    connection.close();
  }
}
