// From notices to outgoing rows in one transaction: each notice is taken once, each person gets each message once, and
// limits are counted where the row is written. Whatever was taken meanwhile is a conflict with code "guard".
import { type Kysely, sql } from "kysely";
import type { Notice } from "../desk/notice.ts";
import { noTicket } from "../desk/standalone.ts";
import { conflict } from "../errors.ts";
import type { FanOutLimit, NewOutgoing, OutboxStatus, PageOfPeople } from "../ports-database.ts";
import { lastDigestAt } from "./digest.ts";
import { countLock, standsStill, toldOf } from "./freezes.ts";
import { insertRows } from "./insert.ts";
import { alone, holdLocks, type Locks, shared } from "./locks.ts";
import { toldAgain } from "./notice-pages.ts";
import { prepared } from "./prepared.ts";
import { type OutboxTable, type Schema, storable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

type Tx = Kysely<Schema>;

const hourMs = 3_600_000;
const everybody: PageOfPeople = { from: "", reached: null };

type Taken = Pick<Notice, "id" | "ticketId"> & { from: string };

const waitingOnes = (db: Tx, { id, ticketId, from }: Taken) =>
  db
    .updateTable("notice")
    .where("id", "=", id)
    .where("ticketId", "=", ticketId)
    .where("reached", "=", from)
    .where(unindexed("state"), "=", sql.lit("waiting"));

const takeNotice = prepared((db, notice: Taken) => waitingOnes(db, notice).set({ state: sql.lit("expanded") }));
const moveNotice = prepared((db, { reached, ...notice }: Taken & { reached: string }) =>
  waitingOnes(db, notice).set({ reached }),
);
const madeSince = prepared((db, v: { toKey: string; kind: string; since: number }) =>
  db
    .selectFrom("outbox")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("toKey", "=", v.toKey)
    .where("createdAt", ">", v.since)
    .where("kind", "=", v.kind),
);

/** Writes all of it, or rejects and nothing is written. False where it stands still, as it may do from now on (freezes.ts). */
export async function expandNotices(
  tx: Tx,
  notices: readonly Notice[],
  outgoing: readonly NewOutgoing[],
  now: number,
  { from, reached }: PageOfPeople = everybody,
  limit?: FanOutLimit,
): Promise<boolean> {
  const locks: Locks = new Map();
  const [first] = notices;
  if (first !== undefined) alone(locks, countLock(toldOf(first)));
  for (const { ticketId, conversationId } of notices) shared(locks, ticketId === noTicket ? conversationId : ticketId);
  for (const { toKey, perHourMax } of outgoing) if (perHourMax !== undefined) alone(locks, `told ${toKey}`);
  for (const { digest, customerId } of outgoing) if (digest !== undefined) alone(locks, `digest ${customerId}`);
  await holdLocks(tx, locks);
  if (limit !== undefined && (await standsStill(tx, notices, from === "" || from === toldAgain, limit, now)))
    return false;
  for (const { id, ticketId } of notices) await expandNotice(tx, { id, ticketId, from }, reached);
  for (const mail of outgoing) await insertOutgoing(tx, mail, now);
  return true;
}

/** A notice whose ticket became part of another one meanwhile must be expanded anew, as that one's. */
async function expandNotice(tx: Tx, notice: Taken, reached: string | null): Promise<void> {
  const taken = reached === null ? takeNotice.run(tx, notice) : moveNotice.run(tx, { ...notice, reached });
  if ((await taken) !== 1) throw conflict("The notices were taken meanwhile.", { code: "guard" });
}

/** Counted where it is written: many mails of one person that are decided at once would each find the others uncounted. */
async function limited(tx: Tx, mail: NewOutgoing, now: number): Promise<NewOutgoing> {
  if (mail.perHourMax === undefined || mail.suppressed !== null) return mail;
  const { toKey, kind, perHourMax } = mail;
  const recent = await madeSince.first(tx, { toKey, kind, since: now - hourMs });
  if (Number(recent?.n ?? 0) < perHourMax) return mail;
  return {
    ...mail,
    raw: null,
    suppressed: `${perHourMax} mails of this kind within the hour went to this address`,
    messageIds: [],
  };
}

function statusOf({ suppressed, failed, doubt }: NewOutgoing): OutboxStatus {
  if (suppressed !== null) return failed === true ? "failed" : "suppressed";
  return doubt === undefined ? "queued" : "uncertain";
}

async function insertOutgoing(tx: Tx, wanted: NewOutgoing, now: number): Promise<void> {
  const mail = await limited(tx, wanted, now);
  if (mail.digest !== undefined && (await lastDigestAt(tx, mail.customerId)) > mail.digest.lastAt)
    throw conflict("A digest was made for them meanwhile.", { code: "guard" });
  const reason = mail.suppressed ?? mail.doubt ?? null;
  const row: OutboxTable = {
    id: mail.id,
    kind: mail.kind,
    ticketId: mail.ticketId,
    conversationId: mail.conversationId,
    customerId: mail.customerId,
    toAddress: mail.to,
    toKey: mail.toKey,
    mailbox: mail.mailbox,
    subject: storable(mail.subject),
    status: statusOf(mail),
    reason: reason === null ? null : storable(reason),
    attempts: 0,
    messageId: mail.messageId,
    mailFrom: mail.mailFrom,
    nextAttemptAt: now,
    createdAt: now,
    sentAt: null,
    response: null,
    leaseUntil: 0,
    leaseOwner: null,
    fence: 0,
    rawGoneAt: null,
    why: mail.suppressed === null ? storable(mail.why ?? "") : "",
  };
  if ((await insertRows(tx, "outbox", [{ ...row }])) !== 1)
    throw new Error(`the outgoing mail ${mail.id} is there already`);
  if (mail.messageIds.length > 0) {
    const carries = (messageId: string, isHistory: 1 | null) => ({
      ...{ outboxId: mail.id, messageId, customerId: mail.customerId },
      isHistory,
    });
    const earlier = mail.historyIds ?? [];
    const rows = [...mail.messageIds.map((id) => carries(id, null)), ...earlier.map((id) => carries(id, 1))];
    if ((await insertRows(tx, "outboxMessage", rows)) !== rows.length)
      throw conflict("Somebody was told meanwhile.", { code: "guard" });
  }
  if (mail.digest !== undefined)
    await insertRows(
      tx,
      "digestMessage",
      mail.digest.carries.map((one) => ({ outboxId: mail.id, ...one })),
    );
  if (mail.raw === null) return;
  const quotes = (mail.quotedIds ?? []).map((messageId) => ({ outboxId: mail.id, messageId }));
  await insertRows(tx, "outboxQuote", quotes);
  await insertRows(tx, "outboxRaw", [{ id: mail.id, raw: mail.raw }]);
  if (mail.conversationId === "") return; // an answer to a digest belongs nowhere
  await insertRows(tx, "reference", [
    {
      id: `sent:${mail.conversationId}:${mail.messageId}`,
      key: mail.messageId,
      kind: "sent",
      conversationId: mail.conversationId,
      createdAt: now,
      version: 1,
    },
  ]);
}
