// `maildesk customer merge`, `split` and `duplicates`: one person who is known twice, and two who are known as one (CUS-5).
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import { personName } from "../desk/customer.ts";
import { type CustomerBelongings, filledOf, mergeCustomers, splitCustomer } from "../desk/customer-merge.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { customerJson, showCustomer } from "./customer-show.ts";
import { mergedValues } from "./field.ts";
import { type CustomerRecord, knownCustomer, organizationOrNone } from "./known.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { collect, excluding, type ListOptions, limitOf, listOptions, verb } from "./verb.ts";

interface SplitOptions {
  address: string[];
  name?: string;
}

interface DuplicatesOptions extends ListOptions {
  org?: string | boolean;
}

export function registerCustomerMerge(customer: Command, cli: Cli): void {
  verb(
    customer,
    "merge <from> <into>",
    "Make one customer of two: addresses, tickets and messages of FROM are INTO's, whose details win.",
    ["customer merge ann.lee@acme.com ann@acme.com --dry-run", "customer merge ann.lee@acme.com ann@acme.com"],
  )
    .option("--force", "also where they are not in the same organization")
    .action((from: string, into: string, options: { force?: boolean }) =>
      cli.withDesk((desk) => merge(desk, cli.out, from, into, options.force === true)),
    );
  verb(
    customer,
    "split <customer>",
    "Make another customer of some of this one's addresses, with the tickets and messages that came from them.",
    ['customer split ann@acme.com --address bob@acme.com --name "Bob Ray"'],
  )
    .requiredOption(
      "--address <address>",
      "one that goes; may be given several times, the first becomes primary",
      collect,
    )
    .option("--name <name>", "the other one's name")
    .action((ref: string, options: SplitOptions) => cli.withDesk((desk) => split(desk, cli.out, ref, options)));
  const pairs = verb(
    customer,
    "duplicates",
    "Propose customers who may be one person: of one name, or in one organization with the same part before the @.",
    ["customer duplicates", "customer duplicates --org Acme --json"],
  )
    .option("--org <org>", "only those of this organization")
    .option("--no-org", "only those in no organization");
  listOptions(excluding(pairs, "org", "no-org")).action((options: DuplicatesOptions) =>
    cli.withDesk((desk) => duplicates(desk, cli.out, options)),
  );
}

const nameOf = ({ customer, addresses }: CustomerRecord): string =>
  addresses[0]?.address ?? (customer.name || customer.id);

async function merge(desk: DeskSession, out: Output, fromRef: string, intoRef: string, force: boolean): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`customer merge ${fromRef} ${intoRef}${force ? " --force" : ""}`, async () => {
    const from = await knownCustomer(app, fromRef);
    const into = await knownCustomer(app, intoRef);
    if (from.customer.id === into.customer.id)
      throw usage(`"${fromRef}" and "${intoRef}" are the same customer, ${nameOf(into)} (${into.customer.id}).`);
    const [here, there] = [from, into].map((one) => one.organization?.name ?? "no organization");
    if (from.customer.organizationId !== into.customer.organizationId && !force)
      throw conflict(`${nameOf(from)} is in ${here}, and ${nameOf(into)} in ${there}.`, {
        remedy: `If they are one person all the same: --force; then they are in ${there}, and tickets stay with the organizations that they have.`,
      });
    const belongings = await app.lists.customerBelongings(from.customer);
    const theirs = {
      seats: await app.lists.seatsOn(
        into.customer.id,
        belongings.seats.map((seat) => seat.ticketId),
      ),
      follows: await app.lists.followsBy({ customerId: into.customer.id, organizationId: null }),
      optOuts: new Map((await app.lists.leftBy(into.customer.id)).map(({ optOut }) => [optOut.id, optOut])),
    };
    const filled = filledOf(from.customer, into.customer);
    const summary = [
      `${nameOf(from)} (${from.customer.id}) becomes ${nameOf(into)} (${into.customer.id}).`,
      `  ${shares(belongings)} are then theirs.`,
      ...(filled.length > 0 ? [`  They get the other's ${filled.join(", ")}.`] : []),
      ...(from.customer.mutedAt !== null && into.customer.mutedAt === null
        ? [`  ${nameOf(from)} asked to hear nothing, and so they hear nothing then (muted).`]
        : []),
      ...(from.customer.state === into.customer.state
        ? []
        : [`  ${nameOf(from)} was ${from.customer.state}; all addresses are ${into.customer.state} then.`]),
    ];
    return {
      ...mergeCustomers(belongings, into.customer, theirs, await mergedValues(app, from.customer.id, into.customer.id)),
      summary,
      result: { from, into, belongings },
    };
  });
  if (done === null) return;
  const { from, into, belongings } = done;
  if (out.isJson) return out.json(customerJson(await knownCustomer(app, into.customer.id)));
  out.line(`${nameOf(from)} is ${nameOf(into)} now: ${shares(belongings)}. \`maildesk undo\` takes it back.`);
}

const shares = ({ addresses, seats, messages }: CustomerBelongings): string =>
  `${counted(addresses.length, "address", "addresses")}, ${counted(seats.length, "ticket")}, ${counted(messages.length, "message")}`;

async function split(desk: DeskSession, out: Output, ref: string, { address, name }: SplitOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const id = app.ids.next("cus");
  const drawn = desk.isDryRun ? 0 : await app.desk.draw("ref", 1);
  const what = `customer split ${ref} --address ${address.join(" --address ")}`;
  const done = await desk.change(what, async () => {
    const { customer, addresses } = await knownCustomer(app, ref);
    const keys = new Set(address.map(keyOf));
    const leaving = [...keys].map((key) => {
      const row = addresses.find((one) => one.id === key);
      if (row !== undefined) return row;
      throw usage(`${key} is no address of ${customer.name || customer.id}.`, {
        remedy: `Theirs: ${addresses.map((one) => one.address).join(", ")}.`,
      });
    });
    if (leaving.length === addresses.length)
      throw conflict(`${customer.name || customer.id} would have no address left.`, {
        remedy: "Leave one, or add another one first: maildesk customer address add.",
      });
    const { seats } = await app.lists.customerBelongings(customer);
    const decided = splitCustomer(
      customer,
      addresses,
      {
        id,
        ref: drawn,
        name: personName(name ?? ""),
        addresses: leaving,
        seats: seats.filter((seat) => keys.has(seat.address.toLowerCase())),
        messages: await app.lists.messagesFrom(customer.id, [...keys]),
      },
      app.clock.now(),
    );
    return { ...decided, result: id };
  });
  if (done !== null) await showCustomer(app, out, await knownCustomer(app, done));
}

function keyOf(text: string): string {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw usage(parsed.text);
  return parsed.key;
}

interface DuplicateRow {
  why: string;
  shared: string;
  organization: string | null;
  customers: { id: string; email: string; name: string }[];
}

const columns: readonly Column<DuplicateRow>[] = [
  { head: "WHY", value: (row) => row.why },
  { head: "SHARED", value: (row) => row.shared, max: 24 },
  { head: "ORGANIZATION", value: (row) => row.organization ?? "", max: 20 },
  { head: "CUSTOMERS", value: (row) => row.customers.map(({ email }) => email).join(", "), max: 70, wrap: true },
];

async function duplicates({ app }: DeskSession, out: Output, options: DuplicatesOptions): Promise<void> {
  const { org } = options;
  const organization = org === false ? null : typeof org === "string" ? await organizationOrNone(app, org) : undefined;
  const found = await app.lists.customerDuplicates(organization === null ? null : organization?.id);
  const rows: DuplicateRow[] = [];
  for (const { why, shared, ids } of found.slice(0, limitOf(options, out.isJson))) {
    const records = [];
    for (const id of ids.slice(0, namedMax)) records.push(await knownCustomer(app, id));
    rows.push({
      why,
      shared,
      organization: records[0]?.organization?.name ?? null,
      customers: records.map((record) => ({
        id: record.customer.id,
        email: record.addresses[0]?.address ?? "",
        name: record.customer.name,
      })),
    });
  }
  const shape: ListShape<DuplicateRow> = {
    columns,
    id: (row) => row.customers.map(({ id }) => id).join(" "),
    json: (row) => row,
    none: "No two customers look like one person.",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows, found.length, shape);
  if (rows.length > 0 && !out.isJson) out.note("To make one of two: maildesk customer merge FROM INTO");
}

const namedMax = 50;
