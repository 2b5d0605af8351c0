// What must be told, and everything that its expansion to one mail per person needs, read in one go.
import { sql } from "kysely";
import type { Conversation } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import type { Candidate } from "../desk/recipients.ts";
import type { NoticeFacts, Outbox } from "../ports-database.ts";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type NoticeTable } from "./schema.ts";
import { customerById, ticketById } from "./tombstones.ts";
import { unindexed } from "./unindexed.ts";

const heldMax = 200;
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
const peopleOf = prepared((db, { ticketId }: { ticketId: string }) =>
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
const writtenIn = prepared((db, { conversationId }: { conversationId: string }) =>
  db
    .selectFrom("message")
    .select(["authorId", "messageId", "createdAt"])
    .where("conversationId", "=", conversationId)
    .where("authorKind", "=", "customer")
    .orderBy("createdAt", "desc")
    .limit(sql.lit(heldMax)),
);
const sentIn = prepared((db, { conversationId }: { conversationId: string }) =>
  db
    .selectFrom("outbox")
    .select(["customerId", "messageId", "createdAt"])
    .where("conversationId", "=", conversationId)
    .where("status", "!=", sql.lit("suppressed"))
    .orderBy("createdAt", "desc")
    .limit(sql.lit(heldMax)),
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
      const ticket = conversation?.ticketId == null ? null : await ticketById(read, conversation.ticketId);
      if (conversation === undefined || ticket === null) return null;
      return await gather(read, due, conversation as Conversation, ticket);
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

async function gather(
  read: Read,
  waiting: WaitingNotice[],
  conversation: Conversation,
  ticket: NoticeFacts["ticket"],
): Promise<NoticeFacts> {
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
    notices: waiting.map(({ state: _state, doubtful: _doubtful, ...notice }) => ({
      ...notice,
      kind: notice.kind as Notice["kind"],
      hadIt: JSON.parse(notice.hadIt) as string[],
    })),
    conversation,
    ticket,
    messages: messages.map((row) => decode("message", row)),
    candidates: await candidatesOf(read, ticket.id),
    attachments: attachments.map((row) => decode("attachment", row)),
    agentNames: new Map(agents.map((agent) => [agent.id, agent.name])),
    held: await heldIds(read, conversation.id),
  };
}

/** Everybody on the ticket, with the address last used there, or the primary one where that is theirs no more. */
export async function candidatesOf(read: Read, ticketId: string): Promise<Candidate[]> {
  const people = await peopleOf.rows(read, { ticketId });
  const candidates: Candidate[] = [];
  for (const person of people) {
    const customer = await customerById(read, person.customerId);
    if (customer === null) continue;
    const owned = await addressesOf.rows(read, { ownerId: customer.id });
    const rows = owned.map((row) => decode("customerAddress", row));
    const address =
      rows.find((row) => row.address === person.address) ??
      rows.find((row) => row.id === person.address.toLowerCase()) ??
      rows.find((row) => row.isPrimary);
    candidates.push({ person, customer, address: address ?? null });
  }
  return candidates;
}

async function heldIds(read: Read, conversationId: string): Promise<Map<string, string[]>> {
  const held = new Map<string, { id: string; at: number }[]>();
  const add = (customerId: string | null, id: string | null, at: number) => {
    if (customerId !== null && id !== null) held.set(customerId, [...(held.get(customerId) ?? []), { id, at }]);
  };
  const wrote = await writtenIn.rows(read, { conversationId });
  for (const row of wrote) add(row.authorId, row.messageId, row.createdAt);
  const got = await sentIn.rows(read, { conversationId });
  for (const row of got) add(row.customerId, row.messageId, row.createdAt);
  return new Map(
    [...held].map(([customerId, list]) => [customerId, list.sort((a, b) => a.at - b.at).map((one) => one.id)]),
  );
}
