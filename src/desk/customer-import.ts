// What becomes of rows that name customers (CUS-13): each makes one, changes one or fails, by itself. The address decides
// who it is; an empty cell leaves the value; whoever is new and named no organization goes where a first mail would lead.
import { type AddressResult, parseAddress } from "../address/email.ts";
import { badData, conflict } from "../errors.ts";
import { type Change, type Guard, present, type RowChange, update } from "./change.ts";
import {
  addAddress,
  type Customer,
  type CustomerAddress,
  type CustomerDetails,
  checkDetails,
  newCustomer,
  personName,
  setReach,
} from "./customer.ts";
import type { Field, FieldValue } from "./field.ts";
import { moving, type PlacingDesk, placing } from "./import-place.ts";
import { mutedAtOf, reachOf } from "./import-reach.ts";
import {
  type Batch,
  failure,
  fieldChangesOf,
  type ImportRow,
  inTableOrder,
  type Lines,
  type RowEnd,
} from "./import-row.ts";
import { type Type, typeAmong } from "./type.ts";

export interface CustomerImportFacts {
  /** Whose the rows' addresses are, of those that anybody has. */
  addresses: ReadonlyMap<string, CustomerAddress>;
  /** By id. */
  customers: ReadonlyMap<string, Customer>;
  /** Agents' names by id. */
  agents: ReadonlyMap<string, string>;
  /** By customer's id. */
  values: ReadonlyMap<string, readonly FieldValue[]>;
  /** The desk's own addresses. */
  ownKeys: ReadonlySet<string>;
  fields: readonly Field[];
  types: readonly Type[];
}

export interface CustomerImport extends PlacingDesk {
  facts: CustomerImportFacts;
  draw: { id(prefix: string): string; ref(): number };
  /** Addresses and customers of rows before. */
  lines: Lines;
}

type Known = Extract<AddressResult, { ok: true }>;

interface Decided {
  changes: Change[];
  guards: Guard[];
  end: "made" | "changed" | "unchanged";
  text: string;
}

const nameOrigins = ["mail", "hand"] as const satisfies readonly Customer["nameOrigin"][];
const states = ["active", "deactivated", "blocked"] as const;
const addressesMax = 50;
const plain = ["phone", "title", "postalAddress", "timeZone", "language", "notes"] as const;

/** Decides the rows in their order; those that fail change nothing. */
export function importCustomers(rows: readonly ImportRow[], desk: CustomerImport): Batch {
  const changes: Change[] = [];
  const guards = new Map<string, Guard>();
  const ends: RowEnd[] = [];
  for (const row of rows) {
    const name = row.values.email ?? "";
    try {
      const own = addressesOf(row, desk.lines);
      for (const { key } of own) desk.lines.add(key, row.line);
      const decided = decide(row, own, desk);
      desk.organizations.take(decided.changes);
      changes.push(...decided.changes);
      for (const guard of decided.guards) guards.set(JSON.stringify(guard), guard);
      ends.push({ line: row.line, name, end: decided.end, text: decided.text });
    } catch (error) {
      ends.push(failure(row, name, error));
    }
  }
  const organizations = changes.filter(({ table, before }) => table === "organization" && before === null).length;
  return { changes: inTableOrder(changes), guards: [...guards.values()], ends, organizations };
}

/** What a row's addresses are, the one that says who it is first. */
export function keysOf(row: ImportRow): { key: string; domain: string }[] {
  const parsed = textsOf(row).map(parseAddress);
  return parsed.flatMap((one) => (one.ok ? [{ key: one.key, domain: one.domain }] : []));
}

const textsOf = (row: ImportRow): string[] => [
  row.values.email ?? "",
  ...(row.values.addresses ?? "").split(/[\s,;]+/).filter(Boolean),
];

function addressesOf(row: ImportRow, lines: Lines): [Known, ...Known[]] {
  if (row.values.email === undefined) throw badData("There is no address.");
  const own = new Map<string, Known>();
  for (const text of textsOf(row)) {
    const parsed = parseAddress(text);
    if (!parsed.ok) throw badData(parsed.text);
    if (!own.has(parsed.key)) own.set(parsed.key, parsed);
  }
  if (own.size > addressesMax) throw badData(`${own.size} addresses are too many for one customer.`);
  for (const { key, address } of own.values()) {
    const before = lines.of(key);
    if (before !== undefined) throw conflict(`${address} stands in line ${before} already.`);
  }
  return [...own.values()] as [Known, ...Known[]]; // the first one was read
}

function decide(row: ImportRow, own: readonly [Known, ...Known[]], desk: CustomerImport): Decided {
  const { facts, lines } = desk;
  for (const one of own) refuseOthers(one, facts);
  const [first, ...more] = own;
  const address = facts.addresses.get(first.key);
  const customer = address === undefined ? null : facts.customers.get(address.ownerId);
  if (customer === undefined) throw new Error(`the customer ${address?.ownerId} is not among the facts`);
  for (const { key, address } of more) {
    const owner = facts.addresses.get(key)?.ownerId;
    if (owner !== undefined && owner !== customer?.id)
      throw conflict(`${address} belongs to the customer ${facts.customers.get(owner)?.name || owner} already.`, {
        remedy: `To make them one: maildesk customer merge ${address} ${first.address}`,
      });
  }
  if (customer === null) return made(row, own, desk);
  const before = lines.of(customer.id);
  if (before !== undefined) throw conflict(`${first.address} is another address of the customer of line ${before}.`);
  lines.add(customer.id, row.line);
  return changed(row, customer, own, desk);
}

function refuseOthers({ key, address }: Known, { ownKeys, addresses, agents }: CustomerImportFacts): void {
  if (ownKeys.has(key)) throw conflict(`${address} is an address of the desk itself.`);
  const owner = addresses.get(key);
  if (owner?.ownerKind !== "agent") return;
  const name = agents.get(owner.ownerId) ?? "";
  throw conflict(`${address} belongs to ${name === "" ? "an agent" : `the agent ${name}`}, and nobody is both.`);
}

function made(row: ImportRow, own: readonly [Known, ...Known[]], desk: CustomerImport): Decided {
  const { draw, facts, now } = desk;
  const [first, ...more] = own;
  const id = draw.id("cus");
  const { name = "", type = "", ...details } = detailsOf(row, facts);
  const state = stateOf(row);
  const mutedAt = mutedAtOf(row, now);
  const reach = reachOf(row, own);
  const placed = placing(row, first.domain, desk);
  const person = newCustomer(
    {
      id,
      ref: draw.ref(),
      name,
      nameOrigin: nameOriginOf(row, name, { name: "", nameOrigin: "mail" }),
      address: first.address,
      addressKey: first.key,
      organization: placed.organization,
      placedBy: placed.placedBy,
      type,
      details,
      ...(state === undefined ? {} : { state }),
      mutedAt: mutedAt ?? null,
      reach: reach(first.key),
    },
    now,
  );
  const owner = { ownerKind: "customer", ownerId: id } as const;
  const others = more.map(({ address, key }) => addAddress(owner, address, key, now, reach(key)));
  const values = fieldChangesOf(row, facts.fields, id, []);
  return {
    changes: [...placed.changes, ...person, ...others, ...values],
    guards: [...placed.guards],
    end: "made",
    text: placed.text,
  };
}

function changed(row: ImportRow, customer: Customer, own: readonly Known[], desk: CustomerImport): Decided {
  const { facts, now } = desk;
  const details = detailsOf(row, facts);
  const state = stateOf(row);
  const mutedAt = mutedAtOf(row, now);
  const reach = reachOf(row, own);
  const placed = moving(row, customer, desk);
  const change = update("customer", customer, {
    ...details,
    nameOrigin: nameOriginOf(row, details.name, customer),
    ...(state === undefined ? {} : { state }),
    ...(mutedAt === undefined ? {} : { mutedAt }),
    ...(placed === null ? {} : { organizationId: placed.organizationId, placedBy: placed.placedBy }),
  });
  const owner = { ownerKind: "customer", ownerId: customer.id } as const;
  const added = own
    .filter(({ key }) => !facts.addresses.has(key))
    .map(({ address, key }) => addAddress(owner, address, key, now, reach(key)));
  const known = present(own.map(({ key }) => facts.addresses.get(key) ?? null));
  const reached = present(known.map((address) => setReach(address, reach(address.id))));
  const values = fieldChangesOf(row, facts.fields, customer.id, facts.values.get(customer.id) ?? []);
  const changes = [...present([change]), ...added, ...reached, ...values];
  if (changes.length === 0) return { changes, guards: [], end: "unchanged", text: "" };
  const guard: Guard = { kind: "version", table: "customer", id: customer.id, version: customer.version };
  const told = toldOf(change);
  if (added.length > 0) told.push("addresses");
  if (reached.length > 0) told.push("bouncing");
  for (const { before, after } of values) told.push(fieldTold(facts.fields, before ?? after));
  return {
    changes: [...(placed?.changes ?? []), ...changes],
    guards: [guard, ...(placed?.guards ?? [])],
    end: "changed",
    text: told.join(", "),
  };
}

/** What a change of somebody is called; where they are and what they are called says who put or named them so as well. */
function toldOf(change: RowChange | null): string[] {
  const after = change?.after ?? {};
  return Object.keys(after).flatMap((name) => {
    if (name === "organizationId") return ["organization"];
    if (name === "placedBy") return "organizationId" in after ? [] : [`placed by ${after.placedBy}`];
    return name === "nameOrigin" && "name" in after ? [] : [name];
  });
}

function fieldTold(fields: readonly Field[], columns: Change["after"]): string {
  return `field:${fields.find(({ id }) => id === columns?.fieldId)?.key ?? ""}`;
}

function detailsOf(row: ImportRow, { types }: CustomerImportFacts): CustomerDetails {
  const { values } = row;
  const details: CustomerDetails = {};
  if (values.name !== undefined) details.name = personName(values.name);
  if (values.type !== undefined) details.type = typeAmong(types, "customer", values.type);
  for (const column of plain) {
    const value = values[column];
    if (value !== undefined) details[column] = value;
  }
  checkDetails(details);
  return details;
}

/** Who gave the name that the row tells, or left none; a name that the row is silent about stays whose it is. */
function nameOriginOf(
  { values }: ImportRow,
  name: string | undefined,
  known: Pick<Customer, "name" | "nameOrigin">,
): Customer["nameOrigin"] {
  const typed = values.nameOrigin?.toLowerCase();
  const said = nameOrigins.find((one) => one === typed);
  if (typed !== undefined && said === undefined)
    throw badData(`"${values.nameOrigin?.slice(0, 60)}" is no origin of a name: write ${nameOrigins.join(", ")}.`);
  if (said !== undefined && (name !== undefined || known.name === "")) return said;
  return name === undefined || name === known.name ? known.nameOrigin : "hand";
}

function stateOf({ values }: ImportRow): (typeof states)[number] | undefined {
  if (values.state === undefined) return undefined;
  const typed = values.state.toLowerCase();
  const state = states.find((one) => one === typed);
  if (state !== undefined) return state;
  throw badData(`"${values.state.slice(0, 60)}" is no state: write ${states.join(", ")}.`);
}
