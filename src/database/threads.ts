// The conversations that a mail may belong to, by the ids that it cites, our tokens and the subject's tag, each with its
// ticket as it is now. However many conversations know an id, every id that is known is reported: guards rely on it.
import { sql } from "kysely";
import type { Conversation, Reference } from "../desk/conversation.ts";
import type { Customer } from "../desk/customer.ts";
import { type FollowLevel, followLevels } from "../desk/project.ts";
import { movedKey } from "../desk/standalone.ts";
import type { Facts, Question, StandaloneFacts, ThreadFacts } from "../intake/facts.ts";
import { levelOf } from "./followers.ts";
import type { Database } from "./open.ts";
import { optOutOf } from "./opt-outs.ts";
import { filledUp } from "./page.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import { standaloneOf } from "./standalone.ts";
import { organizationById, ticketById } from "./tombstones.ts";

const hourMs = 3_600_000;
const threadsMax = 30;
/** Conversations of one Message-ID: mails that stand there before mails that only name it, the oldest first. */
const perKeyMax = 20;
const ownMax = 50;
const conversationsMax = 100;
const peopleMax = 5000;
const linksMax = 1000;

type Read = Database["read"];

/** `customer`: who wrote, where the desk knows them; what they took part in is found however popular the id. */
export async function findThreads(
  read: Read,
  question: Question,
  customer: Customer | null,
): Promise<Pick<Facts, "references" | "threads" | "standalone" | "byRef" | "tagged">> {
  const keys = [...new Set([...question.cited, question.messageId, question.bounced])].filter((key) => key !== null);
  const some = keys.length === 0 ? [] : await referencesOf(read, keys);
  const own = customer === null || some.length < perKeyMax ? [] : await ownReferences(read, keys, customer);
  const references = [...new Map([...some, ...own].map((row) => [row.id, row])).values()];
  const byRef = await conversationsByRef(read, question);
  const tagged = await taggedConversation(read, question.taggedNumber);
  const strong = references.filter((row) => row.kind !== "cited");
  const ids = new Set([
    ...byRef.values(),
    ...[...own, ...strong].map((row) => row.conversationId),
    ...(tagged === null ? [] : [tagged]),
    ...references.map((row) => row.conversationId),
  ]);
  const threads = new Map<string, ThreadFacts>();
  const standalone = new Map<string, StandaloneFacts>();
  const add = async (id: string): Promise<void> => {
    const conversation = await rowById(read, "conversation", id);
    if (conversation === undefined) return;
    if (conversation.ticketId !== null) {
      const thread = await threadFacts(
        read,
        conversation as Conversation,
        conversation.ticketId,
        customer,
        question.now,
      );
      if (thread !== null) threads.set(id, thread);
      return;
    }
    const found = await standaloneFacts(read, id, customer, question.now);
    if (found === null) return;
    standalone.set(id, found);
    if (found.movedTo !== null && !threads.has(found.movedTo)) await add(found.movedTo);
  };
  for (const id of [...ids].slice(0, threadsMax)) await add(id);
  return { references, threads, standalone, byRef, tagged };
}

/** Nearly always there are few; only where there are many must each key's be ranked, so that none hides another's. */
async function referencesOf(read: Read, keys: readonly string[]): Promise<Reference[]> {
  const few = await knownBy.rows(read, { keys });
  return (few.length <= perKeyMax ? few.toSorted(byAge) : await ranked.rows(read, { keys })) as Reference[];
}

const byAge = (a: { createdAt: number }, b: { createdAt: number }) => a.createdAt - b.createdAt;

const knownBy = prepared((db, { keys }: { keys: readonly string[] }) =>
  db
    .selectFrom("reference")
    .select(["id", "key", "kind", "conversationId", "createdAt", "version"])
    .where("key", "in", keys)
    // In this order PostgreSQL does not hope to meet that many sooner or later by reading the whole table.
    .orderBy("key")
    .limit(sql.lit(perKeyMax + 1)),
);

const ranked = prepared((db, { keys }: { keys: readonly string[] }) => {
  const all = db
    .selectFrom("reference")
    .selectAll()
    .select(sql<number>`row_number() over (partition by "key" order by "kind" = 'cited', "createdAt", "id")`.as("rank"))
    .where("key", "in", keys);
  return db
    .selectFrom(all.as("ranked"))
    .select(["id", "key", "kind", "conversationId", "createdAt", "version"])
    .where("rank", "<=", sql.lit(perKeyMax))
    .orderBy("createdAt");
});

/** Those that lead to tickets on which this customer is. */
async function ownReferences(read: Read, keys: readonly string[], customer: Customer): Promise<Reference[]> {
  return (await ownedBy.rows(read, { keys, customerId: customer.id })) as Reference[];
}

const ownedBy = prepared((db, { keys, customerId }: { keys: readonly string[]; customerId: string }) =>
  db
    .selectFrom("reference")
    .innerJoin("conversation", "conversation.id", "reference.conversationId")
    .innerJoin("ticketPerson", "ticketPerson.ticketId", "conversation.ticketId")
    .selectAll("reference")
    .where("reference.key", "in", keys)
    .where("ticketPerson.customerId", "=", customerId)
    .orderBy("reference.createdAt")
    .limit(sql.lit(ownMax)),
);

async function conversationsByRef(read: Read, question: Question): Promise<Map<number, string>> {
  const refs = [...new Set(question.tokens.map((token) => token.claims.conversation))].filter((ref) => ref > 0);
  if (refs.length === 0) return new Map();
  const rows = await read.selectFrom("conversation").select(["id", "ref"]).where("ref", "in", refs).execute();
  return new Map(rows.map((row) => [row.ref, row.id]));
}

async function taggedConversation(read: Read, number: number | null): Promise<string | null> {
  if (number === null) return null;
  const row = await read
    .selectFrom("ticket")
    .innerJoin("conversation", "conversation.ticketId", "ticket.id")
    .select("conversation.id")
    .where("ticket.number", "=", number)
    .orderBy("conversation.visibility", "desc")
    .orderBy("conversation.createdAt")
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return row.id;
  const merged = await read.selectFrom("ticket").select("mergedInto").where("number", "=", number).executeTakeFirst();
  if (merged?.mergedInto == null) return null;
  const target = await ticketById(read, merged.mergedInto);
  return target === null || target.number === number ? null : await taggedConversation(read, target.number);
}

const conversationsOf = prepared((db, { ticketId }: { ticketId: string }) =>
  db
    .selectFrom("conversation")
    .selectAll()
    .where("ticketId", "=", ticketId)
    .orderBy("createdAt")
    .limit(sql.lit(conversationsMax)),
);
const peopleOf = prepared((db, { ticketId }: { ticketId: string }) =>
  db.selectFrom("ticketPerson").selectAll().where("ticketId", "=", ticketId).limit(sql.lit(peopleMax)),
);
/** By conversation: one that had no ticket at first was told without it. */
const toldIn = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("outbox").select("id").where("conversationId", "in", ids).limit(sql.lit(1)),
);
const linksOf = prepared((db, { ticketId }: { ticketId: string }) =>
  db
    .selectFrom("ticketLink")
    .select(["ticketId", "otherId"])
    .where((eb) => eb.or([eb("ticketId", "=", ticketId), eb("otherId", "=", ticketId)]))
    .limit(sql.lit(linksMax)),
);
const arrivedIn = prepared((db, { ids, since }: { ids: readonly string[]; since: number }) =>
  db
    .selectFrom("message")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("conversationId", "in", ids)
    .where("createdAt", ">", since)
    .where("direction", "=", "in"),
);

/** `sender`: nearly always the ticket has their organization, which needs not be looked up then. */
async function threadFacts(
  read: Read,
  conversation: Conversation,
  ofTicket: string,
  sender: Customer | null,
  now: number,
): Promise<ThreadFacts | null> {
  const ticket = await ticketById(read, ofTicket);
  if (ticket === null) return null;
  const ticketId = ticket.id;
  const conversations = await conversationsOf.rows(read, { ticketId });
  const people = await peopleOf.rows(read, { ticketId });
  const ids = filledUp(conversations.map((row) => row.id));
  const told = await toldIn.first(read, { ids });
  const links = await linksOf.rows(read, { ticketId });
  const recent = await arrivedIn.first(read, { ids, since: now - hourMs });
  return {
    conversation,
    ticket,
    organizationId:
      ticket.organizationId === null || ticket.organizationId === sender?.organizationId
        ? ticket.organizationId
        : ((await organizationById(read, ticket.organizationId))?.id ?? ticket.organizationId),
    senderFollows: await follows(read, ticket.unpublishedAt === null ? ticket.projectId : null, sender, [
      "replies",
      "all",
    ]),
    conversations: conversations as Conversation[],
    people,
    told: told !== undefined,
    linked: new Set(links.flatMap((row) => [row.ticketId, row.otherId])),
    mailsLastHour: Number(recent?.n ?? 0),
    senderLeft: sender === null ? null : await optOutOf(read, sender.id, ticketId),
  };
}

async function follows(
  read: Read,
  projectId: string | null,
  sender: Customer | null,
  levels: readonly FollowLevel[],
): Promise<boolean> {
  if (projectId === null || sender === null) return false;
  const project = await rowById(read, "project", projectId);
  const level = project?.state === "open" ? await levelOf(read, projectId, sender) : null;
  return level !== null && levels.includes(level);
}

async function standaloneFacts(
  read: Read,
  conversationId: string,
  sender: Customer | null,
  now: number,
): Promise<StandaloneFacts | null> {
  const found = await standaloneOf(read, conversationId);
  if (found === null) return null;
  const { conversation, standalone, organization, customer, project } = found;
  const recent = await answeredIn(read, conversationId, now - hourMs);
  const moved = sender === null ? undefined : await movedTo.first(read, { key: movedKey(conversationId, sender.id) });
  return {
    conversation,
    standalone,
    organizationId: organization?.id ?? null,
    customerId: customer?.id ?? null,
    senderFollows: await follows(read, project?.id ?? null, sender, followLevels),
    withWhom: project?.name ?? organization?.name ?? (customer?.name || "a customer"),
    mailsLastHour: recent,
    movedTo: moved?.conversationId ?? null,
    senderLeft: sender === null ? null : await optOutOf(read, sender.id, conversationId),
  };
}

const movedTo = prepared((db, { key }: { key: string }) =>
  db
    .selectFrom("reference")
    .select("conversationId")
    .where("key", "=", key)
    .where("kind", "=", sql.lit("moved"))
    .orderBy("createdAt", "desc")
    .limit(sql.lit(1)),
);

/** Answers of customers who have a part in it: machines and strangers must not use up what is allowed. */
async function answeredIn(read: Read, conversationId: string, since: number): Promise<number> {
  const row = await read
    .selectFrom("message")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("conversationId", "=", conversationId)
    .where("createdAt", ">", since)
    .where("authorKind", "=", "customer")
    .where("flag", "is", null)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}
