// The changes that put one mail into a conversation: the message, its files, and the Message-IDs that lead to it from now
// on; with the guards that nobody did so meanwhile.
import { type Change, type Guard, insert } from "../desk/change.ts";
import {
  type Conversation,
  deskNote,
  type Message,
  newConversation,
  newReference,
  stillThere,
  type Visibility,
} from "../desk/conversation.ts";
import { ticketSubject } from "../desk/ticket.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { ThreadFacts } from "./facts.ts";

/** Unseen ids of one mail that are remembered as ways into its conversation. */
const citedKept = 10;

export function linkNote(
  draw: Draw,
  target: ThreadFacts,
  other: ThreadFacts,
  now: number,
): { changes: Change[]; guards: Guard[] } {
  const at = placeOn(target, "internal", draw, now);
  const text = `A mail that arrived late belongs to #${target.ticket.number} and to #${other.ticket.number}. People were told of both already, so the tickets are linked, not merged.`;
  const changes = [...at.changes, deskNote(draw.id("msg"), at.conversationId, text, now)];
  return { changes, guards: at.guards };
}

/** The conversation of this visibility on the thread's ticket; made where there is none, on the ticket that stays. */
export function placeOn(
  thread: ThreadFacts,
  visibility: Visibility,
  draw: Draw,
  now: number,
  ticketId = thread.ticket.id,
): { conversationId: string; changes: Change[]; guards: Guard[] } {
  const fits = (one: Conversation) => one.visibility === visibility;
  const found = fits(thread.conversation) ? thread.conversation : thread.conversations.find(fits);
  // Somebody may take back the message that made it.
  if (found !== undefined) return { conversationId: found.id, changes: [], guards: [stillThere(found)] };
  const conversationId = draw.id("cnv");
  return {
    conversationId,
    changes: [newConversation(conversationId, draw.ref(), ticketId, visibility, now)],
    guards: [],
  };
}

/** The message first, then its attachments and the Message-IDs that lead to it. */
export function messageOf(
  input: Inbound,
  draw: Draw,
  conversationId: string,
  author: { kind: Message["authorKind"]; id: string | null },
  flag: string | null,
  /** What of it is otherwise than the mail has it. */
  other: Partial<
    Pick<Message, "direction" | "subject" | "text" | "newText" | "fromName" | "fromAddress" | "toAddresses" | "remarks">
  > = {},
): [Change & { id: string }, ...Change[]] {
  const { mail, emailId } = input;
  const id = draw.id("msg");
  const at = writtenAt(input);
  const message = insert("message", {
    id,
    conversationId,
    direction: "in",
    authorKind: author.kind,
    authorId: author.id,
    fromName: mail.from?.name ?? "",
    fromAddress: mail.from?.address ?? "",
    toAddresses: mail.to.map((one) => one.address),
    ccAddresses: mail.cc.map((one) => one.address),
    subject: ticketSubject(mail.subject),
    text: mail.text,
    newText: mail.newText,
    messageId: mail.messageId,
    emailId,
    flag,
    remarks: mail.remarks,
    createdAt: at,
    ...other,
  });
  const attachments = mail.attachments.map((one) =>
    insert("attachment", { ...one, id: draw.id("att"), messageId: id, emailId }),
  );
  return [message, ...attachments, ...referencesOf(input, conversationId)];
}

function referencesOf({ question, facts, now }: Inbound, conversationId: string): Change[] {
  const known = new Set(facts.references.map((row) => row.key));
  const unseen = question.cited.filter((id) => !known.has(id)).slice(0, citedKept);
  const changes = unseen.map((id) => newReference("cited", id, conversationId, now));
  const own = question.messageId;
  const there = facts.references.some(
    (row) => row.kind === "filed" && row.key === own && row.conversationId === conversationId,
  );
  if (own !== null && !there) changes.push(newReference("filed", own, conversationId, now));
  return changes;
}

/** The decision relied on nobody having filed these ids, nor this mail. */
export function seenGuards({ question, facts }: Inbound): Guard[] {
  const known = new Set(facts.references.map((row) => row.key));
  const ids = [...question.cited, ...(question.messageId === null ? [] : [question.messageId])];
  return ids
    .filter((id) => !known.has(id))
    .map((value) => ({ kind: "absent", table: "reference", column: "key", value }));
}

/** Arrival for live mail; for history the Date header, unless it lies after the arrival. */
export function writtenAt({ arrival, mail, receivedAtMs, now }: Inbound): number {
  if (arrival === "history") return Math.min(mail.dateMs ?? receivedAtMs, receivedAtMs);
  // IMAP tells whole seconds: an answer to what we wrote within the same second must not stand before it.
  return receivedAtMs % 1000 === 0 ? Math.max(receivedAtMs, Math.min(now, receivedAtMs + 999)) : receivedAtMs;
}
