// Conversations without a ticket as people look at them: the one begun last first, with how many messages each has and since
// when an answer in it waits for the agents.
import { type ExpressionBuilder, sql } from "kysely";
import type { Message, Visibility } from "../desk/conversation.ts";
import type { Customer } from "../desk/customer.ts";
import type { Standalone } from "../desk/standalone.ts";
import { noticeFrozen } from "./freezes.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type Schema } from "./schema.ts";
import { peopleAtOnce, peopleWith, type StandaloneWith, standaloneOf } from "./standalone.ts";
import { customerById, organizationById, withTombstones } from "./tombstones.ts";

export interface ConversationFilter {
  organizationId?: string | undefined;
  customerId?: string | undefined;
  projectId?: string | undefined;
  /** Those with this customer alone, with the organization to which they belong, or on a project that they follow. */
  concerning?: Pick<Customer, "id" | "organizationId"> | undefined;
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
  /** Since when an answer waits for the agents; null where none does. */
  waitingSince: number | null;
  createdAt: number;
}

export function conversationLists({ read }: Database) {
  return {
    async conversationList(filter: ConversationFilter, limit: number): Promise<Page<ConversationRow>> {
      const { organizationId, customerId, projectId, concerning, unanswered } = filter;
      const theirs = concerning === undefined ? null : await placesOf(concerning);
      const organizations = organizationId === undefined ? null : await withTombstones(read, organizationId);
      const customers = customerId === undefined ? null : [customerId, ...(await mergedInto(customerId))];
      const where = (eb: ExpressionBuilder<Schema, "standalone">) =>
        eb.and([
          ...(organizations === null ? [] : [eb("organizationId", "in", organizations)]),
          ...(customers === null ? [] : [eb("customerId", "in", customers)]),
          ...(projectId === undefined ? [] : [eb("projectId", "=", projectId)]),
          ...(theirs === null
            ? []
            : [
                eb.or([
                  eb("customerId", "in", theirs.customers),
                  ...(theirs.organizations.length === 0 ? [] : [eb("organizationId", "in", theirs.organizations)]),
                  ...(theirs.projects.length === 0 ? [] : [eb("projectId", "in", theirs.projects)]),
                ]),
              ]),
          ...(unanswered === true ? [eb("waitingSince", "is not", null)] : []),
        ]);
      const rows = await read
        .selectFrom("standalone")
        .selectAll()
        .select((eb) => [
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
      for (const { messages, visibility, ...row } of rows) {
        const { id, subject, mailbox, answers, waitingSince, createdAt } = row;
        shown.push({
          ...{ id, subject, mailbox, answers, waitingSince, createdAt },
          ...(await withWhom(row)),
          visibility: visibility ?? "internal",
          messages: Number(messages ?? 0),
        });
      }
      return { rows: shown, total: Number(all?.n ?? 0) };
    },

    /** What is still to be told to the customers of an organization: to them alone, or as followers of a project; null for nothing. */
    async waitsToBeTold(organizationId: string): Promise<{ subject: string } | null> {
      const organizations = await withTombstones(read, organizationId);
      const followed = read.selectFrom("follow").select("projectId").where("organizationId", "in", organizations);
      const row = await read
        .selectFrom("notice")
        .innerJoin("conversation", "conversation.id", "notice.conversationId")
        .leftJoin("standalone", "standalone.id", "notice.conversationId")
        .leftJoin("ticket", "ticket.id", "conversation.ticketId")
        .select(["standalone.subject", "ticket.subject as title"])
        .where("notice.state", "=", sql.lit("waiting"))
        .where("notice.kind", "=", "message")
        .where((eb) =>
          eb.or([
            eb("standalone.organizationId", "in", organizations),
            eb("standalone.projectId", "in", followed),
            eb("ticket.projectId", "in", followed),
          ]),
        )
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : { subject: row.subject ?? row.title ?? "" };
    },

    /** Whether a public message on a ticket is still to be told. */
    async ticketWaitsToBeTold(ticketId: string): Promise<boolean> {
      const row = await read
        .selectFrom("notice")
        .select("id")
        .where("ticketId", "=", ticketId)
        .where("state", "=", sql.lit("waiting"))
        .where("kind", "=", "message")
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    /** When the message that waits longest should have been told; null where none waits. */
    async oldestUntold(): Promise<number | null> {
      const row = await read
        .selectFrom("notice")
        .select((eb) => eb.fn.min<number | null>("notBefore").as("at"))
        .where("state", "=", sql.lit("waiting"))
        .where((eb) => eb.not(noticeFrozen(eb)))
        .executeTakeFirst();
      return row?.at == null ? null : Number(row.at);
    },

    /** How many have an answer that waits for the agents. */
    async conversationsWaiting(): Promise<number> {
      const row = await read
        .selectFrom("standalone")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("waitingSince", "is not", null)
        .executeTakeFirstOrThrow();
      return Number(row.n);
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
        const page: Awaited<ReturnType<typeof peopleWith>> = await peopleWith(read, found, after, peopleAtOnce);
        yield* page.people;
        after = page.next;
      }
    },

    /** Whether anybody but these wrote there since the desk's last word; ids grow as messages are filed. */
    async othersAnswered(conversationId: string, not: readonly string[]): Promise<boolean> {
      const rows = await read
        .selectFrom("message")
        .select(["id", "direction"])
        .where("conversationId", "=", conversationId)
        .where((eb) => eb.or([eb("authorKind", "=", "customer"), eb("direction", "=", "out")]))
        .orderBy("id", "desc")
        .execute();
      const spoke = rows.findIndex(({ direction }) => direction === "out");
      return rows.slice(0, spoke < 0 ? rows.length : spoke).some(({ id }) => !not.includes(id));
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

  /** With whom a conversation is that concerns this customer. */
  async function placesOf({ id, organizationId }: Pick<Customer, "id" | "organizationId">) {
    const followers = [id, ...(organizationId === null ? [] : [organizationId])];
    const followed = await read
      .selectFrom("follow")
      .select("projectId")
      .where((eb) => eb.or([eb("customerId", "in", followers), eb("organizationId", "in", followers)]))
      .execute();
    return {
      customers: [id, ...(await mergedInto(id))],
      organizations: organizationId === null ? [] : await withTombstones(read, organizationId),
      projects: followed.map((row) => row.projectId),
    };
  }

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
