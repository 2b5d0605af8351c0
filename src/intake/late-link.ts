// A mail that shows several tickets to be one (MAIL-9), as when a parent arrives after two of its answers. Tickets that
// nobody was told of become one; what somebody was told of stays as it is and is linked. Nobody gains sight of anything
// by it: only tickets of one organization, or of the very same people, become one.
import { type Change, type Guard, present, update } from "../desk/change.ts";
import { addPerson, linkTickets, mergeTickets, type Ticket, type TicketPerson } from "../desk/ticket.ts";
import type { ThreadFacts } from "./facts.ts";
import type { Threaded } from "./thread.ts";

export interface Joined {
  /** The ticket that the mail is filed on. */
  ticket: Ticket;
  /** Everybody on it afterwards, but the author where they are new to it. */
  people: readonly TicketPerson[];
  changes: Change[];
  guards: Guard[];
  /** Ids of tickets that became part of it. */
  merged: string[];
  /** "; #12 became part of it", or "". */
  text: string;
}

/** `note` makes the internal message that tells an agent of a link. */
export function joinTickets(
  threaded: Threaded,
  note: (target: ThreadFacts, other: ThreadFacts) => { changes: Change[]; guards: Guard[] },
  now: number,
): Joined {
  const all = [threaded.thread, ...threaded.others].sort((a, b) => a.ticket.number - b.ticket.number);
  const target = all.find((one) => one.told) ?? all[0] ?? threaded.thread;
  const joined: Joined = {
    ticket: target.ticket,
    people: target.people,
    changes: [],
    guards: [],
    merged: [],
    text: "",
  };
  for (const other of all) {
    if (other === target) continue;
    joined.guards.push(versionGuard(other.ticket));
    if (!other.told && sameCircle(target, other)) merge(joined, other, now);
    else if (!target.linked.has(other.ticket.id)) link(joined, target, other, note, now);
  }
  return joined;
}

/** The address last used on the ticket (CUS-4), and a seat as a follower for who has none. */
export function seatAuthor(joined: Joined, customerId: string, address: string, now: number): Change[] {
  const person = joined.people.find((one) => one.customerId === customerId);
  if (person === undefined) return [addPerson(joined.ticket.id, customerId, "follower", address, now)];
  return present([update("ticketPerson", person, { address })]);
}

export const versionGuard = (ticket: Ticket): Guard => ({
  kind: "version",
  table: "ticket",
  id: ticket.id,
  version: ticket.version,
});

function merge(joined: Joined, { ticket, people, conversations }: ThreadFacts, now: number): void {
  const there = new Set(joined.people.map((person) => person.customerId));
  const moving = people.filter((person) => !there.has(person.customerId));
  joined.changes.push(...mergeTickets(joined.ticket, ticket, conversations, moving, there, now));
  joined.people = [
    ...joined.people,
    ...moving.map((person) => ({
      ...person,
      id: `${joined.ticket.id}:${person.customerId}`,
      ticketId: joined.ticket.id,
    })),
  ];
  joined.guards.push(
    { kind: "untold", ticketId: ticket.id },
    { kind: "parts", ticketId: ticket.id, people: people.length, conversations: conversations.length },
  );
  joined.merged.push(ticket.id);
  joined.text += `; #${ticket.number} became part of it`;
}

function link(
  joined: Joined,
  target: ThreadFacts,
  other: ThreadFacts,
  note: (target: ThreadFacts, other: ThreadFacts) => { changes: Change[]; guards: Guard[] },
  now: number,
): void {
  const [older, younger] = target.ticket.number < other.ticket.number ? [target, other] : [other, target];
  const { changes, guards } = note(target, other);
  joined.changes.push(linkTickets(older.ticket.id, younger.ticket.id, now), ...changes);
  joined.guards.push(...guards);
  joined.text += `; linked to #${other.ticket.number}`;
}

/** No organization is not the same organization. */
function sameCircle(one: ThreadFacts, other: ThreadFacts): boolean {
  if (one.organizationId !== null) return one.organizationId === other.organizationId;
  const people = new Set(one.people.map((person) => person.customerId));
  return (
    other.organizationId === null &&
    other.people.length === people.size &&
    other.people.every((person) => people.has(person.customerId))
  );
}
