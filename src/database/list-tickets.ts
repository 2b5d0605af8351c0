// Tickets as lists print them: filtered by the indexes, newest number first, with people and counts gathered for the
// rows of one page and never one by one. Merged tickets are not listed; a merged organization counts as its target.
import type { ExpressionBuilder } from "kysely";
import type { TicketState, TicketStatus } from "../desk/ticket.ts";
import { type TicketRow, ticketRows } from "./list-ticket-rows.ts";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";

export interface TicketFilter {
  /** Empty: any. */
  states: readonly TicketState[];
  status?: TicketStatus | undefined;
  /** Null: those without one. */
  organizationId?: string | null | undefined;
  requesterId?: string | undefined;
  /** Null: unassigned. */
  assigneeId?: string | null | undefined;
  type?: string | undefined;
  priority?: number | undefined;
  /** A part of the subject; case does not count, in any script. */
  text?: string | undefined;
}

/** One page of a list, and how many rows there are in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}

type Read = Database["read"];

const listMax = 500;
const tombstonesMax = 20;
const scanMax = 1000;

export function ticketLists({ read }: Database) {
  return {
    async ticketList(filter: TicketFilter, limit: number): Promise<Page<TicketRow>> {
      const organizationIds = filter.organizationId == null ? null : await withTombstones(read, filter.organizationId);
      const where = (eb: ExpressionBuilder<Schema, "ticket">) => conditions(eb, filter, organizationIds);
      if (filter.text !== undefined) return await scan(read, where, filter.text, limit);
      const numbers = await read
        .selectFrom("ticket")
        .select("number")
        .where(where)
        .orderBy("number", "desc")
        .limit(limit)
        .execute();
      const all = await read
        .selectFrom("ticket")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      return {
        rows: await ticketRows(
          read,
          numbers.map((row) => row.number),
        ),
        total: Number(all?.n ?? 0),
      };
    },

    /** The number that the next ticket will likely have; it is drawn by nobody here. */
    async nextTicketNumber(): Promise<number> {
      const row = await read.selectFrom("sequence").select("value").where("id", "=", "ticket").executeTakeFirst();
      return (row?.value ?? 0) + 1;
    },

    /** The rows of these numbers, in their order; a number that is no ticket is left out. */
    ticketRows: (numbers: readonly number[]): Promise<TicketRow[]> => ticketRows(read, numbers),
  };
}

function conditions(
  eb: ExpressionBuilder<Schema, "ticket">,
  filter: TicketFilter,
  organizationIds: readonly string[] | null,
) {
  const all = [eb("mergedInto", "is", null)];
  if (filter.states.length > 0) all.push(eb("state", "in", [...filter.states]));
  if (filter.status !== undefined) all.push(eb("status", "=", filter.status));
  if (filter.organizationId === null) all.push(eb("organizationId", "is", null));
  if (organizationIds !== null) all.push(eb("organizationId", "in", [...organizationIds]));
  if (filter.assigneeId === null) all.push(eb("assigneeId", "is", null));
  else if (filter.assigneeId !== undefined) all.push(eb("assigneeId", "=", filter.assigneeId));
  if (filter.type !== undefined) all.push(eb("type", "=", filter.type));
  if (filter.priority !== undefined) all.push(eb("priority", "=", filter.priority));
  if (filter.requesterId !== undefined) {
    const { requesterId } = filter;
    const theirs = eb
      .selectFrom("ticketPerson")
      .select("ticketId")
      .where("customerId", "=", requesterId)
      .where("role", "=", "requester");
    all.push(eb("id", "in", theirs));
  }
  return eb.and(all);
}

/** Subjects are compared here, as the database's own idea of upper and lower case ends at ASCII. */
async function scan(
  read: Read,
  where: (eb: ExpressionBuilder<Schema, "ticket">) => ReturnType<typeof conditions>,
  text: string,
  limit: number,
): Promise<Page<TicketRow>> {
  const wanted = fold(text);
  const found: number[] = [];
  let total = 0;
  for (let below = Number.MAX_SAFE_INTEGER; ; ) {
    const rows = await read
      .selectFrom("ticket")
      .select(["number", "subject"])
      .where(where)
      .where("number", "<", below)
      .orderBy("number", "desc")
      .limit(scanMax)
      .execute();
    for (const row of rows) {
      if (!fold(row.subject).includes(wanted)) continue;
      total++;
      if (found.length < limit) found.push(row.number);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < scanMax) break;
    below = last.number;
  }
  return { rows: await ticketRows(read, found), total };
}

const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** An organization's id, and the ids of all that were merged into it. */
async function withTombstones(read: Read, id: string): Promise<string[]> {
  const all = new Set([id]);
  let wave = [id];
  for (let step = 0; step < tombstonesMax && wave.length > 0; step++) {
    const rows = await read
      .selectFrom("organization")
      .select("id")
      .where("mergedInto", "in", wave)
      .limit(listMax)
      .execute();
    wave = rows.map((row) => row.id).filter((one) => !all.has(one));
    for (const one of wave) all.add(one);
  }
  return [...all];
}
