// `maildesk org domain`: which organization owns which domain. Each domain has one owner; adding, moving or removing one
// moves no customer unless that is asked for, and says whom it might concern (ORG-2, ORG-5, ORG-8).
import type { Command } from "commander";
import { displayDomain, normaliseDomain, parentDomains } from "../address/domain.ts";
import { isFreeMail } from "../address/free-mail.ts";
import { type Change, present } from "../desk/change.ts";
import { type Claim, claimGuards, type Moves, moveClaimed, movedWith } from "../desk/domain-claim.ts";
import {
  addDomains,
  moveDomain,
  type Organization,
  refuseUnfit,
  removeDomain,
  touchByHand,
} from "../desk/organization.ts";
import { conflict, usage } from "../errors.ts";
import { concernsNobodyElse } from "../intake/facts.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownOrganization, mustStillStand } from "./known.ts";
import { type ClaimOptions, claimJson, claimLines, claimOptions, claimsOf, movesOf, tellClaims } from "./org-claim.ts";
import { counted, type Output } from "./output.ts";
import { noun, verb } from "./verb.ts";

interface DomainOptions extends ClaimOptions {
  force?: boolean;
}

export function registerDomain(org: Command, cli: Cli): void {
  const domain = noun(org, "domain", "Add, move or remove an organization's domains.");
  claimOptions(
    verb(domain, "add <org> <domain...>", "Give an organization more domains; nobody moves unless --apply.", [
      "org domain add Acme acme.com acme.co.uk",
      "org domain add Acme acme.com --apply --dry-run",
      "org domain add Acme gmail.com --force",
    ]),
  )
    .option("--force", "also a free-mail, disposable or own domain")
    .action((ref: string, domains: string[], options: DomainOptions) =>
      cli.withDesk((desk) => add(desk, cli.out, ref, domains, options)),
    );
  claimOptions(
    verb(domain, "move <org> <domain>", "Make this organization the owner of a domain that another one has.", [
      "org domain move Acme acme.de",
      "org domain move Acme acme.de --apply",
    ]),
  )
    .option("--force", "also a free-mail, disposable or own domain")
    .action((ref: string, name: string, options: DomainOptions) =>
      cli.withDesk((desk) => move(desk, cli.out, ref, name, options)),
    );
  verb(domain, "remove <org> <domain...>", "Take domains from an organization; its customers stay.", [
    "org domain remove Acme acme.de",
  ]).action((ref: string, domains: string[]) => cli.withDesk((desk) => remove(desk, cli.out, ref, domains)));
}

async function add(
  desk: DeskSession,
  out: Output,
  ref: string,
  texts: readonly string[],
  options: DomainOptions,
): Promise<void> {
  const { app } = desk;
  const flag = movesOf(options);
  const done = await desk.change(`org domain add ${ref} ${texts.join(" ")}${flagText(flag)}`, async () => {
    const organization = await knownOrganization(app, ref);
    const domains = await readDomains(desk, texts, options.force === true);
    const added = addDomains(organization, domains, await app.lists.ownersOf(domains), app.clock.now());
    const shown = domains.map(displayDomain).join(", ");
    const says = `${organization.name} owns ${shown}${added.length === 0 ? " already" : ""}.`;
    return await withClaims(desk, { organization, domains, flag, owned: added, says });
  });
  if (done !== null) await tell(desk, out, done);
}

interface Owning {
  organization: Organization;
  domains: string[];
  flag: Moves;
  /** What makes it their owner. */
  owned: Change[];
  /** The sentence for people. */
  says: string;
  /** The former owner. */
  from?: Organization | null;
}

/** The plan of a verb that gives domains to an organization, and customers with them where that was asked for. */
async function withClaims(desk: DeskSession, owning: Owning) {
  const { organization, domains, flag, owned, says } = owning;
  const all = await claimsOf(desk, organization, domains);
  const moving = movedWith(all, flag);
  const moved = moveClaimed(organization, moving);
  const touched = owned.length + moved.length === 0 ? null : touchByHand(organization);
  return {
    changes: [...owned, ...moved, ...present([touched])],
    guards: [liveGuard(organization), ...claimGuards(moving)],
    summary: [says, ...claimLines(all, flag)],
    preview: { customers: all.map(claimJson) },
    result: { ...owning, all },
  };
}

async function tell(
  desk: DeskSession,
  out: Output,
  { organization, domains, flag, says, from, all }: Owning & { all: Claim[] },
): Promise<void> {
  await say(desk, out, organization, says);
  tellClaims(out, organization, domains, all, flag);
  await remarks(desk, out, organization, domains);
  if (from == null || from.id === organization.id || from.origin !== "automatic") return;
  const left = await desk.app.lists.organizationRow(from);
  if (left.domains.length === 0 && left.customers === 0)
    out.note(
      `${from.name} has neither domain nor customer now. To let it go: maildesk org merge ${JSON.stringify(from.name)} ${JSON.stringify(organization.name)}`,
    );
}

const flagText = (flag: Moves): string => (flag === null ? "" : ` --${flag}`);

async function move(desk: DeskSession, out: Output, ref: string, text: string, options: DomainOptions): Promise<void> {
  const { app } = desk;
  const flag = movesOf(options);
  const done = await desk.change(`org domain move ${ref} ${text}${flagText(flag)}`, async () => {
    const organization = await knownOrganization(app, ref);
    const [domain = ""] = await readDomains(desk, [text], options.force === true);
    const row = await app.lists.domainRow(domain);
    if (row === null) {
      throw conflict(`Nobody owns ${displayDomain(domain)}.`, {
        remedy: `To give it to ${organization.name}: maildesk org domain add ${JSON.stringify(organization.name)} ${domain}`,
      });
    }
    const from = (await app.lists.ownersOf([domain])).get(domain) ?? null;
    const whence = from === null || from.id === organization.id ? "" : `, and ${from.name} does no more`;
    const says = `${organization.name} owns ${displayDomain(domain)}${whence}.`;
    return await withClaims(desk, {
      organization,
      domains: [domain],
      flag,
      owned: moveDomain(row, organization),
      says,
      from,
    });
  });
  if (done !== null) await tell(desk, out, done);
}

async function remove(desk: DeskSession, out: Output, ref: string, texts: readonly string[]): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`org domain remove ${ref} ${texts.join(" ")}`, async () => {
    const organization = await knownOrganization(app, ref);
    const changes = [];
    for (const domain of new Set(texts.map(readDomain))) {
      const row = await app.lists.domainRow(domain);
      if (row?.organizationId !== organization.id) {
        await mustStillStand(app, ref, organization);
        const owner = (await app.lists.ownersOf([domain])).get(domain);
        throw conflict(notOwner(organization, domain, owner));
      }
      changes.push(...removeDomain(row));
    }
    return { changes, result: { organization, count: changes.length } };
  });
  if (done === null) return;
  await say(
    desk,
    out,
    done.organization,
    `${done.organization.name} has ${counted(done.count, "domain")} fewer; its customers stay.`,
  );
}

/** Who has it instead. */
export const notOwner = (organization: Organization, domain: string, owner: Organization | undefined): string =>
  `${organization.name} does not own ${displayDomain(domain)}: ${owner === undefined ? "nobody does" : `${owner.name} (${owner.id}) does`}.`;

export const readDomain = (text: string): string => {
  const read = normaliseDomain(text);
  if (!read.ok) throw usage(read.text);
  return read.domain;
};

/** Normalised and fit to be owned; free-mail, disposable and the desk's own ones need --force (ORG-2, ORG-5). */
export async function readDomains(desk: DeskSession, texts: readonly string[], force: boolean): Promise<string[]> {
  const settings = await desk.app.desk.settings();
  const additions = new Set(settings["customers.freeMail"]);
  const exceptions = new Set(settings["customers.freeMailExcept"]);
  const domains = [...new Set(texts.map(readDomain))];
  for (const domain of force ? [] : domains) {
    const kind = isFreeMail(domain, additions, exceptions);
    refuseUnfit(domain, kind, !settings["customers.internal"] && (await isInternal(desk, domain)), settings);
  }
  return domains;
}

/** Asked in the same words as a mail from that domain would ask. */
async function isInternal({ app }: DeskSession, domain: string): Promise<boolean> {
  const sender = { name: "", address: "", key: `@${domain}`, domain }; // no person has an empty local part
  const facts = await app.desk.facts(
    {
      digest: "",
      messageId: null,
      cited: [],
      bounced: null,
      sender,
      domains: [domain],
      tokens: [],
      taggedNumber: null,
      ...concernsNobodyElse,
      now: app.clock.now(),
    },
    null,
  );
  return facts.internalDomain;
}

/** Who owns what lies above and below. */
export async function remarks(
  { app }: DeskSession,
  out: Output,
  organization: Pick<Organization, "id" | "name">,
  domains: readonly string[],
): Promise<void> {
  for (const domain of domains) {
    for (const [parent, owner] of await app.lists.ownersOf(parentDomains(domain).slice(1))) {
      if (owner.id !== organization.id) out.note(`${owner.name} owns ${displayDomain(parent)}, above it.`);
    }
    for (const below of await app.lists.subdomainOwners(domain)) {
      if (below.organizationId !== organization.id)
        out.note(`${below.name} keeps ${displayDomain(below.domain)}, below it.`);
    }
  }
}

async function say({ app }: DeskSession, out: Output, organization: Organization, text: string): Promise<void> {
  if (!out.isJson) return out.line(text);
  const { id, name, domains, customers, openTickets } = await app.lists.organizationRow(organization);
  out.json({ id, name, domains, customers, openTickets });
}

export const liveGuard = ({ id, version }: Organization) => ({
  kind: "version" as const,
  table: "organization" as const,
  id,
  version,
});
