// The spool as people look at it: lists by status, reason, mailbox and sender, one mail with its trace, and what was told
// because of it. Reads only; what becomes of a mail is for the worker to say.
import { type ExpressionBuilder, sql } from "kysely";
import type { EmailStatus, TraceStep } from "../intake/email.ts";
import { ticketById } from "./facts.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import type { EmailTable, Schema } from "./schema.ts";

export interface EmailFilter {
  status?: EmailStatus | undefined;
  mailbox?: string | undefined;
  reason?: string | undefined;
  /** A folded address, or `@domain`. */
  from?: string | undefined;
}

export interface EmailRow {
  id: string;
  mailbox: string;
  messageId: string | null;
  /** The From header as it stands, decoded. */
  sender: string;
  subject: string;
  status: EmailStatus;
  reason: string | null;
  ticket: number | null;
  receivedAt: number;
  storedAt: number;
  attempts: number;
  nextAttemptAt: number;
  /** What went wrong at the last attempt. */
  error: string | null;
}

export interface EmailDetail extends EmailRow {
  arrival: string;
  decidedAt: number | null;
  sizeBytes: number;
  duplicateOf: string | null;
  ticketId: string | null;
  trace: TraceStep[];
}

/** One person who was to hear of a mail, and how that went. */
export interface Told {
  kind: string;
  /** Null while it is not yet decided who hears: the notice waits. */
  outboxId: string | null;
  to: string | null;
  status: string;
  reason: string | null;
  attempts: number;
  response: string | null;
  at: number;
}

type Read = Database["read"];

const listMax = 500;
const sameIdMax = 50;
const toldMax = 500;

const rowColumns = [
  "id",
  "mailbox",
  "messageId",
  "sender",
  "subject",
  "status",
  "reason",
  "ticketNumber",
  "receivedAt",
  "storedAt",
  "attempts",
  "nextAttemptAt",
  "error",
] as const;

export function emailLists({ read }: Database) {
  return {
    /** The mail stored last comes first. */
    async emailList(filter: EmailFilter, limit: number): Promise<Page<EmailRow>> {
      const where = (eb: ExpressionBuilder<Schema, "email">) => conditions(eb, filter);
      const rows = await read
        .selectFrom("email")
        .select(rowColumns)
        .where(where)
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      const all = await read
        .selectFrom("email")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      return { rows: rows.map(rowOf), total: Number(all?.n ?? 0) };
    },

    /** The rows of these ids, in their order. */
    async emailRows(ids: readonly string[]): Promise<EmailRow[]> {
      const found = new Map<string, EmailRow>();
      for (let start = 0; start < ids.length; start += listMax) {
        const rows = await read
          .selectFrom("email")
          .select(rowColumns)
          .where("id", "in", ids.slice(start, start + listMax))
          .execute();
        for (const row of rows) found.set(row.id, rowOf(row));
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    /** Every mail with that id or Message-ID (brackets may be left out); the first that was stored comes first. */
    async emailsByRef(ref: string): Promise<EmailDetail[]> {
      const rows = ref.startsWith("eml_")
        ? await read.selectFrom("email").selectAll().where("id", "=", ref).execute()
        : await read
            .selectFrom("email")
            .selectAll()
            .where("messageId", "=", ref.replace(/^<|>$/g, ""))
            .orderBy("id")
            .limit(sameIdMax)
            .execute();
      return rows.map((row) => ({
        ...rowOf(row),
        arrival: row.arrival,
        decidedAt: row.decidedAt,
        sizeBytes: row.sizeBytes,
        duplicateOf: row.duplicateOf,
        ticketId: row.ticketId,
        trace: JSON.parse(row.trace) as TraceStep[],
      }));
    },

    emailTold: (email: Pick<EmailDetail, "id" | "ticketId">): Promise<Told[]> => told(read, email),

    /** Mails by status and reason; for one mailbox or all. */
    async emailCounts(): Promise<Record<string, number>> {
      const rows = await read
        .selectFrom("email")
        .select((eb) => ["status", eb.fn.countAll<number>().as("n")])
        .groupBy("status")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.status, Number(row.n)]));
    },
  };
}

function conditions(eb: ExpressionBuilder<Schema, "email">, filter: EmailFilter) {
  const all = [];
  if (filter.status !== undefined) all.push(eb("status", "=", filter.status));
  if (filter.mailbox !== undefined) all.push(eb("mailbox", "=", filter.mailbox));
  if (filter.reason !== undefined) all.push(eb("reason", "=", filter.reason));
  if (filter.from !== undefined) {
    const part = `%${filter.from.replaceAll(/[\\%_]/g, "\\$&")}`;
    // A mail that nobody judged yet, or that could not be read, has only its header.
    const shown = eb.and([
      eb("senderKey", "is", null),
      sql<boolean>`"sender" like ${`${part}%`} escape '\\'`,
    ]);
    const key = filter.from.startsWith("@")
      ? sql<boolean>`"senderKey" like ${part} escape '\\'`
      : eb("senderKey", "=", filter.from);
    all.push(eb.or([key, shown]));
  }
  return eb.and(all);
}

function rowOf({ ticketNumber, status, ...row }: Pick<EmailTable, (typeof rowColumns)[number]>): EmailRow {
  const {
    id,
    mailbox,
    messageId,
    sender,
    subject,
    reason,
    receivedAt,
    storedAt,
    attempts,
    nextAttemptAt,
    error,
  } = row;
  return {
    id,
    mailbox,
    messageId,
    sender,
    subject,
    status: status as EmailStatus,
    reason,
    ticket: ticketNumber,
    receivedAt,
    storedAt,
    attempts,
    nextAttemptAt,
    error,
  };
}

async function told(read: Read, { id, ticketId }: Pick<EmailDetail, "id" | "ticketId">): Promise<Told[]> {
  const ticket = ticketId === null ? null : await ticketById(read, ticketId);
  if (ticket === null) return [];
  const messages = await read
    .selectFrom("conversation")
    .innerJoin("message", "message.conversationId", "conversation.id")
    .select(["message.id", "message.conversationId"])
    .where("conversation.ticketId", "=", ticket.id)
    .where("message.emailId", "=", id)
    .execute();
  const found: Told[] = [];
  for (const message of messages) found.push(...(await toldOf(read, message)));
  return found;
}

async function toldOf(read: Read, message: { id: string; conversationId: string }): Promise<Told[]> {
  const notices = await read
    .selectFrom("notice")
    .selectAll()
    .where("messageId", "=", message.id)
    .orderBy("createdAt")
    .execute();
  const found: Told[] = [];
  for (const notice of notices) {
    if (notice.state !== "expanded") {
      const { kind, state, notBefore } = notice;
      found.push({
        kind,
        outboxId: null,
        to: null,
        status: state,
        reason: null,
        attempts: 0,
        response: null,
        at: notBefore,
      });
      continue;
    }
    for (const row of await outgoingOf(read, notice)) {
      const { kind, toAddress, status, reason, attempts, response, sentAt, createdAt } = row;
      found.push({
        kind,
        outboxId: row.id,
        to: toAddress,
        status,
        reason,
        attempts,
        response,
        at: sentAt ?? createdAt,
      });
    }
  }
  return found;
}

/** The mails that carry the message, and the people of the same expansion who were to hear nothing. */
async function outgoingOf(
  read: Read,
  notice: { kind: string; conversationId: string; messageId: string; createdAt: number },
) {
  const rows = await read
    .selectFrom("outbox")
    .selectAll()
    .where("conversationId", "=", notice.conversationId)
    .where("kind", "=", notice.kind)
    .where("createdAt", ">=", notice.createdAt)
    .orderBy("createdAt")
    .orderBy("id")
    .limit(toldMax)
    .execute();
  const expandedAt = rows[0]?.createdAt;
  const batch = rows.filter((row) => row.createdAt === expandedAt);
  if (batch.length === 0) return [];
  const carried = await read
    .selectFrom("outboxMessage")
    .select(["outboxId", "messageId"])
    .where(
      "outboxId",
      "in",
      batch.map((row) => row.id),
    )
    .execute();
  const carrying = new Set(
    carried.filter((row) => row.messageId === notice.messageId).map((row) => row.outboxId),
  );
  const others = new Set(carried.map((row) => row.outboxId));
  return batch.filter((row) => carrying.has(row.id) || !others.has(row.id));
}
