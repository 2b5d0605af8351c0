// Customers and their addresses. An address belongs to one customer or one agent, never both (CUS-3): its row's id is
// the folded address, so the database keeps that promise.
import { conflict } from "../errors.ts";
import { type Change, insert, present, remove, update } from "./change.ts";
import type { Organization } from "./organization.ts";

export interface Customer {
  id: string;
  /** A short number that stands for this customer in signed tokens; shared sequence with agents. */
  ref: number;
  name: string;
  /** A name given by hand is never overwritten by mail (CUS-2). */
  nameOrigin: "mail" | "hand";
  organizationId: string | null;
  /** What put the customer there; a customer placed by hand is moved by no later domain operation (ORG-7). */
  placedBy: "domain" | "hand" | "default" | "nothing";
  state: "active" | "deactivated" | "blocked" | "merged";
  mergedInto: string | null;
  phone: string;
  title: string;
  postalAddress: string;
  timeZone: string;
  language: string;
  type: string;
  notes: string;
  createdAt: number;
  version: number;
}

/** `id` is the folded address (case ignored, plus-tag kept). */
export interface CustomerAddress {
  id: string;
  /** As its owner writes it. */
  address: string;
  ownerKind: "customer" | "agent";
  ownerId: string;
  isPrimary: boolean;
  state: "ok" | "bouncing";
  softBounces: number;
  createdAt: number;
  version: number;
}

export interface NewCustomer {
  id: string;
  ref: number;
  name: string;
  nameOrigin: Customer["nameOrigin"];
  address: string;
  addressKey: string;
  organization: Pick<Organization, "id"> | null;
  placedBy: Customer["placedBy"];
  type?: string;
}

/** A customer with one primary address. */
export function newCustomer(input: NewCustomer, now: number): Change[] {
  const { id, ref, name, nameOrigin, placedBy } = input;
  return [
    insert("customer", {
      id,
      ref,
      name,
      nameOrigin,
      organizationId: input.organization?.id ?? null,
      placedBy,
      state: "active",
      mergedInto: null,
      phone: "",
      title: "",
      postalAddress: "",
      timeZone: "",
      language: "",
      type: input.type ?? "",
      notes: "",
      createdAt: now,
    }),
    insert("customerAddress", {
      id: input.addressKey,
      address: input.address,
      ownerKind: "customer",
      ownerId: id,
      isPrimary: true,
      state: "ok",
      softBounces: 0,
      createdAt: now,
    }),
  ];
}

/** The display name of a mail fills an empty name; it never overwrites one (CUS-2). */
export function learnName(customer: Customer, displayName: string): Change | null {
  if (customer.name !== "" || customer.nameOrigin === "hand" || displayName === "") return null;
  return update("customer", customer, { name: displayName.slice(0, 200) });
}

/** Counts a bounce: a hard one marks the address at once, soft ones after `softLimit` (MAIL-12). */
export function markBounced(row: CustomerAddress, hard: boolean, softLimit: number): Change | null {
  const softBounces = hard ? row.softBounces : row.softBounces + 1;
  const state = hard || softBounces >= softLimit ? "bouncing" : row.state;
  return update("customerAddress", row, { softBounces, state });
}

/** What a person may set on a customer; a name given by hand is never overwritten by mail (CUS-2). */
export type CustomerDetails = Partial<
  Pick<Customer, "name" | "phone" | "title" | "postalAddress" | "timeZone" | "language" | "type" | "notes">
>;

export function setDetails(customer: Customer, details: CustomerDetails): Change | null {
  return update("customer", customer, details.name === undefined ? details : { ...details, nameOrigin: "hand" });
}

/** Puts a customer somewhere by hand: no later domain operation moves them (ORG-7). Their tickets stay where they are. */
export function placeByHand(customer: Customer, organization: Pick<Organization, "id"> | null): Change | null {
  return update("customer", customer, { organizationId: organization?.id ?? null, placedBy: "hand" });
}

/** One more address, at which they are the same customer (CUS-4). */
export function addAddress(customer: Pick<Customer, "id">, address: string, addressKey: string, now: number): Change {
  return insert("customerAddress", {
    id: addressKey,
    address,
    ownerKind: "customer",
    ownerId: customer.id,
    isPrimary: false,
    state: "ok",
    softBounces: 0,
    createdAt: now,
  });
}

/** Takes an address away; the primary one and the last one stay, as mail must go somewhere. */
export function removeAddress(addresses: readonly CustomerAddress[], row: CustomerAddress): Change {
  if (addresses.length < 2) {
    throw conflict(`${row.address} is the only address of this customer.`, {
      remedy: "Add another one first.",
    });
  }
  if (row.isPrimary) {
    throw conflict(`${row.address} is the primary address.`, {
      remedy: "Make another one primary first: customer address primary.",
    });
  }
  return remove("customerAddress", row);
}

/** Makes one address the primary one, where mail goes that answers no ticket. */
export function makePrimary(addresses: readonly CustomerAddress[], row: CustomerAddress): Change[] {
  return present(addresses.map((one) => update("customerAddress", one, { isPrimary: one.id === row.id }, ["ownerId"])));
}

/** Lets mail go to a bouncing address again, with a clean count (MAIL-12). */
export function resumeAddress(row: CustomerAddress): Change | null {
  return update("customerAddress", row, { state: "ok", softBounces: 0 });
}
