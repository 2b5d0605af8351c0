// Conversations without a ticket as people look at them: the one begun last first, with how many messages each has and since
// when an answer in it waits for the agents.
import { type ExpressionBuilder, sql } from "kysely";
import type { Message, Visibility } from "../desk/conversation.ts";
import type { Standalone } from "../desk/standalone.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type Schema } from "./schema.ts";
import { peopleAtOnce, peopleOf, type StandaloneWith, standaloneOf } from "./standalone.ts";
import { customerById, organizationById, withTombstones } from "./tombstones.ts";

export interface ConversationFilter {
  organizationId?: string | undefined;
  customerId?: string | undefined;
  projectId?: string | undefined;
  /** Only those in which an answer waits. */
  unanswered?: boolean | undefined;
}

export interface ConversationRow {
  id: string;
  subject: string;
  organization: { id: string; name: string } | null;
  customer: { id: string; name: string } | null;
  project: { id: string; name: string } | null;
  visibility: Visibility;
  mailbox: string;
  answers: Standalone["answers"];
  messages: number;
  /** When the first answer came that nothing was said to since; null where none waits. */
  waitingSince: number | null;
  createdAt: number;
}

/** A customer's answer after the desk's last word, and after what was settled. */
const waiting = (eb: ExpressionBuilder<Schema, "standalone">) =>
  eb
    .selectFrom("message")
    .select((one) => one.fn.min<number | null>("message.createdAt").as("at"))
    .whereRef("message.conversationId", "=", "standalone.id")
    .where("message.authorKind", "=", "customer")
    .where("message.flag", "is", null)
    .where("message.createdAt", ">", sql<number>`coalesce("standalone"."settledAt", 0)`)
    .where(
      "message.createdAt",
      ">",
      sql<number>`coalesce((select max("said"."createdAt") from "message" as "said"
        where "said"."conversationId" = "standalone"."id" and "said"."direction" = 'out'), 0)`,
    );

export function conversationLists({ read }: Database) {
  return {
    async conversationList(filter: ConversationFilter, limit: number): Promise<Page<ConversationRow>> {
      const { organizationId, customerId, projectId, unanswered } = filter;
      const organizations = organizationId === undefined ? null : await withTombstones(read, organizationId);
      const customers = customerId === undefined ? null : [customerId, ...(await mergedInto(customerId))];
      const where = (eb: ExpressionBuilder<Schema, "standalone">) =>
        eb.and([
          ...(organizations === null ? [] : [eb("organizationId", "in", organizations)]),
          ...(customers === null ? [] : [eb("customerId", "in", customers)]),
          ...(projectId === undefined ? [] : [eb("projectId", "=", projectId)]),
          ...(unanswered === true ? [eb(waiting(eb), "is not", null)] : []),
        ]);
      const rows = await read
        .selectFrom("standalone")
        .selectAll()
        .select((eb) => [
          waiting(eb).as("waitingSince"),
          eb
            .selectFrom("message")
            .select((one) => one.fn.countAll<number>().as("n"))
            .whereRef("message.conversationId", "=", "standalone.id")
            .as("messages"),
          eb
            .selectFrom("conversation")
            .select("conversation.visibility")
            .whereRef("conversation.id", "=", "standalone.id")
            .as("visibility"),
        ])
        .where(where)
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      const all = await read
        .selectFrom("standalone")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      const shown: ConversationRow[] = [];
      for (const { messages, waitingSince, visibility, ...row } of rows) {
        const { id, subject, mailbox, answers, createdAt } = row;
        shown.push({
          ...{ id, subject, mailbox, answers, createdAt },
          ...(await withWhom(row)),
          visibility: visibility ?? "internal",
          messages: Number(messages ?? 0),
          waitingSince: waitingSince === null ? null : Number(waitingSince),
        });
      }
      return { rows: shown, total: Number(all?.n ?? 0) };
    },

    /** One by its id; null where it has a ticket, or is not there. */
    conversationById: (id: string): Promise<StandaloneWith | null> => standaloneOf(read, id),

    /** The number of the ticket to which a conversation belongs; null where there is no such conversation or ticket. */
    async ticketOfConversation(id: string): Promise<number | null> {
      const row = await read
        .selectFrom("conversation")
        .innerJoin("ticket", "ticket.id", "conversation.ticketId")
        .select("ticket.number")
        .where("conversation.id", "=", id)
        .executeTakeFirst();
      return row?.number ?? null;
    },

    /** Everybody whom it is with, as things are now, in the order of their ids. */
    async *conversationPeople(found: StandaloneWith) {
      for (let after: string | null = ""; after !== null; ) {
        const page: Awaited<ReturnType<typeof peopleOf>> = await peopleOf(read, found, after, peopleAtOnce);
        yield* page.people;
        after = page.next;
      }
    },

    /** What one customer wrote there, the oldest first. */
    async answersOf(conversationId: string, customerId: string): Promise<Message[]> {
      const rows = await read
        .selectFrom("message")
        .selectAll()
        .where("conversationId", "=", conversationId)
        .where("authorId", "=", customerId)
        .orderBy("createdAt")
        .execute();
      return rows.map((row) => decode("message", row));
    },
  };

  /** Ids of customers who became this one. */
  async function mergedInto(customerId: string): Promise<string[]> {
    const rows = await read.selectFrom("customer").select("id").where("mergedInto", "=", customerId).execute();
    return rows.map(({ id }) => id);
  }

  async function withWhom({
    organizationId,
    customerId,
    projectId,
  }: Pick<Standalone, "organizationId" | "customerId" | "projectId">) {
    const organization = organizationId === null ? null : await organizationById(read, organizationId);
    const customer = customerId === null ? null : await customerById(read, customerId);
    const project = projectId === null ? undefined : await rowById(read, "project", projectId);
    return {
      project: project === undefined ? null : { id: project.id, name: project.name },
      organization: organization === null ? null : { id: organization.id, name: organization.name },
      customer: customer === null ? null : { id: customer.id, name: customer.name },
    };
  }
}
