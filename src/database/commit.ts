// Writes one decision: checks what it relied on, applies its changes, logs them, leaves the notices and ends the mail,
// all in one transaction or not at all (invariant 3). Whatever no longer fits is a conflict with code "guard".
import { type Kysely, sql } from "kysely";
import { type Change, type Columns, isSet, type RowChange, type TableName } from "../desk/change.ts";
import type { Notice } from "../desk/notice.ts";
import { conflict } from "../errors.ts";
import type { Commit, EmailEnd } from "../ports-database.ts";
import { checkWords } from "./bearers.ts";
import { writeLog } from "./commit-log.ts";
import { isTaken } from "./engine.ts";
import { otherWithDigest } from "./facts.ts";
import { checkAll, gone, table } from "./guards.ts";
import { insertRows } from "./insert.ts";
import { holdLocks, locksOf } from "./locks.ts";
import { dropWaiting, followConversations, forgetUntold } from "./move-notices.ts";
import { toldAgain } from "./notice-pages.ts";
import type { Database } from "./open.ts";
import { filledUp } from "./page.ts";
import { prepared, type Value } from "./prepared.ts";
import { recall } from "./recall.ts";
import { type EmailTable, encode, type Schema, storable } from "./schema.ts";
import { indexChanges } from "./search-index.ts";
import { unindexed } from "./unindexed.ts";

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
  await checkAll(tx, input.guards);
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
  await indexChanges(tx, input.changes);
  await checkWords(tx, input.changes, input.undoes !== undefined);
  if (input.changes.length > 0) await writeLog(tx, input);
  await leaveNotices(tx, input.notices);
  for (const ticketId of input.merged ?? []) await mergeNotices(tx, ticketId, input.changes);
  await followConversations(tx, input.changes);
  if (input.drops !== undefined) await dropWaiting(tx, input.drops, input.cause.by);
}

/** Two rows that may not be equal became so: a name, a domain or an address that somebody else took. */
function takenMeanwhile(error: unknown): never {
  if (!isTaken(error)) throw error;
  throw conflict("Something that must be unique was taken meanwhile, such as a name.", {
    code: "guard",
    cause: error,
  });
}

async function leaveNotices(tx: Tx, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  const retold = notices.filter(({ again }) => again === true).map(({ messageId }) => messageId);
  if (retold.length > 0) await forgetUntold(tx, retold);
  // What is told again begins as a page that follows another one: those who were told are left out.
  const rows = notices.map(({ again, ...notice }) => ({
    ...{ ...notice, hadIt: JSON.stringify(notice.hadIt), state: "waiting" },
    reached: again === true ? toldAgain : "",
  }));
  await insertRows(tx, "notice", rows);
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

const insertedMax = 20;
const removedMax = 250;

/** Neighbouring rows of one table that are new, or go, do so with one statement. */
async function apply(tx: Tx, changes: readonly Change[]): Promise<void> {
  let pending: RowChange[] = [];
  const flush = async () => {
    if (pending[0]?.before === null) await insertNew(tx, pending);
    else if (pending.length > 0) await removeRows(tx, pending);
    pending = [];
  };
  for (const change of changes) {
    const isWhole = !isSet(change) && (change.before === null || change.after === null);
    if (!isWhole || (pending[0] !== undefined && !goesWith(change, pending[0], pending.length))) await flush();
    if (isSet(change)) await applySet(tx, change.table, change.ids, change.before, change.after);
    else if (change.before !== null && change.after !== null)
      await applySet(tx, change.table, [change.id], change.before, change.after);
    else pending.push(change);
  }
  await flush();
}

/** True where both are new, or both go and are compared by the same columns. */
function goesWith(change: RowChange, first: RowChange, count: number): boolean {
  if (change.table !== first.table || (change.before === null) !== (first.before === null)) return false;
  if (change.before === null || first.before === null) return count < insertedMax;
  return count < removedMax && Object.keys(change.before).join() === Object.keys(first.before).join();
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

async function removeRows(tx: Tx, changes: readonly RowChange[]): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  const name = first.table;
  const ids = filledUp(changes.map(({ id }) => id));
  const columns = Object.keys(first.before ?? {}).filter((column) => !touchOnly.has(column));
  if (columns.length > 0) {
    const rows: Columns[] = await columnsOf.rows(tx, { ids }, [name, ...columns].join());
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const { id, before } of changes) {
      const row = found.get(id);
      const expected = encode(name, before ?? {});
      if (row === undefined || columns.some((column) => row[column] !== expected[column]))
        throw gone(`The ${name} ${id}`);
    }
  }
  await removeOf.run(tx, { ids }, name);
}

/** Variant: the table. */
const removeOf = prepared((db, { ids }: { ids: readonly string[] }, name) =>
  db.deleteFrom(name as "customer").where("id", "in", ids),
);

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
