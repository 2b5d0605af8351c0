// `maildesk customer`: the people who write, known by their addresses (CUS-1 to CUS-4, CUS-7, CUS-11). Adding one here
// places them exactly as their first mail would, and sends nothing.
import type { Command } from "commander";
import { Option } from "commander";
import { parentDomains } from "../address/domain.ts";
import { present, update } from "../desk/change.ts";
import { type Customer, type CustomerDetails, newCustomer, placeByHand, setDetails } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import { placeNewcomer } from "../intake/identify.ts";
import type { Cli, DeskSession } from "./context.ts";
import { registerAddress } from "./customer-address.ts";
import { type CustomerRow, customerJson, showCustomer } from "./customer-show.ts";
import { freeAddress, knownCustomer, organizationOrNone } from "./known.ts";
import { liveGuard } from "./org-domain.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

interface AddOptions {
  name?: string;
  org?: string;
  type?: string;
}

interface CustomerListOptions extends ListOptions {
  /** A name, id or domain; "none" and false (--no-org) are those in no organization; true where nothing was said. */
  org?: string | boolean;
  state?: Customer["state"];
  type?: string;
}

const keys = ["name", "phone", "title", "postalAddress", "timeZone", "language", "type", "notes"] as const;
const nameCharsMax = 200;

export function registerCustomer(program: Command, cli: Cli): void {
  const customer = noun(program, "customer", "The people who write to the desk, and where they belong.");
  verb(
    customer,
    "add <email>",
    "Make a customer, who joins an organization by domain as with a first mail; sends nothing.",
    [
      'customer add ann@acme.com --name "Ann Lee"',
      "customer add bob@gmail.com --org Acme",
      "customer add eve@acme.com --org none",
    ],
  )
    .option("--name <name>", "their name")
    .option("--org <org>", "put them there by hand; none: in no organization")
    .option("--type <type>", "their customer type")
    .action((email: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, email, options)));
  registerList(customer, cli);
  verb(customer, "show <customer>", "Show a customer with their addresses and tickets.", [
    "customer show ann@acme.com",
  ]).action((ref: string) =>
    cli.withDesk(async ({ app }) => showCustomer(app, cli.out, await knownCustomer(app, ref))),
  );
  verb(customer, "set <customer> <key=value...>", `Set details: ${keys.join(", ")}. An empty value clears.`, [
    'customer set ann@acme.com name="Ann Lee" phone=+441632960001',
  ]).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  verb(
    customer,
    "move <customer> <org>",
    "Put a customer into an organization, or into none; their tickets stay with the old one.",
    ["customer move ann@acme.com Globex", "customer move ann@acme.com none"],
  ).action((ref: string, org: string) => cli.withDesk((desk) => move(desk, cli.out, ref, org)));
  registerAddress(customer, cli);
  state(customer, cli, "block", "Hold their mail from now on: no ticket, no answer.", "blocked");
  state(customer, cli, "unblock", "Take their mail again.", "active", "blocked");
  state(customer, cli, "deactivate", "Take their mail, but send them nothing.", "deactivated", "active");
  state(customer, cli, "reactivate", "Send them mail again.", "active", "deactivated");
}

async function add(desk: DeskSession, out: Output, email: string, options: AddOptions): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("cus");
  const ref = desk.isDryRun ? 0 : await app.desk.draw("ref", 1);
  const done = await desk.change(`customer add ${email}`, async () => {
    const { address, key, domain } = await freeAddress(app, email, "customer");
    const organization = await organizationOrNone(app, options.org);
    const now = app.clock.now();
    const placed =
      organization === undefined
        ? await placeByDomain(desk, address, key, domain)
        : {
            organization,
            placedBy: "hand" as const,
            changes: [],
            guards: organization === null ? [] : [liveGuard(organization)],
            text: `belongs to ${organization?.name ?? "no organization"}`,
          };
    const name = personName(options.name ?? "");
    const nameOrigin = name === "" ? "mail" : "hand";
    const made = newCustomer(
      {
        id,
        ref,
        name,
        nameOrigin,
        address,
        addressKey: key,
        organization: placed.organization,
        placedBy: placed.placedBy,
        type: options.type ?? "",
      },
      now,
    );
    return {
      changes: [...placed.changes, ...made],
      guards: placed.guards,
      result: `${address} ${placed.text}`,
    };
  });
  if (done === null) return;
  const record = await knownCustomer(app, id);
  if (out.isJson) out.json(customerJson(record));
  else out.line(`Made the customer ${id}: ${done}.`);
}

/** As the first mail from this address would place them. */
async function placeByDomain({ app }: DeskSession, address: string, key: string, domain: string) {
  const now = app.clock.now();
  const question = {
    digest: "",
    messageId: null,
    cited: [],
    bounced: null,
    sender: { name: "", address, key, domain },
    domains: parentDomains(domain),
    tokens: [],
    taggedNumber: null,
    now,
  };
  const facts = await app.desk.facts(question, null);
  return placeNewcomer(domain, facts, await app.desk.settings(), { id: (prefix) => app.ids.next(prefix) }, now);
}

export function personName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name.length > nameCharsMax)
    throw usage(`The name has ${name.length} characters; at most ${nameCharsMax} are possible.`);
  return name;
}

function registerList(customer: Command, cli: Cli): void {
  const command = verb(customer, "list [text]", "List customers; TEXT stands in the name or in an address.", [
    "customer list",
    "customer list --org Acme",
    "customer list --no-org --csv",
    "customer list ann --state active",
  ])
    .option("--org <org>", "only those of this organization")
    .option("--no-org", "only those in no organization")
    .addOption(new Option("--state <state>", "only in this state").choices(["active", "deactivated", "blocked"]))
    .option("--type <type>", "only of this customer type");
  listOptions(command).action((text: string | undefined, options: CustomerListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, text, options)),
  );
}

const columns: readonly Column<CustomerRow>[] = [
  { head: "EMAIL", value: (row) => row.email, max: 34 },
  { head: "NAME", value: (row) => row.name, max: 20 },
  { head: "ORGANIZATION", value: (row) => row.organization?.name ?? "", max: 20 },
  { head: "STATE", value: (row) => row.state },
  { head: "ID", value: (row) => row.id },
];

async function list(
  { app }: DeskSession,
  out: Output,
  text: string | undefined,
  options: CustomerListOptions,
): Promise<void> {
  const { org } = options;
  const organization = org === false ? null : typeof org === "string" ? await organizationOrNone(app, org) : undefined;
  const filter = {
    organizationId: organization === null ? null : organization?.id,
    state: options.state,
    type: options.type,
    text,
    limit: limitOf(options, out.isJson),
  };
  const { rows, total } = await app.lists.customerList(filter);
  const shape: ListShape<CustomerRow> = {
    columns,
    id: (row) => row.id,
    json: (row) => customerJson(row),
    none: "There are no such customers.",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows, total, shape);
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  const values = readPairs(pairs, keys);
  const done = await desk.change(`customer set ${ref} ${[...values.keys()].join(" ")}`, async () => {
    const { customer } = await knownCustomer(app, ref);
    const details: CustomerDetails = Object.fromEntries(
      [...values].map(([key, value]) => [key, key === "name" ? personName(value) : value.trim()]),
    );
    checkDetails(details);
    return { changes: present([setDetails(customer, details)]), result: customer.id };
  });
  if (done !== null) await showCustomer(app, out, await knownCustomer(app, done));
}

/** BCP 47 for the language, the tz database for the zone: as templates and working hours will read them. */
function checkDetails({ timeZone, language }: CustomerDetails): void {
  try {
    if (timeZone !== undefined && timeZone !== "") new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw usage(`"${timeZone}" is no time zone.`, { remedy: "Write one such as Europe/Berlin." });
  }
  try {
    if (language !== undefined && language !== "") Intl.getCanonicalLocales(language);
  } catch {
    throw usage(`"${language}" is no language.`, { remedy: "Write a tag such as en, de or pt-BR." });
  }
}

async function move(desk: DeskSession, out: Output, ref: string, org: string): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`customer move ${ref} ${org}`, async () => {
    const record = await knownCustomer(app, ref);
    const organization = (await organizationOrNone(app, org)) ?? null;
    const guards = organization === null ? [] : [liveGuard(organization)];
    const isThere = (record.organization?.id ?? null) === (organization?.id ?? null);
    return {
      changes: present([placeByHand(record.customer, organization)]),
      guards,
      result: { record, organization, isThere },
    };
  });
  if (done === null) return;
  const { record, organization, isThere } = done;
  if (out.isJson) return out.json(customerJson(await knownCustomer(app, record.customer.id)));
  const who = record.addresses[0]?.address ?? record.customer.id;
  const where = organization === null ? "no organization" : organization.name;
  out.line(
    isThere
      ? `${who} is in ${where} already, and stays there by hand from now on.`
      : `${who} is in ${where} now, by hand: no domain moves them any more.`,
  );
  const tickets = await app.lists.customerTickets(record.customer.id, 1);
  const count = tickets.open + tickets.closed;
  if (!isThere && count > 0)
    out.note(
      `${counted(count, "ticket")} of theirs ${count === 1 ? "stays" : "stay"} with ${record.organization?.name ?? "no organization"}.`,
    );
}

function state(
  customer: Command,
  cli: Cli,
  name: string,
  text: string,
  to: Customer["state"],
  from?: Customer["state"],
): void {
  verb(customer, `${name} <customer...>`, text, [`customer ${name} ann@acme.com`]).action((refs: string[]) =>
    cli.withDesk(async (desk) => {
      const { app } = desk;
      const done = await desk.change(`customer ${name} ${refs.join(" ")}`, async () => {
        const records = await Promise.all(refs.map((ref) => knownCustomer(app, ref)));
        const changes = records.map(({ customer: row, addresses }) => {
          if (from !== undefined && row.state !== from && row.state !== to)
            throw usage(`${addresses[0]?.address ?? row.id} is ${row.state}, not ${from}.`);
          return update("customer", row, { state: to });
        });
        return { changes: present(changes), result: records };
      });
      if (done === null) return;
      if (cli.out.isJson)
        return cli.out.json(
          await Promise.all(done.map(async ({ customer: row }) => customerJson(await knownCustomer(app, row.id)))),
        );
      for (const { customer: row, addresses } of done)
        cli.out.line(`${addresses[0]?.address ?? row.id} is ${to}${row.state === to ? " already" : ""}.`);
    }),
  );
}
