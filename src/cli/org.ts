// `maildesk org`: customer organizations (ORG-1 to ORG-5, ORG-10). An organization is named by id, name or domain.
import type { Command } from "commander";
import { displayDomain } from "../address/domain.ts";
import type { App } from "../app.ts";
import type { Change, Guard } from "../desk/change.ts";
import {
  addDomains,
  cleanName,
  deleteOrganization,
  foldName,
  newOrganization,
  type Organization,
  type OrganizationDetails,
  setOrganization,
} from "../desk/organization.ts";
import { conflict } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownOrganization } from "./known.ts";
import { liveGuard, readDomains, registerDomain, remarks } from "./org-domain.ts";
import { type OrganizationRow, organizationJson, showOrganization } from "./org-show.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

interface AddOptions {
  domain?: string[];
  force?: boolean;
}

const keys = ["name", "website", "phone", "postalAddress", "notes"] as const;
const membersMax = 100_000;

export function registerOrganization(program: Command, cli: Cli): void {
  const org = noun(program, "org", "Customer organizations and the domains that they own.");
  verb(org, "add <name>", "Make an organization.", ['org add "Acme Ltd" --domain acme.com --domain acme.co.uk'])
    .option("--domain <domain>", "a domain that it owns; may be given several times", collect)
    .option("--force", "also a free-mail, disposable or own domain")
    .action((name: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, name, options)));
  listOptions(
    verb(org, "list [text]", "List organizations by name; TEXT stands in the name or in a domain.", [
      "org list",
      "org list acme --json",
    ]),
  ).action((text: string | undefined, options: ListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, text, options)),
  );
  verb(org, "show <org>", "Show an organization with its domains, members and tickets.", [
    "org show acme.com",
    'org show "Acme Ltd" --json',
  ]).action((ref: string) =>
    cli.withDesk(async ({ app }) => showOrganization(app, cli.out, await knownOrganization(app, ref))),
  );
  verb(org, "set <org> <key=value...>", `Set details: ${keys.join(", ")}. An empty value clears.`, [
    'org set acme.com name="Acme Ltd" phone=+441632960001',
    "org set acme.com notes=",
  ]).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  registerDomain(org, cli);
  verb(org, "delete <org>", "Delete an organization; its tickets stay, for the record.", [
    "org delete acme.com --detach",
  ])
    .option("--detach", "its customers go to no organization")
    .action((ref: string, options: { detach?: boolean }) =>
      cli.withDesk((desk) => remove(desk, cli.out, ref, options.detach === true)),
    );
}

const collect = (value: string, all: string[] | undefined): string[] => [...(all ?? []), value];

async function add(desk: DeskSession, out: Output, text: string, options: AddOptions): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("org");
  const done = await desk.change(`org add ${text}`, async () => {
    const name = cleanName(text);
    await mustBeFree(app, name, null);
    const domains = await readDomains(desk, options.domain ?? [], options.force === true);
    const now = app.clock.now();
    const owners = await app.lists.ownersOf(domains);
    const [taken] = owners;
    if (taken !== undefined) throw takenDomain(name, ...taken);
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
  await remarks(desk, out, { id, name }, domains);
}

/** There is no organization yet that could take it over. */
const takenDomain = (name: string, domain: string, owner: Organization) =>
  conflict(`${domain} belongs to ${owner.name} (${owner.id}).`, {
    remedy: `Make ${name} without it, then: maildesk org domain move ${JSON.stringify(name)} ${domain}`,
  });

/** Names are unique without regard to case (ORG-1). */
async function mustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = await lists.organizationByRef(name);
  if (other === null || other.nameKey !== foldName(name) || other.id === ownId) return;
  throw conflict(`There is an organization named ${other.name} already (${other.id}).`, {
    remedy: `To give it a domain: maildesk org domain add ${JSON.stringify(other.name)} DOMAIN`,
  });
}

const columns: readonly Column<OrganizationRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 30 },
  { head: "DOMAINS", value: (row) => row.domains.map(displayDomain).join(" "), max: 32 },
  { head: "CUSTOMERS", value: (row) => row.customers, right: true },
  { head: "OPEN", value: (row) => row.openTickets, right: true },
  { head: "ID", value: (row) => row.id },
];

async function list({ app }: DeskSession, out: Output, text: string | undefined, options: ListOptions): Promise<void> {
  const shape: ListShape<OrganizationRow> = {
    columns,
    id: (row) => row.id,
    json: organizationJson,
    none: "There are no organizations.",
    ids: options.ids,
    csv: options.csv,
  };
  const { rows, total } = await app.lists.organizationList({ text, limit: limitOf(options, out.isJson) });
  out.list(rows, total, shape);
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  const values = readPairs(pairs, keys);
  const done = await desk.change(`org set ${ref} ${[...values.keys()].join(" ")}`, async () => {
    const organization = await knownOrganization(app, ref);
    const details: OrganizationDetails = Object.fromEntries([...values].map(([key, value]) => [key, value.trim()]));
    if (details.name !== undefined) await mustBeFree(app, details.name, organization.id);
    const change = setOrganization(organization, details);
    return { changes: change === null ? [] : [change], result: organization.id };
  });
  if (done === null) return;
  await showOrganization(app, out, await knownOrganization(app, done));
}

async function remove(desk: DeskSession, out: Output, ref: string, detach: boolean): Promise<void> {
  const { app } = desk;
  const done = await desk.change(
    `org delete ${ref}`,
    async () => {
      const organization = await knownOrganization(app, ref);
      const { rows, total } = await app.lists.customerList({
        organizationId: organization.id,
        limit: membersMax,
      });
      if (total > 0 && !detach) {
        throw conflict(`${organization.name} has ${counted(total, "customer")}.`, {
          remedy: "Move them first, or add --detach: then they are in no organization.",
        });
      }
      const guards: Guard[] = [
        liveGuard(organization),
        { kind: "members", organizationId: organization.id, customerIds: rows.map((row) => row.id) },
      ];
      const ids = rows.map((row) => row.id);
      const detached: Change[] =
        ids.length === 0
          ? []
          : [
              {
                table: "customer",
                ids,
                before: { organizationId: organization.id },
                after: { organizationId: null },
              },
            ];
      const changes = [...detached, ...deleteOrganization(organization, await app.lists.domainsOf(organization.id))];
      return { changes, guards, result: { organization, count: total } };
    },
    ({ result }) =>
      `Delete ${result.organization.name}${result.count > 0 ? ` and leave ${counted(result.count, "customer")} without an organization` : ""}?`,
  );
  if (done === null) return;
  if (out.isJson)
    out.json({ id: done.organization.id, name: done.organization.name, deleted: true, detached: done.count });
  else out.line(`Deleted ${done.organization.name}. \`maildesk undo\` takes it back.`);
}
