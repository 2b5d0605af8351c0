// Statuses of tickets, of which four are built in, and tags with the tickets that have them.
import { type Kysely, sql } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function statuses(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "ticketStatus", {
    id: "text",
    name: "text",
    nameKey: "text",
    state: "text",
    colour: "text",
    position: "int",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "ticketStatus", ["nameKey"], { unique: true });
  await sql`insert into "ticketStatus" ("id", "name", "nameKey", "state", "colour", "position", "createdAt", "version") values
    ('new', 'new', 'new', 'open', '', 0, 0, 1), ('open', 'open', 'open', 'open', '', 1, 0, 1),
    ('waiting', 'waiting', 'waiting', 'waiting', '', 0, 0, 1), ('closed', 'closed', 'closed', 'closed', '', 0, 0, 1)`.execute(
    tx,
  );
  await index(tx, "ticket", ["status", "number"], { where: `"status" not in ('new', 'open', 'waiting', 'closed')` });
  await table(tx, "tag", {
    id: "text",
    name: "text",
    nameKey: "text",
    colour: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "tag", ["nameKey"], { unique: true });
  await table(tx, "ticketTag", { id: "text", ticketId: "text", tagId: "text", createdAt: "int", version: "int" });
  await index(tx, "ticketTag", ["ticketId"]);
  await index(tx, "ticketTag", ["tagId", "ticketId"]);
}
