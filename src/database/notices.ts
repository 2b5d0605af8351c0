// What must be told, and everything that its expansion to one mail per person needs, read in one go.
import { sql } from "kysely";
import type { Conversation } from "../desk/conversation.ts";
import type { Notice, NoticeKind } from "../desk/notice.ts";
import type { Candidate, Seated } from "../desk/recipients.ts";
import { noTicket } from "../desk/standalone.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { NoticeFacts, Outbox } from "../ports-database.ts";
import { dueTogether, waitingIn } from "./due-notices.ts";
import { followersAfter } from "./followers.ts";
import { isAnythingFrozen, noticeFrozen } from "./freezes.ts";
import { heldBy, heldIds } from "./held-ids.ts";
import { nextOf, placeAt, placeIn, untold, type WaitingNotice } from "./notice-pages.ts";
import type { Database } from "./open.ts";
import { withLeft } from "./opt-outs.ts";
import { owedTo } from "./owed-history.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { followingCandidates, peopleAtOnce, peopleWith, standaloneOf } from "./standalone.ts";
import { customerById, ticketById } from "./tombstones.ts";
import { wordFacts } from "./word-facts.ts";

const peopleMax = 5000;
const addressesMax = 100;
/** What agents are told is agent-notices.ts. */
const customerKinds = ["acknowledgement", "message"] as const satisfies readonly NoticeKind[];

type Read = Database["read"];
/** All but what the mails' texts need. */
type FactsToTell = Omit<NoticeFacts, "words">;

const messagesById = prepared((db, { messageIds }: { messageIds: readonly string[] }) =>
  db.selectFrom("message").selectAll().where("id", "in", messageIds).orderBy("createdAt").orderBy("id"),
);
const attachmentsOf = prepared((db, { messageIds }: { messageIds: readonly string[] }) =>
  db.selectFrom("attachment").selectAll().where("messageId", "in", messageIds).orderBy("part"),
);
const seatsOf = prepared((db, { ticketId }: { ticketId: string }) =>
  db
    .selectFrom("ticketPerson")
    .selectAll()
    .where("ticketId", "=", ticketId)
    .orderBy("createdAt")
    .orderBy("id")
    .limit(sql.lit(peopleMax)),
);
const addressesOf = prepared((db, { ownerId }: { ownerId: string }) =>
  db.selectFrom("customerAddress").selectAll().where("ownerId", "=", ownerId).limit(sql.lit(addressesMax)),
);
export function notices({ read }: Database): Pick<Outbox, "dueConversations" | "noticeFacts" | "wordsFor" | "blob"> {
  return {
    async dueConversations(now, limit) {
      const some = await isAnythingFrozen(read);
      const rows = await read
        .selectFrom("notice")
        .select("conversationId")
        .where("state", "=", sql.lit("waiting"))
        .where("notBefore", "<=", now)
        .$if(some, (query) => query.where((eb) => eb.not(noticeFrozen(eb))))
        .orderBy("notBefore")
        .limit(limit)
        .execute();
      return [...new Set(rows.map((row) => row.conversationId))];
    },

    async noticeFacts(conversationId, now, earlierMax = 0) {
      const waiting = await waitingIn.rows(read, { conversationId, kinds: customerKinds });
      const due = dueTogether(waiting, now);
      if (due.length === 0) return null;
      const conversation = await rowById(read, "conversation", conversationId);
      if (conversation === undefined) return null;
      const ticket = conversation.ticketId === null ? null : await ticketById(read, conversation.ticketId);
      if (ticket === null && conversation.ticketId !== null) return null;
      const facts: FactsToTell | null =
        ticket === null
          ? await standaloneFacts(read, due, conversationId)
          : await ticketFacts(read, due, conversation as Conversation, ticket);
      if (facts === null) return null;
      const owed = ticket === null ? facts.owed : await owedTo(read, facts);
      return { ...facts, owed, words: await wordFacts(read, facts, earlierMax) };
    },

    wordsFor: (facts) => wordFacts(read, { ...facts, notices: [] }, 0),

    async blob(sha256) {
      const row = await read.selectFrom("blob").select("bytes").where("id", "=", sha256).executeTakeFirst();
      return row?.bytes ?? null;
    },
  };
}

/** The people of the ticket, and those who follow its project, whom no acknowledgement concerns: these go first. */
async function ticketFacts(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  ticket: Ticket,
): Promise<FactsToTell> {
  const project = ticket.projectId === null ? undefined : await rowById(read, "project", ticket.projectId);
  const isShared = project?.state === "open" && ticket.unpublishedAt === null;
  const ofOne = isShared ? due.filter(({ kind }) => kind === "acknowledgement") : [];
  const about = { ...ticket, ticketId: ticket.id, shared: false };
  if (ofOne.length > 0 || !isShared) {
    const { from, some } = nextOf(ofOne.length > 0 ? ofOne : due);
    const seated = await seatedOf(read, ticket.id);
    return {
      ...(await toTell(read, some, conversation)),
      about,
      owed: new Map(),
      candidates: from === "" ? seated : await untold(read, conversation.id, some, seated),
      held: await heldIds(read, conversation.id),
      from,
      reached: null,
      othersWait: some.length < due.length,
    };
  }
  const { some, from, ...batch } = await pageOf(read, due, conversation);
  const seated = await seatedOf(read, ticket.id);
  const { people, next } = await followersAfter(read, project.id, placeIn(from, project.id), batch.limit);
  const isSeated = new Set(seated.map(({ customer }) => customer.id));
  const others = people.filter(({ customer }) => !isSeated.has(customer.id));
  // Seats on every page: one that is taken meanwhile must not fall between two of them.
  const following = await followingCandidates(read, project, others, conversation.id);
  const all = [...seated, ...(await withLeft(read, following, [ticket.id]))];
  return await pageFacts(read, conversation, { ...batch, some, from, about, people: all, key: project.id, next });
}

/** The people of an organization, or those who follow a project, page by page. */
async function standaloneFacts(
  read: Read,
  due: readonly WaitingNotice[],
  conversationId: string,
): Promise<FactsToTell | null> {
  const found = await standaloneOf(read, conversationId);
  if (found === null) return null;
  const { conversation, standalone } = found;
  const batch = await pageOf(read, due, conversation);
  const key = found.project?.id ?? found.organization?.id ?? "alone";
  const { people, next } = await peopleWith(read, found, placeIn(batch.from, key), batch.limit);
  const { subject, mailbox, answers, organizationId, projectId } = standalone;
  const shared = answers === "everybody";
  const about = { ticketId: noTicket, number: null, subject, mailbox, shared, organizationId, projectId };
  return await pageFacts(read, conversation, { ...batch, about, people, key, next });
}

interface PageOfNotices extends Awaited<ReturnType<typeof pageOf>> {
  about: NoticeFacts["about"];
  people: readonly Candidate[];
  /** Whose people they are, page by page. */
  key: string;
  next: string | null;
}

async function pageFacts(
  read: Read,
  conversation: Conversation,
  { told, some, from, othersWait, about, people, key, next }: PageOfNotices,
): Promise<FactsToTell> {
  const candidates = from === "" ? people : await untold(read, conversation.id, some, people);
  const ids = candidates.map(({ customer }) => customer.id);
  return {
    ...told,
    about,
    owed: new Map(),
    candidates: [...candidates],
    held: await heldBy(read, conversation.id, ids),
    from,
    reached: next === null ? null : placeAt(key, next),
    othersWait,
  };
}

/** All mails of one page together have at most so many bytes of files. */
const pageBytesMax = 64 * 1024 * 1024;

/** What is told next, after whom its people come, and how many of them one page takes. */
async function pageOf(read: Read, due: readonly WaitingNotice[], conversation: Conversation) {
  const { from, some } = nextOf(due);
  const told = await toTell(read, some, conversation);
  const bytes = told.attachments.reduce((sum, file) => sum + file.sizeBytes, 0);
  const limit = Math.max(1, Math.min(peopleAtOnce, Math.floor(pageBytesMax / Math.max(1, bytes))));
  return { told, some, from, limit, othersWait: some.length < due.length };
}

/** What is to be told, whomever it goes to. */
export async function toTell(
  read: Read,
  waiting: readonly WaitingNotice[],
  conversation: Conversation,
): Promise<
  Pick<
    NoticeFacts,
    "notices" | "doubtful" | "conversation" | "messages" | "attachments" | "agentNames" | "agentSignatures"
  >
> {
  const messageIds = waiting.map((notice) => notice.messageId);
  const messages = await messagesById.rows(read, { messageIds });
  const attachments = await attachmentsOf.rows(read, { messageIds });
  const agentIds = messages.flatMap((message) =>
    message.authorKind === "agent" && message.authorId !== null ? [message.authorId] : [],
  );
  const agents =
    agentIds.length === 0
      ? []
      : await read.selectFrom("agent").select(["id", "name", "signature"]).where("id", "in", agentIds).execute();
  return {
    // 0 or 1 on SQLite, false or true on PostgreSQL.
    doubtful: new Set(waiting.filter((notice) => Boolean(notice.doubtful)).map((notice) => notice.id)),
    notices: waiting.map(({ state: _state, doubtful: _doubtful, reached: _reached, ...notice }) => ({
      ...notice,
      kind: notice.kind as Notice["kind"],
      hadIt: JSON.parse(notice.hadIt) as string[],
    })),
    conversation,
    messages: messages.map((row) => decode("message", row)),
    attachments: attachments.map((row) => decode("attachment", row)),
    agentNames: new Map(agents.map((agent) => [agent.id, agent.name])),
    agentSignatures: new Map(agents.map((agent) => [agent.id, agent.signature])),
  };
}

/** Everybody on the ticket, with the address last used there, or the primary one where that is theirs no more. */
export async function seatedOf(read: Read, ticketId: string): Promise<Seated[]> {
  const people = await seatsOf.rows(read, { ticketId });
  const candidates: Seated[] = [];
  for (const person of people) {
    const customer = await customerById(read, person.customerId);
    if (customer === null) continue;
    const owned = await addressesOf.rows(read, { ownerId: customer.id });
    const rows = owned.map((row) => decode("customerAddress", row));
    const address =
      rows.find((row) => row.address === person.address) ??
      rows.find((row) => row.id === person.address.toLowerCase()) ??
      rows.find((row) => row.isPrimary);
    const part = `${person.role} of the ticket`;
    const sinceMs = person.createdAt;
    const mayLeave = person.role === "follower";
    candidates.push({
      ...{ part, lastAddress: person.address, customer, address: address ?? null },
      ...{ sinceMs, person, mayLeave, otherAddresses: rows.map(({ id }) => id) },
    });
  }
  return await withLeft(read, candidates, [ticketId]);
}
