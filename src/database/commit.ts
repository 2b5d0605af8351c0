// Writes one decision: checks what it relied on, applies its changes, logs them, leaves the notices and ends the mail,
// all in one transaction or not at all (invariant 3). Whatever no longer fits is a conflict with code "guard".
import type { Kysely } from "kysely";
import { type Change, type Columns, type Guard, isSet, type RowChange, type TableName } from "../desk/change.ts";
import { conflict } from "../errors.ts";
import type { Commit, EmailEnd } from "../ports-database.ts";
import type { Database } from "./open.ts";
import { encode, type Schema, storable } from "./schema.ts";

/** Tables whose text is a person's words: the log names the row only, so that erasing works. */
const logsIdOnly: ReadonlySet<TableName> = new Set(["message", "attachment", "reference"]);
/** Bookkeeping that anybody may move on: neither compared nor counted as a new version. */
const touchOnly: ReadonlySet<string> = new Set(["updatedAt"]);
const listMax = 500;

type Tx = Kysely<Schema>;

/** Rejects with conflict, code "guard", where the desk is no longer as the decision found it. */
export async function commit(database: Database, input: Commit): Promise<void> {
  await database.write((tx) => commitIn(tx, input));
}

/** The same inside a transaction that is open already. */
export async function commitIn(tx: Tx, input: Commit): Promise<void> {
  if (input.email !== undefined) await endEmail(tx, input.email, input.atMs);
  for (const guard of input.guards) await check(tx, guard);
  await apply(tx, input.changes);
  if (input.changes.length > 0) await log(tx, input);
  if (input.notices.length > 0) {
    await tx
      .insertInto("notice")
      .values(input.notices.map((notice) => ({ ...notice, hadIt: JSON.stringify(notice.hadIt), state: "waiting" as const })))
      .execute();
  }
  if (input.merged !== undefined && input.merged.length > 0) {
    await tx.updateTable("notice").set({ state: "dropped" }).where("ticketId", "in", [...input.merged]).where("state", "=", "waiting").execute();
  }
}

const gone = (what: string) => conflict(`${what} changed meanwhile.`, { code: "guard", remedy: "Try again." });

async function endEmail(tx: Tx, end: EmailEnd, now: number): Promise<void> {
  if (end.digest !== null) {
    const other = await tx.selectFrom("email").select("id").where("digest", "=", end.digest).where("id", "!=", end.mail.id).executeTakeFirst();
    if (other !== undefined) throw gone("The same mail was filed by another worker, so the desk");
  }
  const { decision } = end;
  const done = await tx
    .updateTable("email")
    .set({
      status: decision.status, reason: decision.reason, ticketId: decision.ticketId, ticketNumber: decision.ticketNumber,
      customerId: decision.customerId, trace: storable(JSON.stringify(decision.trace)), digest: end.digest,
      duplicateOf: end.duplicateOf, senderKey: end.senderKey, decidedAt: now, leaseUntil: 0, error: null, cites: "[]",
    })
    .where("id", "=", end.mail.id)
    .where("fence", "=", end.mail.fence)
    .where("status", "=", "pending")
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n) throw conflict("Another worker holds this mail.", { code: "fence" });
}

async function check(tx: Tx, guard: Guard): Promise<void> {
  if (guard.kind === "version") {
    const row = await table(tx, guard.table).select("version").where("id", "=", guard.id).executeTakeFirst();
    if (row?.version !== guard.version) throw gone(`The ${guard.table} ${guard.id}`);
  } else if (guard.kind === "absent") {
    const row = await tx.selectFrom("reference").select("id").where("key", "=", guard.value).limit(1).executeTakeFirst();
    if (row !== undefined) throw gone(`What is known of ${guard.value}`);
  } else {
    const told = await tx.selectFrom("outbox").select("id").where("ticketId", "=", guard.ticketId).limit(1).executeTakeFirst();
    if (told !== undefined) throw gone("Who was told of the ticket");
  }
}

/** The tables of changes share id and version; Kysely's types can't say "one of them". */
const table = (tx: Tx, name: TableName) => tx.selectFrom(name as "customer");

/** Neighbouring new rows of one table go in with one statement. */
async function apply(tx: Tx, changes: readonly Change[]): Promise<void> {
  let pending: RowChange[] = [];
  const flush = async () => {
    if (pending.length > 0) await insertRows(tx, pending);
    pending = [];
  };
  for (const change of changes) {
    const isNew = !isSet(change) && change.before === null;
    if (!isNew || (pending[0] !== undefined && pending[0].table !== change.table) || pending.length >= 20) await flush();
    if (isSet(change)) await applySet(tx, change.table, change.ids, change.before, change.after);
    else if (change.before === null) pending.push(change);
    else if (change.after === null) await removeRow(tx, change);
    else await applySet(tx, change.table, [change.id], change.before, change.after);
  }
  await flush();
}

async function insertRows(tx: Tx, changes: readonly RowChange[]): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  const rows = changes.map((change) => ({ id: change.id, ...encode(change.table, change.after ?? {}), version: 1 }));
  const result = await tx
    .insertInto(first.table as "setting")
    .values(rows as unknown as { id: string; value: string; version: number }[]) // columns are those of the record
    .onConflict((on) => on.doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows !== BigInt(rows.length)) throw gone(`The ${first.table} ${first.id}`);
}

async function removeRow(tx: Tx, change: RowChange): Promise<void> {
  await compare(tx, change.table, [change.id], change.before ?? {});
  await tx.deleteFrom(change.table as "customer").where("id", "=", change.id).execute();
}

async function applySet(tx: Tx, name: TableName, ids: readonly string[], before: Columns, after: Columns): Promise<void> {
  const bumps = Object.keys(after).some((column) => !touchOnly.has(column));
  for (let start = 0; start < ids.length; start += listMax) {
    const part = ids.slice(start, start + listMax);
    await compare(tx, name, part, before);
    let query = tx.updateTable(name as "customer").set(encode(name, after)).where("id", "in", part);
    if (bumps) query = query.set((eb) => ({ version: eb("version", "+", 1) }));
    const result = await query.executeTakeFirst();
    if (result.numUpdatedRows !== BigInt(part.length)) throw gone(`The ${name} ${part[0] ?? ""}`);
  }
}

async function compare(tx: Tx, name: TableName, ids: readonly string[], before: Columns): Promise<void> {
  const columns = Object.keys(before).filter((column) => !touchOnly.has(column));
  if (columns.length === 0) return;
  const rows: Columns[] = await table(tx, name).select(["id", ...(columns as "name"[])]).where("id", "in", [...ids]).execute();
  const expected = encode(name, before);
  if (rows.length !== ids.length) throw gone(`The ${name} ${ids[0] ?? ""}`);
  for (const row of rows) {
    if (columns.some((column) => row[column] !== expected[column])) throw gone(`The ${name} ${String(row["id"])}`);
  }
}

async function log(tx: Tx, input: Commit): Promise<void> {
  const { cause } = input;
  await tx
    .insertInto("commitLog")
    .values({ id: input.id, at: input.atMs, kind: cause.kind, by: cause.by, what: storable(cause.what), undoes: input.undoes ?? null, undoneBy: null })
    .execute();
  const rows = input.changes.map((change, seq) => ({
    commitId: input.id, seq, tableName: change.table,
    rowId: isSet(change) ? "" : change.id,
    rowCount: isSet(change) ? change.ids.length : 1,
    before: logged(change.table, change.before),
    after: logged(change.table, change.after),
  }));
  for (let start = 0; start < rows.length; start += 40) {
    await tx.insertInto("changeLog").values(rows.slice(start, start + 40)).execute();
  }
  for (const [seq, change] of input.changes.entries()) {
    if (isSet(change)) await logSet(tx, input.id, seq, change.ids);
  }
  if (input.undoes !== undefined) await tx.updateTable("commitLog").set({ undoneBy: input.id }).where("id", "=", input.undoes).execute();
}

async function logSet(tx: Tx, commitId: string, seq: number, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += 160) {
    await tx.insertInto("changeLogRow").values(ids.slice(start, start + 160).map((rowId) => ({ commitId, seq, rowId }))).execute();
  }
}

function logged(name: TableName, columns: Columns | null): string | null {
  if (columns === null) return null;
  if (!logsIdOnly.has(name)) return storable(JSON.stringify(columns));
  return storable(JSON.stringify({ conversationId: columns["conversationId"] ?? null }));
}
