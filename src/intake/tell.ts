// Who is to be told of a filed mail: the acknowledgement of a new ticket, and the others on a ticket; or why nobody is.
// Mail of history, old mail, flagged mail and loops tell nobody (MAIL-3, MAIL-10).
import { parseAddress } from "../address/email.ts";
import type { AgentKind } from "../desk/agent-hearing.ts";
import type { Notice } from "../desk/notice.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { CustomerAuthor } from "./identify.ts";
import type { Joined } from "./late-link.ts";

/** Where a message stands. */
export interface Place {
  ticketId: string;
  conversationId: string;
  messageId: string;
}

export function acknowledgement(
  input: Inbound,
  draw: Draw,
  author: CustomerAuthor,
  flag: string | null,
  place: Place,
): Notice | { refused: string } {
  const refused = whyNoAcknowledgement(input, author) ?? (flag === null ? null : `the message is flagged: ${flag}`);
  if (refused !== null) return { refused };
  return {
    id: draw.id("ntc"),
    kind: "acknowledgement",
    ...place,
    hadIt: [],
    agentId: "",
    notBefore: input.now,
    createdAt: input.now,
  };
}

function whyNoAcknowledgement(
  { arrival, settings, mailbox, receivedAtMs, facts, now }: Inbound,
  author: CustomerAuthor,
): string | null {
  if (arrival === "history") return "it is history, not live mail";
  if (!settings["acknowledge.enabled"]) return "acknowledge.enabled is off";
  if (!mailbox.acknowledge) return `the mailbox ${mailbox.name} does not acknowledge`;
  if (now - receivedAtMs > settings["acknowledge.maxAge"]) return "it arrived longer ago than acknowledge.maxAge";
  if (author.known?.state === "deactivated") return "the customer is deactivated";
  if (facts.senderAddress?.state === "bouncing") return "the sender's address bounces";
  const limit = settings["limits.acknowledgementsPerHour"];
  if (facts.acknowledgementsLastHour >= limit) return `${limit} acknowledgements within the hour went to this address`;
  return null;
}

/** What the others on the ticket are told of a customer's mail, or why they are not. */
export function replyNotice(
  input: Inbound,
  draw: Draw,
  author: CustomerAuthor,
  joined: Joined,
  mailsLastHour: number,
  conversationId: string,
  messageId: string,
  flag: string | null,
): Notice | string {
  const { settings } = input;
  const untold = whyUntold(input, flag);
  if (untold !== null) return untold;
  if (joined.ticket.projectId === null && !joined.people.some((one) => one.customerId !== author.customerId))
    return "nobody else is on the ticket";
  const limit = settings["limits.mailsPerTicketPerHour"];
  if (mailsLastHour >= limit) return `nobody: limits.mailsPerTicketPerHour is ${limit}`;
  return othersNotice(input, draw, joined.ticket.id, conversationId, messageId);
}

/** Why a customer's mail is told to no other customer, whoever they are; null where it may be. */
export function whyUntold({ arrival, now, receivedAtMs, settings }: Inbound, flag: string | null): string | null {
  if (flag !== null) return "nobody: the message is flagged";
  if (arrival === "history") return "nobody: it is history, not live mail";
  if (now - receivedAtMs > settings["acknowledge.maxAge"])
    return "nobody: it arrived longer ago than acknowledge.maxAge";
  return null;
}

export function othersNotice(
  { mail, settings, now }: Inbound,
  draw: Draw,
  ticketId: string,
  conversationId: string,
  messageId: string,
): Notice {
  return {
    id: draw.id("ntc"),
    kind: "message",
    ticketId,
    conversationId,
    messageId,
    hadIt: [...mail.to, ...mail.cc].map((one) => keyOf(one.address)),
    agentId: "",
    notBefore: now + settings["mail.hold"],
    createdAt: now,
  };
}

/**
 * What agents are told of a mail: at once, or where it is theirs and customers hear it too, when it can't be recalled any more. Of
 * history, and of what is so old that nobody is answered, they find the tickets and get no mails.
 */
export function agentNotices(
  { arrival, now, receivedAtMs, settings, facts }: Inbound,
  draw: Draw,
  place: Place,
  notBefore: number = now,
): Notice[] {
  if (!facts.agentsListen || arrival === "history" || now - receivedAtMs > settings["acknowledge.maxAge"]) return [];
  return [agentNotice(draw, "notification", place, notBefore, now)];
}

/** `agentId`: for this one alone. */
export const agentNotice = (
  draw: Pick<Draw, "id">,
  kind: AgentKind,
  place: Place,
  notBefore: number,
  now: number,
  agentId = "",
): Notice => ({ id: draw.id("ntc"), kind, ...place, hadIt: [], agentId, notBefore, createdAt: now });

export const keyOf = (address: string): string => {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.key : address.toLowerCase();
};
