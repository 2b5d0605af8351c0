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
import type { ThreadFacts } from "./facts.ts";
import type { Author, Identified } from "./identify.ts";
import { joinTickets, seatAuthor, versionGuard } from "./late-link.ts";
import { linkNote, messageOf, placeOn, seenGuards, writtenAt } from "./message.ts";
import { acknowledgement, keyOf, replyNotice } from "./tell.ts";
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
  return {
    reason: what === "bounce" ? "bounce" : "auto-reply",
    ticketId: ticket.id,
    ticketNumber: ticket.number,
    customerId: null,
    changes: [...at.changes, ...messageOf(input, draw, at.conversationId, author, null), ...marked],
    guards: [...seenGuards(input), versionGuard(ticket), ...at.guards],
    events: [],
    notices: [],
    merged: [],
    text: `an internal message on #${ticket.number}`,
    told: ["nobody: machines are never answered"],
  };
}

/** A person's mail; null where a new ticket is needed and no number was drawn yet. */
export function filePerson(
  input: Inbound,
  draw: Draw,
  identified: Identified,
  threaded: Threaded | null,
): Filed | null {
  const { author } = identified;
  const base = { changes: identified.changes, guards: [...identified.guards, ...seenGuards(input)] };
  if (threaded !== null && author.kind === "agent") return agentOnTicket(input, draw, base, author, threaded.thread);
  const days = input.settings["tickets.reopenDays"];
  // History is filed where it happened: only an answer that comes now can come too late.
  const tooLong =
    threaded !== null &&
    !threaded.stranger &&
    input.arrival === "live" &&
    closedTooLong(threaded.thread.ticket, days, input.now);
  if (threaded !== null && author.kind === "customer" && !tooLong)
    return customerOnTicket(input, draw, base, author, threaded);
  return freshTicket(input, draw, base, author, threaded?.thread.ticket ?? null);
}

interface Base {
  changes: Change[];
  guards: Guard[];
}

function freshTicket(input: Inbound, draw: Draw, base: Base, author: Author, follows: Ticket | null): Filed | null {
  if (draw.ticketNumber === null) return null;
  const { mailbox, mail } = input;
  const at = writtenAt(input);
  const visibility: Visibility = author.kind === "agent" ? "internal" : "public";
  const ticketId = draw.id("tic");
  const conversationId = draw.id("cnv");
  const organizationId = author.kind === "customer" ? author.organizationId : null;
  const made = newTicket(
    {
      id: ticketId,
      number: draw.ticketNumber,
      subject: mail.subject,
      organizationId,
      mailbox: mailbox.name,
      closed: input.closed,
    },
    at,
  );
  const message = messageOf(input, draw, conversationId, who(author), flagFor(author, false));
  const changes = [
    ...base.changes,
    made,
    newConversation(conversationId, draw.ref(), ticketId, visibility, at),
    ...message,
  ];
  if (author.kind === "customer")
    changes.push(addPerson(ticketId, author.customerId, "requester", author.sender.address, at));
  if (follows !== null) changes.push(linkTickets(follows.id, ticketId, at));
  const ticket = { ...(made.after as Omit<Ticket, "id" | "version">), id: ticketId, version: 1 };
  const messageId = message[0]?.id ?? "";
  const agent = author.kind === "agent";
  return {
    reason: agent ? "agent-ticket" : follows === null ? "new-ticket" : "follow-up",
    ticketId,
    ticketNumber: ticket.number,
    customerId: agent ? null : author.customerId,
    changes,
    guards: base.guards,
    events: agent
      ? []
      : [
          {
            kind: "ticket-created",
            ticket,
            fresh: true,
            acknowledgement: acknowledgement(input, draw, author, ticketId, conversationId, messageId),
          },
        ],
    notices: [],
    merged: [],
    text: `${agent ? "an internal" : "a new"} ticket #${ticket.number}${follows === null ? "" : `, linked to #${follows.number}`}`,
    told: agent ? ["nobody: an agent's own mail is internal"] : [],
  };
}

function customerOnTicket(
  input: Inbound,
  draw: Draw,
  base: Base,
  author: Author & { kind: "customer" },
  threaded: Threaded,
): Filed {
  const { now } = input;
  const joined = joinTickets(threaded, (target, other) => linkNote(draw, target, other, now), now);
  const { ticket } = joined;
  const at = placeOn(threaded.thread, "public", draw, now, ticket.id);
  const flag = flagFor(author, threaded.stranger);
  const message = messageOf(input, draw, at.conversationId, who(author), flag);
  const changes = [...base.changes, ...joined.changes, ...at.changes, ...message, ...touch(ticket, input)];
  // Who only follows the project hears on by following it, as long as they do.
  if (!threaded.stranger && belongs(threaded.thread, author))
    changes.push(...seatAuthor(joined, author.customerId, author.sender.address, now));
  if (!threaded.stranger) changes.push(...present([comeBack(threaded.thread.senderLeft ?? null)]));
  const notice = replyNotice(
    input,
    draw,
    author,
    joined,
    threaded.thread.mailsLastHour,
    at.conversationId,
    message[0]?.id ?? "",
    flag,
  );
  return {
    reason: threaded.stranger ? "stranger" : "reply",
    ticketId: ticket.id,
    ticketNumber: ticket.number,
    customerId: author.customerId,
    changes,
    guards: [...base.guards, ...joined.guards, versionGuard(ticket), ...at.guards],
    events: threaded.stranger || input.closed ? [] : [{ kind: "customer-mail", ticket }],
    notices: typeof notice === "string" ? [] : [notice],
    merged: joined.merged,
    text: `a message on #${ticket.number}${joined.text}${flag === null ? "" : `, flagged: ${flag}`}`,
    told: typeof notice === "string" ? [notice] : ["the other people of the ticket hear of it"],
  };
}

function agentOnTicket(
  input: Inbound,
  draw: Draw,
  base: Base,
  author: Author & { kind: "agent" },
  thread: ThreadFacts,
): Filed {
  const at = placeOn(thread, "internal", draw, input.now);
  return {
    reason: "agent-note",
    ticketId: thread.ticket.id,
    ticketNumber: thread.ticket.number,
    customerId: null,
    changes: [
      ...base.changes,
      ...at.changes,
      ...messageOf(input, draw, at.conversationId, who(author), null),
      ...touch(thread.ticket, input),
    ],
    guards: [...base.guards, versionGuard(thread.ticket), ...at.guards],
    events: [],
    notices: [],
    merged: [],
    text: `an internal message on #${thread.ticket.number}`,
    told: ["no customer: an agent's mail is internal"],
  };
}

/** The ticket's dates follow the mail; closed history stays closed, as of its last mail. */
function touch(ticket: Ticket, input: Inbound): Change[] {
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

export function flagFor(author: Author, stranger: boolean): string | null {
  if (stranger) return "its sender has no part in the ticket";
  if (author.kind === "customer" && author.known?.state === "deactivated") return "its sender is deactivated";
  return null;
}

export const who = (author: Author) =>
  author.kind === "agent"
    ? { kind: "agent" as const, id: author.agent.id }
    : { kind: "customer" as const, id: author.customerId };
