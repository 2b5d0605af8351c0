// Of what agents are told by mail, and the projects that they follow.
import type { Kysely } from "kysely";
import { column, index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function agentMail(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "agent", "hears", "text");
  await tx.updateTable("agent").set({ hears: "own" }).execute();
  await column(tx, "notice", "agentId", "text");
  await table(tx, "agentFollow", {
    id: "text",
    agentId: "text",
    projectId: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "agentFollow", ["projectId"]);
  await index(tx, "agentFollow", ["agentId"]);
}
