// Custom fields, types and views as administrators defined them, with who bears them.
import { sql } from "kysely";
import type { Field, FieldBearers, FieldOwner, FieldValue } from "../desk/field.ts";
import { endedStates } from "../desk/refers.ts";
import type { Type, TypeBearers, TypeOwner } from "../desk/type.ts";
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
    async valuesOf(fieldId: string): Promise<FieldBearers> {
      const rows = await withOwners(read)
        .selectAll("fieldValue")
        .select(isEnded.as("ended"))
        .where("fieldId", "=", fieldId)
        .execute();
      const values = rows.map(({ ended, ...row }) => ({
        ended: ended === 1,
        value: decode("fieldValue", row) as FieldValue,
      }));
      const of = (wanted: boolean) => values.filter(({ ended }) => ended === wanted).map(({ value }) => value);
      return { living: of(false), ended: of(true) };
    },

    /** By field id: how many rows that people see have a value. */
    async valueCounts(): Promise<Map<string, number>> {
      const rows = await withOwners(read)
        .select(["fieldValue.fieldId", (eb) => eb.fn.countAll<number>().as("n")])
        .where(isEnded, "=", 0)
        .groupBy("fieldValue.fieldId")
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

    /** Whoever bears the type. */
    async bearersOfType({ appliesTo, name }: Pick<Type, "appliesTo" | "name">): Promise<TypeBearers> {
      const ended =
        appliesTo === "customer"
          ? endedAmong("customer.state")
          : sql<number>`case when "mergedInto" is null then 0 else 1 end`;
      const rows = await read
        .selectFrom(appliesTo as "customer")
        .select(["id", ended.as("ended")])
        .where("type", "=", name)
        .where("type", "<>", "")
        .orderBy("id")
        .execute();
      return { ids: rows.map((row) => row.id), living: rows.filter((row) => row.ended === 0).length };
    },
  };
}

/** 1 for what was merged away, deleted or promoted, else 0. */
const endedAmong = (column: string) =>
  sql<number>`case when ${sql.ref(column)} in (${sql.join([...endedStates])}) then 1 else 0 end`;

/** Values with what has them. */
const withOwners = (read: Database["read"]) =>
  read
    .selectFrom("fieldValue")
    .leftJoin("customer", "customer.id", "fieldValue.ownerId")
    .leftJoin("organization", "organization.id", "fieldValue.ownerId")
    .leftJoin("ticket", "ticket.id", "fieldValue.ownerId");

const isEnded = sql<number>`case
  when ${sql.ref("customer.state")} in (${sql.join([...endedStates])}) then 1
  when ${sql.ref("organization.state")} in (${sql.join([...endedStates])}) then 1
  when ${sql.ref("ticket.mergedInto")} is not null then 1 else 0 end`;
