// Who and what belongs to an organization, all of it and not a page: what a merge, a split, a deletion or a domain that
// takes its people along must know.
import { sql } from "kysely";
import { type Customer, customerTombstones } from "../desk/customer.ts";
import type { Candidate } from "../desk/domain-claim.ts";
import type { Organization } from "../desk/organization.ts";
import type { Belongings } from "../desk/organization-merge.ts";
import type { Database } from "./open.ts";
import { contains } from "./page.ts";
import { decode } from "./schema.ts";

export function memberLists({ read }: Database) {
  const addressed = (domain: string, withSubdomains: boolean) => {
    const plain = contains(domain).slice(1, -1);
    const at = sql<boolean>`"customerAddress"."id" like ${`%@${plain}`} escape '\\'`;
    const below = sql<boolean>`"customerAddress"."id" like ${`%@%.${plain}`} escape '\\'`;
    return read
      .selectFrom("customerAddress")
      .innerJoin("customer", "customer.id", "customerAddress.ownerId")
      .leftJoin("organization", "organization.id", "customer.organizationId")
      .select([
        "customer.id",
        "customerAddress.id as key",
        "customerAddress.address",
        "customerAddress.isPrimary",
        "customer.placedBy",
        "customer.version",
        "customer.organizationId",
        "organization.name as organizationName",
        "organization.origin as organizationOrigin",
      ])
      .where(withSubdomains ? sql<boolean>`(${at} or ${below})` : at)
      .where("customer.state", "not in", customerTombstones)
      .orderBy("customerAddress.id");
  };

  const candidates = async (query: ReturnType<typeof addressed>): Promise<Candidate[]> => {
    const rows = await query.execute();
    return rows.map(({ organizationId, organizationName, organizationOrigin, isPrimary, ...row }) => ({
      ...row,
      isPrimary: isPrimary === 1,
      organization:
        organizationId === null || organizationName === null || organizationOrigin === null
          ? null
          : { id: organizationId, name: organizationName, origin: organizationOrigin },
    }));
  };

  return {
    async belongingsOf(organization: Organization): Promise<Belongings> {
      const of = organization.id;
      const members = await read
        .selectFrom("customer")
        .select(["id", "placedBy"])
        .where("organizationId", "=", of)
        .orderBy("id")
        .execute();
      const domains = await read
        .selectFrom("organizationDomain")
        .selectAll()
        .where("organizationId", "=", of)
        .orderBy("id")
        .execute();
      const tombstones = await read.selectFrom("organization").select("id").where("mergedInto", "=", of).execute();
      const follows = await read
        .selectFrom("follow")
        .selectAll()
        .where("organizationId", "=", of)
        .orderBy("id")
        .execute();
      return {
        organization,
        members: members.map((row) => row.id),
        placed: placedOf(members),
        domains: domains.map((row) => decode("organizationDomain", row)),
        tombstones: tombstones.map((row) => row.id).sort(),
        follows,
      };
    },

    /** Customers with an address at this domain, or below it, who are not in the organization; by address. */
    async customersAt(domain: string, organizationId: string, withSubdomains: boolean): Promise<Candidate[]> {
      return await candidates(
        addressed(domain, withSubdomains).where((eb) =>
          eb.or([eb("customer.organizationId", "is", null), eb("customer.organizationId", "!=", organizationId)]),
        ),
      );
    },

    /** Customers of the organization with an address at this domain, or below it. */
    async membersAt(domain: string, organizationId: string, withSubdomains: boolean): Promise<Candidate[]> {
      return await candidates(addressed(domain, withSubdomains).where("customer.organizationId", "=", organizationId));
    },
  };
}

function placedOf(members: readonly Pick<Customer, "id" | "placedBy">[]): Belongings["placed"] {
  const placed = new Map<Customer["placedBy"], string[]>();
  for (const { id, placedBy } of members) {
    if (placedBy === "hand") continue;
    const ids = placed.get(placedBy);
    if (ids === undefined) placed.set(placedBy, [id]);
    else ids.push(id);
  }
  return placed;
}
