// Tickets: their states, who belongs to them, and how a mail or an agent moves them along (TIC-1, TIC-2, MAIL-16).
import { type Change, insert, present, update } from "./change.ts";

/** The built-in statuses by their ids, and the state each stands for; ticket-status.ts knows the others. */
export const ticketStatuses = { new: "open", open: "open", waiting: "waiting", closed: "closed" } as const;
export type BuiltInStatus = keyof typeof ticketStatuses;
/** The id of a status. */
export type TicketStatus = string;
export type TicketState = (typeof ticketStatuses)[BuiltInStatus];
export const ticketStates = ["open", "waiting", "closed"] as const satisfies readonly TicketState[];

export interface Ticket {
  id: string;
  number: number;
  subject: string;
  status: TicketStatus;
  state: TicketState;
  /** 0 (none) to 5 (highest). */
  priority: number;
  type: string;
  /** That of the requester when the ticket was made; moving the customer does not move it (ORG-12). */
  organizationId: string | null;
  projectId: string | null;
  assigneeId: string | null;
  /** Name of the mailbox that it came in by, and that answers leave by. */
  mailbox: string;
  mergedInto: string | null;
  /** Since when only those who are on it see it; null where it is published. */
  unpublishedAt: number | null;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  version: number;
}

/** `id` is ticket id, colon, customer id: a person has one role on a ticket. */
export interface TicketPerson {
  id: string;
  ticketId: string;
  customerId: string;
  role: "requester" | "follower";
  /** The address last used on this ticket, where replies go (CUS-4). */
  address: string;
  /** Public messages of before this moment go to them with the next one; null where they get none (SHA-3). */
  historyUntil: number | null;
  createdAt: number;
  version: number;
}

/** Two tickets that concern each other; `id` is both ids, the older first. */
export interface TicketLink {
  id: string;
  ticketId: string;
  otherId: string;
  createdAt: number;
  version: number;
}

export interface NewTicket {
  id: string;
  number: number;
  subject: string;
  organizationId: string | null;
  mailbox: string;
  closed: boolean;
}

export const subjectCharsMax = 500;

/** A title that is never empty. */
export const ticketSubject = (subject: string): string =>
  subject.replace(/\s+/gu, " ").trim().slice(0, subjectCharsMax) || "(no subject)";

export function newTicket(input: NewTicket, now: number): Change {
  const status: BuiltInStatus = input.closed ? "closed" : "new";
  return insert("ticket", {
    id: input.id,
    number: input.number,
    subject: ticketSubject(input.subject),
    status,
    state: ticketStatuses[status],
    priority: 0,
    type: "",
    organizationId: input.organizationId,
    projectId: null,
    assigneeId: null,
    mailbox: input.mailbox,
    mergedInto: null,
    unpublishedAt: null,
    createdAt: now,
    updatedAt: now,
    closedAt: input.closed ? now : null,
  });
}

export function addPerson(
  ticketId: string,
  customerId: string,
  role: TicketPerson["role"],
  address: string,
  now: number,
  historyUntil: number | null = null,
): Change {
  return insert("ticketPerson", {
    id: `${ticketId}:${customerId}`,
    ticketId,
    customerId,
    role,
    address,
    historyUntil,
    createdAt: now,
  });
}

export function linkTickets(olderId: string, youngerId: string, now: number): Change {
  return insert("ticketLink", {
    id: `${olderId}:${youngerId}`,
    ticketId: olderId,
    otherId: youngerId,
    createdAt: now,
  });
}

export function setStatus(ticket: Ticket, status: BuiltInStatus, now: number): Change | null {
  const state = ticketStatuses[status];
  const closedAt = state === "closed" ? (ticket.closedAt ?? now) : null;
  return update("ticket", ticket, { status, state, closedAt, updatedAt: now });
}

/** True if an answer now gets a new ticket that is linked to this one (MAIL-16). */
export function closedTooLong(ticket: Ticket, reopenDays: number, now: number): boolean {
  if (ticket.state !== "closed" || ticket.closedAt === null || reopenDays === 0) return false;
  return now - ticket.closedAt > reopenDays * 86_400_000;
}

/** A later link (MAIL-9): the younger ticket becomes a tombstone of the older one; its conversations and people move. */
export function mergeTickets(
  into: Ticket,
  from: Ticket,
  conversations: readonly { id: string; ticketId: string | null }[],
  people: readonly TicketPerson[],
  peopleThere: ReadonlySet<string>,
  now: number,
): Change[] {
  const moved = conversations.map(
    (row): Change => ({
      table: "conversation",
      id: row.id,
      before: { ticketId: row.ticketId },
      after: { ticketId: into.id },
    }),
  );
  const joined = people
    .filter((person) => !peopleThere.has(person.customerId))
    .map((person) => addPerson(into.id, person.customerId, person.role, person.address, now));
  const closed = update("ticket", from, {
    mergedInto: into.id,
    status: "closed",
    state: "closed",
    closedAt: now,
    updatedAt: now,
  });
  return [...moved, ...joined, ...present([closed])];
}
