// An import is many commits, so that none is long, and one undo: they bear the name of their group.
import type { Kysely } from "kysely";
import { index, textColumn } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function importGroups(tx: Kysely<Schema>): Promise<void> {
  await textColumn(tx, "commitLog", "groupId");
  await index(tx, "commitLog", ["groupId", "id"], { where: `"groupId" is not null` });
}
