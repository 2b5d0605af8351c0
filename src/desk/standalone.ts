// Conversations without a ticket (ORG-14, SHA-13): with an organization, whose customers each get a mail of their own, or with
// one customer. Whom it is with is read when it is told, never copied; an answer reaches the agents alone, or everybody.
import { usage } from "../errors.ts";
import type { Written } from "./answer.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import {
  type Conversation,
  deskNote,
  type Message,
  newConversation,
  newReference,
  stillThere,
  type Visibility,
} from "./conversation.ts";
import { addPerson, newTicket, ticketSubject } from "./ticket.ts";
import type { Requester } from "./ticket-open.ts";
import { type AnswerDraw, agentNoticeOf, messageOf, noticeOf, type Words, type Writer } from "./words.ts";

/** What a conversation without a ticket has that others have from their ticket; `id` is the conversation's. */
export interface Standalone {
  id: string;
  subject: string;
  /** Whom it is with: the customers of this organization as they are when it is told, ... */
  organizationId: string | null;
  /** ... or this customer, ... */
  customerId: string | null;
  /** ... or all who follow this project then. Two of the three are null. */
  projectId: string | null;
  /** Name of the mailbox that it leaves by. */
  mailbox: string;
  /** Who hears what a customer answers: the agents alone, or everybody whom the conversation is with. */
  answers: "agents" | "everybody";
  /** Since when an answer waits for the agents; null where none does. */
  waitingSince: number | null;
  createdAt: number;
  version: number;
}

/** A notice and an outgoing mail name a ticket; theirs is none. */
export const noTicket = "";

/** A conversation without a ticket, as one row. */
export interface StandaloneFound {
  conversation: Conversation;
  standalone: Standalone;
}

/** The conversation with its first message, which goes to everybody whom it is with, or to nobody where it is internal. */
export function openStandalone(
  input: Pick<Standalone, "subject" | "organizationId" | "customerId" | "projectId" | "mailbox" | "answers"> & {
    visibility: Visibility;
    writer: Writer;
    words: Words;
    holdMs: number;
    now: number;
  },
  draw: AnswerDraw,
): Written & { conversationId: string } {
  const { organizationId, customerId, projectId, mailbox, answers, visibility, now } = input;
  const conversationId = draw.id("cnv");
  const subject = ticketSubject(input.subject);
  const isPublic = visibility === "public";
  const direction = isPublic ? "out" : "in";
  const message = messageOf({ ...input, subject, direction, to: [] }, conversationId, draw);
  return {
    conversationId,
    messageId: message.id,
    changes: [
      newConversation(conversationId, draw.ref(), null, visibility, now),
      insert("standalone", {
        id: conversationId,
        subject,
        organizationId,
        customerId,
        projectId,
        mailbox,
        answers,
        waitingSince: null,
        createdAt: now,
      }),
      ...message.changes,
    ],
    guards: [],
    notices: [
      ...(isPublic ? [noticeOf(noTicket, conversationId, message.id, input.holdMs, draw, now)] : []),
      agentNoticeOf(noTicket, conversationId, message.id, isPublic ? input.holdMs : 0, draw, now),
    ],
  };
}

/** One more message of the desk's, to everybody whom it is with; to nobody where it is internal. */
export function sayStandalone(
  { conversation, standalone }: StandaloneFound,
  input: { writer: Writer; words: Words; holdMs: number; now: number },
  draw: AnswerDraw,
): Written {
  const isPublic = conversation.visibility === "public";
  const direction = isPublic ? "out" : "in";
  const message = messageOf({ ...input, subject: standalone.subject, direction, to: [] }, conversation.id, draw);
  return {
    changes: [...message.changes, ...present([isPublic ? settleStandalone(standalone) : null])],
    guards: [stillThere(conversation), stillStandalone(standalone)],
    notices: [
      ...(isPublic ? [noticeOf(noTicket, conversation.id, message.id, input.holdMs, draw, input.now)] : []),
      agentNoticeOf(noTicket, conversation.id, message.id, isPublic ? input.holdMs : 0, draw, input.now),
    ],
    messageId: message.id,
  };
}

/** What was answered until now needs nothing more; null where nothing waits. */
export const settleStandalone = (standalone: Standalone): Change | null =>
  update("standalone", standalone, { waitingSince: null });

/** An answer came that somebody must look at; null where one waits already. */
export const letWait = (standalone: Standalone, now: number): Change | null =>
  update("standalone", standalone, { waitingSince: standalone.waitingSince ?? now });

export const stillStandalone = ({ id, version }: Pick<Standalone, "id" | "version">): Guard => ({
  kind: "version",
  table: "standalone",
  id,
  version,
});

export interface NewTicketOf {
  number: number;
  requester: Requester;
  now: number;
}

/** All of a conversation with one customer becomes a ticket of theirs; what was said, and every way into it, stays. */
export function standaloneToTicket(
  { conversation, standalone }: StandaloneFound,
  { number, requester, now }: NewTicketOf,
  draw: AnswerDraw,
): { changes: Change[]; guards: Guard[] } {
  const ticketId = draw.id("tic");
  return {
    changes: [
      ...ticketOf(ticketId, standalone, number, requester, now),
      ...present([update("conversation", conversation, { ticketId })]),
      remove("standalone", standalone),
    ],
    guards: [],
  };
}

/** Under this key stands where what a customer answers in a conversation goes on, once that became a ticket. */
export const movedKey = (conversationId: string, customerId: string): string => `${conversationId}:${customerId}`;

/**
 * What one customer answered in a conversation with their organization, or on a project, becomes a ticket of theirs alone, and so does what they answer
 * later; an internal message there tells where it comes from. `messages`: theirs in that conversation. `othersWait`: what
 * somebody else answered still waits. Rejects with usage where there are no messages.
 */
export function answersToTicket(
  { conversation, standalone }: StandaloneFound,
  input: NewTicketOf & { messages: readonly Message[]; withWhom: string; othersWait: boolean },
  draw: AnswerDraw,
): { changes: Change[]; guards: Guard[] } {
  const { number, requester, messages, now } = input;
  if (messages.length === 0)
    throw usage(`${requester.address} answered nothing in this conversation.`, {
      remedy: `maildesk ticket new --for ${requester.address}`,
    });
  const ticketId = draw.id("tic");
  const publicId = draw.id("cnv");
  const internalId = draw.id("cnv");
  const text = `This was answered in the conversation "${standalone.subject}" with ${input.withWhom}: maildesk conversation show ${conversation.id}`;
  const moved = messages.flatMap((message) => present([update("message", message, { conversationId: publicId })]));
  const ways = messages.flatMap(({ messageId }) =>
    messageId === null ? [] : [newReference("filed", messageId, publicId, now)],
  );
  const further = newReference("moved", movedKey(conversation.id, requester.customerId), publicId, now);
  return {
    changes: [
      ...ticketOf(ticketId, standalone, number, requester, now),
      newConversation(publicId, draw.ref(), ticketId, "public", now),
      newConversation(internalId, draw.ref(), ticketId, "internal", now),
      deskNote(draw.id("msg"), internalId, text, now),
      ...moved,
      ...ways,
      further,
      ...present([input.othersWait ? null : settleStandalone(standalone)]),
    ],
    guards: [stillThere(conversation), stillStandalone(standalone)],
  };
}

function ticketOf(
  ticketId: string,
  { subject, mailbox }: Standalone,
  number: number,
  { customerId, organizationId, address }: Requester,
  now: number,
): Change[] {
  return [
    newTicket({ id: ticketId, number, subject, organizationId, mailbox, closed: false }, now),
    addPerson(ticketId, customerId, "requester", address, now),
  ];
}
