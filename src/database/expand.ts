// From notices to outgoing rows in one transaction: each notice is taken once, each person gets each message once, and
// limits are counted where the row is written. Whatever was taken meanwhile is a conflict with code "guard".
import { type Kysely, sql } from "kysely";
import type { Notice } from "../desk/notice.ts";
import { conflict } from "../errors.ts";
import type { NewOutgoing, OutboxStatus } from "../ports-database.ts";
import { insertRows } from "./insert.ts";
import { alone, holdLocks, type Locks, shared } from "./locks.ts";
import { prepared } from "./prepared.ts";
import { type OutboxTable, type Schema, storable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

type Tx = Kysely<Schema>;

const hourMs = 3_600_000;

const takeNotice = prepared((db, { id, ticketId }: { id: string; ticketId: string }) =>
  db
    .updateTable("notice")
    .set({ state: sql.lit("expanded") })
    .where("id", "=", id)
    .where("ticketId", "=", ticketId)
    .where(unindexed("state"), "=", sql.lit("waiting")),
);
const madeSince = prepared((db, v: { toKey: string; kind: string; since: number }) =>
  db
    .selectFrom("outbox")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("toKey", "=", v.toKey)
    .where("createdAt", ">", v.since)
    .where("kind", "=", v.kind),
);

/** Writes all of it, or rejects and nothing is written. */
export async function expandNotices(
  tx: Tx,
  notices: readonly Notice[],
  outgoing: readonly NewOutgoing[],
  now: number,
): Promise<void> {
  const locks: Locks = new Map();
  for (const { ticketId } of notices) shared(locks, ticketId);
  for (const { toKey } of outgoing) alone(locks, `told ${toKey}`);
  await holdLocks(tx, locks);
  for (const { id, ticketId } of notices) await expandNotice(tx, id, ticketId);
  for (const mail of outgoing) await insertOutgoing(tx, mail, now);
}

/** A notice whose ticket became part of another one meanwhile must be expanded anew, as that one's. */
async function expandNotice(tx: Tx, id: string, ticketId: string): Promise<void> {
  if ((await takeNotice.run(tx, { id, ticketId })) !== 1)
    throw conflict("The notices were taken meanwhile.", { code: "guard" });
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
  };
  if ((await insertRows(tx, "outbox", [{ ...row }])) !== 1)
    throw new Error(`the outgoing mail ${mail.id} is there already`);
  if (mail.messageIds.length > 0) {
    const rows = mail.messageIds.map((messageId) => ({
      outboxId: mail.id,
      messageId,
      customerId: mail.customerId,
    }));
    if ((await insertRows(tx, "outboxMessage", rows)) !== rows.length)
      throw conflict("Somebody was told meanwhile.", { code: "guard" });
  }
  if (mail.raw === null) return;
  await insertRows(tx, "outboxRaw", [{ id: mail.id, raw: mail.raw }]);
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
