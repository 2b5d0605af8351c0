// Who owns which domain.
import type { Organization } from "../desk/organization.ts";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { decode } from "./schema.ts";

type Read = Database["read"];

const owned = prepared((db, { domains }: { domains: readonly string[] }) =>
  db
    .selectFrom("organizationDomain")
    .innerJoin("organization", "organization.id", "organizationDomain.organizationId")
    .selectAll("organization")
    .select("organizationDomain.id as domain")
    .where("organizationDomain.id", "in", domains),
);

/** Live organizations by the domain that they own, for those of `domains` that anybody owns. */
export async function ownersOf(read: Read, domains: readonly string[]): Promise<Map<string, Organization>> {
  const owners = new Map<string, Organization>();
  if (domains.length === 0) return owners;
  const rows = await owned.rows(read, { domains });
  for (const { domain, ...organization } of rows) owners.set(domain, decode("organization", organization));
  return owners;
}
