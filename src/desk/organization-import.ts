// What becomes of rows that name organizations (ORG-13): each makes one, changes one or fails, by itself. The name decides
// which it is; an empty cell leaves the value; domains are added and never taken away, from nobody.
import { displayDomain, normaliseDomain, registrableDomain } from "../address/domain.ts";
import { type FreeMail, isFreeMail } from "../address/free-mail.ts";
import { badData, conflict } from "../errors.ts";
import { type Change, type Guard, insert, present } from "./change.ts";
import type { Field, FieldValue } from "./field.ts";
import {
  type Batch,
  failure,
  fieldChangesOf,
  type ImportRow,
  inTableOrder,
  type Lines,
  type RowEnd,
} from "./import-row.ts";
import {
  cleanName,
  foldName,
  newOrganization,
  type Organization,
  type OrganizationDetails,
  refuseUnfit,
  setOrganization,
  takenDomain,
  takenFromTheFirst,
  touchByHand,
} from "./organization.ts";
import type { Settings } from "./settings.ts";
import { readScope } from "./visibility.ts";

export interface OrganizationImportFacts {
  /** Live ones, by folded name. */
  named: ReadonlyMap<string, Organization>;
  /** Live ones, by domain that they own. */
  owners: ReadonlyMap<string, Organization>;
  /** By organization's id. */
  values: ReadonlyMap<string, readonly FieldValue[]>;
  fields: readonly Field[];
  /** Domains of the desk's mailboxes and of its agents. */
  internalDomains: ReadonlySet<string>;
}

export interface OrganizationImport {
  facts: OrganizationImportFacts;
  settings: Settings;
  /** Also free-mail, disposable and own domains. */
  force: boolean;
  draw: { id(prefix: string): string };
  /** Names and domains of rows before. */
  lines: Lines;
  now: number;
}

const plain = ["website", "phone", "postalAddress", "logo", "notes"] as const;
const domainsMax = 1_000;

/** Decides the rows in their order; those that fail change nothing. */
export function importOrganizations(rows: readonly ImportRow[], desk: OrganizationImport): Batch {
  const changes: Change[] = [];
  const guards: Guard[] = [];
  const ends: RowEnd[] = [];
  for (const row of rows) {
    const name = row.values.name ?? "";
    try {
      const decided = decide(row, desk);
      changes.push(...decided.changes);
      guards.push(...decided.guards);
      ends.push({ line: row.line, name, end: decided.end, text: decided.text });
    } catch (error) {
      ends.push(failure(row, name, error));
    }
  }
  const organizations = ends.filter(({ end }) => end === "made").length;
  return { changes: inTableOrder(changes), guards, ends, organizations };
}

/** A row's domains as they would be owned; those that can't be are left out. */
export const domainsIn = (row: ImportRow): string[] =>
  domainTexts(row).flatMap((text) => {
    const read = normaliseDomain(text);
    return read.ok ? [read.domain] : [];
  });

const domainTexts = ({ values }: ImportRow): string[] => (values.domains ?? "").split(/[\s,;]+/).filter(Boolean);

interface Decided {
  changes: Change[];
  guards: Guard[];
  end: "made" | "changed" | "unchanged";
  text: string;
}

function decide(row: ImportRow, desk: OrganizationImport): Decided {
  const { facts, lines } = desk;
  if (row.values.name === undefined) throw badData("There is no name.");
  const name = cleanName(row.values.name);
  const nameKey = foldName(name);
  const before = lines.of(`name ${nameKey}`);
  if (before !== undefined) throw conflict(`${name} stands in line ${before} already.`);
  lines.add(`name ${nameKey}`, row.line);
  const domains = readDomains(row, desk);
  const known = facts.named.get(nameKey);
  for (const domain of domains) {
    const owner = facts.owners.get(domain);
    if (owner !== undefined && known === undefined) throw takenFromTheFirst(name, domain, owner);
    if (owner !== undefined && owner.id !== known?.id) throw takenDomain({ name }, domain, owner);
    const first = lines.of(`domain ${domain}`);
    if (first !== undefined) throw conflict(`${displayDomain(domain)} stands in line ${first} already.`);
  }
  const origin = originOf(row);
  const decided = known === undefined ? made(row, name, domains, origin, desk) : changed(row, known, domains, desk);
  for (const domain of domains) lines.add(`domain ${domain}`, row.line);
  return decided;
}

function readDomains(row: ImportRow, { settings, force, facts }: OrganizationImport): string[] {
  const domains = new Set<string>();
  for (const text of domainTexts(row)) {
    const read = normaliseDomain(text);
    if (!read.ok) throw badData(read.text);
    domains.add(read.domain);
  }
  if (domains.size > domainsMax) throw badData(`${domains.size} domains are too many for one row.`);
  if (!force)
    // What it owns already was decided before.
    for (const domain of domains)
      if (facts.owners.get(domain)?.nameKey !== foldName(row.values.name ?? ""))
        refuseUnfit(
          domain,
          freeMailOf(domain, settings),
          !settings["customers.internal"] && isInternal(domain, facts),
          settings,
        );
  return [...domains];
}

const isInternal = (domain: string, { internalDomains }: OrganizationImportFacts): boolean =>
  internalDomains.has(domain) || internalDomains.has(registrableDomain(domain) ?? "");

const freeMailOf = (domain: string, settings: Settings): FreeMail | null =>
  isFreeMail(domain, new Set(settings["customers.freeMail"]), new Set(settings["customers.freeMailExcept"]));

function detailsOf({ values }: ImportRow): OrganizationDetails {
  const details: OrganizationDetails = {};
  for (const column of plain) {
    const value = values[column];
    if (value !== undefined) details[column] = value;
  }
  const { visibility } = values;
  if (visibility !== undefined) details.visibility = visibility === "" ? "" : readScope(visibility);
  return details;
}

/** An export says which organizations nobody touched yet; whatever else comes in is made by hand. */
function originOf({ values }: ImportRow): Organization["origin"] {
  const origin = (values.origin ?? "hand").toLowerCase();
  if (origin === "hand" || origin === "automatic") return origin;
  throw badData(`"${origin.slice(0, 60)}" is no origin: write hand or automatic.`);
}

function made(
  row: ImportRow,
  name: string,
  domains: readonly string[],
  origin: Organization["origin"],
  { draw, facts, now }: OrganizationImport,
): Decided {
  const id = draw.id("org");
  const details = detailsOf(row);
  const [organization, ...owned] = newOrganization(id, name, origin, domains, now);
  if (organization === undefined) throw new Error("an organization is a row");
  const values = fieldChangesOf(row, facts.fields, id, []);
  const whole = { ...organization, after: { ...organization.after, ...details } } as Change; // a new row stays one
  return { changes: [whole, ...owned, ...values], guards: [], end: "made", text: domainText(domains) };
}

function changed(
  row: ImportRow,
  known: Organization,
  domains: readonly string[],
  { facts, now }: OrganizationImport,
): Decided {
  const details = setOrganization(known, { ...detailsOf(row), name: row.values.name ?? known.name });
  const added = domains.filter((domain) => !facts.owners.has(domain));
  const owned = added.map((domain) =>
    insert("organizationDomain", { id: domain, organizationId: known.id, createdAt: now }),
  );
  const values = fieldChangesOf(row, facts.fields, known.id, facts.values.get(known.id) ?? []);
  const touched = details ?? (owned.length + values.length > 0 ? touchByHand(known) : null);
  const changes = [...present([touched]), ...owned, ...values];
  if (changes.length === 0) return { changes, guards: [], end: "unchanged", text: "" };
  const told = Object.keys(details?.after ?? {}).filter((column) => column !== "origin" && column !== "nameKey");
  if (owned.length > 0) told.push(domainText(added));
  if (values.length > 0) told.push("fields");
  const guard: Guard = { kind: "version", table: "organization", id: known.id, version: known.version };
  return { changes, guards: [guard], end: "changed", text: told.join(", ") };
}

const domainText = (domains: readonly string[]): string =>
  domains.length === 0 ? "" : `owner of ${domains.map(displayDomain).join(", ")}`;
