// What a command must know before it takes tickets apart or puts them together: links, tombstones, what stands still, one
// message by its id, and who was told of it or is going to be.
import { sql } from "kysely";
import { agentKinds } from "../desk/agent-hearing.ts";
import type { Conversation, Message, Reference } from "../desk/conversation.ts";
import type { Freeze } from "../desk/freeze.ts";
import type { Ticket, TicketLink } from "../desk/ticket.ts";
import { attachmentsOf, type TicketMessage } from "./list-ticket.ts";
import type { Database } from "./open.ts";
import { toldAmong } from "./owed-history.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { ticketById } from "./tombstones.ts";

/** A message with where it stands. */
export interface MessageFound {
  message: TicketMessage;
  conversation: Conversation;
  /** Null where the conversation has none. */
  ticket: Ticket | null;
}

/** What waits: messages that nobody was told of yet, and mails that did not leave. */
export interface Waiting {
  notices: number;
  mails: number;
}

/** A fan-out that stands still. */
export interface FrozenRow {
  id: string;
  /** Null for a conversation without a ticket. */
  number: number | null;
  subject: string;
  since: number;
  reason: string;
}

const listMax = 500;
/** In these states a mail may still go to somebody, by itself or by a person's word. */
const mayLeave = ["queued", "sending", "handing", "held", "uncertain"];

export function surgeryLists({ read }: Database) {
  return {
    /** The links of a ticket, each with the other ticket. */
    async linkRows(ticketId: string): Promise<(TicketLink & { other: { id: string; number: number } })[]> {
      const links = await read
        .selectFrom("ticketLink")
        .selectAll()
        .where((eb) => eb.or([eb("ticketId", "=", ticketId), eb("otherId", "=", ticketId)]))
        .orderBy("id")
        .execute();
      const otherOf = (link: TicketLink) => (link.ticketId === ticketId ? link.otherId : link.ticketId);
      const numbers = new Map<string, number>();
      for (const ids of idLists(links.map(otherOf)))
        for (const row of await read.selectFrom("ticket").select(["id", "number"]).where("id", "in", ids).execute())
          numbers.set(row.id, row.number);
      return links.map((link) => ({ ...link, other: { id: otherOf(link), number: numbers.get(otherOf(link)) ?? 0 } }));
    },

    /** Numbers of the tickets that became part of this one. */
    async mergedInto(ticketId: string): Promise<number[]> {
      const found: number[] = [];
      for (let wave = [ticketId]; wave.length > 0 && found.length < listMax; ) {
        const rows = await read
          .selectFrom("ticket")
          .select(["id", "number"])
          .where("mergedInto", "in", wave.slice(0, listMax))
          .execute();
        found.push(...rows.map(({ number }) => number));
        wave = rows.map(({ id }) => id);
      }
      return found.sort((a, b) => a - b);
    },

    /** By the id of a ticket, or of a conversation without one. */
    async freezeOf(id: string): Promise<Freeze | null> {
      return (await rowById(read, "freeze", id)) ?? null;
    },

    /** All that stands still, the oldest first. */
    async frozenList(): Promise<FrozenRow[]> {
      const rows = await read
        .selectFrom("freeze")
        .leftJoin("ticket", "ticket.id", "freeze.ticketId")
        .leftJoin("standalone", "standalone.id", "freeze.conversationId")
        .select(["freeze.id", "freeze.since", "freeze.reason", "ticket.number", "ticket.subject"])
        .select("standalone.subject as title")
        .where("freeze.since", "is not", null)
        .orderBy("freeze.since")
        .limit(listMax)
        .execute();
      return rows.map(({ id, number, subject, title, since, reason }) => ({
        ...{ id, number, reason },
        subject: subject ?? title ?? "",
        since: since ?? 0,
      }));
    },

    /** What of these conversations has not left yet. */
    async waitingIn(conversationIds: readonly string[]): Promise<Waiting> {
      const waiting = { notices: 0, mails: 0 };
      for (const ids of idLists(conversationIds)) {
        const notices = await read
          .selectFrom("notice")
          .select((eb) => eb.fn.countAll<number>().as("n"))
          .where("conversationId", "in", ids)
          .where("state", "=", sql.lit("waiting"))
          .where("kind", "not in", agentKinds)
          .executeTakeFirst();
        const mails = await read
          .selectFrom("outbox")
          .select((eb) => eb.fn.countAll<number>().as("n"))
          .where("conversationId", "in", ids)
          .where("status", "in", ["queued", "held"])
          .where("kind", "not in", agentKinds)
          .executeTakeFirst();
        waiting.notices += Number(notices?.n ?? 0);
        waiting.mails += Number(mails?.n ?? 0);
      }
      return waiting;
    },

    async messageFound(id: string): Promise<MessageFound | null> {
      const row = await rowById(read, "message", id);
      const conversation = row === undefined ? undefined : await rowById(read, "conversation", row.conversationId);
      if (row === undefined || conversation === undefined) return null;
      const files = await attachmentsOf(read, [id]);
      return {
        message: {
          ...decode("message", row),
          visibility: conversation.visibility as Conversation["visibility"],
          attachments: files.get(id) ?? [],
        },
        conversation: conversation as Conversation,
        ticket: conversation.ticketId === null ? null : await ticketById(read, conversation.ticketId),
      };
    },

    /** What still tells of one message: it waits, or a mail with it may yet leave. */
    async stillTold(messageId: string): Promise<Waiting> {
      const notices = await read
        .selectFrom("notice")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("messageId", "=", messageId)
        .where("state", "=", sql.lit("waiting"))
        .where("kind", "not in", agentKinds)
        .executeTakeFirst();
      const mails = await read
        .selectFrom("outboxMessage")
        .innerJoin("outbox", "outbox.id", "outboxMessage.outboxId")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("outboxMessage.messageId", "=", messageId)
        .where("outbox.status", "in", mayLeave)
        .where("outbox.kind", "not in", agentKinds)
        .executeTakeFirst();
      return { notices: Number(notices?.n ?? 0), mails: Number(mails?.n ?? 0) };
    },

    /** Ids of the customers who have it, or may get it yet. */
    async toldPeople(messageId: string): Promise<Set<string>> {
      const rows = await read
        .selectFrom("outboxMessage")
        .innerJoin("outbox", "outbox.id", "outboxMessage.outboxId")
        .select("outboxMessage.customerId as id")
        .where("outboxMessage.messageId", "=", messageId)
        .where("outbox.status", "not in", ["suppressed", "dropped"])
        .where("outbox.kind", "not in", agentKinds)
        .execute();
      return new Set(rows.map(({ id }) => id));
    },

    /** Those of these messages that this customer was told of. */
    toldOfThese: (customerId: string, messageIds: readonly string[]): Promise<Set<string>> =>
      toldAmong(read, customerId, messageIds),

    /** The way by which a Message-ID that was filed leads into this conversation; null where there is none. */
    async filedReference(conversationId: string, key: string): Promise<Reference | null> {
      const row = await read
        .selectFrom("reference")
        .selectAll()
        .where("key", "=", key)
        .where("conversationId", "=", conversationId)
        .where("kind", "=", sql.lit("filed"))
        .limit(1)
        .executeTakeFirst();
      return (row as Reference | undefined) ?? null;
    },

    /** Messages of these conversations, but for this one and for what the desk itself noted. */
    async otherMessages(conversationIds: readonly string[], messageId: Message["id"]): Promise<number> {
      let count = 0;
      for (const ids of idLists(conversationIds)) {
        const row = await read
          .selectFrom("message")
          .select((eb) => eb.fn.countAll<number>().as("n"))
          .where("conversationId", "in", ids)
          .where("id", "!=", messageId)
          .where((eb) => eb.or([eb("authorKind", "!=", "desk"), eb("direction", "=", "out")]))
          .executeTakeFirst();
        count += Number(row?.n ?? 0);
      }
      return count;
    },
  };
}
