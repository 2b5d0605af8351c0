// Whom a domain takes along when it is given to an organization (ORG-8): nobody by itself. Whoever asks for it moves
// customers in no organization or in an untouched automatic one, or also those whom another domain placed; a customer
// placed by hand never moves, nor one whom a longer domain places elsewhere.
import type { Guard, SetChange } from "./change.ts";
import type { Customer } from "./customer.ts";
import type { Organization } from "./organization.ts";

/** A customer with an address at the domain, or below it. */
export interface Candidate {
  id: string;
  /** The address at the domain, folded and as it is written. */
  key: string;
  address: string;
  /** Whether that is their primary one, which says where they belong. */
  isPrimary: boolean;
  placedBy: Customer["placedBy"];
  version: number;
  /** Where they are now. */
  organization: Pick<Organization, "id" | "name" | "origin"> | null;
}

/** What moves them: nothing asked for more than the domain, `--apply`, `--apply-all`; null: no such flag does. */
export type Moves = "apply" | "apply-all" | null;

export interface Claim {
  candidate: Candidate;
  movedBy: Moves;
  /** A clause: "in no organization", "placed by hand in Globex". */
  why: string;
}

/** The longest owned domain of an address, once the change is made; null where nobody owns one. */
export type Closest = (key: string) => { domain: string; organization: Pick<Organization, "id" | "name"> } | null;

/** One claim for each customer, in the order of the candidates. */
export function claims(
  organization: Pick<Organization, "id">,
  candidates: readonly Candidate[],
  closest: Closest,
): Claim[] {
  const byCustomer = new Map<string, Claim>();
  for (const candidate of candidates) {
    const claim = { candidate, ...judge(organization, candidate, closest) };
    const known = byCustomer.get(candidate.id);
    // Of two addresses at the domains the primary one decides.
    if (known === undefined || (candidate.isPrimary && !known.candidate.isPrimary)) byCustomer.set(candidate.id, claim);
  }
  return [...byCustomer.values()];
}

function judge(
  organization: Pick<Organization, "id">,
  { key, isPrimary, placedBy, organization: current }: Candidate,
  closest: Closest,
): Omit<Claim, "candidate"> {
  const where = current === null ? "in no organization" : `in ${current.name}`;
  if (placedBy === "hand") return { movedBy: null, why: `placed by hand ${where}` };
  if (!isPrimary) return { movedBy: null, why: `their primary address is another one; ${where}` };
  const owner = closest(key);
  if (owner !== null && owner.organization.id !== organization.id)
    return { movedBy: null, why: `${owner.domain} belongs to ${owner.organization.name}` };
  if (current === null) return { movedBy: "apply", why: where };
  if (current.origin === "automatic") return { movedBy: "apply", why: `${where}, which is automatic and untouched` };
  return {
    movedBy: "apply-all",
    why: `${where}, ${placedBy === "default" ? "the default organization" : "placed there by a domain"}`,
  };
}

/** Those whom this flag moves; without one, nobody. */
export const movedWith = (all: readonly Claim[], flag: Moves): Claim[] =>
  all.filter(({ movedBy }) => flag !== null && (movedBy === "apply" || (movedBy === "apply-all" && flag === movedBy)));

/** Puts them into the organization, placed by a domain; one set for each place that they come from. */
export function moveClaimed(organization: Pick<Organization, "id">, moved: readonly Claim[]): SetChange[] {
  const sets = new Map<string, SetChange & { ids: string[] }>();
  for (const { candidate } of moved) {
    const { id, placedBy } = candidate;
    const from = candidate.organization?.id ?? null;
    const place = `${from} ${placedBy}`;
    const set = sets.get(place) ?? {
      table: "customer",
      ids: [],
      before: { organizationId: from, placedBy },
      after: { organizationId: organization.id, ...(placedBy === "domain" ? {} : { placedBy: "domain" }) },
    };
    set.ids.push(id);
    sets.set(place, set);
  }
  return [...sets.values()];
}

/** They are as they were read: whoever was merged away meanwhile moves nowhere. */
export const claimGuards = (moved: readonly Claim[]): Guard[] =>
  moved.map(({ candidate: { id, version } }) => ({ kind: "version", table: "customer", id, version }));
