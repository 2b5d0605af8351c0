// `maildesk org`: customer organizations (ORG-1 to ORG-5, ORG-10). An organization is named by id, name or domain.
import type { Command } from "commander";
import { displayDomain } from "../address/domain.ts";
import { present } from "../desk/change.ts";
import {
  addDomains,
  cleanName,
  newOrganization,
  type OrganizationDetails,
  setOrganization,
  takenFromTheFirst,
  touchByHand,
} from "../desk/organization.ts";
import { readScope } from "../desk/visibility.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { fieldChanges, fieldKeys } from "./field.ts";
import { knownOrganization, nameMustBeFree } from "./known.ts";
import { claimsOf, tellClaims } from "./org-claim.ts";
import { liveGuard, readDomains, registerDomain, remarks } from "./org-domain.ts";
import { registerExport } from "./org-export.ts";
import { type OrganizationFilterOptions, organizationFilter, organizationFilterOf } from "./org-filter.ts";
import { registerImport } from "./org-import.ts";
import { registerMerge } from "./org-merge.ts";
import { type OrganizationRow, organizationJson, showOrganization } from "./org-show.ts";
import type { Column, ListShape, Output } from "./output.ts";
import { collect, type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

interface AddOptions {
  domain?: string[];
  force?: boolean;
}

type OrganizationListOptions = ListOptions & OrganizationFilterOptions;

const keys = ["name", "website", "phone", "postalAddress", "logo", "notes", "visibility"] as const;

export function registerOrganization(program: Command, cli: Cli): void {
  const org = noun(program, "org", "Customer organizations and the domains that they own.");
  verb(org, "add <name>", "Make an organization.", ['org add "Acme Ltd" --domain acme.com --domain acme.co.uk'])
    .option("--domain <domain>", "a domain that it owns; may be given several times", collect)
    .option("--force", "also a free-mail, disposable or own domain")
    .action((name: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, name, options)));
  registerList(org, cli);
  verb(org, "show <org>", "Show an organization with its domains, members and tickets.", [
    "org show acme.com",
    'org show "Acme Ltd" --json',
  ])
    .option("--all", "everything, whatever the setting panel.organization names")
    .action((ref: string, options: { all?: boolean }) =>
      cli.withDesk(async ({ app }) =>
        showOrganization(app, cli.out, await knownOrganization(app, ref), options.all === true),
      ),
    );
  verb(
    org,
    "set <org> <key=value...>",
    `Set details: ${keys.join(", ")}, and custom fields by field:KEY. An empty value clears.`,
    ['org set acme.com name="Acme Ltd" phone=+441632960001', "org set acme.com notes="],
  ).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  registerDomain(org, cli);
  registerMerge(org, cli);
  registerImport(org, cli);
  registerExport(org, cli);
}

async function add(desk: DeskSession, out: Output, text: string, options: AddOptions): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("org");
  const done = await desk.change(`org add ${text}`, async () => {
    const name = cleanName(text);
    await nameMustBeFree(app, name, null);
    const domains = await readDomains(desk, options.domain ?? [], options.force === true);
    const now = app.clock.now();
    const owners = await app.lists.ownersOf(domains);
    const [taken] = owners;
    if (taken !== undefined) throw takenFromTheFirst(name, ...taken);
    const changes = [...newOrganization(id, name, "hand", [], now), ...addDomains({ id, name }, domains, owners, now)];
    return { changes, result: { name, domains } };
  });
  if (done === null) return;
  const { name, domains } = done;
  if (out.isJson) out.json({ id, name, domains, customers: 0, openTickets: 0 });
  else
    out.line(
      `Made ${name} (${id})${domains.length === 0 ? "" : `, owner of ${domains.map(displayDomain).join(", ")}`}.`,
    );
  tellClaims(out, { name }, domains, await claimsOf(desk, { id, name }, domains), null);
  await remarks(desk, out, { id, name }, domains);
}

function registerList(org: Command, cli: Cli): void {
  const command = organizationFilter(
    verb(org, "list [text]", "List organizations by name; TEXT stands in the name or in a domain.", [
      "org list",
      "org list acme --json",
      "org list --origin automatic --without-customers",
      "org list --domain acme.com",
      "org list --field plan=Gold --with-customers",
    ]),
  );
  listOptions(command).action((text: string | undefined, options: OrganizationListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, text, options)),
  );
}

const columns: readonly Column<OrganizationRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 30 },
  { head: "DOMAINS", value: (row) => row.domains.map(displayDomain).join(" "), max: 32 },
  { head: "CUSTOMERS", value: (row) => row.customers, right: true },
  { head: "OPEN", value: (row) => row.openTickets, right: true },
  { head: "ID", value: (row) => row.id },
];

async function list(
  { app }: DeskSession,
  out: Output,
  text: string | undefined,
  options: OrganizationListOptions,
): Promise<void> {
  if (text !== undefined && options.text !== undefined) throw usage("The text is given twice, as TEXT and by --text.");
  const filter = await organizationFilterOf(app, { ...options, ...(text === undefined ? {} : { text }) });
  const shape: ListShape<OrganizationRow> = {
    columns,
    id: (row) => row.id,
    json: organizationJson,
    none: "There are no organizations.",
    ids: options.ids,
    csv: options.csv,
  };
  const { rows, total } = await app.lists.organizationList({ ...filter, limit: limitOf(options, out.isJson) });
  out.list(rows, total, shape);
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  const fields = await app.lists.fields("organization");
  const values = readPairs(pairs, [...keys, ...fieldKeys(fields)]);
  const done = await desk.change(`org set ${ref} ${[...values.keys()].join(" ")}`, async () => {
    const organization = await knownOrganization(app, ref);
    const details: OrganizationDetails = Object.fromEntries(
      [...values].filter(([key]) => !key.startsWith("field:")).map(([key, value]) => [key, value.trim()]),
    );
    if (details.visibility) details.visibility = readScope(details.visibility);
    if (details.name !== undefined) await nameMustBeFree(app, details.name, organization.id);
    const change = setOrganization(organization, details);
    const ofFields = await fieldChanges(app, fields, organization.id, values);
    const touched = change ?? (ofFields.length > 0 ? touchByHand(organization) : null);
    return {
      changes: [...present([touched]), ...ofFields],
      guards: [liveGuard(organization)],
      result: organization.id,
    };
  });
  if (done === null) return;
  await showOrganization(app, out, await knownOrganization(app, done));
}
