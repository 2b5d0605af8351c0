// What must be told, and everything that its expansion to one mail per person needs, read in one go.
import { sql } from "kysely";
import type { Conversation } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import type { Seated } from "../desk/recipients.ts";
import { noTicket } from "../desk/standalone.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { NoticeFacts, Outbox } from "../ports-database.ts";
import { followersAfter } from "./followers.ts";
import { heldBy, heldIds } from "./held-ids.ts";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type NoticeTable } from "./schema.ts";
import { followingCandidates, peopleAtOnce, peopleWith, standaloneOf } from "./standalone.ts";
import { customerById, ticketById } from "./tombstones.ts";
import { unindexed } from "./unindexed.ts";

const noticesMax = 100;
const peopleMax = 5000;
const addressesMax = 100;

type Read = Database["read"];

/**
 * `doubtful`: it stood in the backup from which this desk was restored, or tells of a mail that had arrived by then, and so
 * may have been told before.
 */
const waitingIn = prepared((db, { conversationId }: { conversationId: string }) =>
  db
    .selectFrom("notice")
    .selectAll()
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom("condition")
            .select("condition.id")
            .where("condition.id", "=", sql.lit("restored"))
            .where((or) =>
              or.or([
                or("notice.createdAt", "<=", or.ref("condition.sinceAt")),
                or.exists(
                  or
                    .selectFrom("message")
                    .innerJoin("email", "email.id", "message.emailId")
                    .select("email.id")
                    .whereRef("message.id", "=", "notice.messageId")
                    .whereRef("email.receivedAt", "<=", "condition.sinceAt"),
                ),
              ]),
            ),
        )
        .as("doubtful"),
    )
    .where("conversationId", "=", conversationId)
    .where(unindexed("state"), "=", sql.lit("waiting"))
    .orderBy("createdAt")
    .orderBy("id")
    .limit(sql.lit(noticesMax)),
);
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
export function notices({ read }: Database): Pick<Outbox, "dueConversations" | "noticeFacts" | "blob"> {
  return {
    async dueConversations(now, limit) {
      const rows = await read
        .selectFrom("notice")
        .select("conversationId")
        .where("state", "=", sql.lit("waiting"))
        .where("notBefore", "<=", now)
        .orderBy("notBefore")
        .limit(limit)
        .execute();
      return [...new Set(rows.map((row) => row.conversationId))];
    },

    async noticeFacts(conversationId, now) {
      const waiting = await waitingIn.rows(read, { conversationId });
      const due = dueTogether(waiting, now);
      if (due.length === 0) return null;
      const conversation = await rowById(read, "conversation", conversationId);
      if (conversation === undefined) return null;
      if (conversation.ticketId === null) return await standaloneFacts(read, due, conversationId);
      const ticket = await ticketById(read, conversation.ticketId);
      if (ticket === null) return null;
      return ticket.projectId === null
        ? await ticketFacts(read, due, conversation as Conversation, ticket)
        : await projectFacts(read, due, conversation as Conversation, ticket, ticket.projectId);
    },

    async blob(sha256) {
      const row = await read.selectFrom("blob").select("bytes").where("id", "=", sha256).executeTakeFirst();
      return row?.bytes ?? null;
    },
  };
}

/** A conversation in which somebody writes on and on is told after this many holds all the same. */
const holdsMax = 5;

/**
 * Acknowledgements do not wait. The messages of a conversation wait for one another, so that each can be recalled within
 * its own hold and all of them become one mail (SHA-8).
 */
export function dueTogether<N extends Pick<NoticeTable, "kind" | "notBefore" | "createdAt">>(
  waiting: readonly N[],
  now: number,
): N[] {
  const acknowledgements = waiting.filter((notice) => notice.kind === "acknowledgement" && notice.notBefore <= now);
  const messages = waiting.filter((notice) => notice.kind === "message");
  const held = messages.some((notice) => notice.notBefore > now);
  const longEnough = messages.some(({ notBefore, createdAt }) => now > createdAt + holdsMax * (notBefore - createdAt));
  return held && !longEnough ? acknowledgements : [...acknowledgements, ...messages];
}

type WaitingNotice = NoticeTable & { doubtful: unknown };

async function ticketFacts(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  ticket: Ticket,
): Promise<NoticeFacts> {
  return {
    ...(await toTell(read, due, conversation)),
    about: { ...ticket, ticketId: ticket.id, shared: false },
    candidates: await seatedOf(read, ticket.id),
    held: await heldIds(read, conversation.id),
    from: "",
    reached: null,
    othersWait: false,
  };
}

/** With the people of the ticket, on the first page, go those who follow its project; acknowledgements concern none of these. */
async function projectFacts(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  ticket: Ticket,
  projectId: string,
): Promise<NoticeFacts | null> {
  const project = await rowById(read, "project", projectId);
  const ofOne = due.filter(({ kind }) => kind === "acknowledgement");
  if (project?.state !== "open" || ofOne.length > 0)
    return {
      ...(await ticketFacts(read, ofOne.length > 0 ? ofOne : due, conversation, ticket)),
      othersWait: ofOne.length > 0 && ofOne.length < due.length,
    };
  const { batch, from, limit, othersWait } = await pageOf(read, due, conversation);
  const seated = await seatedOf(read, ticket.id);
  const { people, next } = await followersAfter(read, projectId, from, limit);
  const isSeated = new Set(seated.map(({ customer }) => customer.id));
  const following = await followingCandidates(
    read,
    project,
    people.filter(({ customer }) => !isSeated.has(customer.id)),
    conversation.id,
  );
  const candidates = [...(from === "" ? seated : []), ...following];
  return {
    ...batch,
    about: { ...ticket, ticketId: ticket.id, shared: false },
    candidates,
    held: await heldBy(
      read,
      conversation.id,
      candidates.map(({ customer }) => customer.id),
    ),
    from,
    reached: next,
    othersWait,
  };
}

/** All mails of one page together have at most so many bytes of files. */
const pageBytesMax = 64 * 1024 * 1024;

/**
 * The people of an organization are told page by page. Messages that were told to as many go together; one that others are
 * ahead of comes to its end first.
 */
async function standaloneFacts(
  read: Read,
  due: readonly WaitingNotice[],
  conversationId: string,
): Promise<NoticeFacts | null> {
  const found = await standaloneOf(read, conversationId);
  if (found === null) return null;
  const { batch, from, limit, othersWait } = await pageOf(read, due, found.conversation);
  const { people, next } = await peopleWith(read, found, from, limit);
  const { subject, mailbox, answers } = found.standalone;
  return {
    ...batch,
    about: { ticketId: noTicket, number: null, subject, mailbox, shared: answers === "everybody" },
    candidates: people,
    held: await heldBy(
      read,
      conversationId,
      people.map(({ customer }) => customer.id),
    ),
    from,
    reached: next,
    othersWait,
  };
}

/** What is told next, after whom its people come, and how many of them one page takes. */
async function pageOf(read: Read, due: readonly WaitingNotice[], conversation: Conversation) {
  const from = due.reduce((most, { reached }) => (reached > most ? reached : most), "");
  const batch = await toTell(
    read,
    due.filter(({ reached }) => reached === from),
    conversation,
  );
  const bytes = batch.attachments.reduce((sum, file) => sum + file.sizeBytes, 0);
  const limit = Math.max(1, Math.min(peopleAtOnce, Math.floor(pageBytesMax / Math.max(1, bytes))));
  return { batch, from, limit, othersWait: batch.notices.length < due.length };
}

/** What is to be told, whomever it goes to. */
async function toTell(
  read: Read,
  waiting: readonly WaitingNotice[],
  conversation: Conversation,
): Promise<Pick<NoticeFacts, "notices" | "doubtful" | "conversation" | "messages" | "attachments" | "agentNames">> {
  const messageIds = waiting.map((notice) => notice.messageId);
  const messages = await messagesById.rows(read, { messageIds });
  const attachments = await attachmentsOf.rows(read, { messageIds });
  const agentIds = messages.flatMap((message) =>
    message.authorKind === "agent" && message.authorId !== null ? [message.authorId] : [],
  );
  const agents =
    agentIds.length === 0
      ? []
      : await read.selectFrom("agent").select(["id", "name"]).where("id", "in", agentIds).execute();
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
    candidates.push({ part, lastAddress: person.address, customer, address: address ?? null, person });
  }
  return candidates;
}
