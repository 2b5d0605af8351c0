// What time it is where the database is. A file is on this machine; a server has a clock of its own, by which several
// workers can tell whether theirs agree.
import { type Kysely, sql } from "kysely";
import { isPostgres } from "./engine.ts";
import type { Schema } from "./schema.ts";

/** UTC milliseconds by the server's clock; null where the database is a file. */
export async function serverTime(read: Kysely<Schema>): Promise<number | null> {
  if (!isPostgres(read)) return null;
  const { rows } = await sql<{ ms: number }>`
    select cast(extract(epoch from clock_timestamp()) * 1000 as double precision) as ms`.execute(read);
  return rows[0]?.ms ?? null;
}
