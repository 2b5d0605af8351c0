// Which customers a verb is about: the same flags on `customer list`, on `export` and on every verb that acts on many
// (CUS-11). A verb takes names or flags, never both, and asks before it acts on all that the flags find.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import { fieldFilter, wantedValues } from "./field-filter.ts";
import { type CustomerRecord, knownCustomer, organizationOrNone } from "./known.ts";
import { counted } from "./output.ts";
import { typeNamed } from "./type.ts";
import { excluding, rowsMax } from "./verb.ts";

export interface CustomerFilterOptions {
  /** A name, id or domain; "none" and false (--no-org) are those in no organization; true where nothing was said. */
  org?: string | boolean;
  state?: Customer["state"];
  type?: string;
  /** Undefined where nothing was said. */
  muted?: boolean;
  field?: string[];
  text?: string;
}

export type CustomerFilter = Omit<Parameters<App["lists"]["customerList"]>[0], "limit">;

export function customerFilter(command: Command): Command {
  const filtered = fieldFilter(
    command
      .option("--org <org>", "only those of this organization")
      .option("--no-org", "only those in no organization")
      .addOption(new Option("--state <state>", "only in this state").choices(["active", "deactivated", "blocked"]))
      .option("--muted", "only those who asked to hear nothing")
      .option("--no-muted", "only those who did not")
      .option("--type <type>", "only of this customer type"),
  ).option("--text <text>", "only with this in the name or in an address");
  return excluding(excluding(filtered, "org", "no-org"), "muted", "no-muted");
}

export async function customerFilterOf(app: App, options: CustomerFilterOptions): Promise<CustomerFilter> {
  const { org, state, type, muted, field, text } = options;
  const organization = org === false ? null : typeof org === "string" ? await organizationOrNone(app, org) : undefined;
  return {
    organizationId: organization === null ? null : organization?.id,
    state,
    type: type === undefined ? undefined : await typeNamed(app, "customer", type),
    isMuted: muted,
    fields: await wantedValues(app, "customer", field),
    text,
  };
}

/** True where flags say which customers a verb is about. */
export const isByFlags = ({ org, state, type, muted, field, text }: CustomerFilterOptions): boolean =>
  typeof org === "string" || org === false || [state, type, muted, field, text].some((one) => one !== undefined);

export interface SelectedCustomers {
  records: CustomerRecord[];
  /** True where flags said which: then it is asked first. */
  byFlags: boolean;
}

/** The customers that are named, each once, or all that the flags find. */
export async function selectedCustomers(
  app: App,
  refs: readonly string[],
  options: CustomerFilterOptions,
): Promise<SelectedCustomers> {
  const byFlags = isByFlags(options);
  if (byFlags && refs.length > 0)
    throw usage("Name customers, or say by flags which: not both.", {
      remedy: "`customer list` takes the same flags.",
    });
  if (!byFlags && refs.length === 0)
    throw usage("Name the customers, by id or address, or say by flags which.", {
      remedy: "`maildesk customer list` takes the same flags and shows who it would be.",
    });
  if (byFlags) return { records: await foundBy(app, await customerFilterOf(app, options)), byFlags };
  const named = await Promise.all(refs.map((ref) => knownCustomer(app, ref)));
  return { records: [...new Map(named.map((record) => [record.customer.id, record])).values()], byFlags };
}

async function foundBy(app: App, filter: CustomerFilter): Promise<CustomerRecord[]> {
  const records: CustomerRecord[] = [];
  for (let after = ""; ; ) {
    const customers = await app.lists.customersAfter(filter, after);
    const last = customers.at(-1);
    if (last === undefined) return records;
    records.push(...(await recordsOf(app, customers)));
    if (records.length > rowsMax)
      throw usage(`These are more than ${rowsMax} customers, too many for one change.`, { remedy: "Add flags." });
    after = last.id;
  }
}

async function recordsOf({ lists }: App, customers: readonly Customer[]): Promise<CustomerRecord[]> {
  const addresses = await lists.addressesOfAll(customers.map(({ id }) => id));
  const organizations = await lists.organizationsById(
    customers.flatMap(({ organizationId }) => (organizationId === null ? [] : [organizationId])),
  );
  return customers.map((customer) => ({
    customer,
    addresses: addresses.get(customer.id) ?? [],
    organization: organizations.get(customer.organizationId ?? "") ?? null,
  }));
}

/** The same customers as they are now. */
export async function asTheyAre(app: App, records: readonly CustomerRecord[]): Promise<CustomerRecord[]> {
  const now = await app.lists.customersById(records.map(({ customer }) => customer.id));
  return await recordsOf(
    app,
    records.flatMap(({ customer }) => now.get(customer.id) ?? []),
  );
}

/** By which they are known to people. */
export const addressOf = ({ customer, addresses }: CustomerRecord): string => addresses[0]?.address ?? customer.id;

const namedMax = 5;

/** `7 customers (ann@acme.com, bob@acme.com, ... and 2 more)`: for a question before all of them change. */
export function whoText(records: readonly CustomerRecord[]): string {
  const named = records.slice(0, namedMax).map(addressOf).join(", ");
  const more = records.length > namedMax ? ` and ${records.length - namedMax} more` : "";
  return `${counted(records.length, "customer")} (${named}${more})`;
}
