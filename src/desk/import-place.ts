// Where a row puts a customer, and what it says put them there. Whatever can be so holds, whoever owns which domain now: a file
// tells how it was on the desk that it comes from. Whoever is new and is named no organization goes where a first mail leads.
import { badData } from "../errors.ts";
import type { Change, Guard } from "./change.ts";
import type { Customer } from "./customer.ts";
import type { ImportRow } from "./import-row.ts";
import { newOrganization, type Organization } from "./organization.ts";
import type { OrganizationsAtHand } from "./organizations-at-hand.ts";

/** Where somebody new belongs; the same as a first mail's. */
export interface Placing {
  organization: Pick<Organization, "id" | "name"> | null;
  placedBy: Customer["placedBy"];
  changes: readonly Change[];
  guards: readonly Guard[];
  text: string;
}

/** Where somebody known goes. */
export interface Moving extends Pick<Customer, "organizationId" | "placedBy"> {
  changes: readonly Change[];
  guards: readonly Guard[];
}

export interface PlacingDesk {
  organizations: OrganizationsAtHand;
  /** As the first mail from this domain would. */
  place(domain: string): Placing;
  draw: { id(prefix: string): string };
  /** Makes the organizations that rows name and nobody knows. */
  createOrganizations: boolean;
  now: number;
}

const placements = ["hand", "domain", "default", "nothing"] as const satisfies readonly Customer["placedBy"][];

/** `domain`: of the address that says who they are. */
export function placing(row: ImportRow, domain: string, desk: PlacingDesk): Placing {
  const said = placedByOf(row);
  const placed = organizationOf(row, desk) ?? desk.place(domain);
  if (said === undefined) return placed;
  refuseImpossible(said, placed.organization !== null);
  return { ...placed, placedBy: said };
}

/** Where a customer is moved, or what put them where they are; null where all stays as it is. */
export function moving(row: ImportRow, { organizationId, placedBy }: Customer, desk: PlacingDesk): Moving | null {
  const said = placedByOf(row);
  const named = organizationOf(row, desk);
  if (said === undefined && named === undefined) return null;
  const next = named === undefined ? organizationId : (named.organization?.id ?? null);
  const by = said ?? "hand";
  refuseImpossible(by, next !== null);
  if (next === organizationId && by === placedBy) return null;
  return { organizationId: next, placedBy: by, changes: named?.changes ?? [], guards: named?.guards ?? [] };
}

function placedByOf({ values }: ImportRow): Customer["placedBy"] | undefined {
  if (values.placedBy === undefined) return undefined;
  const typed = values.placedBy.toLowerCase();
  const placedBy = placements.find((one) => one === typed);
  if (placedBy !== undefined) return placedBy;
  throw badData(`"${values.placedBy.slice(0, 60)}" is no placement: write ${placements.join(", ")}.`);
}

function refuseImpossible(placedBy: Customer["placedBy"], isInOne: boolean): void {
  if (isInOne && placedBy === "nothing")
    throw badData('placedBy "nothing" is for those in no organization: with one, write hand, domain or default.');
  if (!isInOne && (placedBy === "domain" || placedBy === "default"))
    throw badData(`placedBy "${placedBy}" is for those in an organization: with none, write hand or nothing.`);
}

/** What a row names, placed by hand; undefined where it names nothing. */
function organizationOf({ values }: ImportRow, desk: PlacingDesk): Placing | undefined {
  const ref = values.organization;
  if (ref === undefined) return undefined;
  const byHand = { placedBy: "hand" as const, changes: [], guards: [] };
  if (ref.toLowerCase() === "none") return { ...byHand, organization: null, text: "belongs to no organization" };
  const known = desk.organizations.named(ref);
  if (known !== undefined) {
    const text = `belongs to ${known.name}`;
    return { ...byHand, organization: known, guards: desk.organizations.guard(known), text };
  }
  if (!desk.createOrganizations)
    throw badData(`There is no organization "${ref.slice(0, 80)}".`, { remedy: "To make it by hand: --create-orgs." });
  const id = desk.draw.id("org");
  const changes = newOrganization(id, ref, "hand", [], desk.now);
  return { ...byHand, organization: { id, name: ref }, changes, text: `belongs to the new organization ${ref}` };
}
