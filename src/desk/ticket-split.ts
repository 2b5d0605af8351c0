// One message of a ticket becomes a ticket of its own (TIC-6): of whoever wrote it, in the same mailbox and project; what
// answers it leads there, and both tickets say in a note what happened.
import { conflict } from "../errors.ts";
import { type Change, type Guard, present, update } from "./change.ts";
import {
  type Conversation,
  deskNote,
  type Message,
  newConversation,
  type Reference,
  stillThere,
} from "./conversation.ts";
import { addPerson, linkTickets, newTicket, type Ticket, type TicketPerson } from "./ticket.ts";
import type { Requester } from "./ticket-open.ts";
import type { AnswerDraw } from "./words.ts";

export interface TicketSplit {
  ticket: Ticket;
  conversations: readonly Conversation[];
  people: readonly TicketPerson[];
  message: Message;
  conversation: Conversation;
  /** The way by which its Message-ID leads to it. */
  reference: Reference | null;
  /** Messages of the ticket beside this one and the desk's notes. */
  others: number;
  /** What still tells of it: messages that wait and mails that may leave. */
  waiting: { notices: number; mails: number };
  /** The customer who wrote it, as they are now; null where an agent, a machine or the desk did. */
  author: Requester | null;
  number: number;
  subject: string;
  now: number;
}

/** Rejects with conflict where it is the ticket's only message, or still goes to the people of the ticket. */
export function splitTicket(split: TicketSplit, draw: AnswerDraw): { changes: Change[]; guards: Guard[] } {
  const { ticket, message, conversation, reference, number, now } = split;
  refuse(split);
  const ticketId = draw.id("tic");
  const conversationId = draw.id("cnv");
  const noted = draw.id("cnv");
  const here = noteHere(split, draw);
  const isStranger = split.author !== null && !split.people.some(isSeat(split.author.customerId));
  return {
    changes: [
      madeFor(split, ticketId, isStranger),
      newConversation(conversationId, draw.ref(), ticketId, conversation.visibility, now),
      newConversation(noted, draw.ref(), ticketId, "internal", now),
      ...requestersOf(split, ticketId),
      ...present([
        update("message", message, { conversationId }),
        reference === null ? null : update("reference", reference, { conversationId }),
      ]),
      deskNote(draw.id("msg"), noted, `This message was split off #${ticket.number}.`, now),
      ...here.changes,
      linkTickets(ticket.id, ticketId, now),
    ],
    guards: [
      { kind: "version", table: "message", id: message.id, version: message.version },
      { kind: "version", table: "ticket", id: ticket.id, version: ticket.version },
      stillThere(conversation),
      ...here.guards,
    ],
  };

  function noteHere({ conversations }: TicketSplit, ids: AnswerDraw): { changes: Change[]; guards: Guard[] } {
    const text = `The message of ${new Date(message.createdAt).toISOString().slice(0, 16).replace("T", " ")} UTC became ticket #${number}.`;
    const internal = conversations.find(({ visibility }) => visibility === "internal");
    const at = internal?.id ?? ids.id("cnv");
    return {
      changes: [
        ...(internal === undefined ? [newConversation(at, ids.ref(), ticket.id, "internal", now)] : []),
        deskNote(ids.id("msg"), at, text, now),
      ],
      guards: internal === undefined ? [] : [stillThere(internal)],
    };
  }
}

const isSeat =
  (customerId: string) =>
  (person: TicketPerson): boolean =>
    person.customerId === customerId;

function refuse({ ticket, message, others, waiting }: TicketSplit): void {
  if (others === 0)
    throw conflict(`${message.id} is the only message of #${ticket.number}: nothing would be left there.`, {
      remedy: `To give the ticket another title: maildesk ticket set ${ticket.number} subject=...`,
    });
  if (waiting.notices + waiting.mails > 0)
    throw conflict(
      `${message.id} is still on its way to people of #${ticket.number}, who would not be on the new ticket.`,
      {
        remedy: "Do this when it has left (`maildesk deliver`), or decide about its mails first: maildesk outbox list.",
      },
    );
}

/** A stranger's ticket is theirs: neither the organization nor the project of the other one sees it. */
function madeFor({ ticket, author, number, subject, now }: TicketSplit, ticketId: string, isStranger: boolean): Change {
  const made = newTicket(
    {
      id: ticketId,
      number,
      subject,
      organizationId: author === null ? ticket.organizationId : author.organizationId,
      mailbox: ticket.mailbox,
      closed: false,
    },
    now,
  );
  const { projectId, unpublishedAt } = ticket;
  return { ...made, after: { ...made.after, projectId: isStranger ? null : projectId, unpublishedAt } } as Change;
}

/** Who wrote it; of what no customer wrote, the requesters of the ticket. */
function requestersOf({ author, people, message, now }: TicketSplit, ticketId: string): Change[] {
  if (author !== null)
    return [addPerson(ticketId, author.customerId, "requester", message.fromAddress || author.address, now)];
  return people
    .filter(({ role }) => role === "requester")
    .map(({ customerId, address }) => addPerson(ticketId, customerId, "requester", address, now));
}
