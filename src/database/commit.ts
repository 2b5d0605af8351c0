// Writes one decision: checks what it relied on, applies its changes, logs them, leaves the notices and ends the mail,
// all in one transaction or not at all (invariant 3). Whatever no longer fits is a conflict with code "guard".
import { type Kysely, sql } from "kysely";
import { type Change, type Columns, isSet, type RowChange, type TableName } from "../desk/change.ts";
import { conflict } from "../errors.ts";
import type { Commit, EmailEnd } from "../ports-database.ts";
import { isTaken } from "./engine.ts";
import { otherWithDigest } from "./facts.ts";
import { check, gone, table } from "./guards.ts";
import { insertRows } from "./insert.ts";
import { holdLocks, locksOf } from "./locks.ts";
import type { Database } from "./open.ts";
import { prepared, type Value } from "./prepared.ts";
import { recall } from "./recall.ts";
import { type EmailTable, encode, type Schema, storable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

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
/** Bookkeeping that anybody may move on: neither compared nor counted as a new version. */
const touchOnly: ReadonlySet<string> = new Set(["updatedAt"]);
const listMax = 500;

type Tx = Kysely<Schema>;

/** Rejects with conflict, code "guard", where the desk is no longer as the decision found it. */
export async function commit(database: Database, input: Commit): Promise<void> {
  const write = input.cause.kind === "mail" ? database.writeSoon : database.write;
  await write((tx) => commitIn(tx, input)).catch(takenMeanwhile);
}

/** The same inside a transaction that is open already. */
export async function commitIn(tx: Tx, input: Commit): Promise<void> {
  await holdLocks(tx, locksOf(input));
  if (input.email !== undefined) await endEmail(tx, input.email, input.atMs);
  for (const guard of input.guards) await check(tx, guard);
  const blobs = (input.blobs ?? []).toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1)); // all in one order
  for (const { sha256, bytes } of blobs) {
    await tx
      .insertInto("blob")
      .values({ id: sha256, bytes })
      .onConflict((on) => on.doNothing())
      .execute();
  }
  await recall(tx, input.recalls ?? []);
  await apply(tx, input.changes);
  if (input.changes.length > 0) await log(tx, input);
  if (input.notices.length > 0) {
    await insertRows(
      tx,
      "notice",
      input.notices.map((notice) => ({ ...notice, hadIt: JSON.stringify(notice.hadIt), state: "waiting" })),
    );
  }
  for (const ticketId of input.merged ?? []) await mergeNotices(tx, ticketId, input.changes);
}

/** Two rows that may not be equal became so: a name, a domain or an address that somebody else took. */
function takenMeanwhile(error: unknown): never {
  if (!isTaken(error)) throw error;
  throw conflict("Something that must be unique was taken meanwhile, such as a name.", {
    code: "guard",
    cause: error,
  });
}

/** The ticket that it became tells what it still had to tell; of two acknowledgements one is enough (MAIL-9). */
async function mergeNotices(tx: Tx, ticketId: string, changes: readonly Change[]): Promise<void> {
  const merge = changes.find((change) => change.table === "ticket" && !isSet(change) && change.id === ticketId);
  const into = merge?.after?.mergedInto;
  if (typeof into !== "string") throw new Error(`the ticket ${ticketId} is not merged by this commit`);
  const waiting = tx.updateTable("notice").where("ticketId", "=", ticketId).where("state", "=", sql.lit("waiting"));
  await waiting.where("kind", "=", "acknowledgement").set({ state: "dropped" }).execute();
  await waiting.where("kind", "!=", "acknowledgement").set({ ticketId: into }).execute();
}

type End = Pick<
  EmailTable,
  "id" | "fence" | "status" | "reason" | "ticketId" | "ticketNumber" | "customerId" | "trace" | "digest" | "duplicateOf"
> & { senderKey: string | null; now: number };

const endOf = prepared((db, { id, fence, now, ...columns }: End) =>
  db
    .updateTable("email")
    .set({ ...columns, decidedAt: now, leaseUntil: 0, error: null })
    .where("id", "=", id)
    .where("fence", "=", fence)
    .where(unindexed("status"), "=", sql.lit("pending")),
);

async function endEmail(tx: Tx, end: EmailEnd, now: number): Promise<void> {
  if (end.digest !== null) {
    const other = await otherWithDigest.first(tx, { digest: end.digest, not: end.mail.id });
    if (other !== undefined) throw gone("The same mail was filed by another worker, so the desk");
  }
  const { decision } = end;
  const ended = await endOf.run(tx, {
    id: end.mail.id,
    fence: end.mail.fence,
    now,
    status: decision.status,
    reason: decision.reason,
    ticketId: decision.ticketId,
    ticketNumber: decision.ticketNumber,
    customerId: decision.customerId,
    trace: storable(JSON.stringify(decision.trace)),
    digest: end.digest,
    duplicateOf: end.duplicateOf,
    senderKey: end.senderKey,
  });
  if (ended !== 1) throw conflict("Another worker holds this mail.", { code: "fence" });
}

/** Neighbouring new rows of one table go in with one statement. */
async function apply(tx: Tx, changes: readonly Change[]): Promise<void> {
  let pending: RowChange[] = [];
  const flush = async () => {
    if (pending.length > 0) await insertNew(tx, pending);
    pending = [];
  };
  for (const change of changes) {
    const isNew = !isSet(change) && change.before === null;
    if (!isNew || (pending[0] !== undefined && pending[0].table !== change.table) || pending.length >= 20)
      await flush();
    if (isSet(change)) await applySet(tx, change.table, change.ids, change.before, change.after);
    else if (change.before === null) pending.push(change);
    else if (change.after === null) await removeRow(tx, change);
    else await applySet(tx, change.table, [change.id], change.before, change.after);
  }
  await flush();
}

async function insertNew(tx: Tx, changes: readonly RowChange[]): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  const rows = changes.map((change) => ({
    id: change.id,
    ...encode(change.table, change.after ?? {}),
    version: 1,
  }));
  if ((await insertRows(tx, first.table, rows)) !== rows.length) throw gone(`The ${first.table} ${first.id}`);
}

async function removeRow(tx: Tx, change: RowChange): Promise<void> {
  await compare(tx, change.table, [change.id], change.before ?? {});
  await tx
    .deleteFrom(change.table as "customer")
    .where("id", "=", change.id)
    .execute();
}

/** Among the columns to write there is none of this name. */
const idsOf = " ids";

/** Variant: the table, whether it counts as a new version, and the columns. */
const setOf = prepared((db, { [idsOf]: ids, ...columns }: Record<string, Value | readonly string[]>, variant) => {
  const [name, bumps] = variant.split(",");
  const update = db
    .updateTable(name as "customer")
    .set(columns as { name: string })
    .where("id", "in", ids as string[]);
  return bumps === "true" ? update.set((eb) => ({ version: eb("version", "+", 1) })) : update;
});

/** Variant: the table and the columns. */
const columnsOf = prepared((db, { ids }: { ids: readonly string[] }, variant) => {
  const [name, ...columns] = variant.split(",");
  return table(db, name as TableName)
    .select(["id", ...(columns as "name"[])])
    .where("id", "in", ids);
});

async function applySet(
  tx: Tx,
  name: TableName,
  ids: readonly string[],
  before: Columns,
  after: Columns,
): Promise<void> {
  const bumps = Object.keys(after).some((column) => !touchOnly.has(column));
  for (let start = 0; start < ids.length; start += listMax) {
    const part = ids.slice(start, start + listMax);
    await compare(tx, name, part, before);
    const columns = encode(name, after) as Record<string, Value>;
    const changed = await setOf.run(tx, { ...columns, [idsOf]: part }, [name, bumps, ...Object.keys(columns)].join());
    if (changed !== part.length) throw gone(`The ${name} ${part[0] ?? ""}`);
  }
}

async function compare(tx: Tx, name: TableName, ids: readonly string[], before: Columns): Promise<void> {
  const columns = Object.keys(before).filter((column) => !touchOnly.has(column));
  if (columns.length === 0) return;
  const rows: Columns[] = await columnsOf.rows(tx, { ids }, [name, ...columns].join());
  const expected = encode(name, before);
  if (rows.length !== ids.length) throw gone(`The ${name} ${ids[0] ?? ""}`);
  for (const row of rows) {
    if (columns.some((column) => row[column] !== expected[column])) throw gone(`The ${name} ${String(row.id)}`);
  }
}

async function log(tx: Tx, input: Commit): Promise<void> {
  const { cause } = input;
  const row = {
    id: input.id,
    at: input.atMs,
    kind: cause.kind,
    by: cause.by,
    what: storable(cause.what),
    undoes: input.undoes ?? null,
    undoneBy: null,
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
