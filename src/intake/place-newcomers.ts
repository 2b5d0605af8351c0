// Where many newcomers belong who come at once, by an import: each is put where their first mail would put them, and those
// of one new domain found one organization together (ORG-3 to ORG-6).
import { parentDomains, registrableDomain } from "../address/domain.ts";
import type { Guard } from "../desk/change.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import type { OrganizationsAtHand } from "../desk/organizations-at-hand.ts";
import type { Settings } from "../desk/settings.ts";
import { type Placed, placeNewcomer } from "./identify.ts";

export interface PlacingFacts {
  organizations: OrganizationsAtHand;
  defaultOrganization: Organization | null;
  /** Domains of the desk's mailboxes and of its agents. */
  internalDomains: ReadonlySet<string>;
}

/** What must be looked up about a newcomer's domain: its owners, and the names that an organization of it would get. */
export const askedOf = (domain: string): readonly string[] => [...new Set([domain, ...parentDomains(domain)])];

/** Decides for one domain after the other; what a decision makes counts for the next once it was taken at hand. */
export function newcomersPlacer(
  { organizations, defaultOrganization, internalDomains }: PlacingFacts,
  settings: Settings,
  draw: { id(prefix: string): string },
  now: number,
): (domain: string) => Placed {
  return (domain) => {
    const registrable = registrableDomain(domain);
    const names = registrable === null ? [domain] : [domain, registrable];
    const owners = new Map<string, Organization>();
    for (const name of askedOf(domain)) {
      const owner = organizations.owner(name);
      if (owner !== undefined) owners.set(name, owner);
    }
    const facts = {
      owners,
      defaultOrganization,
      internalDomain: names.some((name) => internalDomains.has(name)),
      nameTaken: names.some((name) => organizations.isNameTaken(foldName(name))),
    };
    const placed = placeNewcomer(domain, facts, settings, draw, now);
    // One that rows before this one make is not there yet to be looked at when the commit begins.
    const isOfNew = (guard: Guard): boolean =>
      (guard.kind === "version" && organizations.isNew(guard.id)) ||
      (guard.kind === "owner" && organizations.isNew(guard.organizationId));
    const guards = placed.guards.filter((guard) => !isOfNew(guard));
    return { ...placed, guards };
  };
}
