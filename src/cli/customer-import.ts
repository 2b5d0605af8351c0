// `maildesk customer import`: many customers out of a file, each as `customer add` or `customer set` would make or change
// them (CUS-13). It sends nothing. What a thousand rows must know is asked for together.
import type { Command } from "commander";
import { type CustomerImportFacts, importCustomers, keysOf } from "../desk/customer-import.ts";
import type { Field } from "../desk/field.ts";
import { customerShape } from "../desk/import-columns.ts";
import type { Batch, ImportRow } from "../desk/import-row.ts";
import { foldName } from "../desk/organization.ts";
import { organizationsAtHand } from "../desk/organizations-at-hand.ts";
import { askedOf, newcomersPlacer } from "../intake/place-newcomers.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ImportOptions, importOptions, type Known, runImport } from "./import.ts";
import { verb } from "./verb.ts";

interface CustomerImportOptions extends ImportOptions {
  createOrgs?: boolean;
}

export function registerImport(customer: Command, cli: Cli): void {
  importOptions(
    verb(
      customer,
      "import <file>",
      `Make and change customers as a file says, CSV or JSON lines; - is standard input. Only an address is needed; an empty cell leaves what is there. Columns: ${customerShape.columns.join(", ")}, field:KEY. nameOrigin says who gave the name: hand or mail; placedBy says what put them where they are: hand, domain, default, or nothing for those in no organization. A file that says neither gives names and organizations by hand. mutedAt is a moment, such as 2026-11-27T10:00:00Z; bouncing names those of the row's addresses where no mail arrives; softBounces counts by address, such as ann@acme.com=2; "none" takes each away. One undo takes all of it back.`,
      [
        "customer import people.csv --dry-run",
        'customer import crm.csv --map email=Mail --map "name=Full name" --rejects failed.csv',
        "customer import people.csv --create-orgs --report",
        "customer export | ssh new maildesk customer import -",
      ],
    ).summary("Make and change customers as a file says."),
  )
    .option("--create-orgs", "make the organizations that rows name and nobody knows")
    .action((file: string, options: CustomerImportOptions) =>
      runImport(cli, file, options, {
        shape: customerShape,
        what: `customer import ${file}${options.createOrgs === true ? " --create-orgs" : ""}`,
        decide: (desk, rows, fields, known) => decide(desk, rows, fields, known, options.createOrgs === true),
      }),
    );
}

async function decide(
  desk: DeskSession,
  rows: readonly ImportRow[],
  fields: readonly Field[],
  { lines, earlier }: Known,
  createOrganizations: boolean,
): Promise<Batch> {
  const { app } = desk;
  const now = app.clock.now();
  const settings = await app.desk.settings();
  const facts = await factsOf(desk, rows, fields);
  const domains = new Set(rows.flatMap(keysOf).map(({ domain }) => domain));
  const refs = rows.flatMap(({ values }) => (values.organization === undefined ? [] : [values.organization]));
  const organizations = organizationsAtHand(await organizationFacts(desk, refs, domains), earlier);
  const defaultOrganization = await app.lists.organizationNamed(settings["customers.defaultOrganization"]);
  const internalDomains = new Set([...app.ownDomains, ...(await app.lists.agentDomains())]);
  const id = (prefix: string) => app.ids.next(prefix);
  return importCustomers(rows, {
    facts,
    organizations,
    place: newcomersPlacer({ organizations, defaultOrganization, internalDomains }, settings, { id }, now),
    draw: { id, ref: await refsFor(desk, rows, facts) },
    createOrganizations,
    lines,
    now,
  });
}

async function factsOf(
  { app }: DeskSession,
  rows: readonly ImportRow[],
  fields: readonly Field[],
): Promise<CustomerImportFacts> {
  const { lists } = app;
  const addresses = await lists.addressesByKey(rows.flatMap(keysOf).map(({ key }) => key));
  const ownersOf = (kind: "customer" | "agent") =>
    [...addresses.values()].filter((row) => row.ownerKind === kind).map((row) => row.ownerId);
  const customers = await lists.customersById(ownersOf("customer"));
  return {
    addresses,
    customers,
    agents: await lists.agentNamesById(ownersOf("agent")),
    values: fields.length === 0 ? new Map() : await lists.fieldValues([...customers.keys()]),
    ownKeys: app.ownKeys,
    fields,
    types: await lists.types("customer"),
  };
}

async function organizationFacts({ app }: DeskSession, refs: readonly string[], domains: ReadonlySet<string>) {
  const asked = new Set([...domains].flatMap(askedOf));
  return {
    named: await app.lists.organizationsByRefs(refs),
    owners: await app.lists.ownersOfAll(asked),
    names: new Set((await app.lists.organizationsByName([...asked].map(foldName))).keys()),
  };
}

/** Numbers for as many as may be new, drawn together. */
async function refsFor({ app, isDryRun }: DeskSession, rows: readonly ImportRow[], facts: CustomerImportFacts) {
  const count = rows.filter((row) => !facts.addresses.has(keysOf(row)[0]?.key ?? "")).length;
  let next = isDryRun || count === 0 ? 0 : await app.desk.draw("ref", count);
  return () => next++;
}
