// The words in which migrations are written, so that one list serves SQLite and PostgreSQL: text, integers for times and
// counts, 0/1 for yes and no. The only dialect branch of the migrations is here.
import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema.ts";

type Column = "text" | "text?" | "int" | "int?" | "blob";

/** Rows too long to live inside an index. */
const longRows: ReadonlySet<string> = new Set(["email", "emailRaw", "message", "outboxRaw", "blob"]);

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
  for (const [column, type] of Object.entries(columns)) {
    const stored = type === "blob" ? sql`blob` : type.startsWith("text") ? sql`text` : sql`integer`;
    builder = builder.addColumn(column, stored, (col) => (type.endsWith("?") ? col : col.notNull()));
  }
  const keyed = builder.addPrimaryKeyConstraint(`${name}_key`, key as never[]);
  await (longRows.has(name) ? keyed : keyed.modifyEnd(sql`without rowid`)).execute();
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
