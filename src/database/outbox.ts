// The way out as a state machine: queued -> sending -> handing -> sent. What is in doubt is `uncertain`, never a silent
// second mail (invariant 7). A person gets a message once: unique(customer, message).
import { sql } from "kysely";
import type { Clock } from "../ports.ts";
import type { LeasedOutgoing, Outbox } from "../ports-database.ts";
import { agentNotices } from "./agent-notices.ts";
import { refusalOf } from "./entitlement.ts";
import { expandNotices } from "./expand.ts";
import { isAnythingFrozen, mailFrozen } from "./freezes.ts";
import { notices } from "./notices.ts";
import type { Database } from "./open.ts";
import { type OutboxTable, storable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

/** Longer than the SMTP conversation of one mail may take. */
const leaseMs = 15 * 60_000;
const pauseId = "outgoing";

/** `owner` names this process in the leases that it takes. */
export function openOutbox(database: Database, clock: Clock, owner = "unnamed"): Outbox {
  const { read, write, writeSoon } = database;
  return {
    ...notices(database),
    ...agentNotices(database),

    async expand(list, outgoing, now, page, limit) {
      try {
        // Need not wait for the disk: before one of them leaves, `acquire` and `handing` do.
        return await writeSoon((tx) => expandNotices(tx, list, outgoing, now, page, limit));
      } catch (error) {
        if ((error as { code?: unknown }).code === "guard") return false;
        throw error;
      }
    },

    async due(now, limit) {
      const some = await isAnythingFrozen(read);
      const rows = await read
        .selectFrom("outbox")
        .select("id")
        .where("status", "=", sql.lit("queued"))
        .where("nextAttemptAt", "<=", now)
        .$if(some, (query) => query.where((eb) => eb.not(mailFrozen(eb))))
        .orderBy("nextAttemptAt")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async acquire(id, now) {
      const row = await write(async (tx) => {
        return await tx
          .updateTable("outbox")
          .set((eb) => ({
            status: "sending",
            leaseUntil: now + leaseMs,
            leaseOwner: owner,
            fence: eb("fence", "+", 1),
            attempts: eb("attempts", "+", 1),
          }))
          .where("id", "=", id)
          .where(unindexed("status"), "=", sql.lit("queued"))
          .where("nextAttemptAt", "<=", now)
          .where((eb) => eb.not(mailFrozen(eb)))
          .returningAll()
          .executeTakeFirst();
      });
      return row === undefined ? null : await leased(database, row);
    },

    async handing(mail, now) {
      return await move(database, mail, ["sending"], { status: "handing", leaseUntil: now + leaseMs });
    },

    async sent(mail, accepted, now) {
      // Its own lease may have run out meanwhile; now it is certain all the same, and must not be sent again.
      await move(database, mail, ["handing", "sending", "uncertain", "queued"], {
        status: "sent",
        reason: null,
        sentAt: now,
        response: storable(accepted.response).slice(0, 500),
        leaseUntil: 0,
      });
      const alias = accepted.messageId === null ? null : storable(accepted.messageId);
      if (alias === null || alias === mail.messageId) return;
      const row = {
        id: `sent:${mail.conversationId}:${alias}`,
        key: alias,
        kind: "sent" as const,
        conversationId: mail.conversationId,
        createdAt: now,
        version: 1,
      };
      await write(
        async (tx) =>
          void (await tx
            .insertInto("reference")
            .values(row)
            .onConflict((on) => on.doNothing())
            .execute()),
      );
    },

    async end(mail, status, reason) {
      await move(database, mail, ["handing", "sending"], {
        status,
        reason: storable(reason).slice(0, 500),
        leaseUntil: 0,
      });
    },

    async release(mail, nextAttemptAtMs, reason, refund) {
      await write(async (tx) => {
        await tx
          .updateTable("outbox")
          .set((eb) => ({
            status: "queued",
            reason: storable(reason).slice(0, 500),
            nextAttemptAt: nextAttemptAtMs,
            leaseUntil: 0,
            attempts: eb("attempts", "-", refund ? 1 : 0),
          }))
          .where("id", "=", mail.id)
          .where("fence", "=", mail.fence)
          .where(unindexed("status"), "in", ["sending", "handing"])
          .execute();
      });
    },

    async recover(now, resend) {
      return await write(async (tx) => {
        const queued = await tx
          .updateTable("outbox")
          .set({
            status: "queued",
            leaseUntil: 0,
            nextAttemptAt: now,
            reason: "the worker that was sending it stopped before anything was handed over",
          })
          .where("status", "=", sql.lit("sending"))
          .where("leaseUntil", "<=", now)
          .executeTakeFirst();
        const handing = await tx
          .updateTable("outbox")
          .set({
            status: resend ? "queued" : "uncertain",
            leaseUntil: 0,
            nextAttemptAt: now,
            reason: "the worker stopped between handing it over and hearing the answer",
          })
          .where("status", "=", sql.lit("handing"))
          .where("leaseUntil", "<=", now)
          .executeTakeFirst();
        return { queued: Number(queued.numUpdatedRows), uncertain: Number(handing.numUpdatedRows) };
      });
    },

    async pause() {
      const row = await read.selectFrom("condition").selectAll().where("id", "=", pauseId).executeTakeFirst();
      return row === undefined ? null : { untilMs: row.untilAt, error: row.error };
    },

    async setPause(pause) {
      await write(async (tx) => {
        if (pause === null) return void (await tx.deleteFrom("condition").where("id", "=", pauseId).execute());
        const columns = { error: storable(pause.error), untilAt: pause.untilMs };
        // What began earlier keeps its beginning: the alert says since when.
        await tx
          .insertInto("condition")
          .values({ id: pauseId, ...columns, sinceAt: clock.now() })
          .onConflict((on) => on.column("id").doUpdateSet(columns))
          .execute();
      });
    },
  };
}

/** Changes a row that this worker holds; false where the lease was lost. */
async function move(
  { write }: Database,
  mail: LeasedOutgoing,
  from: string[],
  columns: Partial<OutboxTable>,
): Promise<boolean> {
  return await write(async (tx) => {
    const result = await tx
      .updateTable("outbox")
      .set(columns)
      .where("id", "=", mail.id)
      .where("fence", "=", mail.fence)
      .where(unindexed("status"), "in", from)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  });
}

async function leased({ read }: Database, row: OutboxTable): Promise<LeasedOutgoing> {
  const body = await read.selectFrom("outboxRaw").select("raw").where("id", "=", row.id).executeTakeFirst();
  return {
    id: row.id,
    fence: row.fence,
    attempts: row.attempts,
    to: row.toAddress,
    mailFrom: row.mailFrom,
    raw: body?.raw ?? Buffer.alloc(0),
    conversationId: row.conversationId,
    messageId: row.messageId,
    refusal: body === undefined ? "its text was erased" : await refusalOf(read, row),
    createdAtMs: row.createdAt,
  };
}
