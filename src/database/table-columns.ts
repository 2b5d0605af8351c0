// The tables that there are in this database, and what each column takes, as the engine itself tells.
import { type Kysely, sql } from "kysely";
import { isPostgres } from "./engine.ts";
import type { Schema } from "./schema.ts";

export type Columns = ReadonlyMap<string, { kind: "text" | "number" | "bytes"; nullable: boolean }>;

/** By table's name; on a server, only of the schema that this desk uses. */
export async function tableColumns(db: Kysely<Schema>): Promise<ReadonlyMap<string, Columns>> {
  const schema = isPostgres(db)
    ? (await sql<{ name: string }>`select current_schema() as "name"`.execute(db)).rows[0]?.name
    : undefined;
  const found = (await db.introspection.getTables()).filter((table) => table.schema === schema);
  return new Map(
    found.map(({ name, columns }) => [
      name,
      new Map(
        columns.map(({ name: column, dataType, isNullable }) => [
          column,
          { kind: kindOf(dataType), nullable: isNullable },
        ]),
      ),
    ]),
  );
}

/** The words of SQLite and PostgreSQL for what `migration-table` knows. */
const kindOf = (dataType: string): "text" | "number" | "bytes" =>
  /int/i.test(dataType) ? "number" : /blob|bytea/i.test(dataType) ? "bytes" : "text";
