// The words in which migrations are written, so that one list serves SQLite and PostgreSQL: text, integers for times and
// counts, 0/1 for yes and no. The only dialect branch of the migrations is here.
import { type Kysely, sql } from "kysely";
import { isPostgres } from "./engine.ts";
import type { Schema } from "./schema.ts";

type Column = "text" | "text?" | "int" | "int?" | "blob";

/** Rows too long to live inside an index. */
const longRows: ReadonlySet<string> = new Set(["email", "emailRaw", "message", "outboxRaw", "blob"]);

/** Text is ordered by its bytes on both engines. */
const stored = {
  sqlite: { text: sql`text`, int: sql`integer`, blob: sql`blob` },
  postgres: { text: sql`text collate "C"`, int: sql`bigint`, blob: sql`bytea` },
};

/**
 * Makes a table; a question mark allows null. The key is `id` unless named. On SQLite short rows live in their key's own
 * tree (without rowid), which halves the pages that a decision touches.
 */
export async function table(
  tx: Kysely<Schema>,
  name: string,
  columns: Record<string, Column>,
  key: string[] = ["id"],
): Promise<void> {
  let builder = tx.schema.createTable(name);
  const types = isPostgres(tx) ? stored.postgres : stored.sqlite;
  for (const [column, type] of Object.entries(columns)) {
    const plain = type.replace("?", "") as "text" | "int" | "blob";
    builder = builder.addColumn(column, types[plain], (col) => (type.endsWith("?") ? col : col.notNull()));
  }
  // On PostgreSQL an index may not bear the key's name: `reference` has one over its column "key".
  const keyed = builder.addPrimaryKeyConstraint(`${name}_${isPostgres(tx) ? "primary" : "key"}`, key as never[]);
  await (isPostgres(tx) || longRows.has(name) ? keyed : keyed.modifyEnd(sql`without rowid`)).execute();
}

/** One column more: empty text or null in the rows that are there. */
export async function column(
  tx: Kysely<Schema>,
  on: string,
  name: string,
  type: "text" | "text?" | "int?",
): Promise<void> {
  const types = isPostgres(tx) ? stored.postgres : stored.sqlite;
  await tx.schema
    .alterTable(on)
    .addColumn(name, type === "int?" ? types.int : types.text, (col) =>
      type === "text" ? col.notNull().defaultTo("") : col,
    )
    .execute();
}

export async function index(
  tx: Kysely<Schema>,
  on: string,
  columns: string[],
  more: { unique?: boolean; where?: string } = {},
): Promise<void> {
  const name = `${on}_${columns.join("_")}${more.where === undefined ? "" : "_some"}`;
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const where = more.where === undefined ? sql`` : sql` where ${sql.raw(more.where)}`;
  const kind = more.unique === true ? sql`create unique index` : sql`create index`;
  await sql`${kind} ${sql.ref(name)} on ${sql.table(on)} (${list})${where}`.execute(tx);
}
