// Customers and their addresses. An address belongs to one customer or one agent, never both (CUS-3): its row's id is
// the folded address, so the database keeps that promise.
import { type Change, insert, update } from "./change.ts";
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
}

/** A customer with one primary address. */
export function newCustomer(input: NewCustomer, now: number): Change[] {
  const { id, ref, name, nameOrigin, placedBy } = input;
  return [
    insert("customer", {
      id, ref, name, nameOrigin, organizationId: input.organization?.id ?? null, placedBy, state: "active",
      mergedInto: null, phone: "", title: "", postalAddress: "", timeZone: "", language: "", type: "", notes: "",
      createdAt: now,
    }),
    insert("customerAddress", {
      id: input.addressKey, address: input.address, ownerKind: "customer", ownerId: id, isPrimary: true,
      state: "ok", softBounces: 0, createdAt: now,
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
