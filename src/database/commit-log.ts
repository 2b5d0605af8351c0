// The log of a commit: its cause and its changes, row by row, written in the same transaction. What a person wrote stays out
// of it, so that erasing works.
import type { Kysely } from "kysely";
import { type Columns, isSet, type TableName } from "../desk/change.ts";
import type { Commit } from "../ports-database.ts";
import { gone } from "./guards.ts";
import { insertRows } from "./insert.ts";
import { type Schema, storable } from "./schema.ts";

type Tx = Kysely<Schema>;

/** Tables whose text is a person's words: the log names the row only, so that erasing works. */
const logsIdOnly: ReadonlySet<TableName> = new Set(["message", "attachment", "reference"]);
/** Columns of those tables that hold the words themselves. */
const wordColumns: ReadonlySet<string> = new Set([
  "fromName",
  "fromAddress",
  "toAddresses",
  "ccAddresses",
  "subject",
  "text",
  "newText",
  "remarks",
  "filename",
]);

export async function writeLog(tx: Tx, input: Commit): Promise<void> {
  const { cause } = input;
  const row = {
    id: input.id,
    at: input.atMs,
    kind: cause.kind,
    by: cause.by,
    what: storable(cause.what),
    undoes: input.undoes ?? null,
    undoneBy: null,
    groupId: input.group ?? null,
  };
  await insertRows(tx, "commitLog", [row]);
  const rows = input.changes.map((change, seq) => ({
    commitId: input.id,
    seq,
    tableName: change.table,
    rowId: isSet(change) ? "" : change.id,
    rowCount: isSet(change) ? change.ids.length : 1,
    before: logged(change.table, change.before, change.after),
    after: logged(change.table, change.after, change.before),
  }));
  for (let start = 0; start < rows.length; start += 40) {
    await insertRows(tx, "changeLog", rows.slice(start, start + 40));
  }
  for (const [seq, change] of input.changes.entries()) {
    if (isSet(change)) await logSet(tx, input.id, seq, change.ids);
  }
  if (input.undoes !== undefined) await markUndone(tx, input.undoes, input.id);
}

/**
 * A commit is taken back once; taking back an undo makes what it took back count again, and so on down the line: what that
 * took back in turn counts no more.
 */
async function markUndone(tx: Tx, undone: string, by: string): Promise<void> {
  const row = await tx
    .updateTable("commitLog")
    .set({ undoneBy: by })
    .where("id", "=", undone)
    .where("undoneBy", "is", null)
    .returning("undoes")
    .executeTakeFirst();
  if (row === undefined) throw gone(`The commit ${undone}`);
  let next = row.undoes;
  let last = undone;
  for (let counts = true; next !== null; counts = !counts) {
    const other = await tx
      .updateTable("commitLog")
      .set({ undoneBy: counts ? null : last })
      .where("id", "=", next)
      .returning("undoes")
      .executeTakeFirst();
    last = next;
    next = other?.undoes ?? null;
  }
}

async function logSet(tx: Tx, commitId: string, seq: number, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += 160) {
    await insertRows(
      tx,
      "changeLogRow",
      ids.slice(start, start + 160).map((rowId) => ({ commitId, seq, rowId })),
    );
  }
}

/** `other` is the opposite side: where both are there it is an update, whose columns undo needs, but for the words. */
function logged(name: TableName, columns: Columns | null, other: Columns | null): string | null {
  if (columns === null) return null;
  if (!logsIdOnly.has(name)) return storable(JSON.stringify(columns));
  if (other === null) return storable(JSON.stringify({ conversationId: columns.conversationId ?? null }));
  return storable(
    JSON.stringify(Object.fromEntries(Object.entries(columns).filter(([column]) => !wordColumns.has(column)))),
  );
}
