// Outgoing mail as people look at it. A mail that a worker holds at this moment is shown as queued: how far it got is
// the worker's business, and only what ends in doubt is called uncertain.
import type { ExpressionBuilder } from "kysely";
import { noTicket } from "../desk/standalone.ts";
import type { OutboxStatus } from "../ports-database.ts";
import { mailFrozen } from "./freezes.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import type { OutboxTable, Schema } from "./schema.ts";
import { ticketById } from "./tombstones.ts";

/** The words that people and --json read. */
export const shownStatuses = ["queued", "sent", "failed", "uncertain", "suppressed", "held", "dropped"] as const;
export type ShownStatus = (typeof shownStatuses)[number];

export interface OutboxFilter {
  status?: ShownStatus | undefined;
  /** A ticket's number. */
  ticket?: number | undefined;
}

export interface OutboxRow {
  id: string;
  kind: string;
  to: string;
  subject: string;
  status: ShownStatus;
  reason: string | null;
  /** Why they are told; null where that is not known, or they are not. */
  why: string | null;
  attempts: number;
  messageId: string;
  ticket: number | null;
  /** The conversation of a mail without a ticket; null where there is one. */
  conversation: string | null;
  /** Null where nothing is going to be tried. */
  nextAttemptAt: number | null;
  createdAt: number;
  sentAt: number | null;
  response: string | null;
  /** When its bytes were removed by age; null while they are there, or where there never were any. */
  rawGoneAt: number | null;
}

type Read = Database["read"];

const inHand: readonly OutboxStatus[] = ["queued", "sending", "handing"];

const shown = (status: string): ShownStatus => shownStatuses.find((one) => one === status) ?? "queued";

export function outboxLists({ read }: Database) {
  return {
    /** The mail made last comes first. */
    async outboxList(filter: OutboxFilter, limit: number): Promise<Page<OutboxRow>> {
      const ticketIds = filter.ticket === undefined ? null : await ticketIdsOf(read, filter.ticket);
      const where = (eb: ExpressionBuilder<Schema, "outbox">) => conditions(eb, filter, ticketIds);
      const rows = await read
        .selectFrom("outbox")
        .selectAll()
        .where(where)
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      const all = await read
        .selectFrom("outbox")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      return { rows: await rowsOf(read, rows), total: Number(all?.n ?? 0) };
    },

    /** One outgoing mail by id, or by its Message-ID on that ticket's list; with the bytes that leave. */
    async outboxById(id: string): Promise<(OutboxRow & { mailFrom: string; raw: Buffer | null }) | null> {
      const row = await read.selectFrom("outbox").selectAll().where("id", "=", id).executeTakeFirst();
      const [made] = row === undefined ? [] : await rowsOf(read, [row]);
      if (row === undefined || made === undefined) return null;
      const body = await read.selectFrom("outboxRaw").select("raw").where("id", "=", id).executeTakeFirst();
      return { ...made, mailFrom: row.mailFrom, raw: body?.raw ?? null };
    },

    /** Outgoing mails by the words above. */
    async outboxCounts(): Promise<Record<ShownStatus, number>> {
      const counts: Record<ShownStatus, number> = {
        queued: 0,
        sent: 0,
        failed: 0,
        uncertain: 0,
        suppressed: 0,
        held: 0,
        dropped: 0,
      };
      const rows = await read
        .selectFrom("outbox")
        .select((eb) => ["status", eb.fn.countAll<number>().as("n")])
        .groupBy("status")
        .execute();
      for (const row of rows) counts[shown(row.status)] += Number(row.n);
      return counts;
    },

    /** Mails that some process is sending at this moment. */
    async outboxInHand(): Promise<number> {
      const row = await read
        .selectFrom("outbox")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("status", "in", ["sending", "handing"])
        .executeTakeFirstOrThrow();
      return Number(row.n);
    },

    /** When the oldest mail that waits, and does not stand still, was made; null where none waits. */
    async outboxOldestQueued(): Promise<number | null> {
      const row = await read
        .selectFrom("outbox")
        .select("createdAt")
        .where("status", "=", "queued")
        .where((eb) => eb.not(mailFrozen(eb)))
        .orderBy("id")
        .limit(1)
        .executeTakeFirst();
      return row?.createdAt ?? null;
    },
  };
}

function conditions(
  eb: ExpressionBuilder<Schema, "outbox">,
  { status }: OutboxFilter,
  ticketIds: readonly string[] | null,
) {
  const all = [];
  if (status !== undefined) all.push(eb("status", "in", status === "queued" ? [...inHand] : [status]));
  if (ticketIds !== null) all.push(eb("ticketId", "in", [...ticketIds]));
  return eb.and(all);
}

/** The ticket and those that were merged into it: their mails stay theirs. */
async function ticketIdsOf(read: Read, number: number): Promise<string[]> {
  const row = await read.selectFrom("ticket").select("id").where("number", "=", number).executeTakeFirst();
  const ticket = row === undefined ? null : await ticketById(read, row.id);
  if (row === undefined || ticket === null) return [];
  return [...new Set([row.id, ticket.id])];
}

async function rowsOf(read: Read, rows: readonly OutboxTable[]): Promise<OutboxRow[]> {
  const numbers = await ticketNumbers(
    read,
    rows.map((row) => row.ticketId),
  );
  return rows.map((row) => {
    const { id, kind, toAddress, subject, reason, attempts, messageId, nextAttemptAt, createdAt, sentAt, response } =
      row;
    const status = shown(row.status);
    return {
      id,
      kind,
      to: toAddress,
      subject,
      status,
      reason,
      why: row.why === "" ? null : row.why,
      attempts,
      messageId,
      createdAt,
      sentAt,
      response,
      rawGoneAt: row.rawGoneAt,
      ticket: numbers.get(row.ticketId) ?? null,
      conversation: row.ticketId === noTicket && row.conversationId !== "" ? row.conversationId : null,
      nextAttemptAt: status === "queued" ? nextAttemptAt : null,
    };
  });
}

const listMax = 500;

/** Numbers by id, of the ticket that each became. */
async function ticketNumbers(read: Read, wanted: readonly string[]): Promise<Map<string, number>> {
  const ids = [...new Set(wanted)];
  const numbers = new Map<string, number>();
  for (let start = 0; start < ids.length; start += listMax) {
    const rows = await read
      .selectFrom("ticket")
      .select(["id", "number", "mergedInto"])
      .where("id", "in", ids.slice(start, start + listMax))
      .execute();
    for (const row of rows) {
      const target = row.mergedInto === null ? null : await ticketById(read, row.mergedInto);
      numbers.set(row.id, target?.number ?? row.number);
    }
  }
  return numbers;
}
