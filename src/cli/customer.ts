// `maildesk customer`: the people who write, known by their addresses (CUS-1 to CUS-4, CUS-7, CUS-11). Adding one here
// places them exactly as their first mail would, and sends nothing.
import type { Command } from "commander";
import { parentDomains } from "../address/domain.ts";
import { newCustomer, personName } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import { concernsNobodyElse } from "../intake/facts.ts";
import { placeNewcomer } from "../intake/identify.ts";
import type { Cli, DeskSession } from "./context.ts";
import { registerAddress } from "./customer-address.ts";
import { registerDigest } from "./customer-digest.ts";
import { registerErase } from "./customer-erase.ts";
import { registerExport } from "./customer-export.ts";
import { type CustomerFilterOptions, customerFilter, customerFilterOf } from "./customer-filter.ts";
import { registerImport } from "./customer-import.ts";
import { registerResubscribe } from "./customer-left.ts";
import { registerCustomerMerge } from "./customer-merge.ts";
import { registerMove } from "./customer-move.ts";
import { registerPromote } from "./customer-promote.ts";
import { registerSet } from "./customer-set.ts";
import { type CustomerRow, customerJson, showCustomer } from "./customer-show.ts";
import { registerState } from "./customer-state.ts";
import { registerTrace } from "./customer-trace.ts";
import { freeAddress, knownCustomer, organizationOrNone } from "./known.ts";
import { liveGuard } from "./org-domain.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { cell } from "./table.ts";
import { typeNamed } from "./type.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";
import { registerSight } from "./visibility.ts";

interface AddOptions {
  name?: string;
  org?: string;
  type?: string;
}

type CustomerListOptions = ListOptions & CustomerFilterOptions & { grouped?: boolean };

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
    "settings set panel.customer=name,type,organization,field:plan",
  ])
    .option("--all", "everything, whatever the setting panel.customer names")
    .action((ref: string, options: { all?: boolean }) =>
      cli.withDesk(async ({ app }) => showCustomer(app, cli.out, await knownCustomer(app, ref), options.all === true)),
    );
  registerSet(customer, cli);
  registerMove(customer, cli);
  registerAddress(customer, cli);
  registerCustomerMerge(customer, cli);
  registerTrace(customer, cli);
  registerErase(customer, cli);
  registerState(customer, cli);
  registerResubscribe(customer, cli);
  registerDigest(customer, cli);
  registerSight(customer, cli);
  registerPromote(customer, cli);
  registerImport(customer, cli);
  registerExport(customer, cli);
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
        type: await typeNamed(app, "customer", options.type ?? ""),
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
    ...concernsNobodyElse,
    now,
  };
  const facts = await app.desk.facts(question, null);
  return placeNewcomer(domain, facts, await app.desk.settings(), { id: (prefix) => app.ids.next(prefix) }, now);
}

function registerList(customer: Command, cli: Cli): void {
  const command = customerFilter(
    verb(customer, "list [text]", "List customers; TEXT stands in the name or in an address.", [
      "customer list",
      "customer list --org Acme",
      "customer list --no-org --csv",
      "customer list ann --state active --field plan=Gold",
      "customer list --grouped",
    ]),
  ).option("--grouped", "by organization, those in none last");
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
  if (text !== undefined && options.text !== undefined) throw usage("The text is given twice, as TEXT and by --text.");
  const filter = await customerFilterOf(app, { ...options, ...(text === undefined ? {} : { text }) });
  const grouped = options.grouped === true;
  const { rows, total } = await app.lists.customerList({ ...filter, grouped, limit: limitOf(options, out.isJson) });
  if (grouped && !(out.isJson || options.ids === true || options.csv === true)) return showGroups(out, rows, total);
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

/** One table an organization, under its name. */
function showGroups(out: Output, rows: readonly CustomerRow[], total: number): void {
  const groups = new Map<string, CustomerRow[]>();
  for (const row of rows) {
    const id = row.organization?.id ?? "";
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  }
  const shown = columns.filter(({ head }) => head !== "ORGANIZATION");
  let isFirst = true;
  for (const group of groups.values()) {
    if (!isFirst) out.line("");
    isFirst = false;
    out.line(cell(group[0]?.organization?.name ?? "No organization"));
    out.table(group, shown);
  }
  if (rows.length < total) out.note(`${rows.length} of ${counted(total, "customer")}`);
  else if (rows.length === 0) out.note("There are no such customers.");
}
