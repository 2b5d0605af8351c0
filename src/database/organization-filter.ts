// Which organizations the flags of `org list` find, for lists and exports alike: live ones, by their text, domains, fields,
// origin and members. Who has customers is looked up by the index of their organization, one organization at a time.
import { sql } from "kysely";
import { customerTombstones } from "../desk/customer.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import type { Database } from "./open.ts";
import { contains, hasValue, type WantedValue } from "./page.ts";

export interface OrganizationFilter {
  /** Stands in the name or in a domain. */
  text?: string | undefined;
  /** A domain that it owns; null = those that own none. */
  domain?: string | null | undefined;
  origin?: Organization["origin"] | undefined;
  hasCustomers?: boolean | undefined;
  fields?: readonly WantedValue[] | undefined;
}

export function filteredOrganizations(read: Database["read"], filter: OrganizationFilter) {
  const { text, domain, origin, hasCustomers, fields = [] } = filter;
  let query = read.selectFrom("organization").where("organization.state", "=", sql.lit("active"));
  if (origin !== undefined) query = query.where("organization.origin", "=", origin);
  if (domain != null)
    query = query.where((eb) =>
      eb(
        "organization.id",
        "in",
        eb.selectFrom("organizationDomain").select("organizationId").where("organizationDomain.id", "=", domain),
      ),
    );
  if (domain === null) query = query.where(({ not, exists }) => not(exists(domainsOf(read))));
  if (hasCustomers !== undefined)
    query = query.where(({ not, exists }) => (hasCustomers ? exists(membersOf(read)) : not(exists(membersOf(read)))));
  for (const wanted of fields) query = query.where(hasValue("organization.id", wanted));
  if (text !== undefined) {
    const pattern = contains(foldName(text));
    query = query.where((eb) =>
      eb.or([
        sql<boolean>`"organization"."nameKey" like ${pattern} escape '\\'`,
        eb.exists(domainsOf(read).where(sql<boolean>`"organizationDomain"."id" like ${pattern} escape '\\'`)),
      ]),
    );
  }
  return query;
}

const domainsOf = (read: Database["read"]) =>
  read
    .selectFrom("organizationDomain")
    .select("organizationDomain.id")
    .where("organizationDomain.organizationId", "=", sql.ref<string>("organization.id"));

const membersOf = (read: Database["read"]) =>
  read
    .selectFrom("customer")
    .select("customer.id")
    .where("customer.organizationId", "=", sql.ref<string>("organization.id"))
    .where("customer.state", "not in", customerTombstones);
