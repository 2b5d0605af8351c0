// Organizations that become one, and one that is taken apart again (ORG-9), or that ends (ORG-10). Tickets are not
// rewritten: a merged organization leaves a tombstone, and whoever reads by its id or name is led on.
import { conflict } from "../errors.ts";
import { type Change, type Guard, present, remove, type SetChange, update } from "./change.ts";
import type { Customer } from "./customer.ts";
import { type MergedValues, mergeValues } from "./field.ts";
import { cleanName, foldName, newOrganization, type Organization, type OrganizationDomain } from "./organization.ts";
import { type Follow, handOverFollows, unshare } from "./project.ts";
import { rowKey } from "./refers.ts";

/** What belongs to one organization, all of it. */
export interface Belongings {
  organization: Organization;
  /** Ids of its customers. */
  members: readonly string[];
  /** Ids of those of them whom no person put there, by what did. */
  placed: ReadonlyMap<Customer["placedBy"], readonly string[]>;
  domains: readonly OrganizationDomain[];
  /** Ids of the organizations that were merged into it. */
  tombstones: readonly string[];
  /** The projects that it follows. */
  follows: readonly Follow[];
}

export interface Decided {
  changes: Change[];
  guards: Guard[];
}

export type Detail = (typeof details)[number];
const details = ["website", "phone", "postalAddress", "logo", "notes"] as const;

/** What is empty in `into` and is filled from `from`. */
export const filledDetails = (from: Organization, into: Organization): Detail[] =>
  details.filter((key) => into[key] === "" && from[key] !== "");

/**
 * `from` becomes part of `into`; the fields of `into` win, its empty ones are filled, custom ones
 * (`values`) too. `theirs`: what `into` follows already, by project.
 */
export function mergeOrganizations(
  from: Belongings,
  into: Organization,
  values: MergedValues,
  theirs: ReadonlyMap<string, Follow>,
): Decided {
  const { organization } = from;
  if (organization.id === into.id) throw conflict(`${into.name} (${into.id}) can't be merged into itself.`);
  const filled = Object.fromEntries(filledDetails(organization, into).map((key) => [key, organization[key]]));
  return {
    changes: [
      ...moved("customer", from.members, "organizationId", organization.id, into.id),
      ...moved(
        "organizationDomain",
        from.domains.map((row) => row.id),
        "organizationId",
        organization.id,
        into.id,
      ),
      ...moved("organization", from.tombstones, "mergedInto", organization.id, into.id),
      ...handOverFollows(from.follows, { customerId: null, organizationId: into.id }, theirs),
      ...mergeValues(values, into.id),
      ...present([
        update("organization", into, { ...filled, origin: "hand" }),
        update("organization", organization, { state: "merged", mergedInto: into.id }),
      ]),
    ],
    guards: [...ends(from), still(into)],
  };
}

/** Ends an organization and frees its name and domains; its customers go `into` another one, or into none; it follows nothing. */
export function deleteOrganization(ending: Belongings, into: Organization | null): Decided {
  const { organization, domains, members, follows } = ending;
  return {
    changes: [
      ...(into === null ? detached(ending) : moved("customer", members, "organizationId", organization.id, into.id)),
      ...domains.map((row) => remove("organizationDomain", row)),
      ...follows.map(unshare),
      ...present([update("organization", organization, { state: "deleted" })]),
    ],
    guards: [...ends(ending), ...(into === null ? [] : [still(into)])],
  };
}

/** In none nobody is by a domain or by default; whoever was placed by hand still is. */
function detached({ organization: { id: organizationId }, members, placed }: Belongings): Change[] {
  const unplaced = [...placed].map(
    ([placedBy, ids]): SetChange => ({
      table: "customer",
      ids,
      before: { organizationId, placedBy },
      after: { organizationId: null, placedBy: "nothing" },
    }),
  );
  const isPlaced = new Set([...placed.values()].flat());
  const byHand = members.filter((id) => !isPlaced.has(id));
  return [...moved("customer", byHand, "organizationId", organizationId, null), ...unplaced];
}

/**
 * Takes domains, and the customers that they placed, out of an organization. Where `revived` is given, the one that was
 * merged into it lives again, with its tickets; otherwise a new one of that name is made.
 */
export function splitOrganization(
  whole: Belongings,
  split: { id: string; name: string; domains: readonly OrganizationDomain[]; members: readonly string[] },
  revived: Organization | null,
  now: number,
): Decided {
  const { organization: from } = whole;
  const name = cleanName(split.name);
  const id = revived?.id ?? split.id;
  const made =
    revived === null
      ? newOrganization(id, name, "hand", [], now)
      : [update("organization", revived, { name, nameKey: foldName(name), state: "active", mergedInto: null })];
  return {
    changes: [
      ...present([...made, update("organization", from, { origin: "hand" })]),
      ...moved(
        "organizationDomain",
        split.domains.map((row) => row.id),
        "organizationId",
        from.id,
        id,
      ),
      ...moved("customer", split.members, "organizationId", from.id, id),
    ],
    // Who came by one of these domains meanwhile would stay behind.
    guards: ends(whole),
  };
}

function moved(
  table: SetChange["table"],
  ids: readonly string[],
  column: string,
  from: string,
  to: string | null,
): Change[] {
  return ids.length === 0 ? [] : [{ table, ids, before: { [column]: from }, after: { [column]: to } }];
}

/** It is as it was read, and nothing came to belong to it since. */
function ends({ organization, members, domains, follows }: Belongings): Guard[] {
  const except = new Set([
    ...members.map((id) => rowKey("customer", id)),
    ...domains.map((row) => rowKey("organizationDomain", row.id)),
    ...follows.map((row) => rowKey("follow", row.id)),
  ]);
  return [
    still(organization),
    { kind: "unreferenced", table: "organization", id: organization.id, except, live: true },
  ];
}

const still = ({ id, version }: Organization): Guard => ({ kind: "version", table: "organization", id, version });
