// Which customers a verb is about: the same flags on `customer list`, on `export` and on every verb that acts on many
// (CUS-11). A verb takes names or flags, never both, and asks before it acts on all that the flags find.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import { fieldFilter, wantedValues } from "./field-filter.ts";
import { type CustomerRecord, knownCustomer, organizationOrNone } from "./known.ts";
import { typeNamed } from "./type.ts";
import { rowsMax } from "./verb.ts";

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

export const customerFilter = (command: Command): Command =>
  fieldFilter(
    command
      .option("--org <org>", "only those of this organization")
      .option("--no-org", "only those in no organization")
      .addOption(new Option("--state <state>", "only in this state").choices(["active", "deactivated", "blocked"]))
      .option("--muted", "only those who asked to hear nothing")
      .option("--no-muted", "only those who did not")
      .option("--type <type>", "only of this customer type"),
  ).option("--text <text>", "only with this in the name or in an address");

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

const isAsked = ({ org, state, type, muted, field, text }: CustomerFilterOptions): boolean =>
  typeof org === "string" || org === false || [state, type, muted, field, text].some((one) => one !== undefined);

/** The customers that are named, or all that the flags find; `byFlags` says which, as the latter are asked for. */
export async function selectedCustomers(
  app: App,
  refs: readonly string[],
  options: CustomerFilterOptions,
): Promise<{ records: CustomerRecord[]; byFlags: boolean }> {
  const byFlags = isAsked(options);
  if (byFlags && refs.length > 0)
    throw usage("Name customers, or say by flags which: not both.", {
      remedy: "`customer list` takes the same flags.",
    });
  if (!byFlags && refs.length === 0)
    throw usage("Name the customers, by id or address, or say by flags which.", {
      remedy: "`maildesk customer list` takes the same flags and shows who it would be.",
    });
  if (!byFlags) return { records: await Promise.all(refs.map((ref) => knownCustomer(app, ref))), byFlags };
  const { rows } = await app.lists.customerList({ ...(await customerFilterOf(app, options)), limit: rowsMax });
  const records = [];
  for (const row of rows) records.push(await knownCustomer(app, row.id));
  return { records, byFlags };
}
