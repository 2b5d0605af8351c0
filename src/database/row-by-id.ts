// One row of the desk by its id, the most frequent question of all.
import type { Kysely } from "kysely";
import type { DeskTables, TableName } from "../desk/change.ts";
import { prepared } from "./prepared.ts";
import type { Schema, Stored } from "./schema.ts";

const byId = prepared((db, { id }: { id: string }, name) =>
  db
    .selectFrom(name as "customer")
    .selectAll()
    .where("id", "=", id),
);

/** The row as it is stored; undefined where there is none. */
export async function rowById<T extends TableName>(
  db: Kysely<Schema>,
  name: T,
  id: string,
): Promise<Stored<DeskTables[T]> | undefined> {
  return (await byId.first(db, { id }, name)) as unknown as Stored<DeskTables[T]> | undefined; // a row of that table
}
