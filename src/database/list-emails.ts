// The spool as people look at it: lists by status, reason, mailbox and sender, one mail with its trace, and what was told
// because of it. Reads only; what becomes of a mail is for the worker to say.
import { type ExpressionBuilder, sql } from "kysely";
import type { EmailStatus, TraceStep } from "../intake/email.ts";
import type { Page } from "./list-tickets.ts";
import { conversationsOf, type Told, told } from "./list-told.ts";
import type { Database } from "./open.ts";
import { likeAnyCase } from "./page.ts";
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
  /** When its original was removed by age; null while it is there. */
  rawGoneAt: number | null;
}

export interface EmailDetail extends EmailRow {
  arrival: string;
  decidedAt: number | null;
  sizeBytes: number;
  duplicateOf: string | null;
  ticketId: string | null;
  trace: TraceStep[];
}

const listMax = 500;
const sameIdMax = 50;

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
  "rawGoneAt",
] as const;

export function emailLists({ read }: Database) {
  return {
    /** The mail stored last comes first. */
    async emailList(filter: EmailFilter, limit: number): Promise<Page<EmailRow>> {
      const where = (eb: ExpressionBuilder<Schema, "email">) => conditions(read, eb, filter);
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

    /** The conversation in which a mail was filed without a ticket; null where it has one, or was not filed. */
    async emailConversation(email: EmailDetail): Promise<string | null> {
      if (email.status !== "filed" || email.ticketId !== null) return null;
      return (await conversationsOf(read, email))[0] ?? null;
    },

    emailTold: (email: Pick<EmailDetail, "id" | "ticketId" | "messageId">): Promise<Told[]> => told(read, email),

    /** How many mails there are of each status. */
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

function conditions(read: Database["read"], eb: ExpressionBuilder<Schema, "email">, filter: EmailFilter) {
  const all = [];
  if (filter.status !== undefined) all.push(eb("status", "=", filter.status));
  if (filter.mailbox !== undefined) all.push(eb("mailbox", "=", filter.mailbox));
  if (filter.reason !== undefined) all.push(eb("reason", "=", filter.reason));
  if (filter.from !== undefined) {
    const part = `%${filter.from.replaceAll(/[\\%_]/g, "\\$&")}`;
    // A mail that nobody judged yet, or that could not be read, has only its header.
    const shown = eb.and([eb("senderKey", "is", null), likeAnyCase(read, "sender", `${part}%`)]);
    const key = filter.from.startsWith("@")
      ? sql<boolean>`"senderKey" like ${part} escape '\\'`
      : eb("senderKey", "=", filter.from);
    all.push(eb.or([key, shown]));
  }
  return eb.and(all);
}

function rowOf({ ticketNumber, status, ...row }: Pick<EmailTable, (typeof rowColumns)[number]>): EmailRow {
  const { id, mailbox, messageId, sender, subject, reason, receivedAt, storedAt, attempts, nextAttemptAt, error } = row;
  return {
    rawGoneAt: row.rawGoneAt,
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
