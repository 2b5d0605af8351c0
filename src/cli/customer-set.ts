// `maildesk customer set`: details and custom fields (CUS-1, CUS-9), of those who are named, or of all whom the flags of
// `customer list` find: then it says first who they are, asks, and is one commit.
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { type CustomerDetails, checkDetails, personName, setDetails, stillThat } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import {
  addressOf,
  asTheyAre,
  type CustomerFilterOptions,
  customerFilter,
  isByFlags,
  selectedCustomers,
  whoText,
} from "./customer-filter.ts";
import { customerJson, showCustomer } from "./customer-show.ts";
import { fieldChangesOf, fieldKeys } from "./field.ts";
import { knownCustomer } from "./known.ts";
import { counted, type Output } from "./output.ts";
import { typeNamed } from "./type.ts";
import { readPairs, verb } from "./verb.ts";

const keys = ["name", "phone", "title", "postalAddress", "timeZone", "language", "type", "notes"] as const;
const shownMax = 60;

export function registerSet(customer: Command, cli: Cli): void {
  customerFilter(
    verb(
      customer,
      "set <customers-and-values...>",
      `Set details: ${keys.join(", ")}, and custom fields by field:KEY. An empty value clears.`,
      [
        'customer set ann@acme.com name="Ann Lee" phone=+441632960001',
        "customer set ann@acme.com bob@acme.com field:plan=Gold",
        "customer set --org Acme --type Guest type=VIP field:plan= --dry-run",
      ],
    ),
  ).action((words: string[], options: CustomerFilterOptions) =>
    cli.withDesk((desk) => set(desk, cli.out, wordsOf(words, options), options)),
  );
}

interface Words {
  refs: string[];
  pairs: string[];
}

/** Customers, then values. An address may hold an equals sign: the first word is a customer, unless it sets what can be set. */
function wordsOf(words: readonly string[], options: CustomerFilterOptions): Words {
  const isRef = (word: string, at: number): boolean =>
    word.includes("=") ? at === 0 && !isByFlags(options) && !isSetting(word) : parseAddress(word).ok || at === 0;
  const first = words.findIndex((word, at) => !isRef(word, at));
  const refs = words.slice(0, first < 0 ? words.length : first);
  const pairs = words.slice(refs.length);
  if (pairs.length === 0)
    throw usage("There is nothing to set: customer set ann@acme.com KEY=VALUE.", {
      remedy: `Known keys: ${keys.join(", ")}, field:KEY.`,
    });
  return { refs, pairs };
}

function isSetting(word: string): boolean {
  const key = word.slice(0, word.indexOf("=")).trim().toLowerCase();
  return key.startsWith("field:") || keys.some((one) => one.toLowerCase() === key);
}

async function set(
  desk: DeskSession,
  out: Output,
  { refs, pairs }: Words,
  options: CustomerFilterOptions,
): Promise<void> {
  const { app } = desk;
  const fields = await app.lists.fields("customer");
  const values = readPairs(pairs, [...keys, ...fieldKeys(fields)]);
  const told = [...values.keys()].join(" ");
  const done = await desk.change(
    `customer set ${refs.length > 0 ? refs.join(" ") : "by flags"} ${told}`,
    async () => {
      const { records, byFlags } = await selectedCustomers(app, refs, options);
      const details = await detailsOf(app, values);
      const ids = records.map(({ customer }) => customer.id);
      const ofFields = await fieldChangesOf(app, fields, ids, values);
      const each = records.map((record) => ({
        record,
        changes: [...present([setDetails(record.customer, details)]), ...(ofFields.get(record.customer.id) ?? [])],
      }));
      const changed = each.filter(({ changes }) => changes.length > 0).map(({ record }) => record);
      const isMany = byFlags || records.length > 1;
      return {
        changes: each.flatMap(({ changes }) => changes),
        guards: changed.map(({ customer }) => stillThat(customer)),
        summary: isMany ? changed.map((record) => `${addressOf(record)} would have ${pairsText(values)}`) : [],
        result: { records, byFlags, isMany, changed },
      };
    },
    ({ result: { byFlags, changed } }) =>
      byFlags && changed.length > 0 ? `Set ${pairsText(values)} for ${whoText(changed)}?` : null,
  );
  if (done === null) return;
  const { records, isMany, changed } = done;
  const [only] = records;
  if (!isMany && only !== undefined) return await showCustomer(app, out, await knownCustomer(app, only.customer.id));
  if (out.isJson) out.json((await asTheyAre(app, records)).map(customerJson));
  else out.line(`${counted(changed.length, "customer")} changed.`);
}

async function detailsOf(app: App, values: ReadonlyMap<string, string>): Promise<CustomerDetails> {
  const details: CustomerDetails = Object.fromEntries(
    [...values]
      .filter(([key]) => !key.startsWith("field:"))
      .map(([key, value]) => [key, key === "name" ? personName(value) : value.trim()]),
  );
  if (details.type !== undefined) details.type = await typeNamed(app, "customer", details.type);
  checkDetails(details);
  return details;
}

const pairsText = (values: ReadonlyMap<string, string>): string =>
  [...values]
    .map(([key, value]) => `${key}=${value.length > shownMax ? `${value.slice(0, shownMax)}...` : value}`)
    .join(", ");
