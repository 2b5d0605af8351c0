// How a decided mail is filed: as a ticket, as a message on one, or as an internal message where a machine or an agent
// wrote it. Everything here is a list of changes; who is told follows from the events, by rules.
import { type Change, type Guard, present, update } from "../desk/change.ts";
import { newConversation, type Visibility } from "../desk/conversation.ts";
import { markBounced } from "../desk/customer.ts";
import type { Notice } from "../desk/notice.ts";
import { comeBack } from "../desk/opt-out.ts";
import type { DeskEvent } from "../desk/rule.ts";
import { addPerson, closedTooLong, linkTickets, newTicket, type Ticket } from "../desk/ticket.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { EmailReason } from "./email.ts";
import type { Author, CustomerAuthor, Identified } from "./identify.ts";
import { joinTickets, seatAuthor, versionGuard } from "./late-link.ts";
import { linkNote, messageOf, placeOn, seenGuards, writtenAt } from "./message.ts";
import { notFromSender, provenance } from "./provenance.ts";
import { nobodyCopied, seatCopied } from "./seat-copied.ts";
import { acknowledgement, agentNotices, keyOf, replyNotice } from "./tell.ts";
import { belongs, type Threaded } from "./thread.ts";

export interface Filed {
  reason: EmailReason;
  ticketId: string | null;
  ticketNumber: number | null;
  customerId: string | null;
  changes: Change[];
  guards: Guard[];
  events: DeskEvent[];
  notices: Notice[];
  merged: string[];
  text: string;
  told: string[];
}

/** A machine's answer or report, on a ticket that we know: an internal message that reopens and triggers nothing. */
export function fileMachine(input: Inbound, draw: Draw, what: "bounce" | "automatic", threaded: Threaded): Filed {
  const { ticket } = threaded.thread;
  const at = placeOn(threaded.thread, "internal", draw, input.now);
  const author = { kind: "machine", id: null } as const;
  const marked = what === "bounce" ? bouncedAddresses(input) : [];
  const message = messageOf(input, draw, at.conversationId, author, null);
  const place = { ticketId: ticket.id, conversationId: at.conversationId, messageId: message[0].id };
  return {
    reason: what === "bounce" ? "bounce" : "auto-reply",
    ticketId: ticket.id,
    ticketNumber: ticket.number,
    customerId: null,
    changes: [...at.changes, ...message, ...marked],
    guards: [...seenGuards(input), versionGuard(ticket), ...at.guards],
    events: [],
    // Only a customer's address that is proven to bounce is worth a mail: of machines that answer agents nobody is told.
    notices: marked.length === 0 ? [] : agentNotices(input, draw, place),
    merged: [],
    text: `an internal message on #${ticket.number}`,
    told: [marked.length === 0 ? "nobody: machines are never answered" : "no customer: machines are never answered"],
  };
}

/** A customer's mail; null where a new ticket is needed and no number was drawn yet. */
export function fileCustomer(
  input: Inbound,
  draw: Draw,
  { author, ...identified }: Identified<CustomerAuthor>,
  threaded: Threaded | null,
): Filed | null {
  const base = { changes: identified.changes, guards: [...identified.guards, ...seenGuards(input)] };
  const days = input.settings["tickets.reopenDays"];
  // History is filed where it happened: only an answer that comes now can come too late.
  const tooLong =
    threaded !== null &&
    !threaded.stranger &&
    input.arrival === "live" &&
    closedTooLong(threaded.thread.ticket, days, input.now);
  if (threaded !== null && !tooLong) return customerOnTicket(input, draw, base, author, threaded);
  return freshTicket(input, draw, base, author, threaded?.thread.ticket ?? null);
}

export interface Base {
  changes: Change[];
  guards: Guard[];
}

function freshTicket(
  input: Inbound,
  draw: Draw,
  base: Base,
  author: CustomerAuthor,
  follows: Ticket | null,
): Filed | null {
  const made = openTicket(input, draw, { subject: input.mail.subject, author, visibility: "public" });
  if (made === null) return null;
  const { ticket, conversationId, at } = made;
  const flag = flagFor(input, author, false);
  const message = messageOf(input, draw, conversationId, who(author), flag);
  const copied =
    flag === null
      ? seatCopied(input, draw, { ticketId: ticket.id, organizationId: author.organizationId, people: [] }, base)
      : nobodyCopied;
  const linked = follows === null ? [] : [linkTickets(follows.id, ticket.id, at)];
  const { id } = message[0];
  return {
    ...ofTicket(ticket),
    reason: follows === null ? "new-ticket" : "follow-up",
    customerId: author.customerId,
    changes: [...base.changes, ...made.changes, ...message, ...linked, ...copied.changes],
    guards: [...base.guards, ...copied.guards],
    events: [
      {
        kind: "ticket-created",
        ticket,
        fresh: true,
        acknowledgement: acknowledgement(input, draw, author, flag, {
          ticketId: ticket.id,
          conversationId,
          messageId: id,
        }),
      },
    ],
    notices: agentNotices(input, draw, { ticketId: ticket.id, conversationId, messageId: id }),
    text: `a new ticket #${ticket.number}${follows === null ? "" : `, linked to #${follows.number}`}${flag === null ? "" : `, flagged: ${flag}`}`,
    told: copied.told,
  };
}

/** What every end on a ticket says. */
export const ofTicket = (ticket: Ticket): Pick<Filed, "ticketId" | "ticketNumber" | "merged"> => ({
  ticketId: ticket.id,
  ticketNumber: ticket.number,
  merged: [],
});

/** A ticket with its first conversation, and the customer on it whose it is; null where no number was drawn yet. */
export function openTicket(
  input: Inbound,
  draw: Draw,
  { subject, author, visibility }: { subject: string; author: CustomerAuthor | null; visibility: Visibility },
): { ticket: Ticket; conversationId: string; at: number; changes: Change[] } | null {
  if (draw.ticketNumber === null) return null;
  const at = writtenAt(input);
  const id = draw.id("tic");
  const conversationId = draw.id("cnv");
  const made = newTicket(
    {
      id,
      number: draw.ticketNumber,
      subject,
      organizationId: author?.organizationId ?? null,
      mailbox: input.mailbox.name,
      closed: input.closed,
    },
    at,
  );
  const changes: Change[] = [made, newConversation(conversationId, draw.ref(), id, visibility, at)];
  if (author !== null) changes.push(addPerson(id, author.customerId, "requester", author.sender.address, at));
  // Every column but these two stands in the change that makes it.
  const ticket = { ...(made.after as Omit<Ticket, "id" | "version">), id, version: 1 };
  return { ticket, conversationId, at, changes };
}

function customerOnTicket(input: Inbound, draw: Draw, base: Base, author: CustomerAuthor, threaded: Threaded): Filed {
  const { now } = input;
  const joined = joinTickets(threaded, (target, other) => linkNote(draw, target, other, now), now);
  const { ticket } = joined;
  const at = placeOn(threaded.thread, "public", draw, now, ticket.id);
  const flag = flagFor(input, author, threaded.stranger);
  const message = messageOf(input, draw, at.conversationId, who(author), flag);
  const changes = [...base.changes, ...joined.changes, ...at.changes, ...message, ...touch(ticket, input)];
  // Who only follows the project hears on by following it, as long as they do.
  // Whatever is flagged seats nobody: who it is from, or who may have a part in it, is not known.
  const isOfIt = flag === null && belongs(threaded.thread, author);
  if (isOfIt) changes.push(...seatAuthor(joined, author.customerId, author.sender.address, now));
  const place = { ticketId: ticket.id, organizationId: threaded.thread.organizationId, people: joined.people };
  const copied = isOfIt ? seatCopied(input, draw, place, base) : nobodyCopied;
  if (flag === null) changes.push(...present([comeBack(threaded.thread.senderLeft ?? null)]));
  const notice = replyNotice(
    input,
    draw,
    author,
    joined,
    threaded.thread.mailsLastHour,
    at.conversationId,
    message[0].id,
    flag,
  );
  return {
    reason: threaded.stranger ? "stranger" : "reply",
    ticketId: ticket.id,
    ticketNumber: ticket.number,
    customerId: author.customerId,
    changes: [...changes, ...copied.changes],
    guards: [...base.guards, ...joined.guards, versionGuard(ticket), ...at.guards, ...copied.guards],
    events: threaded.stranger || input.closed ? [] : [{ kind: "customer-mail", ticket }],
    notices: [
      ...(typeof notice === "string" ? [] : [notice]),
      ...agentNotices(input, draw, {
        ticketId: ticket.id,
        conversationId: at.conversationId,
        messageId: message[0].id,
      }),
    ],
    merged: joined.merged,
    text: `a message on #${ticket.number}${joined.text}${flag === null ? "" : `, flagged: ${flag}`}`,
    told: [...(typeof notice === "string" ? [notice] : ["the other people of the ticket hear of it"]), ...copied.told],
  };
}

/** The ticket's dates follow the mail; closed history stays closed, as of its last mail. */
export function touch(ticket: Ticket, input: Inbound): Change[] {
  const at = writtenAt(input);
  const closedAt = input.closed && ticket.closedAt !== null ? { closedAt: Math.max(ticket.closedAt, at) } : {};
  return present([update("ticket", ticket, { updatedAt: Math.max(ticket.updatedAt, at), ...closedAt })]);
}

/** Only an address that our own token proves was written to is marked; anybody can write a bounce. */
export function bouncedAddresses({ question, facts, mail, settings }: Inbound): Change[] {
  const proven = question.tokens.filter((token) => token.where === "report" || token.claims.purpose === "bounce");
  const changes: Change[] = [];
  for (const recipient of mail.bounce?.recipients ?? []) {
    if (recipient.action !== "failed") continue;
    const rows = proven.flatMap((token) => facts.recipients.get(token.claims.recipient)?.address ?? []);
    const row = rows.find((one) => one.id === keyOf(recipient.address));
    if (row !== undefined) changes.push(...present([markBounced(row, recipient.hard, settings["bounces.softLimit"])]));
  }
  return changes.filter(
    (change, index) => changes.findIndex((one) => "id" in one && "id" in change && one.id === change.id) === index,
  );
}

export function flagFor(input: Inbound, author: CustomerAuthor, stranger: boolean): string | null {
  if (stranger) return "its sender has no part in the ticket";
  if (provenance(input) === "fail") return notFromSender;
  if (author.known?.state === "deactivated") return "its sender is deactivated";
  return null;
}

export const who = (author: Author) =>
  author.kind === "agent"
    ? { kind: "agent" as const, id: author.agent.id }
    : { kind: "customer" as const, id: author.customerId };
