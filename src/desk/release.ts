// A flagged message that customers may read after all (MAIL-8), and one that they may not: the flag, who hears of it by that,
// and the seat of who wrote it.
import { conflict } from "../errors.ts";
import { type Change, type Guard, present, update } from "./change.ts";
import type { Conversation, Message } from "./conversation.ts";
import type { Notice } from "./notice.ts";
import { noTicket } from "./standalone.ts";
import type { Ticket, TicketPerson } from "./ticket.ts";
import { seatPerson } from "./ticket-edit.ts";
import type { Requester } from "./ticket-open.ts";

export interface Release {
  message: Message;
  conversation: Conversation;
  ticket: Ticket | null;
  people: readonly TicketPerson[];
  /** Who wrote it, where they are to have a seat from now on, and as what. */
  seat: { author: Requester; role: TicketPerson["role"] } | null;
  /** Nobody is told of it. */
  isQuiet: boolean;
  holdMs: number;
  now: number;
}

/** Rejects with conflict where it stands among internal messages, which no customer reads anyway. */
export function releaseMessage(
  { message, conversation, ticket, people, seat, isQuiet, holdMs, now }: Release,
  id: (prefix: string) => string,
): { changes: Change[]; guards: Guard[]; notices: Notice[] } {
  const seated = people.find(({ customerId }) => customerId === seat?.author.customerId) ?? null;
  const taken =
    seat === null || ticket === null
      ? null
      : seatPerson(ticket.id, seat.author.customerId, seat.role, seat.author.address, seated, now);
  const released = update("message", message, { flag: null });
  const tells = released !== null && !isQuiet && conversation.visibility === "public";
  return {
    changes: present([released, taken]),
    guards: [
      { kind: "version", table: "message", id: message.id, version: message.version },
      { kind: "version", table: "conversation", id: conversation.id, version: conversation.version },
    ],
    notices: tells ? [noticeAgain(message, conversation, holdMs, id, now)] : [],
  };
}

/** Those who stood in To or Cc have it already, and so has who was told before it was flagged. */
export const hadIt = ({ toAddresses, ccAddresses }: Pick<Message, "toAddresses" | "ccAddresses">): string[] => [
  ...new Set([...toAddresses, ...ccAddresses].map((address) => address.toLowerCase())),
];

function noticeAgain(
  message: Message,
  { id: conversationId, ticketId }: Conversation,
  holdMs: number,
  id: (prefix: string) => string,
  now: number,
): Notice {
  return {
    id: id("ntc"),
    kind: "message",
    ticketId: ticketId ?? noTicket,
    conversationId,
    messageId: message.id,
    hadIt: message.direction === "in" ? hadIt(message) : [],
    agentId: "",
    notBefore: now + holdMs,
    createdAt: now,
    again: true,
  };
}

const flagCharsMax = 200;

/** Null where it is flagged already. Conflict where it is internal: no customer reads it anyway. */
export function flagMessage(message: Message, conversation: Conversation, reason: string): Change | null {
  if (conversation.visibility === "internal") throw conflict(`${message.id} is internal: no customer reads it anyway.`);
  if (message.flag !== null) return null;
  return update("message", message, { flag: reason.replace(/\s+/gu, " ").trim().slice(0, flagCharsMax) });
}
