// What the log says of a column as it was when some commit was done: the first change after it tells.
import type { Columns } from "../desk/change.ts";
import type { Database } from "./open.ts";

type Read = Database["read"];

/** What stood in a column when a commit was done, of rows where it changed since; null where the row was not there. */
export async function valuesBefore(
  read: Read,
  commitId: string,
  column: string,
  ids: readonly string[],
): Promise<Map<string, unknown>> {
  const single = await read
    .selectFrom("changeLog")
    .select(["rowId", "commitId", "seq", "before", "after"])
    .where("rowId", "in", ids)
    .where("commitId", ">", commitId)
    .execute();
  const sets = await read
    .selectFrom("changeLogRow")
    .innerJoin("changeLog", (join) =>
      join.onRef("changeLog.commitId", "=", "changeLogRow.commitId").onRef("changeLog.seq", "=", "changeLogRow.seq"),
    )
    .select(["changeLogRow.rowId", "changeLog.commitId", "changeLog.seq", "changeLog.before", "changeLog.after"])
    .where("changeLogRow.rowId", "in", ids)
    .where("changeLogRow.commitId", ">", commitId)
    .execute();
  const found = new Map<string, unknown>();
  for (const { rowId, before } of [...single, ...sets].sort(inOrder)) {
    if (found.has(rowId)) continue;
    const columns = columnsOf(before);
    if (columns === null) found.set(rowId, null);
    else if (column in columns) found.set(rowId, columns[column]);
  }
  return found;
}

const inOrder = (a: { commitId: string; seq: number }, b: { commitId: string; seq: number }): number =>
  a.commitId === b.commitId ? a.seq - b.seq : a.commitId < b.commitId ? -1 : 1;

/** Columns as the log keeps them. */
export const columnsOf = (text: string | null): Columns | null =>
  text === null ? null : (JSON.parse(text) as Columns);
