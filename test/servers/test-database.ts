// Where a test's desk keeps its data: a file in the desk's folder, or a database of the run's own PostgreSQL where the
// tests run as the project `postgres`.
import { createHash } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";

export const onPostgres = process.env.MAILDESK_TEST_DATABASE === "postgres";

/** The `database:` of the desk in this folder; the same for the same folder. It is there, and at first empty. */
export async function databaseOf(folder: string): Promise<string> {
  if (!onPostgres) return `sqlite:${join(folder, "maildesk.db")}`;
  const base = inject("postgres");
  const name = `desk_${createHash("sha256").update(folder).digest("hex").slice(0, 20)}`;
  const client = new pg.Client({ connectionString: `${base}/postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return `${base}/${name}`;
}
