// A conversation without a ticket as it is now: whom it is with, with merges followed, and those people page by page in the
// order of their ids, however many an organization has.
import type { Conversation } from "../desk/conversation.ts";
import { type Customer, type CustomerAddress, customerTombstones } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import { type FollowLevel, followsText, type Project } from "../desk/project.ts";
import type { Candidate } from "../desk/recipients.ts";
import type { StandaloneFound } from "../desk/standalone.ts";
import { type FollowingCustomer, followersAfter, membersAfter } from "./followers.ts";
import type { Database } from "./open.ts";
import { withLeft } from "./opt-outs.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { customerById, organizationById } from "./tombstones.ts";

type Read = Database["read"];

/** With whom it is: what an organization or a customer that was merged became; null where that was deleted. */
export interface StandaloneWith extends StandaloneFound {
  organization: Organization | null;
  customer: Customer | null;
  project: Project | null;
}

/** So many people at once. */
export const peopleAtOnce = 500;

/** Null where the conversation has a ticket, or is not there. */
export async function standaloneOf(read: Read, conversationId: string): Promise<StandaloneWith | null> {
  const standalone = await rowById(read, "standalone", conversationId);
  const conversation = standalone === undefined ? undefined : await rowById(read, "conversation", conversationId);
  if (standalone === undefined || conversation === undefined) return null;
  const { organizationId, customerId, projectId } = standalone;
  const organization = organizationId === null ? null : await organizationById(read, organizationId);
  return {
    conversation: conversation as Conversation,
    standalone,
    organization: organization === null ? null : decode("organization", organization),
    customer: customerId === null ? null : await customerById(read, customerId),
    project: projectId === null ? null : ((await rowById(read, "project", projectId)) ?? null),
  };
}

/** Those whose ids come after this one, "" for the first; `next` is null where they are the last. */
export async function peopleWith(
  read: Read,
  { standalone, organization, customer, project }: Omit<StandaloneWith, "conversation">,
  after: string,
  limit: number,
): Promise<{ people: Candidate[]; next: string | null }> {
  if (project?.state === "closed") return { people: [], next: null };
  if (project !== null) {
    const { people, next } = await followersAfter(read, project.id, after, limit);
    const following = await followingCandidates(read, project, people, standalone.id);
    // What is said on the project itself is for every level.
    return { people: following.map(({ level: _level, ...one }) => one), next };
  }
  if (organization === null) {
    const alone = () => "the conversation is with them";
    const found = customer === null ? [] : await candidates(read, [customer], alone, standalone.id);
    return { people: found.map((one) => ({ ...one, sinceMs: 0 })), next: null };
  }
  const members = await membersAfter(read, organization.id, after, limit);
  const living = members.filter(({ state }) => !customerTombstones.some((gone) => gone === state));
  return {
    people: await withLeft(
      read,
      (await candidates(read, living, () => `customer of ${organization.name}`, standalone.id)).map(mayLeave),
      [standalone.id],
    ),
    next: members.length < limit ? null : (members.at(-1)?.id ?? null),
  };
}

const mayLeave = <C extends Candidate>(one: C): C => ({ ...one, mayLeave: true });

/** Who follows a project, as those who may be told of it in this conversation; `level` says how much of it. */
export async function followingCandidates(
  read: Read,
  project: Pick<Project, "id" | "name">,
  people: readonly FollowingCustomer[],
  conversationId: string,
): Promise<(Candidate & { level: FollowLevel })[]> {
  const byId = new Map(people.map((one) => [one.customer.id, one]));
  const part = ({ id }: Customer): string => followsText(project, byId.get(id)?.through ?? null);
  const found = await candidates(
    read,
    people.map(({ customer }) => customer),
    part,
    conversationId,
  );
  const following = found.map((one) => {
    const { level = "posts", sinceMs } = byId.get(one.customer.id) ?? {};
    return { ...mayLeave(one), level, ...(sinceMs === undefined ? {} : { sinceMs }) };
  });
  return await withLeft(read, following, [project.id]);
}

/** Each at the address from which they wrote in the conversation last, or at their primary one (CUS-4). */
async function candidates(
  read: Read,
  customers: readonly Customer[],
  part: (customer: Customer) => string,
  conversationId: string,
): Promise<Candidate[]> {
  const primary = new Map<string, CustomerAddress>();
  const used = new Map<string, CustomerAddress>();
  for (const ids of idLists(customers.map(({ id }) => id))) {
    const wrote = await read
      .selectFrom("message")
      .select(["authorId", "fromAddress"])
      .where("conversationId", "=", conversationId)
      .where("authorId", "in", ids)
      .orderBy("createdAt")
      .orderBy("id")
      .execute();
    const last = new Map(wrote.map(({ authorId, fromAddress }) => [authorId, fromAddress.toLowerCase()]));
    const rows = await read.selectFrom("customerAddress").selectAll().where("ownerId", "in", ids).execute();
    for (const row of rows) {
      if (row.isPrimary === 1) primary.set(row.ownerId, decode("customerAddress", row));
      if (last.get(row.ownerId) === row.id) used.set(row.ownerId, decode("customerAddress", row));
    }
  }
  return customers.map((customer) => {
    const address = used.get(customer.id) ?? primary.get(customer.id) ?? null;
    return { part: part(customer), lastAddress: address?.address ?? "", customer, address };
  });
}
