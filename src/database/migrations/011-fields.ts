// What administrators define themselves: custom fields with their values, a row each, and types of customers and tickets.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function fields(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "field", {
    id: "text",
    appliesTo: "text",
    key: "text",
    name: "text",
    form: "text",
    choices: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "field", ["appliesTo", "key"], { unique: true });
  await table(tx, "fieldValue", { id: "text", fieldId: "text", ownerId: "text", value: "text", version: "int" });
  await index(tx, "fieldValue", ["ownerId"]);
  await index(tx, "fieldValue", ["fieldId", "value", "ownerId"]);
  await table(tx, "type", {
    id: "text",
    appliesTo: "text",
    name: "text",
    nameKey: "text",
    colour: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "type", ["appliesTo", "nameKey"], { unique: true });
  await index(tx, "customer", ["type", "id"], { where: `"type" <> ''` });
  await index(tx, "ticket", ["type", "number"], { where: `"type" <> ''` });
}
