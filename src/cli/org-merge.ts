// `maildesk org merge`, `split` and `delete`: organizations that become one, are taken apart, or end (ORG-9, ORG-10). Each
// is shown by --dry-run in words, and taken back by `undo`.
import type { Command } from "commander";
import { displayDomain } from "../address/domain.ts";
import type { App } from "../app.ts";
import { claims } from "../desk/domain-claim.ts";
import type { Organization } from "../desk/organization.ts";
import { cleanName, foldName } from "../desk/organization.ts";
import {
  type Belongings,
  deleteOrganization,
  filledDetails,
  mergeOrganizations,
  splitOrganization,
} from "../desk/organization-merge.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { mergedValues } from "./field.ts";
import { knownOrganization, mustStillStand, nameMustBeFree } from "./known.ts";
import { closestOwner } from "./org-claim.ts";
import { notOwner, readDomain } from "./org-domain.ts";
import { counted, type Output } from "./output.ts";
import { collect, verb } from "./verb.ts";

interface SplitOptions {
  domain: string[];
  name: string;
}

interface DeleteOptions {
  detach?: boolean;
  into?: string;
}

export function registerMerge(org: Command, cli: Cli): void {
  verb(
    org,
    "merge <from> <into>",
    "Make one organization of two: customers, domains and tickets of FROM belong to INTO, whose details win.",
    ["org merge acme.de Acme --dry-run", "org merge acme.de Acme", "undo"],
  ).action((from: string, into: string) => cli.withDesk((desk) => merge(desk, cli.out, from, into)));
  verb(
    org,
    "split <org>",
    "Take domains, and the customers whom they placed, out of an organization; with the name of one that was merged into it, that one lives again with its tickets.",
    ["org split Acme --domain acme.de --name acme.de --dry-run", "org split Acme --domain acme.de --name 'Acme GmbH'"],
  )
    .requiredOption("--domain <domain>", "a domain that goes; may be given several times", collect)
    .requiredOption("--name <name>", "what it is called then")
    .action((ref: string, options: SplitOptions) => cli.withDesk((desk) => split(desk, cli.out, ref, options)));
  verb(org, "delete <org>", "Delete an organization; its tickets stay, for the record.", [
    "org delete acme.com --detach",
    "org delete acme.com --into Globex",
  ])
    .option("--detach", "its customers go to no organization")
    .option("--into <org>", "its customers go there; its domains are free")
    .action((ref: string, options: DeleteOptions) => cli.withDesk((desk) => remove(desk, cli.out, ref, options)));
}

async function merge(desk: DeskSession, out: Output, fromRef: string, intoRef: string): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`org merge ${fromRef} ${intoRef}`, async () => {
    const from = await knownOrganization(app, fromRef);
    const into = await knownOrganization(app, intoRef);
    if (from.id === into.id) throw await sameError(app, fromRef, intoRef, into);
    await mustBeTold(app, from, `after a merge all of ${into.name} would get it`);
    const belongings = await app.lists.belongingsOf(from);
    const tickets = await app.lists.organizationTickets(from.id);
    const filled = filledDetails(from, into);
    const gained = await followsGained(app, from, into);
    const summary = [
      `${from.name} (${from.id}) becomes part of ${into.name} (${into.id}).`,
      `  ${shares(belongings)}, ${counted(tickets.open + tickets.closed, "ticket")} then belong to ${into.name}.`,
      ...(filled.length > 0 ? [`  ${into.name} gets its ${filled.join(", ")}.`] : []),
      ...(gained.length === 0 ? [] : [`  All customers of ${into.name} follow ${gained.join(", ")} from then on.`]),
      `  The name ${from.name} leads to ${into.name} from then on.`,
    ];
    return {
      ...mergeOrganizations(
        belongings,
        into,
        await mergedValues(app, from.id, into.id),
        await app.lists.followsBy({ customerId: null, organizationId: into.id }),
      ),
      summary,
      preview: previewOf(belongings),
      result: { from, into, belongings, gained },
    };
  });
  if (done === null) return;
  const { from, into, belongings, gained } = done;
  if (out.isJson) {
    return out.json({
      id: into.id,
      name: into.name,
      merged: { id: from.id, name: from.name, ...previewOf(belongings) },
    });
  }
  out.line(`${from.name} is part of ${into.name} now: ${shares(belongings)}. \`maildesk undo\` takes it back.`);
  if (gained.length > 0) out.note(`All customers of ${into.name} follow ${gained.join(", ")} from now on.`);
}

/** Names of projects that only FROM follows. */
async function followsGained({ lists }: App, from: Organization, into: Organization): Promise<string[]> {
  const followed = async (id: string) => await lists.followedBy({ customerId: null, organizationId: id });
  const there = new Set((await followed(into.id)).map(({ id }) => id));
  return (await followed(from.id)).filter(({ id }) => !there.has(id)).map(({ name }) => name);
}

/** What was written to the customers of FROM is for them: nobody of INTO may hear it, and none of them may miss it. */
async function mustBeTold({ lists }: App, from: Organization, what: string): Promise<void> {
  const waiting = await lists.waitsToBeTold(from.id);
  if (waiting !== null)
    throw conflict(`"${waiting.subject}" still waits to be sent to customers of ${from.name}: ${what}.`, {
      remedy:
        "Do this when it has left (`maildesk deliver`), or take it back first (`maildesk log list`, `maildesk undo`).",
    });
}

const previewOf = ({ members, domains }: Pick<Belongings, "members" | "domains">) => ({
  customers: members.length,
  domains: domains.map((row) => row.id),
});

/** `3 customers, 2 domains (acme.com, acme.de)`. */
function shares({ members, domains }: Pick<Belongings, "members" | "domains">): string {
  const names = domains.slice(0, 5).map((row) => displayDomain(row.id));
  const more = domains.length > names.length ? `, and ${domains.length - names.length} more` : "";
  const owned =
    domains.length === 0 ? "no domain" : `${counted(domains.length, "domain")} (${names.join(", ")}${more})`;
  return `${counted(members.length, "customer")}, ${owned}`;
}

async function sameError({ lists }: App, fromRef: string, intoRef: string, into: Organization) {
  for (const ref of [fromRef, intoRef]) {
    const earlier = await lists.mergedOrganization(ref);
    if (earlier === null || (await lists.organizationByRef(earlier.id))?.id !== into.id) continue;
    return conflict(`${earlier.name} is part of ${into.name} already.`, {
      remedy: `To take them apart: maildesk org split ${JSON.stringify(into.name)} --domain D --name ${JSON.stringify(earlier.name)}`,
    });
  }
  const remedy = "Name two different ones; `maildesk org list` shows them.";
  // Two words for one organization may have been two when they were typed: somebody merged them meanwhile.
  return (foldName(fromRef) === foldName(intoRef) ? usage : conflict)(
    `"${fromRef}" and "${intoRef}" are the same organization, ${into.name} (${into.id}).`,
    { remedy },
  );
}

async function split(desk: DeskSession, out: Output, ref: string, { domain, name }: SplitOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const newId = app.ids.next("org");
  const done = await desk.change(`org split ${ref} --domain ${domain.join(" --domain ")} --name ${name}`, async () => {
    const from = await knownOrganization(app, ref);
    const domains = await ownedDomains(app, ref, from, domain);
    const whole = await app.lists.belongingsOf(from);
    const revived = await revivedBy(app, from, name);
    if (revived === null) await nameMustBeFree(app, name, null);
    const into = { id: revived?.id ?? newId, name: cleanName(name) };
    const { members, stay } = await placedBy(
      desk,
      from,
      into,
      domains.map((row) => row.id),
    );
    const shown = shares({ members, domains });
    const summary = [
      `${into.name}${revived === null ? " is made" : ` (${revived.id}) lives again, with its tickets`}: ${shown}, from ${from.name}.`,
      ...(stay > 0
        ? [`  ${counted(stay, "customer")} at these domains, placed by hand or with another primary address, stay.`]
        : []),
    ];
    const decided = splitOrganization(whole, { ...into, domains, members }, revived, app.clock.now());
    return {
      ...decided,
      summary,
      preview: previewOf({ members, domains }),
      result: { from, into, summary, members, domains },
    };
  });
  if (done === null) return;
  const { into, from, summary, members, domains } = done;
  if (out.isJson)
    return out.json({ ...into, ...previewOf({ members, domains }), from: { id: from.id, name: from.name } });
  const [first = "", ...rest] = summary;
  out.line(`${first} \`maildesk undo\` takes it back.`);
  for (const line of rest) out.note(line.trim());
}

async function ownedDomains(app: App, ref: string, from: Organization, texts: readonly string[]) {
  const { lists } = app;
  const rows = [];
  for (const domain of new Set(texts.map(readDomain))) {
    const row = await lists.domainRow(domain);
    if (row?.organizationId !== from.id) {
      await mustStillStand(app, ref, from);
      const owner = (await lists.ownersOf([domain])).get(domain);
      throw conflict(notOwner(from, domain, owner), {
        remedy: `It owns ${(await lists.domainsOf(from.id)).map((one) => displayDomain(one.id)).join(", ") || "no domain"}.`,
      });
    }
    rows.push(row);
  }
  return rows;
}

/** The organization of this name that was merged into `from`; null where there is none. */
async function revivedBy({ lists }: App, from: Organization, name: string): Promise<Organization | null> {
  const merged = await lists.mergedOrganization(name);
  return merged !== null && merged.nameKey === foldName(name) && merged.mergedInto === from.id ? merged : null;
}

/** Members whom these domains placed, and how many at the same domains stay. */
async function placedBy(
  { app }: DeskSession,
  from: Organization,
  into: Pick<Organization, "id" | "name">,
  domains: readonly string[],
): Promise<{ members: string[]; stay: number }> {
  const withSubdomains = (await app.desk.settings())["customers.matchSubdomains"];
  const found = [];
  for (const domain of domains) found.push(...(await app.lists.membersAt(domain, from.id, withSubdomains)));
  const all = claims(into, found, await closestOwner(app, found, domains, into, withSubdomains));
  const members = all.filter(({ movedBy }) => movedBy !== null).map(({ candidate }) => candidate.id);
  return { members: members.sort(), stay: all.length - members.length };
}

async function remove(desk: DeskSession, out: Output, ref: string, options: DeleteOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  if (options.detach === true && options.into !== undefined)
    throw usage("--detach and --into exclude each other.", { remedy: "Say where its customers go, once." });
  const flags = options.detach === true ? " --detach" : options.into === undefined ? "" : ` --into ${options.into}`;
  const done = await desk.change(
    `org delete ${ref}${flags}`,
    async () => {
      const organization = await knownOrganization(app, ref);
      const into = options.into === undefined ? null : await knownOrganization(app, options.into);
      if (into?.id === organization.id)
        throw usage(`The customers of ${organization.name} can't stay in it when it is deleted.`, {
          remedy: "Name another organization, or --detach.",
        });
      await mustBeTold(app, organization, "they would never get it");
      const belongings = await app.lists.belongingsOf(organization);
      const count = belongings.members.length;
      if (count > 0 && into === null && options.detach !== true) {
        throw conflict(`${organization.name} has ${counted(count, "customer")}.`, {
          remedy: "Say where they go: --into another organization, or --detach: then they are in none.",
        });
      }
      const where = into === null ? "leave it for no organization" : `go to ${into.name}`;
      const summary = [
        `${organization.name} ends, and its domains are free: ${shares(belongings)}.`,
        ...(count > 0 ? [`  The customers ${where}; tickets stay as they are.`] : []),
      ];
      return { ...deleteOrganization(belongings, into), summary, result: { organization, into, count } };
    },
    ({ result }) => {
      const { organization, into, count } = result;
      const left =
        into === null
          ? `leave ${counted(count, "customer")} without an organization`
          : `move ${counted(count, "customer")} to ${into.name}`;
      return `Delete ${organization.name}${count > 0 ? ` and ${left}` : ""}?`;
    },
  );
  if (done === null) return;
  const { organization, into, count } = done;
  if (out.isJson)
    out.json({
      id: organization.id,
      name: organization.name,
      deleted: true,
      detached: into === null ? count : 0,
      moved: into === null ? 0 : count,
    });
  else out.line(`Deleted ${organization.name}. \`maildesk undo\` takes it back.`);
}
