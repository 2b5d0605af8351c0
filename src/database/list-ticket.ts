// One ticket with all that belongs to it: conversations, messages, files, people, linked tickets. A number that was
// merged away leads to the ticket that it became (TIC-6).
import type { Attachment, Conversation, Message } from "../desk/conversation.ts";
import type { Candidate, Seated } from "../desk/recipients.ts";
import type { Ticket, TicketLink } from "../desk/ticket.ts";
import { followersOf } from "./followers.ts";
import { statusNames } from "./list-statuses.ts";
import { seatedOf } from "./notices.ts";
import type { Database } from "./open.ts";
import { withLeft } from "./opt-outs.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { followingCandidates, peopleAtOnce } from "./standalone.ts";
import { ticketById } from "./tombstones.ts";

export interface TicketMessage extends Message {
  visibility: Conversation["visibility"];
  attachments: TicketFile[];
}

/** `goneAt`: when the mail that carries it was removed by age; null while it is there. */
export type TicketFile = Attachment & { goneAt: number | null };

/** A ticket as a command reads it before it decides. */
export interface TicketFound {
  ticket: Ticket;
  /** The number that was asked for; not the ticket's own where it was merged away. */
  asked: number;
  /** The oldest first. */
  conversations: Conversation[];
  people: Seated[];
  /** Who hears of it by following its project, and has no seat on it. */
  followers: Candidate[];
}

export interface LinkedTicket {
  number: number;
  subject: string;
  /** Its name. */
  status: string;
}

type Read = Database["read"];

const listMax = 500;
const conversationsMax = 1000;
const messagesMax = 10_000;
const linksMax = 200;

export function ticketView({ read }: Database) {
  return {
    async ticketByNumber(number: number): Promise<TicketFound | null> {
      const row = await read.selectFrom("ticket").select("id").where("number", "=", number).executeTakeFirst();
      const ticket = row === undefined ? null : await ticketById(read, row.id);
      if (ticket === null) return null;
      const people = await seatedOf(read, ticket.id);
      const conversations = await read
        .selectFrom("conversation")
        .selectAll()
        .where("ticketId", "=", ticket.id)
        .orderBy("createdAt")
        .orderBy("id")
        .limit(conversationsMax)
        .execute();
      return {
        ticket,
        asked: number,
        conversations: conversations as Conversation[],
        people,
        followers: await withLeft(
          read,
          await unseatedFollowers(
            read,
            ticket.unpublishedAt === null ? ticket.projectId : null,
            people.map(({ customer }) => customer.id),
          ),
          [ticket.id],
        ),
      };
    },

    /** Who hears of tickets of a project by following it, but for those who have a seat. */
    followersOfProject: (projectId: string, seated: readonly string[]): Promise<Candidate[]> =>
      unseatedFollowers(read, projectId, seated),

    /** All messages, the oldest first. */
    async ticketMessages({ conversations }: Pick<TicketFound, "conversations">): Promise<TicketMessage[]> {
      const visibility = new Map(conversations.map((one) => [one.id, one.visibility]));
      if (visibility.size === 0) return [];
      const rows = await read
        .selectFrom("message")
        .selectAll()
        .where("conversationId", "in", [...visibility.keys()].slice(0, listMax))
        .orderBy("createdAt")
        .orderBy("id")
        .limit(messagesMax)
        .execute();
      const files = await attachmentsOf(
        read,
        rows.map((row) => row.id),
      );
      return rows.map((row) => ({
        ...decode("message", row),
        visibility: visibility.get(row.conversationId) ?? "internal",
        attachments: files.get(row.id) ?? [],
      }));
    },

    /** Of each ticket the conversation in which agents are told of it: the first public one, else the first. */
    async firstConversations(ticketIds: readonly string[]): Promise<Map<string, string>> {
      const first = new Map<string, string>();
      for (const ids of idLists(ticketIds)) {
        const rows = await read
          .selectFrom("conversation")
          .select(["id", "ticketId"])
          .where("ticketId", "in", ids)
          .orderBy("visibility", "desc")
          .orderBy("createdAt")
          .execute();
        for (const { id, ticketId } of rows) if (ticketId !== null && !first.has(ticketId)) first.set(ticketId, id);
      }
      return first;
    },

    async ticketLinks(ticketId: string): Promise<LinkedTicket[]> {
      const links = await linksOf(read, ticketId);
      const others = links.map((link) => (link.ticketId === ticketId ? link.otherId : link.ticketId));
      if (others.length === 0) return [];
      const rows = await read
        .selectFrom("ticket")
        .select(["number", "subject", "status"])
        .where("id", "in", others)
        .orderBy("number")
        .execute();
      const names = await statusNames(read);
      return rows.map((row) => ({ ...row, status: names.get(row.status) ?? row.status }));
    },

    /** The link between two tickets, or null. */
    async ticketLink(oneId: string, otherId: string): Promise<TicketLink | null> {
      const links = await linksOf(read, oneId);
      return links.find((link) => link.ticketId === otherId || link.otherId === otherId) ?? null;
    },
  };
}

async function unseatedFollowers(
  read: Read,
  projectId: string | null,
  seated: readonly string[],
): Promise<Candidate[]> {
  const project = projectId === null ? undefined : await rowById(read, "project", projectId);
  if (project?.state !== "open") return [];
  const isSeated = new Set(seated);
  const found: Candidate[] = [];
  for await (const people of followersOf(read, project.id, peopleAtOnce)) {
    const others = people.filter(({ customer }) => !isSeated.has(customer.id));
    found.push(...(await followingCandidates(read, project, others, "")));
  }
  return found;
}

async function linksOf(read: Read, ticketId: string): Promise<TicketLink[]> {
  return await read
    .selectFrom("ticketLink")
    .selectAll()
    .where((eb) => eb.or([eb("ticketId", "=", ticketId), eb("otherId", "=", ticketId)]))
    .orderBy("id")
    .limit(linksMax)
    .execute();
}

export async function attachmentsOf(read: Read, messageIds: readonly string[]): Promise<Map<string, TicketFile[]>> {
  const found = new Map<string, TicketFile[]>();
  for (let start = 0; start < messageIds.length; start += listMax) {
    const rows = await read
      .selectFrom("attachment")
      .leftJoin("email", "email.id", "attachment.emailId")
      .selectAll("attachment")
      .select("email.rawGoneAt as goneAt")
      .where("attachment.messageId", "in", messageIds.slice(start, start + listMax))
      .orderBy("attachment.part")
      .execute();
    for (const { goneAt, ...row } of rows) {
      const file = { ...decode("attachment", row), goneAt };
      found.set(row.messageId, [...(found.get(row.messageId) ?? []), file]);
    }
  }
  return found;
}
