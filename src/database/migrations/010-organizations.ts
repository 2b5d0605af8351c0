// A logo for an organization. Organizations of any size: tickets are listed and counted for each state in the order of their numbers, without a look at
// the rows; tombstones are found from what they became; what somebody wrote is found before two customers become one.
import type { Kysely } from "kysely";
import { column, index } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function organizations(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "organization", "logo", "text");
  await tx.schema.dropIndex("ticket_organizationId_state_some").execute();
  await index(tx, "ticket", ["organizationId", "state", "number", "mergedInto"], {
    where: `"organizationId" is not null`,
  });
  await index(tx, "organization", ["mergedInto"], { where: `"mergedInto" is not null` });
  await index(tx, "organization", ["nameKey", "id"], { where: `"mergedInto" is not null` });
  await index(tx, "customer", ["mergedInto"], { where: `"mergedInto" is not null` });
  await index(tx, "message", ["authorId"], { where: `"authorId" is not null` });
}
