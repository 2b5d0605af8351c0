// What keeps others away from what a transaction relies on. SQLite has one writer and needs none of this. On PostgreSQL a
// transaction begins by taking locks on names, in one order, and looks only then: whoever changes a row, or relies on who
// refers to it, holds it alone; whoever relies on it, or comes to refer to it, shares it. They are advisory, end with the
// transaction, and can be taken for rows that do not exist yet.
import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Word } from "../desk/bears.ts";
import { type Change, type Columns, type Guard, isSet, type TableName } from "../desk/change.ts";
import { fieldOfValue } from "../desk/field.ts";
import type { Commit } from "../ports-database.ts";
import { directOf } from "./direct.ts";
import { isPostgres } from "./engine.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

/** Names to hold: true alone, false shared with others who share. */
export type Locks = Map<string, boolean>;

/** Above so many names a transaction holds the whole desk instead: the server's table of locks is finite. */
const namesMax = 200;
const wholeDesk = "desk";

/** In the order of the list. */
const lockAll = `select case when "alone" then pg_advisory_xact_lock("key") else pg_advisory_xact_lock_shared("key") end
  from unnest($1::bigint[], $2::boolean[]) as "wanted" ("key", "alone")`;

export const alone = (locks: Locks, name: string): void => void locks.set(name, true);
export const shared = (locks: Locks, name: string): void => void locks.set(name, locks.get(name) ?? false);

/** The first statement of a transaction: those after it see what was committed before the locks were free. */
export async function holdLocks(tx: Tx, locks: Locks): Promise<void> {
  if (!isPostgres(tx)) return;
  const isLarge = locks.size > namesMax;
  const names = isLarge ? [] : [...locks].map(([name, isAlone]) => ({ key: keyOf(name), isAlone }));
  names.sort((a, b) => (a.key < b.key ? -1 : 1));
  const list = [{ key: keyOf(wholeDesk), isAlone: isLarge }, ...names];
  const keys = list.map(({ key }) => key.toString());
  const alones = list.map(({ isAlone }) => isAlone);
  const direct = directOf(tx);
  if (direct === undefined) throw new Error("PostgreSQL without its short way");
  await direct.rows(lockAll, [keys, alones]);
}

/** The whole desk, alone: for a load that fills it. */
export async function holdDesk(tx: Tx): Promise<void> {
  if (!isPostgres(tx)) return;
  await sql`select pg_advisory_xact_lock(${keyOf(wholeDesk).toString()}::bigint)`.execute(tx);
}

/** Of two names with one key each waits for the other's, and no more. */
const keyOf = (name: string): bigint => createHash("sha256").update(name).digest().readBigInt64BE(0);

/** All that a commit changes, relies on and comes to refer to. */
export function locksOf(input: Commit): Locks {
  const locks: Locks = new Map();
  for (const change of input.changes) addChange(locks, change);
  for (const guard of input.guards) addGuard(locks, guard);
  const { email } = input;
  if (email !== undefined) {
    for (const id of [email.decision.ticketId, email.decision.customerId]) if (id !== null) shared(locks, id);
    if (email.digest !== null) alone(locks, `digest ${email.digest}`);
  }
  return locks;
}

function addChange(locks: Locks, change: Change): void {
  const ids = isSet(change) ? change.ids : change.before === null ? [] : [change.id];
  for (const id of ids) alone(locks, id);
  addWords(locks, change);
  for (const columns of [change.before, change.after])
    if (columns !== null) addReferences(locks, change.table, columns);
  if (change.table !== "reference") return;
  for (const columns of [change.before, change.after])
    if (typeof columns?.key === "string") alone(locks, `reference ${columns.key}`);
}

/** A type by its name, of whatever it is one, and a field by its id. */
const wordLock = ({ of, on, word }: Word): string => (of === "field" ? on : typeLock(word));
const typeLock = (name: string): string => `type ${name}`;

/** Who defines a word holds it alone, who bears it shares it. */
function addWords(locks: Locks, change: Change): void {
  const { table } = change;
  if (table === "fieldValue")
    for (const id of isSet(change) ? change.ids : [change.id]) shared(locks, fieldOfValue(id));
  for (const columns of [change.before, change.after]) {
    if (table === "type" && typeof columns?.name === "string") alone(locks, typeLock(columns.name));
    if (table !== "customer" && table !== "ticket") continue;
    if (typeof columns?.type === "string" && columns.type !== "") shared(locks, typeLock(columns.type));
  }
}

/** Columns that hold another row's id. Content-IDs and Message-IDs are strangers' words and lock nothing. */
const referring: ReadonlySet<string> = new Set([
  "organizationId",
  "customerId",
  "ownerId",
  "ticketId",
  "otherId",
  "conversationId",
  "assigneeId",
  "authorId",
  "mergedInto",
  "teamId",
  "agentId",
  "projectId",
  "tagId",
]);

/** A status of the desk's own may be removed; a built-in one never is. */
const refersOnlyThere = (table: TableName, name: string, value: string): boolean =>
  (table === "attachment" && name === "messageId") ||
  (table === "ticket" && name === "status" && value.startsWith("sts_"));

function addReferences(locks: Locks, table: TableName, columns: Columns): void {
  for (const [name, value] of Object.entries(columns))
    if (typeof value === "string" && (referring.has(name) || refersOnlyThere(table, name, value))) shared(locks, value);
}

function addGuard(locks: Locks, guard: Guard): void {
  if (guard.kind === "version") shared(locks, guard.id);
  else if (guard.kind === "absent") alone(locks, `${guard.table} ${guard.value}`);
  else if (guard.kind === "owner") shared(locks, guard.domain);
  else if (guard.kind === "unreferenced") alone(locks, guard.id);
  else if (guard.kind === "unborne") alone(locks, wordLock(guard.word));
  else alone(locks, guard.ticketId);
}
