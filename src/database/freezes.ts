// Fan-outs that stand still: what of the outbox and of the notices may go on, and the count by which the desk freezes one by
// itself, taken in the transaction that would write the mails (SHA-9).
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { countedSince, type Freeze, freeze, freezeId, type Told, tooMany } from "../desk/freeze.ts";
import type { Notice } from "../desk/notice.ts";
import { noTicket } from "../desk/standalone.ts";
import type { FanOutLimit } from "../ports-database.ts";
import { writeLog } from "./commit-log.ts";
import { insertRows } from "./insert.ts";
import { filledUp } from "./page.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

/** What waits to be told, and stands still. */
export const noticeFrozen = (eb: ExpressionBuilder<Schema, "notice">) =>
  eb.exists(
    eb
      .selectFrom("freeze")
      .select("freeze.id")
      .where("freeze.since", "is not", null)
      .where((or) =>
        or.or([or("freeze.id", "=", or.ref("notice.ticketId")), or("freeze.id", "=", or.ref("notice.conversationId"))]),
      ),
  );

/** An outgoing mail that stands still: by the ticket on which its conversation is now, or by the conversation. */
export const mailFrozen = (eb: ExpressionBuilder<Schema, "outbox">) =>
  eb.exists(
    eb
      .selectFrom("freeze")
      .select("freeze.id")
      .where("freeze.since", "is not", null)
      .where((or) =>
        or.or([
          or("freeze.id", "=", or.ref("outbox.conversationId")),
          or.exists(
            or
              .selectFrom("conversation")
              .select("conversation.id")
              .whereRef("conversation.id", "=", "outbox.conversationId")
              .whereRef("conversation.ticketId", "=", "freeze.id"),
          ),
        ]),
      ),
  );

/** Of whom a notice tells: its ticket, or the conversation without one. */
export const toldOf = ({ ticketId, conversationId }: Pick<Notice, "ticketId" | "conversationId">): Told =>
  ticketId === noTicket ? { ticketId: null, conversationId } : { ticketId, conversationId: null };

/** On which the transactions wait for one another that count what left. */
export const countLock = (told: Told): string => `fan-out ${freezeId(told)}`;

type Wanted = { of: string; since: number; messageIds: readonly string[] };

/** Mails made since then that carry none of these messages. Variant: by ticket or by conversation, and at most how many. */
const othersMade = prepared((db, { of, since, messageIds }: Wanted, variant) =>
  db
    .selectFrom("outbox")
    .select("outbox.id")
    .where(variant.startsWith("ticket") ? "outbox.ticketId" : "outbox.conversationId", "=", of)
    .where("outbox.createdAt", ">", since)
    .where("outbox.status", "not in", [sql.lit("suppressed"), sql.lit("dropped")])
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("outboxMessage")
            .select("outboxMessage.messageId")
            .whereRef("outboxMessage.outboxId", "=", "outbox.id")
            .where("outboxMessage.messageId", "in", messageIds)
            .where("outboxMessage.isHistory", "is", null),
        ),
      ),
    )
    .limit(sql.lit(Number(variant.split(" ")[1]))),
);

/**
 * Whether what these notices tell stands still, from now on too: one message goes to as many people as it must, and only what
 * was sent beside it within the hour counts. So a project of thousands is told once, and a loop is stopped.
 */
export async function standsStill(
  tx: Tx,
  notices: readonly Notice[],
  isFirstPage: boolean,
  limit: FanOutLimit,
  now: number,
): Promise<boolean> {
  const [first] = notices;
  if (first === undefined) return false;
  const told = toldOf(first);
  const row = (await rowById(tx, "freeze", freezeId(told))) ?? null;
  if (row?.since != null) return true;
  if (limit.perHourMax === 0 || !isFirstPage) return false;
  const others = await othersMade.rows(
    tx,
    {
      of: freezeId(told),
      since: countedSince(row, now),
      messageIds: filledUp([...new Set(notices.map(({ messageId }) => messageId))]),
    },
    `${told.ticketId === null ? "conversation" : "ticket"} ${limit.perHourMax}`,
  );
  if (others.length < limit.perHourMax) return false;
  await freezeNow(tx, told, row, limit, now);
  return true;
}

/** Logged as what the delivery did: nobody takes it back, `unfreeze` lets it go on. */
async function freezeNow(tx: Tx, told: Told, row: Freeze | null, limit: FanOutLimit, now: number): Promise<void> {
  const change = freeze(told, row, tooMany(limit.perHourMax), now);
  if (change === null || !("id" in change)) return;
  if (row === null) await insertRows(tx, "freeze", [{ id: change.id, ...change.after, version: 1 }]);
  else
    await tx
      .updateTable("freeze")
      .set(change.after as { since: number; reason: string })
      .set((eb) => ({ version: eb("version", "+", 1) }))
      .where("id", "=", row.id)
      .execute();
  await writeLog(tx, {
    id: limit.commitId,
    atMs: now,
    cause: { kind: "delivery", by: "deliver", what: `freeze ${freezeId(told)}` },
    changes: [change],
    guards: [],
    notices: [],
  });
}
