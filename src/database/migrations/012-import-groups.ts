// An import is many commits, so that none is long, and one undo: they bear the name of their group.
import type { Kysely } from "kysely";
import { column, index } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function importGroups(tx: Kysely<Schema>): Promise<void> {
  await column(tx, "commitLog", "groupId", "text?");
  await index(tx, "commitLog", ["groupId", "id"], { where: `"groupId" is not null` });
}
