// Whether a person may still receive a mail that waits: membership, state, address and visibility as they are at this
// moment, read again at each attempt (invariants 6 and 7). Who was merged into another customer is the same person.
import { isAgentKind, mayBeTold } from "../desk/agent-hearing.ts";
import type { Message } from "../desk/conversation.ts";
import type { Customer } from "../desk/customer.ts";
import { leftReason } from "../desk/opt-out.ts";
import { levelsFor, mayReceive } from "../desk/recipients.ts";
import { othersHidden, partsOf } from "../desk/visibility.ts";
import { digestRefusal } from "./digest.ts";
import { levelOf } from "./followers.ts";
import type { Database } from "./open.ts";
import { whoLeft } from "./opt-outs.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type OutboxTable } from "./schema.ts";
import { standaloneOf } from "./standalone.ts";
import { customerById, ticketById } from "./tombstones.ts";

type Read = Database["read"];

/** Why they may not, as a clause; null where they may. */
export async function refusalOf(
  read: Read,
  mail: Pick<OutboxTable, "id" | "kind" | "conversationId" | "customerId" | "toKey">,
): Promise<string | null> {
  if (isAgentKind(mail.kind)) return await refusalOfAgent(read, mail);
  if (mail.kind === "digest") return await ofDigest(read, mail);
  const conversation = await read
    .selectFrom("conversation")
    .selectAll()
    .where("id", "=", mail.conversationId)
    .executeTakeFirst();
  if (conversation?.visibility !== "public") return "the conversation is internal";
  const flagged = await read
    .selectFrom("message")
    .select("flag")
    .where("id", "in", (eb) =>
      eb
        .selectFrom("outboxMessage")
        .select("messageId")
        .where("outboxId", "=", mail.id)
        .unionAll(eb.selectFrom("outboxQuote").select("messageId").where("outboxId", "=", mail.id)),
    )
    .where("flag", "is not", null)
    .limit(1)
    .executeTakeFirst();
  if (flagged !== undefined) return "the message is flagged";
  const customer = await customerById(read, mail.customerId);
  const address = await read.selectFrom("customerAddress").selectAll().where("id", "=", mail.toKey).executeTakeFirst();
  if (customer === null || address === undefined) return "the customer or the address is gone";
  if (address.ownerId !== customer.id) return "the address belongs to the customer no more";
  const noPart =
    conversation.ticketId === null
      ? await leftStandalone(read, conversation.id, customer)
      : await leftTicket(read, conversation.ticketId, mail.id, customer);
  return (
    noPart ?? (await hiddenIn(read, mail.id, customer)) ?? mayReceive(customer, decode("customerAddress", address))
  );
}

async function ofDigest(read: Read, mail: Pick<OutboxTable, "id" | "customerId" | "toKey">): Promise<string | null> {
  const customer = await customerById(read, mail.customerId);
  const address = await read.selectFrom("customerAddress").selectAll().where("id", "=", mail.toKey).executeTakeFirst();
  if (customer === null || address === undefined) return "the customer or the address is gone";
  if (address.ownerId !== customer.id) return "the address belongs to the customer no more";
  return (await digestRefusal(read, mail.id, customer)) ?? mayReceive(customer, decode("customerAddress", address));
}

/** It carries what another customer wrote, and customers don't see that any more. */
async function hiddenIn(read: Read, outboxId: string, customer: Customer): Promise<string | null> {
  const set = await rowById(read, "setting", "visibility.parts");
  if (set === undefined || partsOf(decode("setting", set).value as string[]).has("others")) return null;
  const carried = await read
    .selectFrom("outboxMessage")
    .innerJoin("message", "message.id", "outboxMessage.messageId")
    .select("message.authorId")
    .where("outboxMessage.outboxId", "=", outboxId)
    .where("message.authorKind", "=", "customer")
    .where("message.authorId", "!=", customer.id)
    .limit(1)
    .executeTakeFirst();
  return carried === undefined ? null : othersHidden;
}

async function leftTicket(read: Read, ofTicket: string, outboxId: string, customer: Customer): Promise<string | null> {
  const ticketId = (await ticketById(read, ofTicket))?.id ?? ofTicket;
  if ((await whoLeft(read, [customer.id], [ticketId])).size > 0) return leftReason;
  if (await hasSeat(read, ofTicket, customer.id)) return null;
  return await followsTicket(read, ofTicket, outboxId, customer);
}

/** What agents are told may be internal: it goes to an agent's own address, or nowhere (invariant 6). */
async function refusalOfAgent(
  read: Read,
  { customerId: agentId, toKey }: Pick<OutboxTable, "customerId" | "toKey">,
): Promise<string | null> {
  const agent = await rowById(read, "agent", agentId);
  const address = await rowById(read, "customerAddress", toKey);
  if (agent === undefined || address?.ownerKind !== "agent" || address.ownerId !== agentId)
    return "the address is no agent's any more";
  return mayBeTold(decode("agent", agent));
}

/** Why a conversation without a ticket is with them no more; null where it is. */
async function leftStandalone(read: Read, conversationId: string, customer: Customer): Promise<string | null> {
  const found = await standaloneOf(read, conversationId);
  if (found === null) return "the conversation is gone";
  if (found.customer !== null) return found.customer.id === customer.id ? null : "the conversation is not with them";
  if ((await whoLeft(read, [customer.id], [found.project?.id ?? conversationId])).size > 0) return leftReason;
  if (found.project?.state === "closed") return "the project is closed";
  if (found.project !== null)
    return (await levelOf(read, found.project.id, customer)) === null ? `follows ${found.project.name} no more` : null;
  if (found.organization === null) return "the organization is gone";
  return customer.organizationId === found.organization.id ? null : `is not in ${found.organization.name} any more`;
}

/** Null where they follow the ticket's project at a level at which they hear all that the mail carries. */
async function followsTicket(
  read: Read,
  ticketId: string,
  outboxId: string,
  customer: Customer,
): Promise<string | null> {
  const noPart = "has no part in the ticket any more";
  const ticket = await ticketById(read, ticketId);
  const project = ticket?.projectId == null ? undefined : await rowById(read, "project", ticket.projectId);
  if (ticket === null || ticket.unpublishedAt !== null || project?.state !== "open") return noPart;
  if ((await whoLeft(read, [customer.id], [project.id])).size > 0) return leftReason;
  const level = await levelOf(read, project.id, customer);
  if (level === null) return noPart;
  const carried = await read
    .selectFrom("outboxMessage")
    .innerJoin("message", "message.id", "outboxMessage.messageId")
    .select("message.authorKind")
    .where("outboxMessage.outboxId", "=", outboxId)
    .execute();
  const hearsAll = carried.every((message) => levelsFor(message as Pick<Message, "authorKind">).has(level));
  return hearsAll ? null : noPart;
}

/** A seat on the ticket, also where it bears the id of a customer that was merged into them. */
async function hasSeat(read: Read, ticketId: string, customerId: string): Promise<boolean> {
  const own = await read
    .selectFrom("ticketPerson")
    .selectAll()
    .where("id", "=", `${ticketId}:${customerId}`)
    .executeTakeFirst();
  if (own !== undefined) return true;
  const merged = await read
    .selectFrom("ticketPerson")
    .innerJoin("customer", "customer.id", "ticketPerson.customerId")
    .selectAll("ticketPerson")
    .where("ticketPerson.ticketId", "=", ticketId)
    .where("customer.mergedInto", "is not", null)
    .execute();
  for (const seat of merged) {
    if ((await customerById(read, seat.customerId))?.id === customerId) return true;
  }
  return false;
}
