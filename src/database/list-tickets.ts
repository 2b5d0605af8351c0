// Tickets as lists print them: filtered by the indexes, newest number first, with people and counts gathered for the
// rows of one page and never one by one. Merged tickets are not listed; a merged organization counts as its target.
import type { ExpressionBuilder } from "kysely";
import { type TicketState, type TicketStatus, ticketStates } from "../desk/ticket.ts";
import { type TicketRow, ticketRows } from "./list-ticket-rows.ts";
import type { Database } from "./open.ts";
import { hasValue, type WantedValue } from "./page.ts";
import type { Schema } from "./schema.ts";
import { withTombstones } from "./tombstones.ts";
import { unindexed } from "./unindexed.ts";

export interface TicketFilter {
  /** Empty: any. */
  states: readonly TicketState[];
  status?: TicketStatus | undefined;
  /** Null: those without one. */
  organizationId?: string | null | undefined;
  /** Null: those without one. */
  projectId?: string | null | undefined;
  requesterId?: string | undefined;
  /** Null: unassigned. */
  assigneeId?: string | null | undefined;
  type?: string | undefined;
  priority?: number | undefined;
  fields?: readonly WantedValue[] | undefined;
  /** A part of the subject; case does not count, in any script. */
  text?: string | undefined;
}

/** One page of a list, and how many rows there are in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}

type Read = Database["read"];
type Numbered = { number: number };

const scanMax = 1000;

export function ticketLists({ read }: Database) {
  return {
    async ticketList(filter: TicketFilter, limit: number): Promise<Page<TicketRow>> {
      const organizationIds = filter.organizationId == null ? null : await withTombstones(read, filter.organizationId);
      const where = (eb: ExpressionBuilder<Schema, "ticket">) => conditions(eb, filter, organizationIds);
      if (filter.text !== undefined) return await scan(read, where, filter.text, limit);
      const latest = (more: typeof where) =>
        read.selectFrom("ticket").select("number").where(more).orderBy("number", "desc").limit(limit).execute();
      const numbers = organizationIds === null ? await latest(where) : await latestOf(organizationIds, filter, latest);
      const all = await read
        .selectFrom("ticket")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      return {
        rows: await ticketRows(read, numbers.map((row) => row.number).slice(0, limit)),
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

/** One question for each organization and state: each is a piece of an index that is in order already. */
async function latestOf(
  organizationIds: readonly string[],
  filter: TicketFilter,
  latest: (where: (eb: ExpressionBuilder<Schema, "ticket">) => ReturnType<typeof conditions>) => Promise<Numbered[]>,
): Promise<Numbered[]> {
  const states = filter.states.length > 0 ? filter.states : ticketStates;
  const found: Numbered[] = [];
  for (const organizationId of organizationIds)
    for (const state of states)
      found.push(...(await latest((eb) => conditions(eb, { ...filter, states: [state] }, [organizationId]))));
  return found.sort((a, b) => b.number - a.number);
}

function conditions(
  eb: ExpressionBuilder<Schema, "ticket">,
  filter: TicketFilter,
  organizationIds: readonly string[] | null,
) {
  const all = [eb("mergedInto", "is", null)];
  const [state] = filter.states;
  // Nearly all tickets are closed: of those the ones with a value are found by the value.
  const byValue = filter.states.includes("closed") && (filter.fields ?? []).some(({ value }) => value !== "");
  const column = byValue ? unindexed("state") : "state";
  if (state !== undefined)
    all.push(filter.states.length === 1 ? eb(column, "=", state) : eb(column, "in", [...filter.states]));
  if (filter.status !== undefined) all.push(eb("status", "=", filter.status));
  if (filter.organizationId === null) all.push(eb("organizationId", "is", null));
  const [organizationId] = organizationIds ?? [];
  if (organizationIds !== null && organizationId !== undefined)
    all.push(
      organizationIds.length === 1
        ? eb("organizationId", "=", organizationId)
        : eb("organizationId", "in", [...organizationIds]),
    );
  if (filter.projectId === null) all.push(eb("projectId", "is", null));
  else if (filter.projectId !== undefined) all.push(eb("projectId", "=", filter.projectId));
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
  return eb.and([...all, ...(filter.fields ?? []).map((wanted) => hasValue("ticket.id", wanted))]);
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
