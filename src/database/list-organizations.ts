// Organizations as the command shows them: found by id, name or domain, listed with their counts, a page at a time.
// Names and ids of merged organizations lead to what they became.
import { sql } from "kysely";
import { asciiHost } from "../address/domain.ts";
import { customerTombstones } from "../desk/customer.ts";
import { foldName, type Organization, type OrganizationDomain } from "../desk/organization.ts";
import type { Database } from "./open.ts";
import { filteredOrganizations, type OrganizationFilter } from "./organization-filter.ts";
import { ownersOf } from "./owners.ts";
import { contains, pageOf } from "./page.ts";
import { decode } from "./schema.ts";
import { organizationById, tombstonesOf, withTombstones } from "./tombstones.ts";

export interface OrganizationRow {
  id: string;
  name: string;
  origin: Organization["origin"];
  domains: string[];
  customers: number;
  /** Tickets that are not closed. */
  openTickets: number;
  createdAt: number;
}

const namesMax = 500;
const domainsMax = 10_000;

export function organizationLists({ read }: Database) {
  const resolved = (row: Organization | undefined): Promise<Organization | null> =>
    row === undefined ? Promise.resolve(null) : organizationById(read, row.id);

  const organizationByRef = async (ref: string): Promise<Organization | null> => {
    const byId = await read
      .selectFrom("organization")
      .selectAll()
      .where("id", "=", ref.trim().toLowerCase())
      .executeTakeFirst();
    if (byId !== undefined) return await resolved(byId);
    const byName = await read
      .selectFrom("organization")
      .selectAll()
      .where("nameKey", "=", foldName(ref))
      .where("state", "=", sql.lit("active"))
      .executeTakeFirst();
    if (byName !== undefined) return await resolved(byName);
    const domain = asciiHost(ref.trim().replace(/^@/, ""));
    const owned =
      domain === null
        ? undefined
        : await read
            .selectFrom("organizationDomain")
            .innerJoin("organization", "organization.id", "organizationDomain.organizationId")
            .selectAll("organization")
            .where("organizationDomain.id", "=", domain)
            .executeTakeFirst();
    if (owned !== undefined) return await resolved(owned);
    const merged = await read
      .selectFrom("organization")
      .selectAll()
      .where("nameKey", "=", foldName(ref))
      .where("mergedInto", "is not", null)
      .limit(1)
      .executeTakeFirst();
    return await resolved(merged);
  };

  /** Tickets that are not closed, those of merged organizations with what these became (ORG-12). */
  const openTicketsOf = async (ids: readonly string[]): Promise<Map<string, number>> => {
    const targets = await tombstonesOf(read, ids);
    const counts = new Map<string, number>();
    const all = [...targets.keys()];
    for (let start = 0; start < all.length; start += namesMax) {
      const rows = await read
        .selectFrom("ticket")
        .select(["organizationId", (eb) => eb.fn.countAll<number>().as("n")])
        .where("organizationId", "in", all.slice(start, start + namesMax))
        .where("state", "in", ["open", "waiting"])
        .where("mergedInto", "is", null)
        .groupBy("organizationId")
        .execute();
      for (const { organizationId, n } of rows) {
        const target = targets.get(organizationId ?? "");
        if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + Number(n));
      }
    }
    return counts;
  };

  const withCounts = async (rows: readonly Organization[]): Promise<OrganizationRow[]> => {
    const ids = rows.map((row) => row.id);
    const [domains, customers, tickets] = await Promise.all([
      ids.length === 0
        ? []
        : read
            .selectFrom("organizationDomain")
            .select(["id", "organizationId"])
            .where("organizationId", "in", ids)
            .orderBy("createdAt")
            .orderBy("id")
            .limit(domainsMax)
            .execute(),
      ids.length === 0
        ? []
        : read
            .selectFrom("customer")
            .select(["organizationId", (eb) => eb.fn.countAll<number>().as("n")])
            .where("organizationId", "in", ids)
            .where("state", "not in", customerTombstones)
            .groupBy("organizationId")
            .execute(),
      openTicketsOf(ids),
    ]);
    const countIn = (counts: readonly { organizationId: string | null; n: number }[], id: string) =>
      Number(counts.find((one) => one.organizationId === id)?.n ?? 0);
    return rows.map(({ id, name, origin, createdAt }) => ({
      id,
      name,
      origin,
      createdAt,
      domains: domains.filter((row) => row.organizationId === id).map((row) => row.id),
      customers: countIn(customers, id),
      openTickets: tickets.get(id) ?? 0,
    }));
  };

  return {
    organizationByRef,

    /** Live organizations that the flags of a list find, in the order of their names. */
    async organizationList(
      filter: OrganizationFilter & { limit: number },
    ): Promise<{ rows: OrganizationRow[]; total: number }> {
      const query = filteredOrganizations(read, filter);
      const { n } = await query.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
      const rows = await pageOf(
        filter.limit,
        (count, start) => query.selectAll().orderBy("nameKey").limit(count).offset(start).execute(),
        (page) => withCounts(page.map((row) => decode("organization", row))),
      );
      return { rows, total: Number(n) };
    },

    async organizationRow(organization: Organization): Promise<OrganizationRow> {
      const [row] = await withCounts([organization]);
      if (row === undefined) throw new Error("one row in, one row out");
      return row;
    },

    /** Names and domains that begin like `text`, for "did you mean". */
    async organizationNames(text: string): Promise<string[]> {
      const first = foldName(text).slice(0, 1);
      const names = await read
        .selectFrom("organization")
        .select("name")
        .where("state", "=", sql.lit("active"))
        .where("nameKey", ">=", first)
        .where("nameKey", "<", `${first}\u{10ffff}`)
        .orderBy("nameKey")
        .limit(namesMax)
        .execute();
      const domains = await read
        .selectFrom("organizationDomain")
        .select("id")
        .where("id", ">=", first)
        .where("id", "<", `${first}\u{10ffff}`)
        .orderBy("id")
        .limit(namesMax)
        .execute();
      return [...names.map((row) => row.name), ...domains.map((row) => row.id)];
    },

    /** The organization of this id or name that was merged into another one; the latest of several. */
    async mergedOrganization(ref: string): Promise<Organization | null> {
      const row = await read
        .selectFrom("organization")
        .selectAll()
        .where((eb) => eb.or([eb("id", "=", ref.trim().toLowerCase()), eb("nameKey", "=", foldName(ref))]))
        .where("mergedInto", "is not", null)
        .orderBy("id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : decode("organization", row);
    },

    /** Live owners of those of these domains that anybody owns. */
    ownersOf: (domains: readonly string[]) => ownersOf(read, domains),

    async domainRow(domain: string): Promise<OrganizationDomain | null> {
      const row = await read.selectFrom("organizationDomain").selectAll().where("id", "=", domain).executeTakeFirst();
      return row === undefined ? null : decode("organizationDomain", row);
    },

    async domainsOf(organizationId: string): Promise<OrganizationDomain[]> {
      const rows = await read
        .selectFrom("organizationDomain")
        .selectAll()
        .where("organizationId", "=", organizationId)
        .orderBy("createdAt")
        .orderBy("id")
        .limit(domainsMax)
        .execute();
      return rows.map((row) => decode("organizationDomain", row));
    },

    /** Owned domains below this one, with their owners. */
    async subdomainOwners(domain: string): Promise<{ domain: string; organizationId: string; name: string }[]> {
      return await read
        .selectFrom("organizationDomain")
        .innerJoin("organization", "organization.id", "organizationDomain.organizationId")
        .select(["organizationDomain.id as domain", "organization.id as organizationId", "organization.name"])
        .where(sql<boolean>`"organizationDomain"."id" like ${`%.${contains(domain).slice(1, -1)}`} escape '\\'`)
        .limit(20)
        .execute();
    },

    async organizationTickets(organizationId: string): Promise<{ open: number; closed: number }> {
      const rows = await read
        .selectFrom("ticket")
        .select(["state", (eb) => eb.fn.countAll<number>().as("n")])
        .where("organizationId", "in", await withTombstones(read, organizationId))
        .where("mergedInto", "is", null)
        .groupBy("state")
        .execute();
      const sum = (isClosed: boolean) =>
        rows.filter((row) => (row.state === "closed") === isClosed).reduce((all, row) => all + Number(row.n), 0);
      return { open: sum(false), closed: sum(true) };
    },
  };
}
