// Who asked to hear no more of a ticket, a project, a conversation or the digest.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function optOuts(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "optOut", {
    id: "text",
    customerId: "text",
    aboutId: "text?",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "optOut", ["customerId"]);
  await index(tx, "optOut", ["aboutId"], { where: `"aboutId" is not null` });
}
