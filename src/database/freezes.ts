// Fan-outs that stand still: what of the outbox and of the notices may go on, and the count by which the desk freezes one by
// itself, taken in the transaction that would write the mails (SHA-9).
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { agentKinds } from "../desk/agent-hearing.ts";
import { countedSince, deliberateMax, type Freeze, freeze, freezeId, type Told, tooMany } from "../desk/freeze.ts";
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
      // Agents go on hearing: somebody must look at what went wrong.
      .where("notice.kind", "not in", agentKinds)
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
      .where("outbox.kind", "not in", agentKinds)
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

const anyFrozen = prepared((db, _: Record<string, never>) =>
  db.selectFrom("freeze").select("id").where("since", "is not", null).limit(sql.lit(1)),
);

/** Nearly always nothing does, and then what is due is found without a look at each. */
export const isAnythingFrozen = async (read: Tx): Promise<boolean> => (await anyFrozen.first(read, {})) !== undefined;

/** Of whom a notice tells: its ticket, or the conversation without one. */
export const toldOf = ({ ticketId, conversationId }: Pick<Notice, "ticketId" | "conversationId">): Told =>
  ticketId === noTicket ? { ticketId: null, conversationId } : { ticketId, conversationId: null };

/** On which the transactions wait for one another that count what left. */
export const countLock = (told: Told): string => `fan-out ${freezeId(told)}`;

type Wanted = { of: string; since: number; messageIds: readonly string[] };

/**
 * Mails made since then that carry none of these messages. Variant: by ticket or by conversation, at most how many, and whether
 * only those with the words of customers and machines.
 */
const othersMade = prepared((db, { of, since, messageIds }: Wanted, variant) => {
  const [by, limit, whose] = variant.split(" ");
  const carried = (eb: ExpressionBuilder<Schema, "outbox">) =>
    eb
      .selectFrom("outboxMessage")
      .select("outboxMessage.messageId")
      .whereRef("outboxMessage.outboxId", "=", "outbox.id")
      .where("outboxMessage.isHistory", "is", null);
  const made = db
    .selectFrom("outbox")
    .select("outbox.id")
    .where(by === "ticket" ? "outbox.ticketId" : "outbox.conversationId", "=", of)
    .where("outbox.createdAt", ">", since)
    .where("outbox.status", "not in", [sql.lit("suppressed"), sql.lit("dropped")])
    .where(
      "outbox.kind",
      "not in",
      agentKinds.map((kind) => sql.lit(kind)),
    )
    .where((eb) => eb.not(eb.exists(carried(eb).where("outboxMessage.messageId", "in", messageIds))))
    .limit(sql.lit(Number(limit)));
  if (whose !== "customers") return made;
  return made.where((eb) =>
    eb.exists(
      carried(eb)
        .innerJoin("message", "message.id", "outboxMessage.messageId")
        .where("message.authorKind", "in", ["customer", "machine"]),
    ),
  );
});

/** Messages of agents and of the desk that were told since then, but for these. Variant as above. */
const deliberate = prepared((db, { of, since, messageIds }: Wanted, variant) =>
  db
    .selectFrom("notice")
    .innerJoin("message", "message.id", "notice.messageId")
    .select("notice.messageId")
    .distinct()
    .where((eb) =>
      variant.startsWith("ticket")
        ? eb(
            "notice.conversationId",
            "in",
            eb.selectFrom("conversation").select("conversation.id").where("conversation.ticketId", "=", of),
          )
        : eb("notice.conversationId", "=", of),
    )
    .where("notice.createdAt", ">", since)
    .where("notice.state", "=", sql.lit("expanded"))
    .where("notice.kind", "=", sql.lit("message"))
    .where("notice.messageId", "not in", messageIds)
    .where("message.authorKind", "in", ["agent", "desk"])
    .limit(sql.lit(deliberateMax + 1)),
);

/**
 * Whether what these notices tell stands still, from now on too: one message goes to as many people as it must, and only what
 * was sent beside it within the hour counts. So a project of thousands is told, and a loop is stopped.
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
  const wanted = {
    of: freezeId(told),
    since: countedSince(row, now),
    messageIds: filledUp([...new Set(notices.map(({ messageId }) => messageId))]),
  };
  if (!(await isTooMuch(tx, wanted, told, limit.perHourMax))) return false;
  await freezeNow(tx, told, row, limit, now);
  return true;
}

async function isTooMuch(tx: Tx, wanted: Wanted, told: Told, perHourMax: number): Promise<boolean> {
  const by = `${told.ticketId === null ? "conversation" : "ticket"} ${perHourMax}`;
  if ((await othersMade.rows(tx, wanted, by)).length < perHourMax) return false;
  if ((await deliberate.rows(tx, wanted, by)).length > deliberateMax) return true;
  return (await othersMade.rows(tx, wanted, `${by} customers`)).length >= perHourMax;
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
    cause: { kind: "delivery", by: "deliver", what: `froze ${await nameOf(tx, told)}: ${tooMany(limit.perHourMax)}` },
    changes: [change],
    guards: [],
    notices: [],
  });
}

/** `#12`, or the conversation's id. */
async function nameOf(tx: Tx, told: Told): Promise<string> {
  const ticket = told.ticketId === null ? undefined : await rowById(tx, "ticket", told.ticketId);
  return ticket === undefined ? freezeId(told) : `#${ticket.number}`;
}
