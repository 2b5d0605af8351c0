// What a person changes on a ticket by hand: its properties, and who sits on it (TIC-1, SHA-2). Only real changes are
// written; values are read and refused here, names are resolved before.
import { badData, conflict } from "../errors.ts";
import { type Change, remove, update } from "./change.ts";
import {
  addPerson,
  type Ticket,
  type TicketPerson,
  type TicketState,
  ticketStatuses,
  ticketSubject,
} from "./ticket.ts";

export type TicketValues = Partial<
  Pick<Ticket, "subject" | "status" | "priority" | "type" | "organizationId" | "projectId" | "assigneeId">
> & {
  /** What the status stands for; that of a built-in one is known. */
  state?: TicketState;
};

export const priorityMax = 5;
export const typeCharsMax = 100;

/** A priority from 0 (none) to 5 (highest). */
export function readPriority(text: string): number {
  if (!/^[0-5]$/.test(text.trim()))
    throw badData(`A priority is a number from 0 (none) to ${priorityMax} (highest), not "${text}".`);
  return Number(text);
}

/** A type in one line; empty for none. */
export function readType(text: string): string {
  const type = text.replace(/\s+/gu, " ").trim();
  if (type.length > typeCharsMax) throw badData(`A type has at most ${typeCharsMax} characters.`);
  return type;
}

/** The change that gives the ticket these values; null where it has them already. */
export function editTicket(ticket: Ticket, values: TicketValues, now: number): Change | null {
  const next: Partial<Omit<Ticket, "id" | "version">> = { ...values };
  if (values.subject !== undefined) next.subject = ticketSubject(values.subject);
  if (values.status !== undefined) {
    next.state = stateOf(values);
    next.closedAt = next.state === "closed" ? (ticket.closedAt ?? now) : null;
  }
  const change = update("ticket", ticket, next);
  if (change === null) return null;
  return {
    ...change,
    before: { ...change.before, updatedAt: ticket.updatedAt },
    after: { ...change.after, updatedAt: now },
  };
}

function stateOf({ status = "", state }: TicketValues): TicketState {
  const known: Readonly<Record<string, TicketState>> = ticketStatuses;
  const found = state ?? known[status];
  if (found === undefined) throw new Error(`a status ${status} without its state`);
  return found;
}

/**
 * Seats a customer on the ticket, or makes a follower a requester; null where nothing changes: a requester hears all.
 * `historyUntil`: what was said before goes to them with the next message, or not; undefined leaves that as it is.
 */
export function seatPerson(
  ticketId: string,
  customerId: string,
  role: TicketPerson["role"],
  address: string,
  seated: TicketPerson | null,
  now: number,
  historyUntil?: number | null,
): Change | null {
  if (seated === null) return addPerson(ticketId, customerId, role, address, now, historyUntil ?? null);
  return update("ticketPerson", seated, {
    ...(role === "requester" ? { role } : {}),
    ...(historyUntil === undefined ? {} : { historyUntil }),
  });
}

/** Takes a person off the ticket; the last requester only with `force` (SHA-2). */
export function unseatPerson(
  ticket: Pick<Ticket, "number">,
  person: TicketPerson,
  people: readonly TicketPerson[],
  force: boolean,
): Change {
  const requesters = people.filter((one) => one.role === "requester");
  if (!force && person.role === "requester" && requesters.length === 1) {
    throw conflict(`${person.address} is the last requester of #${ticket.number}.`, {
      remedy: "Add another one first, or take them off nevertheless with --force.",
    });
  }
  return remove("ticketPerson", person);
}
