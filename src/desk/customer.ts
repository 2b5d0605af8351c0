// Customers and their addresses. An address belongs to one customer or one agent, never both (CUS-3): its row's id is
// the folded address, so the database keeps that promise.
import { conflict, usage } from "../errors.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
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
  /** One that was merged, promoted or erased is a tombstone: without addresses, seats and an organization. */
  state: "active" | "deactivated" | "blocked" | "merged" | "promoted" | "erased";
  /** What a tombstone became: another customer, or where it was promoted, an agent. */
  mergedInto: string | null;
  /** Since when they hear nothing, as they asked for it (SHA-10). */
  mutedAt: number | null;
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

/** Those who are no customer any more: whoever counts or lists customers leaves them out. */
export const customerTombstones = ["merged", "promoted", "erased"] as const satisfies readonly Customer["state"][];

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

/** Whether mail gets to an address: what bounces found out. */
export type AddressReach = Pick<CustomerAddress, "state" | "softBounces">;

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
  /** What else is known of them from the first. */
  details?: Omit<CustomerDetails, "name">;
  state?: Exclude<Customer["state"], "merged">;
  mutedAt?: number | null;
  reach?: Partial<AddressReach>;
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
      state: input.state ?? "active",
      mergedInto: null,
      mutedAt: input.mutedAt ?? null,
      phone: "",
      title: "",
      postalAddress: "",
      timeZone: "",
      language: "",
      type: input.type ?? "",
      notes: "",
      ...input.details,
      createdAt: now,
    }),
    insert("customerAddress", {
      id: input.addressKey,
      address: input.address,
      ownerKind: "customer",
      ownerId: id,
      isPrimary: true,
      ...{ state: "ok", softBounces: 0, ...input.reach },
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

const nameCharsMax = 200;

/** The name of a customer or an agent, fit to be shown: one line, single blanks; "" for none. */
export function personName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name.length > nameCharsMax)
    throw usage(`The name has ${name.length} characters; at most ${nameCharsMax} are possible.`);
  return name;
}

/** BCP 47 for the language, the tz database for the zone: as templates and working hours will read them. */
export function checkDetails({ timeZone = "", language = "" }: CustomerDetails): void {
  if (!isFit("zone", timeZone, () => new Intl.DateTimeFormat("en", { timeZone })))
    throw usage(`"${timeZone.slice(0, 60)}" is no time zone.`, { remedy: "Write one such as Europe/Berlin." });
  if (!isFit("language", language, () => Intl.getCanonicalLocales(language)))
    throw usage(`"${language.slice(0, 60)}" is no language.`, { remedy: "Write a tag such as en, de or pt-BR." });
}

/** Answers of Intl, which takes its time: an import asks for the same few a hundred thousand times. */
const known = new Map<string, boolean>();
const knownMax = 1_000;

function isFit(kind: string, text: string, read: () => unknown): boolean {
  if (text === "") return true;
  const key = `${kind} ${text}`;
  let fits = known.get(key);
  if (fits === undefined) {
    try {
      read();
      fits = true;
    } catch {
      fits = false;
    }
    if (known.size >= knownMax) known.clear();
    known.set(key, fits);
  }
  return fits;
}

/** Puts a customer somewhere by hand: no later domain operation moves them (ORG-7). Their tickets stay where they are. */
export function placeByHand(customer: Customer, organization: Pick<Organization, "id"> | null): Change | null {
  return update("customer", customer, { organizationId: organization?.id ?? null, placedBy: "hand" });
}

/** One more address, at which they are the same customer or agent (CUS-4, AGT-1). */
export function addAddress(
  owner: Pick<CustomerAddress, "ownerKind" | "ownerId">,
  address: string,
  addressKey: string,
  now: number,
  reach: Partial<AddressReach> = {},
): Change {
  return insert("customerAddress", {
    id: addressKey,
    address,
    ownerKind: owner.ownerKind,
    ownerId: owner.ownerId,
    isPrimary: false,
    ...{ state: "ok", softBounces: 0, ...reach },
    createdAt: now,
  });
}

/** Takes an address away; the primary one and the last one stay, as mail must go somewhere. */
export function removeAddress(addresses: readonly CustomerAddress[], row: CustomerAddress): Change {
  if (addresses.length < 2) {
    throw conflict(`${row.address} is the only address of this ${row.ownerKind}.`, {
      remedy: "Add another one first.",
    });
  }
  if (row.isPrimary) {
    throw conflict(`${row.address} is the primary address.`, {
      remedy: `Make another one primary first: maildesk ${row.ownerKind} address primary.`,
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

/** What somebody says who knows it from another desk; an address that is in order again has a clean count. */
export function setReach(row: CustomerAddress, { state, softBounces }: Partial<AddressReach>): Change | null {
  const mended = state === "ok" && row.state === "bouncing";
  const count = softBounces ?? (mended ? 0 : row.softBounces);
  return update("customerAddress", row, { state: state ?? row.state, softBounces: count }, ["ownerId"]);
}

/** As it was read: what is set on somebody must not land on a tombstone. */
export const stillThat = ({ id, version }: Customer): Guard => ({ kind: "version", table: "customer", id, version });
