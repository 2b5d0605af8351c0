// Who asked to hear no more of a ticket, a project, a conversation or the digest (SHA-10). Taking a seat or a follow away is not enough,
// for many hear through their organization; so it is a row of its own, which counts until somebody adds them again by hand,
// or they take part again themselves. Mail and web leave by the one function here.
import { type Change, type Guard, insert, present, remove } from "./change.ts";
import { type Customer, stillThat } from "./customer.ts";
import type { Follow, Project } from "./project.ts";
import type { Ticket, TicketPerson } from "./ticket.ts";

/** `id` is what they left (`digest` for the digest), colon, the customer's id. */
export interface OptOut {
  id: string;
  customerId: string;
  /** The ticket, the project or the conversation; null for the digest. */
  aboutId: string | null;
  createdAt: number;
  version: number;
}

/** Why somebody who left hears nothing; a clause. */
export const leftReason = "left by unsubscribe";

const digestWord = "digest";

export const optOutId = (aboutId: string | null, customerId: string): string =>
  `${aboutId ?? digestWord}:${customerId}`;

/** The numbers of a token of ours, whose signature was checked. */
export interface LeaveClaims {
  /** 0 for the digest. */
  conversation: number;
  recipient: number;
}

/** What a signed token lets one person leave, as things are now. */
export interface Leaving {
  customer: Customer;
  /** The place that they leave; null where they have no part in it any more, or one that can't be left by a mail. */
  from: LeavingFrom | null;
  /** Where `from` is null: why, as a clause. */
  why: string;
  /** They left it before. */
  before: OptOut | null;
}

export type LeavingFrom =
  | { kind: "ticket"; ticket: Pick<Ticket, "id" | "number">; seat: TicketPerson }
  | { kind: "project"; project: Pick<Project, "id" | "name">; follow: Follow | null }
  | { kind: "conversation"; id: string; subject: string }
  | { kind: "digest" };

export interface Left {
  changes: Change[];
  guards: Guard[];
  /** "the customer cus_1 left #12", for the log and for those who read it. */
  text: string;
}

/** They hear no more of it: the seat or the follow goes, and the opt-out stays. Asked twice it changes nothing more. */
export function leave({ customer, from, why, before }: Leaving, now: number): Left {
  // The log keeps no names, so that erasing works.
  const who = `the customer ${customer.id}`;
  if (from === null) return { changes: [], guards: [], text: `${who} leaves nothing: ${why}` };
  const text = `${who} ${before === null ? "left" : "had left"} ${placeText(from)}`;
  const aboutId = aboutOf(from);
  const row = { id: optOutId(aboutId, customer.id), customerId: customer.id, aboutId, createdAt: now };
  const changes = present<Change>([
    before === null ? insert("optOut", row) : null,
    from.kind === "ticket" ? remove("ticketPerson", from.seat) : null,
    from.kind === "project" && from.follow !== null ? remove("follow", from.follow) : null,
  ]);
  return { changes, guards: changes.length === 0 ? [] : [stillThat(customer)], text };
}

function aboutOf(from: LeavingFrom): string | null {
  if (from.kind === "ticket") return from.ticket.id;
  if (from.kind === "project") return from.project.id;
  return from.kind === "conversation" ? from.id : null;
}

export function placeText(from: LeavingFrom): string {
  if (from.kind === "ticket") return `#${from.ticket.number}`;
  if (from.kind === "project") return `the project ${from.project.name}`;
  return from.kind === "conversation" ? `the conversation "${from.subject}"` : "the digest";
}

/** Who is added by hand, or takes part again, hears again. */
export const comeBack = (row: OptOut | null): Change | null => (row === null ? null : remove("optOut", row));

/** What one left another has left from then on; `theirs`: what that one left already, by id. */
export function handOverOptOuts(rows: readonly OptOut[], toId: string, theirs: ReadonlyMap<string, OptOut>): Change[] {
  return rows.flatMap((row) => {
    const { version: _version, ...columns } = row;
    const id = optOutId(row.aboutId, toId);
    return [remove("optOut", row), ...(theirs.has(id) ? [] : [insert("optOut", { ...columns, id, customerId: toId })])];
  });
}
