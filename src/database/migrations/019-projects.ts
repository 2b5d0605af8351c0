// Projects, who follows them, and what belongs to one.
import type { Kysely } from "kysely";
import { column, index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function projects(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "project", {
    id: "text",
    name: "text",
    nameKey: "text",
    state: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "project", ["nameKey"], { unique: true });
  await table(tx, "follow", {
    id: "text",
    projectId: "text",
    customerId: "text?",
    organizationId: "text?",
    level: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "follow", ["projectId"]);
  await index(tx, "follow", ["customerId"], { where: `"customerId" is not null` });
  await index(tx, "follow", ["organizationId"], { where: `"organizationId" is not null` });
  await column(tx, "ticket", "projectId", "text?");
  await index(tx, "ticket", ["projectId", "state", "number"], { where: `"projectId" is not null` });
  await column(tx, "standalone", "projectId", "text?");
  await index(tx, "standalone", ["projectId", "id"], { where: `"projectId" is not null` });
}
