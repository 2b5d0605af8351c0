// What an import must know of a thousand rows at once, and what an export reads, a page at a time: whose addresses, which
// organizations, by lists of at most 500 names. Nothing here asks row by row.
import { sql } from "kysely";
import { asciiHost } from "../address/domain.ts";
import type { Customer, CustomerAddress } from "../desk/customer.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import { addressesOfAgents, organizationNamed } from "./facts.ts";
import { type CustomerFilter, filteredCustomers } from "./list-customers.ts";
import type { Database } from "./open.ts";
import { filteredOrganizations, type OrganizationFilter } from "./organization-filter.ts";
import { idLists } from "./page.ts";
import { prepared } from "./prepared.ts";
import { decode } from "./schema.ts";
import { organizationById } from "./tombstones.ts";

const listMax = 500;

type Read = Database["read"];

const addressesIn = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("customerAddress").selectAll().where("id", "in", ids),
);
const addressesBy = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("customerAddress").selectAll().where("ownerId", "in", ids),
);
const customersIn = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("customer").selectAll().where("id", "in", ids),
);
const agentsIn = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("agent").select(["id", "name"]).where("id", "in", ids),
);
const organizationsIn = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("organization").selectAll().where("id", "in", ids),
);
const organizationsNamed = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("organization").selectAll().where("nameKey", "in", ids).where("state", "=", sql.lit("active")),
);
const organizationsMerged = prepared((db, { ids }: { ids: readonly string[] }) =>
  db
    .selectFrom("organization")
    .select(["id", "nameKey"])
    .where("nameKey", "in", ids)
    .where("mergedInto", "is not", null),
);
const organizationsOwning = prepared((db, { ids }: { ids: readonly string[] }) =>
  db
    .selectFrom("organizationDomain")
    .innerJoin("organization", "organization.id", "organizationDomain.organizationId")
    .selectAll("organization")
    .select("organizationDomain.id as domain")
    .where("organizationDomain.id", "in", ids),
);
const domainsBy = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("organizationDomain").select(["id", "organizationId"]).where("organizationId", "in", ids),
);

async function inLists<Row>(
  read: Read,
  all: Iterable<string>,
  statement: { rows(db: Read, values: { ids: readonly string[] }): Promise<Row[]> },
): Promise<Row[]> {
  const found: Row[] = [];
  for (const ids of idLists(all)) found.push(...(await statement.rows(read, { ids })));
  return found;
}

export function importLists({ read }: Database) {
  const owners = async (domains: Iterable<string>): Promise<Map<string, Organization>> => {
    const rows = await inLists(read, domains, organizationsOwning);
    return new Map(rows.map(({ domain, ...row }) => [domain, decode("organization", row)]));
  };
  const byName = async (nameKeys: Iterable<string>): Promise<Map<string, Organization>> => {
    const rows = await inLists(read, nameKeys, organizationsNamed);
    return new Map(rows.map((row) => [row.nameKey, decode("organization", row)]));
  };

  /** What these became, by whatever stands for each; those that were deleted are left out. */
  const resolved = async (pairs: readonly (readonly [string, string])[]): Promise<Map<string, Organization>> => {
    const found = new Map<string, Organization>();
    for (const [key, id] of pairs) {
      const organization = await organizationById(read, id);
      if (organization !== null) found.set(key, organization);
    }
    return found;
  };

  return {
    /** Rows of these folded addresses, of those that anybody has. */
    async addressesByKey(keys: Iterable<string>): Promise<Map<string, CustomerAddress>> {
      const rows = await inLists(read, keys, addressesIn);
      return new Map(rows.map((row) => [row.id, decode("customerAddress", row)]));
    },

    async customersById(ids: Iterable<string>): Promise<Map<string, Customer>> {
      const rows = await inLists(read, ids, customersIn);
      return new Map(rows.map((row) => [row.id, decode("customer", row)]));
    },

    async agentNamesById(ids: Iterable<string>): Promise<Map<string, string>> {
      return new Map((await inLists(read, ids, agentsIn)).map(({ id, name }) => [id, name]));
    },

    /** The domains of all agents' addresses. */
    async agentDomains(): Promise<Set<string>> {
      const rows = await addressesOfAgents.rows(read, {});
      return new Set(rows.map(({ id }) => id.slice(id.lastIndexOf("@") + 1)));
    },

    organizationNamed: (idOrName: string) => organizationNamed(read, idOrName),

    /** Live organizations by domain that they own. */
    ownersOfAll: owners,

    /** Live organizations by folded name. */
    organizationsByName: byName,

    /** As `organizationByRef` finds each: by id, name, domain, or the name of what was merged into it. */
    async organizationsByRefs(refs: Iterable<string>): Promise<Map<string, Organization>> {
      const all = new Set(refs);
      const found = new Map<string, Organization>();
      const lookUp = async (
        keyOf: (ref: string) => string | null,
        rows: (keys: string[]) => Promise<Map<string, Organization>>,
      ) => {
        const open = [...all].filter((ref) => !found.has(ref));
        const keys = new Map(open.map((ref) => [ref, keyOf(ref)]));
        const known = await rows([...keys.values()].filter((key) => key !== null));
        for (const [ref, key] of keys) {
          const organization = key === null ? undefined : known.get(key);
          if (organization !== undefined) found.set(ref, organization);
        }
      };
      await lookUp(
        idIn,
        async (ids) => await resolved((await inLists(read, ids, organizationsIn)).map(({ id }) => [id, id])),
      );
      await lookUp(foldName, byName);
      await lookUp((ref) => asciiHost(ref.trim().replace(/^@/, "")), owners);
      await lookUp(
        foldName,
        async (names) =>
          await resolved((await inLists(read, names, organizationsMerged)).map(({ id, nameKey }) => [nameKey, id])),
      );
      return found;
    },

    /** Customers in the order in which they were made, after the one of this id. */
    async customersAfter(filter: Omit<CustomerFilter, "limit">, afterId: string): Promise<Customer[]> {
      const rows = await filteredCustomers(read, filter)
        .selectAll("customer")
        .where("customer.id", ">", afterId)
        .orderBy("customer.id")
        .limit(listMax)
        .execute();
      return rows.map((row) => decode("customer", row));
    },

    /** By owner: the primary address first, then the others by their key. */
    async addressesOfAll(ownerIds: Iterable<string>): Promise<Map<string, CustomerAddress[]>> {
      const rows = (await inLists(read, ownerIds, addressesBy)).map((row) => decode("customerAddress", row));
      const rank = (row: CustomerAddress) => (row.isPrimary ? 0 : 1);
      rows.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
      return gathered(rows, (row) => row.ownerId);
    },

    async organizationsById(ids: Iterable<string>): Promise<Map<string, Organization>> {
      const rows = await inLists(read, ids, organizationsIn);
      return new Map(rows.map((row) => [row.id, decode("organization", row)]));
    },

    /** Organizations in the order in which they were made, after the one of this id. */
    async organizationsAfter(filter: OrganizationFilter, afterId: string): Promise<Organization[]> {
      const rows = await filteredOrganizations(read, filter)
        .selectAll("organization")
        .where("organization.id", ">", afterId)
        .orderBy("organization.id")
        .limit(listMax)
        .execute();
      return rows.map((row) => decode("organization", row));
    },

    /** By organization, in the order of their names. */
    async domainsOfAll(organizationIds: Iterable<string>): Promise<Map<string, string[]>> {
      const rows = await inLists(read, organizationIds, domainsBy);
      rows.sort((a, b) => (a.id < b.id ? -1 : 1));
      const found = gathered(rows, (row) => row.organizationId);
      return new Map([...found].map(([id, domains]) => [id, domains.map((row) => row.id)]));
    },
  };
}

/** Ids of organizations; other words are none. */
const idIn = (ref: string): string | null =>
  /^org_[0-9a-z]{26}$/.test(ref.trim().toLowerCase()) ? ref.trim().toLowerCase() : null;

function gathered<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const list = found.get(keyOf(row));
    if (list === undefined) found.set(keyOf(row), [row]);
    else list.push(row);
  }
  return found;
}
