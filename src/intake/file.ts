// How a decided mail is filed: as a ticket, as a message on one, or as an internal message where a machine or an agent
// wrote it. Everything here is a list of changes; who is told follows from the events, by rules.
import { parseAddress } from "../address/email.ts";
import { type Change, type Guard, insert, present, update } from "../desk/change.ts";
import {
  type Conversation,
  type Message,
  newConversation,
  newMessage,
  newReference,
  type Visibility,
} from "../desk/conversation.ts";
import { markBounced } from "../desk/customer.ts";
import type { Notice } from "../desk/notice.ts";
import type { DeskEvent } from "../desk/rule.ts";
import {
  addPerson,
  closedTooLong,
  linkTickets,
  newTicket,
  type Ticket,
  ticketSubject,
} from "../desk/ticket.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { EmailReason } from "./email.ts";
import type { ThreadFacts } from "./facts.ts";
import type { Author, Identified } from "./identify.ts";
import { type Joined, joinTickets, seatAuthor, versionGuard } from "./late-link.ts";
import type { Threaded } from "./thread.ts";

export interface Filed {
  reason: EmailReason;
  ticketId: string;
  ticketNumber: number;
  customerId: string | null;
  changes: Change[];
  guards: Guard[];
  events: DeskEvent[];
  notices: Notice[];
  merged: string[];
  text: string;
  told: string[];
}

/** Unseen ids of one mail that are remembered as ways into its conversation. */
const citedKept = 10;

/** A machine's answer or report, on a ticket that we know: an internal message that reopens and triggers nothing. */
export function fileMachine(
  input: Inbound,
  draw: Draw,
  what: "bounce" | "automatic",
  threaded: Threaded,
): Filed {
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
    guards: [...seenGuards(input), versionGuard(ticket)],
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
  if (threaded !== null && author.kind === "agent")
    return agentOnTicket(input, draw, base, author, threaded.thread);
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

function freshTicket(
  input: Inbound,
  draw: Draw,
  base: Base,
  author: Author,
  follows: Ticket | null,
): Filed | null {
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
  if (!threaded.stranger) changes.push(...seatAuthor(joined, author.customerId, author.sender.address, now));
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
    guards: [...base.guards, ...joined.guards, versionGuard(ticket)],
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
    guards: [...base.guards, versionGuard(thread.ticket)],
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
  const closedAt =
    input.closed && ticket.closedAt !== null ? { closedAt: Math.max(ticket.closedAt, at) } : {};
  return present([update("ticket", ticket, { updatedAt: Math.max(ticket.updatedAt, at), ...closedAt })]);
}

function linkNote(draw: Draw, target: ThreadFacts, other: ThreadFacts, now: number): Change[] {
  const at = placeOn(target, "internal", draw, now);
  const text = `A mail that arrived late belongs to #${target.ticket.number} and to #${other.ticket.number}. People were told of both already, so the tickets are linked, not merged.`;
  return [
    ...at.changes,
    newMessage({
      id: draw.id("msg"),
      conversationId: at.conversationId,
      direction: "in",
      authorKind: "desk",
      authorId: null,
      fromName: "maildesk",
      fromAddress: "",
      toAddresses: [],
      ccAddresses: [],
      subject: "",
      text,
      newText: text,
      html: null,
      messageId: null,
      emailId: null,
      flag: null,
      remarks: [],
      createdAt: now,
    }),
  ];
}

/** The conversation of this visibility on the thread's ticket; made where there is none, on the ticket that stays. */
function placeOn(
  thread: ThreadFacts,
  visibility: Visibility,
  draw: Draw,
  now: number,
  ticketId = thread.ticket.id,
): { conversationId: string; changes: Change[] } {
  const fits = (one: Conversation) => one.visibility === visibility;
  const found = fits(thread.conversation) ? thread.conversation : thread.conversations.find(fits);
  if (found !== undefined) return { conversationId: found.id, changes: [] };
  const conversationId = draw.id("cnv");
  return {
    conversationId,
    changes: [newConversation(conversationId, draw.ref(), ticketId, visibility, now)],
  };
}

/** The message first, then its attachments and the Message-IDs that lead to it. */
function messageOf(
  input: Inbound,
  draw: Draw,
  conversationId: string,
  author: { kind: Message["authorKind"]; id: string | null },
  flag: string | null,
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
    html: mail.html,
    messageId: mail.messageId,
    emailId,
    flag,
    remarks: mail.remarks,
    createdAt: at,
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
function seenGuards({ question, facts }: Inbound): Guard[] {
  const known = new Set(facts.references.map((row) => row.key));
  const ids = [...question.cited, ...(question.messageId === null ? [] : [question.messageId])];
  return ids
    .filter((id) => !known.has(id))
    .map((value) => ({ kind: "absent", table: "reference", column: "key", value }));
}

/** Only an address that our own token proves was written to is marked; anybody can write a bounce. */
function bouncedAddresses({ question, facts, mail, settings }: Inbound): Change[] {
  const proven = question.tokens.filter(
    (token) => token.where === "report" || token.claims.purpose === "bounce",
  );
  const changes: Change[] = [];
  for (const recipient of mail.bounce?.recipients ?? []) {
    if (recipient.action !== "failed") continue;
    const rows = proven.flatMap((token) => facts.recipients.get(token.claims.recipient)?.address ?? []);
    const row = rows.find((one) => one.id === keyOf(recipient.address));
    if (row !== undefined)
      changes.push(...present([markBounced(row, recipient.hard, settings["bounces.softLimit"])]));
  }
  return changes.filter(
    (change, index) =>
      changes.findIndex((one) => "id" in one && "id" in change && one.id === change.id) === index,
  );
}

function acknowledgement(
  input: Inbound,
  draw: Draw,
  author: Author,
  ticketId: string,
  conversationId: string,
  messageId: string,
): Notice | { refused: string } {
  const refused = whyNoAcknowledgement(input, author);
  if (refused !== null) return { refused };
  return {
    id: draw.id("ntc"),
    kind: "acknowledgement",
    ticketId,
    conversationId,
    messageId,
    hadIt: [],
    notBefore: input.now,
    createdAt: input.now,
  };
}

function whyNoAcknowledgement(
  { arrival, settings, mailbox, receivedAtMs, facts, now }: Inbound,
  author: Author,
): string | null {
  if (arrival === "history") return "it is history, not live mail";
  if (!settings["acknowledge.enabled"]) return "acknowledge.enabled is off";
  if (!mailbox.acknowledge) return `the mailbox ${mailbox.name} does not acknowledge`;
  if (now - receivedAtMs > settings["acknowledge.maxAge"])
    return "it arrived longer ago than acknowledge.maxAge";
  if (author.kind === "customer" && author.known?.state === "deactivated")
    return "the customer is deactivated";
  if (facts.senderAddress?.state === "bouncing") return "the sender's address bounces";
  const limit = settings["limits.acknowledgementsPerHour"];
  if (facts.acknowledgementsLastHour >= limit)
    return `${limit} acknowledgements within the hour went to this address`;
  return null;
}

/** What the others on the ticket are told of a customer's mail, or why they are not. */
function replyNotice(
  input: Inbound,
  draw: Draw,
  author: Author & { kind: "customer" },
  joined: Joined,
  mailsLastHour: number,
  conversationId: string,
  messageId: string,
  flag: string | null,
): Notice | string {
  const { settings, now, mail } = input;
  if (flag !== null) return "nobody: the message is flagged";
  if (input.arrival === "history") return "nobody: it is history, not live mail";
  if (now - input.receivedAtMs > settings["acknowledge.maxAge"])
    return "nobody: it arrived longer ago than acknowledge.maxAge";
  if (!joined.people.some((one) => one.customerId !== author.customerId))
    return "nobody else is on the ticket";
  const limit = settings["limits.mailsPerTicketPerHour"];
  if (mailsLastHour >= limit) return `nobody: limits.mailsPerTicketPerHour is ${limit}`;
  const hadIt = [...mail.to, ...mail.cc].map((one) => keyOf(one.address));
  return {
    id: draw.id("ntc"),
    kind: "message",
    ticketId: joined.ticket.id,
    conversationId,
    messageId,
    hadIt,
    notBefore: now + settings["mail.hold"],
    createdAt: now,
  };
}

function flagFor(author: Author, stranger: boolean): string | null {
  if (stranger) return "its sender has no part in the ticket";
  if (author.kind === "customer" && author.known?.state === "deactivated") return "its sender is deactivated";
  return null;
}

const who = (author: Author) =>
  author.kind === "agent"
    ? { kind: "agent" as const, id: author.agent.id }
    : { kind: "customer" as const, id: author.customerId };

const keyOf = (address: string): string => {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.key : address.toLowerCase();
};

/** Arrival for live mail; for history the Date header, unless it lies after the arrival. */
const writtenAt = ({ arrival, mail, receivedAtMs }: Inbound): number =>
  arrival === "live" || mail.dateMs === null || mail.dateMs > receivedAtMs ? receivedAtMs : mail.dateMs;
