// What is new for a customer in the tickets that they may see, and whether a digest that waits may still go (VIS-5): by sight as it is
// at that moment.
import { type Customer, type CustomerAddress, customerTombstones } from "../desk/customer.ts";
import type { DigestMessage, DigestNews, DigestTicket } from "../desk/digest.ts";
import { leftReason } from "../desk/opt-out.ts";
import { othersHidden, type Parts, partsOf, type Scope, scopeOf } from "../desk/visibility.ts";
import { membersAfter } from "./followers.ts";
import { statusNames } from "./list-statuses.ts";
import type { Database } from "./open.ts";
import { hasLeft } from "./opt-outs.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { seenTickets, sightLists } from "./sight.ts";
import { ticketById } from "./tombstones.ts";

type Read = Database["read"];

const ticketsMax = 200;
const messagesMax = 500;
const peopleAtOnce = 500;
/** What was held, or not yet written, when the last digest was made is older than that. */
const overlapMs = 3_600_000;
/** Those that reached nobody count as no digest: the next one tells what they would have told. */
const untold = ["suppressed", "failed", "dropped"];

export function digestLists(database: Database) {
  const { read } = database;
  return {
    /** What is new for them since `since`, or since their last digest, or for so long where they had none. */
    async digestNews(
      customer: Customer,
      asked: { deskScope: Scope; parts: Parts; since: number | null; sinceFirst: number; now: number },
    ): Promise<DigestNews> {
      const { deskScope, parts, now } = asked;
      const lastAt = await lastDigestAt(read, customer.id);
      const isNext = asked.since === null && lastAt > 0;
      const since = asked.since ?? (isNext ? lastAt : asked.sinceFirst);
      const from = isNext ? since - overlapMs : since;
      const some = await seenTickets(read, customer, deskScope);
      const rows =
        some === null
          ? []
          : await some()
              .select(["id", "number", "subject", "status", "createdAt"])
              .where("updatedAt", ">", from)
              .orderBy("number", "desc")
              .limit(ticketsMax + 1)
              .execute();
      const tickets: DigestTicket[] = [];
      const names = await statusNames(read);
      for (const { createdAt, ...row } of rows.slice(0, ticketsMax)) {
        const joined = parts.has("history") ? 0 : await joinedAt(read, customer, row.id);
        const found = await messagesOf(read, customer, row.id, { after: Math.max(from, joined), now, parts });
        const messages = isNext ? await notDigested(read, customer.id, found) : found;
        const was = await statusAt(read, row.id, since);
        const statusBefore = was === row.status ? null : was;
        const isNew = createdAt > since;
        if (messages.length > 0 || statusBefore !== null || isNew)
          tickets.push({
            ...row,
            status: names.get(row.status) ?? row.status,
            statusBefore: statusBefore === null ? null : (names.get(statusBefore) ?? statusBefore),
            ...{ isNew, messages },
          });
      }
      return { since, lastAt, tickets: tickets.filter((one) => !isOwnNews(one)), isCut: rows.length > ticketsMax };
    },

    /** The customers of an organization, with their addresses. */
    async digestPeople(organizationId: string): Promise<{ customer: Customer; addresses: CustomerAddress[] }[]> {
      const people: { customer: Customer; addresses: CustomerAddress[] }[] = [];
      for (let after: string | undefined = ""; after !== undefined; ) {
        const page: Customer[] = await membersAfter(read, organizationId, after, peopleAtOnce);
        const living = page.filter(({ state }) => !customerTombstones.some((gone) => gone === state));
        const addresses = new Map<string, CustomerAddress[]>();
        for (const ids of idLists(living.map(({ id }) => id)))
          for (const row of await read.selectFrom("customerAddress").selectAll().where("ownerId", "in", ids).execute())
            addresses.set(row.ownerId, [...(addresses.get(row.ownerId) ?? []), decode("customerAddress", row)]);
        people.push(...living.map((customer) => ({ customer, addresses: addresses.get(customer.id) ?? [] })));
        after = page.length < peopleAtOnce ? undefined : page.at(-1)?.id;
      }
      return people;
    },

    /** Whether somebody wants no digests. */
    leftDigest: (customerId: string): Promise<boolean> => hasLeft(read, customerId, null),
  };
}

/** A ticket that they made themselves, and of which nothing else is to be told. */
const isOwnNews = ({ isNew, messages, statusBefore }: DigestTicket): boolean =>
  isNew && messages.length === 0 && statusBefore === null;

export async function lastDigestAt(read: Read, customerId: string): Promise<number> {
  const keys = (await read.selectFrom("customerAddress").select("id").where("ownerId", "=", customerId).execute()).map(
    ({ id }) => id,
  );
  let last = 0;
  for (const ids of idLists(keys)) {
    const row = await read
      .selectFrom("outbox")
      .select((eb) => eb.fn.max<number>("createdAt").as("at"))
      .where("toKey", "in", ids)
      .where("kind", "=", "digest")
      .where("customerId", "=", customerId)
      .where("status", "not in", untold)
      .executeTakeFirst();
    last = Math.max(last, Number(row?.at ?? 0));
  }
  return last;
}

/** Those that no earlier digest told them. */
async function notDigested(
  read: Read,
  customerId: string,
  messages: readonly DigestMessage[],
): Promise<DigestMessage[]> {
  const told = new Set<string>();
  for (const ids of idLists(messages.map(({ id }) => id))) {
    const rows = await read
      .selectFrom("digestMessage")
      .innerJoin("outbox", "outbox.id", "digestMessage.outboxId")
      .select("digestMessage.messageId")
      .where("digestMessage.messageId", "in", ids)
      .where("outbox.customerId", "=", customerId)
      .where("outbox.status", "not in", untold)
      .execute();
    for (const { messageId } of rows) told.add(messageId);
  }
  return messages.filter(({ id }) => !told.has(id));
}

/** When they came to a ticket: since when they have a seat, or follow its project; 0 where it is theirs otherwise. */
async function joinedAt(read: Read, customer: Customer, ticketId: string): Promise<number> {
  const seat = await rowById(read, "ticketPerson", `${ticketId}:${customer.id}`);
  if (seat !== undefined) return seat.role === "requester" ? 0 : seat.createdAt;
  const ticket = await rowById(read, "ticket", ticketId);
  const { id, organizationId } = customer;
  if (ticket?.projectId == null || (organizationId !== null && ticket.organizationId === organizationId)) return 0;
  const ids = [id, ...(organizationId === null ? [] : [organizationId])].map((one) => `${ticket.projectId}:${one}`);
  const row = await read
    .selectFrom("follow")
    .select((eb) => eb.fn.min<number>("createdAt").as("at"))
    .where("id", "in", ids)
    .executeTakeFirst();
  return Number(row?.at ?? 0);
}

/** Without those of which it is not decided yet who hears: they can still be taken back. */
async function messagesOf(
  read: Read,
  { id }: Pick<Customer, "id">,
  ticketId: string,
  { after, now, parts }: { after: number; now: number; parts: Parts },
): Promise<DigestMessage[]> {
  const rows = await read
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .select(["message.id", "message.authorKind", "message.authorId", "message.fromName", "message.newText"])
    .select("message.createdAt")
    .where("conversation.ticketId", "=", ticketId)
    .where("conversation.visibility", "=", "public")
    .where("message.flag", "is", null)
    .where("message.authorKind", "!=", "machine")
    .where("message.createdAt", ">", after)
    .where("message.createdAt", "<=", now)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("notice")
            .select("notice.id")
            .whereRef("notice.conversationId", "=", "conversation.id")
            .whereRef("notice.messageId", "=", "message.id")
            .where("notice.state", "in", ["waiting", "recalled"]),
        ),
      ),
    )
    .orderBy("message.createdAt")
    .orderBy("message.id")
    .limit(messagesMax)
    .execute();
  return rows
    .filter(({ authorKind, authorId }) => authorKind !== "customer" || (authorId !== id && parts.has("others")))
    .map(({ authorId: _authorId, authorKind, ...row }) => ({
      ...row,
      authorKind: authorKind as DigestMessage["authorKind"],
    }));
}

/** The status that a ticket had at a moment, where it changed since; the log knows. */
async function statusAt(read: Read, ticketId: string, since: number): Promise<string | null> {
  const rows = await read
    .selectFrom("changeLog")
    .innerJoin("commitLog", "commitLog.id", "changeLog.commitId")
    .select("changeLog.before")
    .where("changeLog.rowId", "=", ticketId)
    .where("commitLog.at", ">", since)
    .where("changeLog.before", "is not", null)
    .orderBy("changeLog.commitId")
    .orderBy("changeLog.seq")
    .execute();
  for (const { before } of rows) {
    const { status } = JSON.parse(before ?? "{}") as { status?: unknown };
    if (typeof status === "string") return status;
  }
  return null;
}

/** Why a digest that waits may not go; null where it may. */
export async function digestRefusal(read: Read, outboxId: string, customer: Customer): Promise<string | null> {
  if (await hasLeft(read, customer.id, null)) return leftReason;
  const carried = await read
    .selectFrom("digestMessage")
    .leftJoin("message", "message.id", "digestMessage.messageId")
    .select(["digestMessage.ticketId", "digestMessage.messageId", "message.id", "message.flag", "message.authorKind"])
    .where("digestMessage.outboxId", "=", outboxId)
    .execute();
  if (carried.some((one) => one.messageId !== "" && (one.id === null || one.flag !== null)))
    return "what it says was taken back";
  const settings = new Map(
    (await read.selectFrom("setting").selectAll().where("id", "like", "visibility.%").execute()).map((row) => [
      row.id,
      decode("setting", row).value as string[],
    ]),
  );
  const parts = settings.get("visibility.parts");
  if (parts !== undefined && !partsOf(parts).has("others") && carried.some((one) => one.authorKind === "customer"))
    return othersHidden;
  const scope = scopeOf((settings.get("visibility.scope") ?? ["own", "projects"]).join(","));
  for (const ticketId of new Set(carried.map((one) => one.ticketId))) {
    const ticket = await ticketById(read, ticketId);
    const sight = ticket === null ? null : await sightLists({ read }).sight(customer, ticket, scope);
    if (sight?.sees !== true) return `may not see #${ticket?.number ?? "?"} any more: ${sight?.why ?? "it is gone"}`;
  }
  return null;
}
