// Where a test's desk keeps its data: a file in the desk's folder, or a database of the run's own PostgreSQL where the
// tests run as the project `postgres`.
import { createHash } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";

export const onPostgres = process.env.MAILDESK_TEST_DATABASE === "postgres";

const nameOf = (folder: string) => `desk_${createHash("sha256").update(folder).digest("hex").slice(0, 20)}`;

/** The `database:` of the desk in this folder; the same for the same folder. */
export const urlOf = (folder: string): string =>
  onPostgres ? `${inject("postgres")}/${nameOf(folder)}` : `sqlite:${join(folder, "maildesk.db")}`;

/** The same, of a database that is there, and at first empty, or as that of the folder `like` is now, which nobody has open. */
export async function databaseOf(folder: string, like?: string): Promise<string> {
  if (!onPostgres) return urlOf(folder);
  const client = new pg.Client({ connectionString: `${inject("postgres")}/postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [nameOf(folder)]);
    const template = like === undefined ? "" : ` template ${nameOf(like)}`;
    if (rowCount === 0) await client.query(`create database ${nameOf(folder)}${template}`);
  } finally {
    await client.end();
  }
  return urlOf(folder);
}

/** What overrides the `database:` of a maildesk.yaml that names a file, where the tests run on PostgreSQL. */
export const databaseEnv = (folder: string): Record<string, string> =>
  onPostgres ? { MAILDESK_DATABASE: urlOf(folder) } : {};
