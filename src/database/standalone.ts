// A conversation without a ticket as it is now: whom it is with, with merges followed, and those people page by page in the
// order of their ids, however many an organization has.
import type { Conversation } from "../desk/conversation.ts";
import { type Customer, type CustomerAddress, customerTombstones } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import type { Candidate } from "../desk/recipients.ts";
import type { StandaloneFound } from "../desk/standalone.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { customerById, organizationById } from "./tombstones.ts";

type Read = Database["read"];

/** With whom it is: what an organization or a customer that was merged became; null where that was deleted. */
export interface StandaloneWith extends StandaloneFound {
  organization: Organization | null;
  customer: Customer | null;
}

/** So many people at once. */
export const peopleAtOnce = 500;

/** Null where the conversation has a ticket, or is not there. */
export async function standaloneOf(read: Read, conversationId: string): Promise<StandaloneWith | null> {
  const standalone = await rowById(read, "standalone", conversationId);
  const conversation = standalone === undefined ? undefined : await rowById(read, "conversation", conversationId);
  if (standalone === undefined || conversation === undefined) return null;
  const { organizationId, customerId } = standalone;
  const organization = organizationId === null ? null : await organizationById(read, organizationId);
  return {
    conversation: conversation as Conversation,
    standalone,
    organization: organization === null ? null : decode("organization", organization),
    customer: customerId === null ? null : await customerById(read, customerId),
  };
}

/** Those whose ids come after this one, "" for the first; `next` is null where they are the last. */
export async function peopleOf(
  read: Read,
  { organization, customer }: Pick<StandaloneWith, "organization" | "customer">,
  after: string,
  limit: number,
): Promise<{ people: Candidate[]; next: string | null }> {
  if (organization === null) {
    const people = customer === null ? [] : await candidates(read, [customer], "the conversation is with them");
    return { people, next: null };
  }
  const members = await read
    .selectFrom("customer")
    .selectAll()
    .where("organizationId", "=", organization.id)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  const living = members.filter(({ state }) => !customerTombstones.some((gone) => gone === state));
  return {
    people: await candidates(read, living as Customer[], `customer of ${organization.name}`),
    next: members.length < limit ? null : (members.at(-1)?.id ?? null),
  };
}

async function candidates(read: Read, customers: readonly Customer[], part: string): Promise<Candidate[]> {
  const primary = new Map<string, CustomerAddress>();
  for (const ownerIds of idLists(customers.map(({ id }) => id)))
    for (const row of await read
      .selectFrom("customerAddress")
      .selectAll()
      .where("ownerId", "in", ownerIds)
      .where("isPrimary", "=", 1)
      .execute())
      primary.set(row.ownerId, decode("customerAddress", row));
  return customers.map((customer) => {
    const address = primary.get(customer.id) ?? null;
    return { part, lastAddress: address?.address ?? "", customer, address };
  });
}
