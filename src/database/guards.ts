// What a decision read and relied on, looked at again inside its transaction: whatever does not hold any more is a
// conflict with code "guard", and the decision is made again.
import { type Kysely, sql } from "kysely";
import type { Guard, TableName } from "../desk/change.ts";
import { conflict } from "../errors.ts";
import { prepared } from "./prepared.ts";
import { referrersOf } from "./referrers.ts";
import { rowById } from "./row-by-id.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

export const gone = (what: string) => conflict(`${what} changed meanwhile.`, { code: "guard", remedy: "Try again." });

const versionOf = prepared((db, { id }: { id: string }, name) =>
  table(db, name as TableName)
    .select("version")
    .where("id", "=", id),
);
const knownAs = prepared((db, { key }: { key: string }) =>
  db.selectFrom("reference").select("id").where("key", "=", key).limit(sql.lit(1)),
);

/** Rejects with conflict, code "guard", where the guard does not hold. */
export async function check(tx: Tx, guard: Guard): Promise<void> {
  if (guard.kind === "version") {
    const row = await versionOf.first(tx, { id: guard.id }, guard.table);
    if (row?.version !== guard.version) throw gone(`The ${guard.table} ${guard.id}`);
  } else if (guard.kind === "absent") {
    const row = await knownAs.first(tx, { key: guard.value });
    if (row !== undefined) throw gone(`What is known of ${guard.value}`);
  } else if (guard.kind === "owner") {
    const row = await rowById(tx, "organizationDomain", guard.domain);
    if (row?.organizationId !== guard.organizationId) throw gone(`The owner of ${guard.domain}`);
  } else if (guard.kind === "unreferenced") {
    const [other] = await referrersOf(tx, guard.table, guard.id, {
      except: guard.except,
      live: guard.live === true,
      limit: 1,
    });
    if (other !== undefined) throw gone(`What refers to the ${guard.table} ${guard.id}`);
  } else if (guard.kind === "parts") {
    const people = await tx.selectFrom("ticketPerson").select("id").where("ticketId", "=", guard.ticketId).execute();
    const conversations = await tx
      .selectFrom("conversation")
      .select("id")
      .where("ticketId", "=", guard.ticketId)
      .execute();
    if (people.length !== guard.people || conversations.length !== guard.conversations)
      throw gone("Who and what belongs to the ticket");
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
