// Customer organizations and the domains they own: who joins which, and what an unknown domain creates (ORG-1..6).
// Whether a domain is well formed, public or free-mail is for src/address to say; here it is already a fact.
import { displayDomain } from "../address/domain.ts";
import { badData, conflict } from "../errors.ts";
import { type Change, insert, remove, update } from "./change.ts";
import type { Settings } from "./settings.ts";

export interface Organization {
  id: string;
  name: string;
  /** The name folded for comparison; unique among organizations that are not merged or deleted. */
  nameKey: string;
  origin: "automatic" | "hand";
  state: "active" | "merged" | "deleted";
  mergedInto: string | null;
  website: string;
  phone: string;
  postalAddress: string;
  /** Where its logo is: a web address or a file's name; maildesk keeps the words only. */
  logo: string;
  notes: string;
  /** What its customers may see, as desk/visibility writes it; "" is what the desk says. */
  visibility: string;
  createdAt: number;
  version: number;
}

/** `id` is the domain itself: lower case, punycode, no trailing dot. One row a domain, so one owner a domain. */
export interface OrganizationDomain {
  id: string;
  organizationId: string;
  createdAt: number;
  version: number;
}

/** A domain of 253 characters must fit: automatic organizations are named after theirs. */
const nameCharsMax = 300;

export const foldName = (name: string): string => name.normalize("NFC").trim().replace(/\s+/gu, " ").toLowerCase();

export function newOrganization(
  id: string,
  name: string,
  origin: Organization["origin"],
  domains: readonly string[],
  now: number,
): Change[] {
  const clean = cleanName(name);
  return [
    insert("organization", {
      id,
      name: clean,
      nameKey: foldName(clean),
      origin,
      state: "active",
      mergedInto: null,
      website: "",
      phone: "",
      postalAddress: "",
      logo: "",
      notes: "",
      visibility: "",
      createdAt: now,
    }),
    ...domains.map((domain) => insert("organizationDomain", { id: domain, organizationId: id, createdAt: now })),
  ];
}

/** What is known of one domain and the domains above it when a customer must be placed. */
export interface DomainFacts {
  domain: string;
  /** The domain, then its parents, longest first. */
  parents: readonly string[];
  /** By the Public Suffix List with private suffixes; null for what has none. */
  registrable: string | null;
  freeMail: "free-mail" | "disposable" | null;
  /** The desk's own or one of its agents'. */
  internal: boolean;
  /** Owners of the domain or of a parent, by domain. */
  owners: ReadonlyMap<string, Organization>;
}

export type Placement =
  | { kind: "join"; organization: Organization; domain: string; why: string }
  | { kind: "create"; domain: string; why: string }
  | { kind: "none"; why: string };

/** Where a new customer of this domain belongs (ORG-3, ORG-4, ORG-5), with the reason for `explain`. */
export function placeByDomain(facts: DomainFacts, settings: Settings): Placement {
  const { domain } = facts;
  if (!settings["customers.matchOrganizationByDomain"]) {
    return { kind: "none", why: "customers.matchOrganizationByDomain is off" };
  }
  const candidates = settings["customers.matchSubdomains"] ? facts.parents : [domain];
  for (const candidate of candidates) {
    const owner = facts.owners.get(candidate);
    if (owner !== undefined) {
      const how = candidate === domain ? `owns ${domain}` : `owns ${candidate}, a parent of ${domain}`;
      return { kind: "join", organization: owner, domain: candidate, why: `${owner.name} ${how}` };
    }
  }
  if (facts.freeMail !== null) return { kind: "none", why: `${domain} is a ${facts.freeMail} domain` };
  if (facts.internal && !settings["customers.internal"])
    return { kind: "none", why: `${domain} is the desk's own domain` };
  if (!settings["customers.autoCreateOrganizations"])
    return { kind: "none", why: "customers.autoCreateOrganizations is off" };
  const created = settings["customers.matchSubdomains"] ? facts.registrable : domain;
  if (created === null || facts.registrable === null)
    return { kind: "none", why: `${domain} is no domain that anybody registered` };
  return { kind: "create", domain: created, why: `nobody owns ${created} yet` };
}

/** Adds domains to an organization; a taken one is a conflict that names its owner and the remedy (ORG-2). */
export function addDomains(
  organization: Pick<Organization, "id" | "name">,
  domains: readonly string[],
  owners: ReadonlyMap<string, Organization>,
  now: number,
): Change[] {
  const changes: Change[] = [];
  for (const domain of new Set(domains)) {
    const owner = owners.get(domain);
    if (owner?.id === organization.id) continue;
    if (owner !== undefined) throw takenDomain(organization, domain, owner);
    changes.push(insert("organizationDomain", { id: domain, organizationId: organization.id, createdAt: now }));
  }
  return changes;
}

/** An automatic organization that nobody touched has nothing to lose: it can be merged whole (ORG-2). */
export function takenDomain(organization: Pick<Organization, "name">, domain: string, owner: Organization) {
  const name = JSON.stringify(organization.name);
  return conflict(`${displayDomain(domain)} belongs to ${owner.name} (${owner.id}).`, {
    remedy:
      owner.origin === "automatic"
        ? `To take it over with its customers: maildesk org merge ${JSON.stringify(owner.name)} ${name}; the domain alone: maildesk org domain move ${name} ${domain}`
        : `To take it over: maildesk org domain move ${name} ${domain}`,
  });
}

/** The same where the organization that wants it is yet to be made, and could take nothing over. */
export const takenFromTheFirst = (name: string, domain: string, owner: Organization) =>
  conflict(`${displayDomain(domain)} belongs to ${owner.name} (${owner.id}).`, {
    remedy:
      owner.origin === "automatic"
        ? `To keep its customers: maildesk org set ${JSON.stringify(owner.name)} name=${JSON.stringify(name)}`
        : `Make ${name} without it, then: maildesk org domain move ${JSON.stringify(name)} ${domain}`,
  });

/** A domain whose people don't belong together, or are no customers: by --force only (ORG-5). */
export function refuseUnfit(
  domain: string,
  freeMail: "free-mail" | "disposable" | null,
  internal: boolean,
  settings: Pick<Settings, "customers.freeMailExcept">,
): void {
  const excepted = [...settings["customers.freeMailExcept"], domain].join(",");
  if (freeMail !== null)
    throw conflict(`${displayDomain(domain)} is a ${freeMail} domain: its people don't belong together.`, {
      remedy: `If they do here: --force, or \`maildesk settings set customers.freeMailExcept=${excepted}\`.`,
    });
  if (internal)
    throw conflict(`${displayDomain(domain)} is the desk's own domain, or that of its agents.`, {
      remedy: "If its people are customers too: --force.",
    });
}

/** Gives a domain a new owner; nobody moves with it (ORG-8). */
export function moveDomain(row: OrganizationDomain, to: Organization): Change[] {
  const change = update("organizationDomain", row, { organizationId: to.id });
  return change === null ? [] : [change];
}

export const removeDomain = (row: OrganizationDomain): Change[] => [remove("organizationDomain", row)];

/** What a person may set on an organization. */
export type OrganizationDetails = Partial<
  Pick<Organization, "name" | "website" | "phone" | "postalAddress" | "logo" | "notes" | "visibility">
>;

/** Sets details; an automatic organization that somebody touched is one made by hand from then on. */
export function setOrganization(organization: Organization, details: OrganizationDetails): Change | null {
  const name = details.name === undefined ? {} : { name: cleanName(details.name), nameKey: foldName(details.name) };
  if (update("organization", organization, { ...details, ...name }) === null) return null;
  return update("organization", organization, { ...details, ...name, origin: "hand" });
}

/** Somebody gave it a domain: an automatic organization is one made by hand from then on. */
export const touchByHand = (organization: Organization): Change | null =>
  update("organization", organization, { origin: "hand" });

/** A name fit to be shown: one line, single blanks; badData where nothing is left or it is too long. */
export function cleanName(name: string): string {
  const clean = name
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (clean === "") throw badData("An organization needs a name.");
  if (clean.toLowerCase() === "none")
    throw badData('No organization can be called "none": that word means no organization.');
  if (clean.length > nameCharsMax)
    throw badData(`The name has ${clean.length} characters; at most ${nameCharsMax} are possible.`);
  return clean;
}
