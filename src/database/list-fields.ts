// Custom fields, types and views as administrators defined them, with who bears them.
import type { TableName } from "../desk/change.ts";
import type { Field, FieldOwner, FieldValue } from "../desk/field.ts";
import type { Type, TypeOwner } from "../desk/type.ts";
import type { View } from "../desk/view.ts";
import type { Database } from "./open.ts";
import { decode } from "./schema.ts";

const listMax = 500;

export function fieldLists({ read }: Database) {
  return {
    /** In the order in which they were made. */
    async fields(appliesTo: FieldOwner): Promise<Field[]> {
      const rows = await read
        .selectFrom("field")
        .selectAll()
        .where("appliesTo", "=", appliesTo)
        .orderBy("id")
        .execute();
      return rows.map((row): Field => decode("field", row));
    },

    /** The values of these rows, by owner. */
    async fieldValues(ownerIds: readonly string[]): Promise<Map<string, FieldValue[]>> {
      const found = new Map<string, FieldValue[]>();
      for (let start = 0; start < ownerIds.length; start += listMax) {
        const ids = ownerIds.slice(start, start + listMax);
        const rows = await read
          .selectFrom("fieldValue")
          .selectAll()
          .where("ownerId", "in", ids)
          .orderBy("id")
          .execute();
        for (const row of rows) {
          const value: FieldValue = decode("fieldValue", row);
          const known = found.get(row.ownerId);
          if (known === undefined) found.set(row.ownerId, [value]);
          else known.push(value);
        }
      }
      return found;
    },

    /** Every value of a field, whoever has it. */
    async valuesOf(fieldId: string): Promise<FieldValue[]> {
      const rows = await read.selectFrom("fieldValue").selectAll().where("fieldId", "=", fieldId).execute();
      return rows.map((row): FieldValue => decode("fieldValue", row));
    },

    /** By field id: how many rows have a value. */
    async valueCounts(): Promise<Map<string, number>> {
      const rows = await read
        .selectFrom("fieldValue")
        .select(["fieldId", (eb) => eb.fn.countAll<number>().as("n")])
        .groupBy("fieldId")
        .execute();
      return new Map(rows.map((row) => [row.fieldId, Number(row.n)]));
    },

    /** By name. */
    async views(): Promise<View[]> {
      const rows = await read.selectFrom("view").selectAll().orderBy("nameKey").execute();
      return rows.map((row): View => decode("view", row));
    },

    /** By name. */
    async types(appliesTo: TypeOwner): Promise<Type[]> {
      const rows = await read
        .selectFrom("type")
        .selectAll()
        .where("appliesTo", "=", appliesTo)
        .orderBy("nameKey")
        .execute();
      return rows.map((row): Type => decode("type", row));
    },

    /** Ids of the rows that bear the type. */
    async rowsOfType({ appliesTo, name }: Pick<Type, "appliesTo" | "name">): Promise<string[]> {
      const table: TableName & TypeOwner = appliesTo;
      const rows = await read
        .selectFrom(table as "customer")
        .select("id")
        .where("type", "=", name)
        .where("type", "<>", "")
        .execute();
      return rows.map((row) => row.id).sort();
    },
  };
}
