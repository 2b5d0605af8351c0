// Organizations while an import is decided: those that the desk has, and those that rows before this one make. Two rows of
// one new domain, or of one new name, so lead to one organization.
import { asciiHost } from "../address/domain.ts";
import { type Change, type DeskTables, type Guard, isSet } from "./change.ts";
import { foldName, type Organization } from "./organization.ts";

export interface OrganizationFacts {
  /** By what rows call them: an id, a name or a domain, as written. */
  named: ReadonlyMap<string, Organization>;
  /** By domain that they own. */
  owners: ReadonlyMap<string, Organization>;
  /** Folded names that are taken, of those that were asked for. */
  names: ReadonlySet<string>;
}

export interface OrganizationsAtHand {
  named(ref: string): Organization | undefined;
  owner(domain: string): Organization | undefined;
  isNameTaken(nameKey: string): boolean;
  isNew(id: string): boolean;
  /** Takes the organizations and domains among changes that were decided. */
  take(changes: readonly Change[]): void;
  /** That it still stands as it was read; none for one that is made in the same commit. */
  guard(organization: Organization): Guard[];
}

/** `earlier`: what rows made that were decided and not written (--dry-run). */
export function organizationsAtHand(facts: OrganizationFacts, earlier: readonly Change[] = []): OrganizationsAtHand {
  const made = new Map<string, Organization>();
  const byName = new Map<string, Organization>();
  const owners = new Map<string, Organization>();
  const hand: OrganizationsAtHand = {
    named: (ref) => facts.named.get(ref) ?? byName.get(foldName(ref)) ?? owners.get(asciiHost(ref.trim()) ?? ""),
    owner: (domain) => facts.owners.get(domain) ?? owners.get(domain),
    isNameTaken: (nameKey) => facts.names.has(nameKey) || byName.has(nameKey),
    isNew: (id) => made.has(id),
    take(changes) {
      for (const change of changes) {
        if (isSet(change) || change.before !== null || change.after === null) continue;
        if (change.table === "organization") {
          const row = { id: change.id, ...change.after, version: 1 } as DeskTables["organization"]; // made by newOrganization
          made.set(row.id, row);
          byName.set(row.nameKey, row);
        } else if (change.table === "organizationDomain") {
          const id = String(change.after.organizationId);
          const owner = made.get(id) ?? facts.named.get(id);
          if (owner !== undefined) owners.set(change.id, owner);
        }
      }
    },
    guard: ({ id, version }) => (made.has(id) ? [] : [{ kind: "version", table: "organization", id, version }]),
  };
  hand.take(earlier);
  return hand;
}
