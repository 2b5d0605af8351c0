// Who was told because of one mail, and how each of those mails fared: from the stored mail to its message, to the notices
// of that message, to the outgoing mails that carry it, with the people of the same expansion who were to hear nothing.

import type { Database } from "./open.ts";
import { ticketById } from "./tombstones.ts";

/** One person who was to hear of a mail, and how that went. */
export interface Told {
  kind: string;
  /** Null while it is not yet decided who hears: the notice waits. */
  outboxId: string | null;
  to: string | null;
  status: string;
  reason: string | null;
  attempts: number;
  response: string | null;
  at: number;
}

type Read = Database["read"];

const toldMax = 500;
const conversationsMax = 500;

interface Filed {
  id: string;
  ticketId: string | null;
  messageId: string | null;
}

/** The oldest notice first; people in the order of the expansion. */
export async function told(read: Read, email: Filed): Promise<Told[]> {
  const ids = await conversationsOf(read, email);
  if (ids.length === 0) return [];
  const messages = await read
    .selectFrom("message")
    .select(["id", "conversationId"])
    .where("conversationId", "in", ids)
    .where("emailId", "=", email.id)
    .execute();
  const found: Told[] = [];
  for (const message of messages) found.push(...(await toldOf(read, message)));
  return found;
}

/** Those of its ticket; of a mail that was filed without one, those to which its Message-ID leads. */
export async function conversationsOf(read: Read, { ticketId, messageId }: Filed): Promise<string[]> {
  if (ticketId === null) {
    if (messageId === null) return [];
    const rows = await read
      .selectFrom("reference")
      .select("conversationId as id")
      .where("key", "=", messageId)
      .where("kind", "=", "filed")
      .limit(conversationsMax)
      .execute();
    return rows.map(({ id }) => id);
  }
  const ticket = await ticketById(read, ticketId);
  if (ticket === null) return [];
  const rows = await read
    .selectFrom("conversation")
    .select("id")
    .where("ticketId", "=", ticket.id)
    .limit(conversationsMax)
    .execute();
  return rows.map(({ id }) => id);
}

async function toldOf(read: Read, message: { id: string; conversationId: string }): Promise<Told[]> {
  const notices = await read
    .selectFrom("notice")
    .selectAll()
    .where("messageId", "=", message.id)
    .orderBy("createdAt")
    .execute();
  const found: Told[] = [];
  for (const notice of notices) {
    if (notice.state !== "expanded") {
      const { kind, state, notBefore } = notice;
      found.push({
        kind,
        outboxId: null,
        to: null,
        status: state,
        reason: null,
        attempts: 0,
        response: null,
        at: notBefore,
      });
      continue;
    }
    for (const row of await outgoingOf(read, notice)) {
      const { kind, toAddress, status, reason, attempts, response, sentAt, createdAt } = row;
      found.push({
        kind,
        outboxId: row.id,
        to: toAddress,
        status,
        reason,
        attempts,
        response,
        at: sentAt ?? createdAt,
      });
    }
  }
  return found;
}

/** The mails that carry the message, and the people of the same expansion who were to hear nothing. */
async function outgoingOf(
  read: Read,
  notice: { kind: string; conversationId: string; messageId: string; createdAt: number },
) {
  const rows = await read
    .selectFrom("outbox")
    .selectAll()
    .where("conversationId", "=", notice.conversationId)
    .where("kind", "=", notice.kind)
    .where("createdAt", ">=", notice.createdAt)
    .orderBy("createdAt")
    .orderBy("id")
    .limit(toldMax)
    .execute();
  const expandedAt = rows[0]?.createdAt;
  const batch = rows.filter((row) => row.createdAt === expandedAt);
  if (batch.length === 0) return [];
  const carried = await read
    .selectFrom("outboxMessage")
    .select(["outboxId", "messageId"])
    .where(
      "outboxId",
      "in",
      batch.map((row) => row.id),
    )
    .execute();
  const carrying = new Set(carried.filter((row) => row.messageId === notice.messageId).map((row) => row.outboxId));
  const others = new Set(carried.map((row) => row.outboxId));
  return batch.filter((row) => carrying.has(row.id) || !others.has(row.id));
}
