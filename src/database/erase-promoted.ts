// Of somebody who became an agent, what was theirs as a customer: their mails until then, by the addresses that they brought
// along. These, and all that they did since, are the agent's and stay.
import type { Kysely } from "kysely";
import { headerKey } from "../address/email.ts";
import { inChunks } from "./in-chunks.ts";
import type { Schema } from "./schema.ts";

type Db = Kysely<Schema>;

export interface Promotion {
  agentId: string;
  /** When they became one. */
  atMs: number;
  /** Folded, those that they had before. */
  addresses: string[];
}

/** Null where they are no agent. */
export async function promotionOf(db: Db, customerId: string): Promise<Promotion | null> {
  const agent = await db
    .selectFrom("customer")
    .innerJoin("agent", "agent.id", "customer.mergedInto")
    .select(["agent.id", "agent.createdAt"])
    .where("customer.id", "=", customerId)
    .executeTakeFirst();
  if (agent === undefined) return null;
  const rows = await db
    .selectFrom("customerAddress")
    .select("id")
    .where("ownerId", "=", agent.id)
    .where("createdAt", "<=", agent.createdAt)
    .orderBy("id")
    .execute();
  return { agentId: agent.id, atMs: agent.createdAt, addresses: rows.map(({ id }) => id) };
}

/** Mails from them, whatever became of these; of those that nobody judged, by the From header. */
export async function mailsUntil(db: Db, { addresses, atMs }: Promotion): Promise<string[]> {
  const sent = await inChunks(addresses, (keys) =>
    db.selectFrom("email").select("id").where("senderKey", "in", keys).where("storedAt", "<=", atMs).execute(),
  );
  const unread = await db
    .selectFrom("email")
    .select(["id", "sender"])
    .where("status", "in", ["pending", "failed", "held"])
    .where("senderKey", "is", null)
    .where("storedAt", "<=", atMs)
    .execute();
  const theirs = unread.filter(({ sender }) => addresses.includes(headerKey(sender) ?? ""));
  return [...sent, ...theirs].map(({ id }) => id);
}

/** Mails to them, also those that were answers to no message, such as acknowledgements. */
export async function mailsToCustomer(db: Db, customers: readonly string[]): Promise<string[]> {
  const rows = await inChunks(customers, (ids) =>
    db.selectFrom("outbox").select("id").where("customerId", "in", ids).execute(),
  );
  return rows.map(({ id }) => id);
}
