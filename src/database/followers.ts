// Who follows a project at this moment, page by page in the order of their ids: customers who follow it themselves, and all who
// are customers of an organization that does. Somebody who does both is one person, at the level that hears more.
import type { Customer } from "../desk/customer.ts";
import { type Follow, type FollowLevel, hearsMore } from "../desk/project.ts";
import type { Database } from "./open.ts";

type Read = Database["read"];

export interface FollowingCustomer {
  customer: Customer;
  level: FollowLevel;
  /** The name of the organization by which they follow; null where they do themselves. */
  through: string | null;
}

export const followsOf = async (read: Read, projectId: string): Promise<Follow[]> =>
  await read.selectFrom("follow").selectAll().where("projectId", "=", projectId).orderBy("id").execute();

/** At most `limit` whose ids come after `after`; `next` is null where nobody comes after them. */
export async function followersAfter(
  read: Read,
  projectId: string,
  after: string,
  limit: number,
): Promise<{ people: FollowingCustomer[]; next: string | null }> {
  const own = await read
    .selectFrom("follow")
    .innerJoin("customer", "customer.id", "follow.customerId")
    .selectAll("customer")
    .select("follow.level")
    .where("follow.projectId", "=", projectId)
    .where("customer.id", ">", after)
    .orderBy("customer.id")
    .limit(limit)
    .execute();
  const found = new Map<string, FollowingCustomer>();
  for (const { level, ...customer } of own) add(found, { customer: customer as Customer, level, through: null });
  const organizations = await read
    .selectFrom("follow")
    .innerJoin("organization", "organization.id", "follow.organizationId")
    .select(["organization.id", "organization.name", "follow.level"])
    .where("follow.projectId", "=", projectId)
    .orderBy("organization.id")
    .execute();
  for (const { id, name, level } of organizations) {
    const members = await read
      .selectFrom("customer")
      .selectAll()
      .where("organizationId", "=", id)
      .where("id", ">", after)
      .orderBy("id")
      .limit(limit)
      .execute();
    for (const customer of members) add(found, { customer: customer as Customer, level, through: name });
  }
  const people = [...found.values()].sort((a, b) => (a.customer.id < b.customer.id ? -1 : 1));
  const page = people.slice(0, limit);
  // Each question brought `limit` at most, so of these the first are whole.
  return { people: page, next: people.length < limit ? null : (page.at(-1)?.customer.id ?? null) };
}

function add(found: Map<string, FollowingCustomer>, one: FollowingCustomer): void {
  const other = found.get(one.customer.id);
  if (other === undefined || hearsMore(one.level, other.level)) found.set(one.customer.id, one);
}

/** At which level a customer follows a project now, directly or through their organization; null where they don't. */
export async function levelOf(
  read: Read,
  projectId: string,
  { id, organizationId }: Pick<Customer, "id" | "organizationId">,
): Promise<FollowLevel | null> {
  const ids = [id, ...(organizationId === null ? [] : [organizationId])].map((one) => `${projectId}:${one}`);
  const rows = await read.selectFrom("follow").select("level").where("id", "in", ids).execute();
  return rows.reduce<FollowLevel | null>(
    (most, { level }) => (most === null || hearsMore(level, most) ? level : most),
    null,
  );
}
