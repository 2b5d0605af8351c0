// What waits to be told follows its conversation: to the ticket that another became part of, back when that is undone, and
// nowhere at all where somebody drops it.
import { type Kysely, sql } from "kysely";
import { agentKinds } from "../desk/agent-hearing.ts";
import { type Change, isSet } from "../desk/change.ts";
import { idLists } from "./page.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

/** Conversations that went from one ticket to another take their waiting notices along. */
export async function followConversations(tx: Tx, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    const { table, before, after } = change;
    if (table !== "conversation" || typeof before?.ticketId !== "string" || typeof after?.ticketId !== "string")
      continue;
    for (const ids of idLists(isSet(change) ? change.ids : [change.id]))
      await tx
        .updateTable("notice")
        .set({ ticketId: after.ticketId })
        .where("conversationId", "in", ids)
        .where("state", "=", sql.lit("waiting"))
        .execute();
  }
}

/** Nothing of these conversations goes to anybody more: what left has left, and what is being handed over now goes on. */
export async function dropWaiting(tx: Tx, conversationIds: readonly string[], by: string): Promise<void> {
  for (const ids of idLists(conversationIds)) {
    await tx
      .updateTable("notice")
      .set({ state: "dropped" })
      .where("conversationId", "in", ids)
      .where("state", "=", sql.lit("waiting"))
      .where("kind", "not in", agentKinds)
      .execute();
    await tx
      .updateTable("outbox")
      .set({ status: "dropped", reason: `dropped by ${by}: its fan-out was frozen` })
      .where("conversationId", "in", ids)
      .where("status", "in", ["queued", "held"])
      .where("kind", "not in", agentKinds)
      .execute();
  }
}

/** A message that is told again: who was kept from it, by a flag or by an undo, may get it now. */
export async function forgetUntold(tx: Tx, messageIds: readonly string[]): Promise<void> {
  for (const ids of idLists(messageIds))
    await tx
      .deleteFrom("outboxMessage")
      .where("messageId", "in", ids)
      .where("outboxId", "in", (eb) =>
        eb
          .selectFrom("outbox")
          .innerJoin("outboxMessage as carried", "carried.outboxId", "outbox.id")
          .select("outbox.id")
          .where("carried.messageId", "in", ids)
          .where("outbox.status", "in", ["suppressed", "dropped"]),
      )
      .execute();
}
