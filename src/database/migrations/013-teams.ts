// Teams of agents, and who belongs to them. A ticket's assignee is an agent or a team: ids tell them apart.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function teams(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "team", { id: "text", name: "text", nameKey: "text", createdAt: "int", version: "int" });
  await index(tx, "team", ["nameKey"], { unique: true });
  await table(tx, "teamMember", { id: "text", teamId: "text", agentId: "text", createdAt: "int", version: "int" });
  await index(tx, "teamMember", ["teamId"]);
  await index(tx, "teamMember", ["agentId"]);
}
