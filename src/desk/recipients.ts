// Who hears a message, who does not, and why: one pure function that anybody can question before sending (SHA-7).
// It must never let an internal or a flagged message reach a customer; compose checks the same again (invariant 6).

import type { Conversation, Message } from "./conversation.ts";
import type { Customer, CustomerAddress } from "./customer.ts";
import type { Notice } from "./notice.ts";
import { leftReason } from "./opt-out.ts";
import type { FollowLevel } from "./project.ts";
import type { TicketPerson } from "./ticket.ts";
import { othersHidden, type Parts } from "./visibility.ts";

/** One person whom the conversation is with, as things are now; `address` is where a mail would go. */
export interface Candidate {
  /** "requester of the ticket". */
  part: string;
  /** Where they were last written to, which may be theirs no more. */
  lastAddress: string;
  customer: Customer;
  address: CustomerAddress | null;
  /** Folded ones that are theirs as well, as far as that was looked up. */
  otherAddresses?: readonly string[];
  /** Since when they take part; absent where that is not known. What was said before is quoted to nobody (desk/history). */
  sinceMs?: number;
  /** Of who only follows the ticket's project: how much of it they hear. */
  level?: FollowLevel;
  /** They read along and are asked for nothing, so that mails let them leave (SHA-10). */
  mayLeave?: boolean;
  /** They left. */
  left?: boolean;
}

/** One who has a seat on a ticket. */
export interface Seated extends Candidate {
  person: TicketPerson;
}

export interface Hearing {
  customer: Customer;
  address: string;
  hears: boolean;
  /** A clause: "requester of the ticket", "wrote it", "their address bounces". */
  why: string;
  mayLeave: boolean;
}

/** Every person with the answer; the order is that of the candidates. `parts`: what customers see; left out: everything. */
export function recipients(
  notice: Pick<Notice, "kind" | "hadIt">,
  message: Pick<Message, "authorKind" | "authorId" | "flag">,
  conversation: Pick<Conversation, "visibility">,
  candidates: readonly Candidate[],
  parts?: Parts,
): Hearing[] {
  return candidates.map((candidate) => {
    const { customer, address, part, lastAddress } = candidate;
    const refusal = whyNot(notice, message, conversation, candidate) ?? hiddenFrom(customer, message, parts);
    return {
      customer,
      address: address?.address ?? lastAddress,
      hears: refusal === null,
      why: refusal ?? part,
      mayLeave: candidate.mayLeave === true,
    };
  });
}

/** What another customer wrote, where customers don't see that. */
const hiddenFrom = (
  { id }: Pick<Customer, "id">,
  { authorKind, authorId }: Pick<Message, "authorKind" | "authorId">,
  parts: Parts | undefined,
): string | null =>
  authorKind === "customer" && authorId !== id && parts !== undefined && !parts.has("others") ? othersHidden : null;

function whyNot(
  notice: Pick<Notice, "kind" | "hadIt">,
  message: Pick<Message, "authorKind" | "authorId" | "flag">,
  conversation: Pick<Conversation, "visibility">,
  { customer, address, level, otherAddresses, left }: Candidate,
): string | null {
  if (conversation.visibility === "internal") return "the message is internal";
  if (message.flag !== null) return `the message is flagged: ${message.flag}`;
  const isAuthor = message.authorKind === "customer" && message.authorId === customer.id;
  if (notice.kind === "acknowledgement" && !isAuthor) return "only the author is acknowledged";
  if (notice.kind === "message" && isAuthor) return "wrote it";
  if (level !== undefined && !levelsFor(message).has(level)) return followsOther;
  if (left === true) return leftReason;
  if (address === null) return "the address belongs to the customer no more";
  if ([address.id, ...(otherAddresses ?? [])].some((id) => notice.hadIt.includes(id)))
    return "had it already: To or Cc of the mail";
  return mayReceive(customer, address);
}

/** Why a follower of a project does not hear a message on one of its tickets. */
export const followsOther = "follows the project for other messages";

/** At which levels followers of a project hear this message on one of its tickets (SHA-7). */
export const levelsFor = ({ authorKind }: Pick<Message, "authorKind">): ReadonlySet<FollowLevel> =>
  new Set(authorKind === "customer" ? ["all"] : ["replies", "all"]);

/** Read again at each attempt, as the customer may have changed since the mail was queued. */
export function mayReceive(
  customer: Pick<Customer, "state" | "mutedAt">,
  address: Pick<CustomerAddress, "state">,
): string | null {
  if (customer.state !== "active") return `the customer is ${customer.state}`;
  if (customer.mutedAt !== null) return "the customer asked to hear nothing (muted)";
  if (address.state === "bouncing") return "the address bounces";
  return null;
}
