// What a decision read and relied on, looked at again inside its transaction: whatever does not hold any more is a
// conflict with code "guard", and the decision is made again.
import { type Kysely, sql } from "kysely";
import type { Guard, TableName } from "../desk/change.ts";
import { conflict } from "../errors.ts";
import { bearersOf } from "./bearers.ts";
import { idLists } from "./page.ts";
import { prepared } from "./prepared.ts";
import { referrersOf } from "./referrers.ts";
import { rowById } from "./row-by-id.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

export const gone = (what: string) => conflict(`${what} changed meanwhile.`, { code: "guard", remedy: "Try again." });

const versionsOf = prepared((db, { ids }: { ids: readonly string[] }, name) =>
  table(db, name as TableName)
    .select(["id", "version"])
    .where("id", "in", ids),
);
const knownAs = prepared((db, { key }: { key: string }) =>
  db.selectFrom("reference").select("id").where("key", "=", key).limit(sql.lit(1)),
);

type OfKind<K extends Guard["kind"]> = Extract<Guard, { kind: K }>;

/** Rejects with conflict, code "guard", where one of them does not hold. Guards of one kind are asked for together. */
export async function checkAll(tx: Tx, guards: readonly Guard[]): Promise<void> {
  const versions = new Map<TableName, OfKind<"version">[]>();
  const ends: OfKind<"unreferenced">[][] = [];
  for (const guard of guards) {
    if (guard.kind === "version") addVersion(versions, guard);
    else if (guard.kind === "unreferenced") addEnd(ends, guard);
    else await check(tx, guard);
  }
  for (const [name, alike] of versions) await checkVersions(tx, name, alike);
  for (const alike of ends) await checkEnds(tx, alike);
}

function addVersion(versions: Map<TableName, OfKind<"version">[]>, guard: OfKind<"version">): void {
  const alike = versions.get(guard.table);
  if (alike === undefined) versions.set(guard.table, [guard]);
  else alike.push(guard);
}

async function checkVersions(tx: Tx, name: TableName, guards: readonly OfKind<"version">[]): Promise<void> {
  const found = new Map<string, number>();
  for (const ids of idLists(guards.map(({ id }) => id)))
    for (const { id, version } of await versionsOf.rows(tx, { ids }, name)) found.set(id, version);
  for (const { id, version } of guards) if (found.get(id) !== version) throw gone(`The ${name} ${id}`);
}

/** Beside those that differ in the row alone. */
function addEnd(ends: OfKind<"unreferenced">[][], guard: OfKind<"unreferenced">): void {
  const alike = ends.find(
    ([one]) => one?.table === guard.table && one.except === guard.except && one.live === guard.live,
  );
  if (alike === undefined) ends.push([guard]);
  else alike.push(guard);
}

async function checkEnds(tx: Tx, guards: readonly OfKind<"unreferenced">[]): Promise<void> {
  const [first] = guards;
  if (first === undefined) return;
  const wanted = { except: first.except, live: first.live === true, limit: 1 };
  const ids = guards.map(({ id }) => id);
  const [other] = await referrersOf(tx, first.table, ids, wanted);
  if (other !== undefined) throw gone(`What refers to the ${first.table} ${other.to}`);
}

async function check(tx: Tx, guard: Exclude<Guard, { kind: "version" | "unreferenced" }>): Promise<void> {
  if (guard.kind === "absent") {
    const row = await knownAs.first(tx, { key: guard.value });
    if (row !== undefined) throw gone(`What is known of ${guard.value}`);
  } else if (guard.kind === "owner") {
    const row = await rowById(tx, "organizationDomain", guard.domain);
    if (row?.organizationId !== guard.organizationId) throw gone(`The owner of ${guard.domain}`);
  } else if (guard.kind === "parts") {
    const people = await tx.selectFrom("ticketPerson").select("id").where("ticketId", "=", guard.ticketId).execute();
    const conversations = await tx
      .selectFrom("conversation")
      .select("id")
      .where("ticketId", "=", guard.ticketId)
      .execute();
    if (people.length !== guard.people || conversations.length !== guard.conversations)
      throw gone("Who and what belongs to the ticket");
  } else if (guard.kind === "unborne") {
    const [other] = await bearersOf(tx, guard.word, { except: guard.except, limit: 1 });
    if (other !== undefined) throw gone(`Who bears ${guard.word.word}`);
  } else {
    const told = await tx
      .selectFrom("outbox")
      .select("id")
      .where("ticketId", "=", guard.ticketId)
      .limit(1)
      .executeTakeFirst();
    if (told !== undefined) throw gone("Who was told of the ticket");
  }
}

/** The tables of changes share id and version; Kysely's types can't say "one of them". */
export const table = (tx: Tx, name: TableName) => tx.selectFrom(name as "customer");
