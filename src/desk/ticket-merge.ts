// Two tickets that are one (TIC-6): conversations, people, values and links of the one go to the other, which keeps what it
// has; the one stays as a tombstone, by whose number and ids everybody finds the other. What is public stays public, what
// is internal stays internal, and nobody gets what was said before by it.
import { conflict } from "../errors.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import type { Conversation } from "./conversation.ts";
import { type MergedValues, mergeValues } from "./field.ts";
import { type Freeze, freeze, unfreeze } from "./freeze.ts";
import { type OptOut, optOutId } from "./opt-out.ts";
import { putTag, type TicketTag, takeTag } from "./tag.ts";
import { addPerson, linkTickets, setStatus, type Ticket, type TicketLink, type TicketPerson } from "./ticket.ts";

/** A ticket with what belongs to it. */
export interface TicketWhole {
  ticket: Ticket;
  conversations: readonly Pick<Conversation, "id" | "ticketId">[];
  people: readonly TicketPerson[];
  /** With the number of the other ticket, by which links are named. */
  links: readonly (TicketLink & { other: { id: string; number: number } })[];
  frozen: Freeze | null;
  tags: readonly TicketTag[];
  /** Who left it by unsubscribe. */
  left: readonly OptOut[];
}

export interface TicketMerge {
  changes: Change[];
  guards: Guard[];
  /** Ids of the tickets that become a part. */
  merged: string[];
  /** Properties that the other had not. */
  filled: string[];
  /** It was closed, and the other was not. */
  reopens: boolean;
}

const filling = ["type", "priority", "assigneeId"] as const;

/** What `into` has not and gets of `from`; its project would let others hear of it, and stays its own. */
const filledOf = (from: Ticket, into: Ticket): (typeof filling)[number][] =>
  filling.filter((key) => !into[key] && Boolean(from[key]));

const words = { type: "type", priority: "priority", assigneeId: "assignee" } as const;

export function mergeTicket(from: TicketWhole, into: TicketWhole, values: MergedValues, now: number): TicketMerge {
  if (from.ticket.id === into.ticket.id) throw conflict(`#${from.ticket.number} can't be merged into itself.`);
  const keys = filledOf(from.ticket, into.ticket);
  const reopens = into.ticket.state === "closed" && from.ticket.state !== "closed";
  const filled = Object.fromEntries(keys.map((key) => [key, from.ticket[key]]));
  const opened = reopens ? ({ status: "open", state: "open", closedAt: null } as const) : {};
  const kept = update("ticket", into.ticket, { ...filled, ...opened });
  const gone = update("ticket", from.ticket, {
    mergedInto: into.ticket.id,
    ...(from.ticket.state === "closed" ? {} : closedNow(from.ticket, now)),
  });
  return {
    changes: [
      ...moved(from, into),
      ...seats(from, into, now),
      ...mergeValues(values, into.ticket.id),
      ...tags(from, into, now),
      ...handOverLeft(from, into),
      ...links(from, into, now),
      ...standing(from, into, now),
      ...present([
        kept === null ? null : touched(kept, into.ticket, now),
        gone === null ? null : touched(gone, from.ticket, now),
      ]),
    ],
    guards: [still(from.ticket), still(into.ticket), parts(from), parts(into)],
    merged: [from.ticket.id],
    filled: keys.map((key) => words[key]),
    reopens,
  };
}

function closedNow(ticket: Ticket, now: number): Partial<Ticket> {
  const { status, state, closedAt } = (setStatus(ticket, "closed", now)?.after ?? {}) as Partial<Ticket>;
  return { ...(status && { status }), ...(state && { state }), closedAt: closedAt ?? now };
}

const touched = (change: Change, { updatedAt }: Ticket, now: number): Change => ({
  ...change,
  before: { ...change.before, updatedAt },
  after: { ...change.after, updatedAt: Math.max(now, updatedAt) },
});

function moved({ ticket, conversations }: TicketWhole, into: TicketWhole): Change[] {
  if (conversations.length === 0) return [];
  const ids = conversations.map(({ id }) => id);
  return [{ table: "conversation", ids, before: { ticketId: ticket.id }, after: { ticketId: into.ticket.id } }];
}

/** Of two seats the stronger role stays. Nobody is owed a history any more, which would be the other ticket's as well. */
function seats(from: TicketWhole, into: TicketWhole, now: number): Change[] {
  const there = new Map(into.people.map((person) => [person.customerId, person]));
  const roles = new Map(from.people.map((person) => [person.customerId, person.role]));
  const kept = into.people.map((person) =>
    update("ticketPerson", person, {
      role: roles.get(person.customerId) === "requester" ? "requester" : person.role,
      historyUntil: null,
    }),
  );
  const joined = from.people
    .filter(({ customerId }) => !there.has(customerId))
    .map(({ customerId, role, address }) => addPerson(into.ticket.id, customerId, role, address, now));
  return [...present(kept), ...joined];
}

/** Who left the one hears nothing of it on the other either, unless they sit there. */
function handOverLeft(from: TicketWhole, into: TicketWhole): Change[] {
  const there = new Set([...into.left, ...into.people].map(({ customerId }) => customerId));
  const aboutId = into.ticket.id;
  return from.left.flatMap((row) => {
    const { customerId, createdAt } = row;
    const gone = remove("optOut", row);
    if (there.has(customerId)) return [gone];
    return [gone, insert("optOut", { id: optOutId(aboutId, customerId), customerId, aboutId, createdAt })];
  });
}

function tags(from: TicketWhole, into: TicketWhole, now: number): Change[] {
  const there = new Set(into.tags.map(({ tagId }) => tagId));
  const joined = from.tags.filter(({ tagId }) => !there.has(tagId));
  return [...from.tags.map(takeTag), ...joined.map(({ tagId }) => putTag(into.ticket.id, tagId, now))];
}

/** Links lead to what it became; one between the two says nothing any more. */
function links(from: TicketWhole, into: TicketWhole, now: number): Change[] {
  const there = new Set([into.ticket.id, ...into.links.map(({ other }) => other.id)]);
  return from.links.flatMap(({ other, ...link }) => {
    if (there.has(other.id)) return [remove("ticketLink", link)];
    const [older, younger] = other.number < into.ticket.number ? [other, into.ticket] : [into.ticket, other];
    return [remove("ticketLink", link), linkTickets(older.id, younger.id, now)];
  });
}

/** What stood still goes on standing still, on the ticket that is left. */
function standing(from: TicketWhole, into: TicketWhole, now: number): Change[] {
  if (from.frozen?.since == null) return [];
  const told = { ticketId: into.ticket.id, conversationId: null };
  return present([unfreeze(from.frozen, now), freeze(told, into.frozen, from.frozen.reason, now)]);
}

/** Whoever is seated meanwhile may be owed a history, or would be left behind. */
const parts = ({ ticket, people, conversations }: TicketWhole): Guard => ({
  ...{ kind: "parts", ticketId: ticket.id },
  ...{ people: people.length, conversations: conversations.length },
});

const still = ({ id, version }: Ticket): Guard => ({ kind: "version", table: "ticket", id, version });

/** Who reads what they did not read before: those on one ticket alone. `readers` are all who see or hear of it, by customer. */
export function gainers(from: ReadonlySet<string>, into: ReadonlySet<string>): number {
  const onlyFrom = [...from].filter((id) => !into.has(id));
  const onlyInto = [...into].filter((id) => !from.has(id));
  return onlyFrom.length + onlyInto.length;
}
