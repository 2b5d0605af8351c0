// Who follows a project at this moment, page by page in the order of their ids: customers who follow it themselves, and all who
// are customers of an organization that does. Somebody who does both is one person, at the level that hears more.
import type { Customer } from "../desk/customer.ts";
import { type FollowLevel, hearsMore } from "../desk/project.ts";
import type { Database } from "./open.ts";

type Read = Database["read"];

export interface FollowingCustomer {
  customer: Customer;
  level: FollowLevel;
  /** Since when they follow it themselves; absent where they do through an organization. */
  sinceMs?: number;
  /** The name of the organization by which they follow; null where they do themselves. */
  through: string | null;
}

/** Customers of an organization in the order of their ids, at most `limit` after `after`. */
export const membersAfter = async (
  read: Read,
  organizationId: string,
  after: string,
  limit: number,
): Promise<Customer[]> =>
  (await read
    .selectFrom("customer")
    .selectAll()
    .where("organizationId", "=", organizationId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute()) as Customer[];

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
    .select(["follow.level", "follow.createdAt as followsSince"])
    .where("follow.projectId", "=", projectId)
    .where("customer.id", ">", after)
    .orderBy("customer.id")
    .limit(limit)
    .execute();
  const found = new Map<string, FollowingCustomer>();
  for (const { level, followsSince, ...customer } of own)
    add(found, { customer: customer as Customer, level, sinceMs: followsSince, through: null });
  const organizations = await read
    .selectFrom("follow")
    .innerJoin("organization", "organization.id", "follow.organizationId")
    .select(["organization.id", "organization.name", "follow.level"])
    .where("follow.projectId", "=", projectId)
    .orderBy("organization.id")
    .execute();
  for (const { id, name, level } of organizations) {
    for (const customer of await membersAfter(read, id, after, limit)) add(found, { customer, level, through: name });
  }
  const people = [...found.values()].sort((a, b) => (a.customer.id < b.customer.id ? -1 : 1));
  const page = people.slice(0, limit);
  // Each question brought `limit` at most, so of these the first are whole.
  return { people: page, next: people.length < limit ? null : (page.at(-1)?.customer.id ?? null) };
}

/** All who follow a project, so many at a time. */
export async function* followersOf(read: Read, projectId: string, atOnce: number): AsyncGenerator<FollowingCustomer[]> {
  for (let after: string | null = ""; after !== null; ) {
    const page: Awaited<ReturnType<typeof followersAfter>> = await followersAfter(read, projectId, after, atOnce);
    yield page.people;
    after = page.next;
  }
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
