// A ticket that somebody of the desk makes by hand (TIC-4): for a customer, who is sent the first message, or from one who
// called or came by, logged as theirs. An acknowledgement is never sent for it.
import type { Written } from "./answer.ts";
import { insert } from "./change.ts";
import { newConversation } from "./conversation.ts";
import { type DeskEvent, defaultRules, settle } from "./rule.ts";
import { addPerson, newTicket, type Ticket } from "./ticket.ts";
import { type AnswerDraw, agentNoticeOf, messageOf, noticeOf, type Words, type Writer } from "./words.ts";

/** The customer whom a new ticket is for. */
export interface Requester {
  customerId: string;
  organizationId: string | null;
  address: string;
}

export interface FreshTicket {
  number: number;
  subject: string;
  mailbox: string;
  requester: Requester;
  /** A customer: logged as theirs, and nobody is told. Otherwise the first message goes out to the requester. */
  writer: Writer;
  words: Words;
  values: Partial<Pick<Ticket, "priority" | "type" | "assigneeId" | "projectId">>;
  holdMs: number;
  now: number;
}

/** A new ticket that somebody of the desk makes; the changes of a new customer come before these. */
export function openTicket(input: FreshTicket, draw: AnswerDraw): Written & { ticketId: string } {
  const { requester, writer, now } = input;
  const ticketId = draw.id("tic");
  const conversationId = draw.id("cnv");
  const theirs = writer.kind === "customer";
  const made = newTicket(
    {
      id: ticketId,
      number: input.number,
      subject: input.subject,
      organizationId: requester.organizationId,
      mailbox: input.mailbox,
      closed: false,
    },
    now,
  );
  const columns = { ...(made.after as Omit<Ticket, "id" | "version">), ...input.values }; // newTicket wrote them
  const ticket: Ticket = { ...columns, id: ticketId, version: 1 };
  const message = messageOf(
    {
      ...input,
      subject: ticket.subject,
      direction: theirs ? "in" : "out",
      to: theirs ? [] : [requester.address],
    },
    conversationId,
    draw,
  );
  const refused = theirs ? "it was logged by hand" : "the desk wrote first";
  const events: DeskEvent[] = [{ kind: "ticket-created", ticket, fresh: true, acknowledgement: { refused } }];
  if (!theirs) events.push({ kind: "agent-reply", ticket });
  const settled = settle(events, defaultRules, now);
  return {
    ticketId,
    changes: [
      insert("ticket", { ...columns, id: ticketId }),
      newConversation(conversationId, draw.ref(), ticketId, "public", now),
      ...message.changes,
      addPerson(ticketId, requester.customerId, "requester", requester.address, now),
      ...settled.changes,
    ],
    guards: [],
    notices: [
      ...(theirs ? [] : [noticeOf(ticketId, conversationId, message.id, input.holdMs, draw, now)]),
      ...settled.notices,
      agentNoticeOf(ticketId, conversationId, message.id, theirs ? 0 : input.holdMs, draw, now),
    ],
    messageId: message.id,
  };
}
