// Whose tables there are, asked before anything is made or changed: a desk's, nobody's yet, or another program's.
import BetterSqlite from "better-sqlite3";
import { operator, systemCode } from "../errors.ts";
import { keep, prepareKept, readerTimeoutMs } from "./sqlite.ts";

const firstMigration = "001-desk";

/**
 * `migrations` are the names in the table "migration", null where there is none of that form. `what` begins the sentence.
 * Rejects: operator, where the tables are another program's.
 */
export function mustBeOurs(
  what: string,
  tables: readonly string[],
  migrations: readonly string[] | null,
  remedy: string,
): void {
  if (tables.length === 0 || migrations?.includes(firstMigration) === true) return;
  throw operator(`${what} holds tables of another program (${tables.slice(0, 3).join(", ")}).`, { remedy });
}

/** Looks into a file that is there, and changes nothing in it. */
export function fileMustBeOurs(path: string): void {
  const file = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: readerTimeoutMs }));
  try {
    const names = prepareKept(
      file,
      `select "name" from "sqlite_master" where "type" = 'table' and "name" not like 'sqlite%'`,
    )
      .pluck()
      .all() as string[]; // a name is text
    mustBeOurs(
      `The file ${path}`,
      names,
      migrationsIn(file),
      "Name another file under `database:` in maildesk.yaml; nothing was changed in this one.",
    );
  } finally {
    file.close();
  }
}

function migrationsIn(file: BetterSqlite.Database): string[] | null {
  try {
    return prepareKept(file, `select "name" from "migration" where "at" is not null`).pluck().all() as string[];
  } catch (error) {
    if (systemCode(error) !== "SQLITE_ERROR") throw error; // no such table, or not of this form
    return null;
  }
}
