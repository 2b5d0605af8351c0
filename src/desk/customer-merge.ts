// Customers who turn out to be one person, and one who turns out to be two (CUS-5). Addresses, seats on tickets and what
// they wrote go over; whoever was merged leaves a tombstone, by which old ids and tokens find the other.
import { conflict } from "../errors.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import { type Customer, type CustomerAddress, newCustomer } from "./customer.ts";
import { type FieldValue, type MergedValues, mergeValues } from "./field.ts";
import { handOverOptOuts, type OptOut } from "./opt-out.ts";
import type { Decided } from "./organization-merge.ts";
import { type Follow, handOverFollows } from "./project.ts";
import { rowKey } from "./refers.ts";
import type { TicketPerson } from "./ticket.ts";

/** What belongs to one customer, all of it. */
export interface CustomerBelongings {
  customer: Customer;
  addresses: readonly CustomerAddress[];
  seats: readonly TicketPerson[];
  /** Ids of the messages that they wrote. */
  messages: readonly string[];
  /** Ids of the customers who were merged into this one. */
  tombstones: readonly string[];
  /** The projects that they follow themselves. */
  follows: readonly Follow[];
  /** What they left. */
  optOuts: readonly OptOut[];
  /** Ids of the conversations without a ticket that are with them alone. */
  conversations: readonly string[];
}

const details = ["name", "phone", "title", "postalAddress", "timeZone", "language", "type", "notes"] as const;
export type CustomerDetail = (typeof details)[number];

/** What is empty in `into` and is filled from `from`. */
export const filledOf = (from: Customer, into: Customer): CustomerDetail[] =>
  details.filter((key) => into[key] === "" && from[key] !== "");

/**
 * `from` becomes `into`. `values`: of both their custom fields. `theirs`: the seats that `into` has on tickets of `from` already, by
 * ticket, what `into` follows already, by project, and what they left, by id.
 */
export function mergeCustomers(
  from: CustomerBelongings,
  into: Customer,
  theirs: {
    seats: ReadonlyMap<string, TicketPerson>;
    follows: ReadonlyMap<string, Follow>;
    optOuts: ReadonlyMap<string, OptOut>;
  },
  values: MergedValues,
): Decided {
  const { customer } = from;
  if (customer.id === into.id) throw conflict("A customer can't be merged into themselves.");
  const filled = Object.fromEntries(filledOf(customer, into).map((key) => [key, customer[key]]));
  const origin = "name" in filled ? { nameOrigin: customer.nameOrigin } : {};
  const set = (table: "message" | "customer" | "standalone", ids: readonly string[], column: string): Change[] =>
    ids.length === 0 ? [] : [{ table, ids, before: { [column]: customer.id }, after: { [column]: into.id } }];
  return {
    changes: [
      ...present(from.addresses.map((row) => giveAddress(row, into.id, false))),
      ...from.seats.flatMap((seat) => moveSeat(seat, into.id, theirs.seats.get(seat.ticketId) ?? null)),
      ...handOverFollows(from.follows, { customerId: into.id, organizationId: null }, theirs.follows),
      ...handOverOptOuts(from.optOuts, into.id, theirs.optOuts),
      ...set("message", from.messages, "authorId"),
      ...set("customer", from.tombstones, "mergedInto"),
      ...set("standalone", from.conversations, "customerId"),
      ...mergeValues(values, into.id),
      ...present([
        update("customer", into, { ...filled, ...origin, mutedAt: into.mutedAt ?? customer.mutedAt }),
        update("customer", customer, { state: "merged", mergedInto: into.id, organizationId: null }),
      ]),
    ],
    guards: [still(into), ...nothingElse(from, values.own)],
  };
}

/** Taken back only while it is primary, or not, as it is then: nobody may be left with two, or none. */
const giveAddress = (row: CustomerAddress, ownerId: string, isPrimary: boolean): Change | null =>
  update("customerAddress", row, { ownerId, isPrimary }, ["isPrimary"]);

/** Of two seats on one ticket the stronger role stays, at the address that was there. */
function moveSeat(seat: TicketPerson, customerId: string, other: TicketPerson | null): Change[] {
  if (other === null) {
    const { version: _version, ...row } = seat;
    return [
      remove("ticketPerson", seat),
      insert("ticketPerson", { ...row, id: `${seat.ticketId}:${customerId}`, customerId, historyUntil: null }),
    ];
  }
  const role = seat.role === "requester" ? seat.role : other.role;
  return [remove("ticketPerson", seat), ...present([update("ticketPerson", other, { role })])];
}

export interface CustomerSplit {
  id: string;
  ref: number;
  name: string;
  /** Of the customer's, at least one and not all; the first becomes primary. */
  addresses: readonly CustomerAddress[];
  /** Their seats at one of these addresses. */
  seats: readonly TicketPerson[];
  /** Ids of messages that came from one of these addresses. */
  messages: readonly string[];
}

/** Somebody new gets these addresses, with the seats and messages that were made by them; they stay in the organization. */
export function splitCustomer(
  from: Customer,
  own: readonly CustomerAddress[],
  split: CustomerSplit,
  now: number,
): Decided {
  const [first, ...others] = split.addresses;
  if (first === undefined || split.addresses.length >= own.length)
    throw conflict("Somebody who is split off needs an address, and one must be left.");
  const isLeaving = new Set(split.addresses.map((row) => row.id));
  const [left] = own.filter((row) => !isLeaving.has(row.id));
  const losesPrimary = split.addresses.some((row) => row.isPrimary);
  const [made] = newCustomer(
    {
      id: split.id,
      ref: split.ref,
      name: split.name,
      nameOrigin: split.name === "" ? "mail" : "hand",
      address: first.address,
      addressKey: first.id,
      organization: from.organizationId === null ? null : { id: from.organizationId },
      placedBy: from.placedBy,
    },
    now,
  );
  return {
    changes: present([
      made ?? null,
      giveAddress(first, split.id, true),
      ...others.map((row) => giveAddress(row, split.id, false)),
      left !== undefined && losesPrimary ? update("customerAddress", left, { isPrimary: true }, ["ownerId"]) : null,
      ...split.seats.flatMap((seat) => moveSeat(seat, split.id, null)),
      split.messages.length === 0
        ? null
        : {
            table: "message",
            ids: split.messages,
            before: { authorId: from.id },
            after: { authorId: split.id },
          },
    ]),
    guards: [still(from)],
  };
}

/** They are as they were read, and nothing came to belong to them since. */
function nothingElse(
  { customer, addresses, seats, messages, tombstones, follows, optOuts, conversations }: CustomerBelongings,
  values: readonly FieldValue[],
): Guard[] {
  const except = new Set([
    ...values.map((row) => rowKey("fieldValue", row.id)),
    ...addresses.map((row) => rowKey("customerAddress", row.id)),
    ...seats.map((row) => rowKey("ticketPerson", row.id)),
    ...messages.map((id) => rowKey("message", id)),
    ...tombstones.map((id) => rowKey("customer", id)),
    ...follows.map((row) => rowKey("follow", row.id)),
    ...optOuts.map((row) => rowKey("optOut", row.id)),
    ...conversations.map((id) => rowKey("standalone", id)),
  ]);
  return [still(customer), { kind: "unreferenced", table: "customer", id: customer.id, except }];
}

const still = ({ id, version }: Customer): Guard => ({ kind: "version", table: "customer", id, version });
