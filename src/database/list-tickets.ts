// Tickets as lists print them: filtered by the indexes, the newest number first or as somebody wants them sorted, with people and
// counts gathered for the rows of one page and never one by one. Merged tickets are not listed; a merged organization counts as
// its target.
import { type ExpressionBuilder, sql } from "kysely";
import type { SearchQuery } from "../desk/search.ts";
import { type Ticket, type TicketState, ticketStates, ticketStatuses } from "../desk/ticket.ts";
import type { TimeRange } from "../desk/time-range.ts";
import { inChunks } from "./in-chunks.ts";
import { isDefined } from "./list-statuses.ts";
import { type TicketRow, ticketRows } from "./list-ticket-rows.ts";
import type { Database } from "./open.ts";
import { hasValue, type WantedValue } from "./page.ts";
import type { Schema } from "./schema.ts";
import { hasWords } from "./search.ts";
import { waitingSince } from "./ticket-waiting.ts";
import { withTombstones } from "./tombstones.ts";
import { unindexed } from "./unindexed.ts";

export interface TicketFilter {
  /** Empty: any. */
  states: readonly TicketState[];
  /** The id of a status. */
  status?: string | undefined;
  /** Null: those without one. */
  organizationId?: string | null | undefined;
  /** Null: those without one. */
  projectId?: string | null | undefined;
  requesterId?: string | undefined;
  followerId?: string | undefined;
  /** Null: unassigned. */
  assigneeId?: string | null | undefined;
  type?: string | undefined;
  priority?: number | undefined;
  fields?: readonly WantedValue[] | undefined;
  /** Ids of tags, all of which it has. */
  tags?: readonly string[] | undefined;
  /** Words of the title or of a message. */
  text?: SearchQuery | undefined;
  created?: TimeRange | undefined;
  updated?: TimeRange | undefined;
  /** Since when a customer waits for an answer; also true where only that is asked. Closed tickets wait for nobody. */
  waiting?: TimeRange | undefined;
}

export const ticketOrders = ["number", "created", "updated", "priority", "waiting"] as const;
export interface TicketOrder {
  by: (typeof ticketOrders)[number];
  reverse: boolean;
}

/** One page of a list, and how many rows there are in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}

type Builder = ExpressionBuilder<Schema, "ticket">;
type Read = Database["read"];
type Numbered = { number: number };

const byNumber: TicketOrder = { by: "number", reverse: false };

export function ticketLists({ read }: Database) {
  const numbersOf = async (wanted: TicketFilter, order: TicketOrder, limit: number) => {
    const filter = waitingOnly(wanted, order);
    const ids = filter.organizationId == null ? null : await withTombstones(read, filter.organizationId);
    const where = (eb: Builder) => conditions(read, eb, filter, ids, order);
    const latest = (more: typeof where) => sorted(read, filter, order).where(more).limit(limit).execute();
    const isByParts = ids !== null && order.by === "number" && !order.reverse;
    const numbers = isByParts
      ? await latestOf(ids, filter, (more, own) => latest((eb) => conditions(read, eb, more, own, order)))
      : await latest(where);
    return { numbers: numbers.map((row) => row.number).slice(0, limit), where };
  };
  return {
    async ticketList(filter: TicketFilter, limit: number, order: TicketOrder = byNumber): Promise<Page<TicketRow>> {
      const { numbers, where } = await numbersOf(filter, order, limit);
      const all = await read
        .selectFrom("ticket")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where(where)
        .executeTakeFirst();
      return { rows: await ticketRows(read, numbers), total: Number(all?.n ?? 0) };
    },

    /** At most `limit` tickets that the filter finds, the oldest number first. */
    async ticketsFound(filter: TicketFilter, limit: number): Promise<Ticket[]> {
      const { numbers } = await numbersOf(filter, byNumber, limit);
      const rows = await inChunks(numbers.map(String), (part) =>
        read.selectFrom("ticket").selectAll().where("number", "in", part.map(Number)).execute(),
      );
      return rows.sort((a, b) => a.number - b.number);
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

/** Sorted by since when they wait are those that do, and no closed ticket does: the few others are found by their states. */
function waitingOnly(filter: TicketFilter, { by }: TicketOrder): TicketFilter {
  const waiting = filter.waiting ?? (by === "waiting" ? always : undefined);
  if (waiting === undefined) return filter;
  return { ...filter, waiting, states: filter.states.length > 0 ? filter.states : ["open", "waiting"] };
}

const always: TimeRange = { fromMs: null, untilMs: null };

function sorted(read: Read, filter: TicketFilter, { by, reverse }: TicketOrder) {
  const direction = reverse ? "asc" : "desc";
  const from = read.selectFrom("ticket").select("number");
  // Of some time are few: they are found by that and then sorted, instead of walking all numbers to find them.
  const isFew = filter.created !== undefined || filter.updated !== undefined;
  if (by === "number") return from.orderBy(isFew ? sql`"number" + 0` : "number", direction);
  // Who waits longest stands first.
  if (by === "waiting")
    return from.orderBy(waitingSince, reverse ? "desc" : "asc").orderBy("number", reverse ? "desc" : "asc");
  const column = { created: "createdAt", updated: "updatedAt", priority: "priority" } as const;
  return from.orderBy(column[by], direction).orderBy("number", direction);
}

/** One question for each organization and state: each is a piece of an index that is in order already. */
async function latestOf(
  organizationIds: readonly string[],
  filter: TicketFilter,
  latest: (filter: TicketFilter, organizationIds: readonly string[]) => Promise<Numbered[]>,
): Promise<Numbered[]> {
  const states = filter.states.length > 0 ? filter.states : ticketStates;
  const found: Numbered[] = [];
  for (const organizationId of organizationIds)
    for (const state of states) found.push(...(await latest({ ...filter, states: [state] }, [organizationId])));
  return found.sort((a, b) => b.number - a.number);
}

/** Nearly all tickets are closed: of those the ones with a value, or of some time, are found by that, and not by the state. */
function isByState({ states, fields, tags, created, updated }: TicketFilter, { by }: TicketOrder): boolean {
  if (!states.includes("closed")) return true;
  const ofTime = created !== undefined || updated !== undefined || by === "created" || by === "updated";
  return !ofTime && (tags ?? []).length === 0 && !(fields ?? []).some(({ value }) => value !== "");
}

function conditions(
  read: Read,
  eb: Builder,
  filter: TicketFilter,
  organizationIds: readonly string[] | null,
  order: TicketOrder,
) {
  const all = [eb("mergedInto", "is", null)];
  const [state] = filter.states;
  const column = isByState(filter, order) ? "state" : unindexed("state");
  if (state !== undefined)
    all.push(filter.states.length === 1 ? eb(column, "=", state) : eb(column, "in", [...filter.states]));
  if (filter.status !== undefined) {
    all.push(eb("status", "=", filter.status));
    if (!Object.hasOwn(ticketStatuses, filter.status)) all.push(eb.and([isDefined]));
  }
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
  for (const [customerId, role] of [
    [filter.requesterId, "requester"],
    [filter.followerId, "follower"],
  ] as const)
    if (customerId !== undefined) all.push(eb("id", "in", theirs(eb, customerId, role)));
  for (const tagId of filter.tags ?? [])
    all.push(eb("id", "in", eb.selectFrom("ticketTag").select("ticketId").where("tagId", "=", tagId)));
  all.push(...within(eb, "createdAt", filter.created), ...within(eb, "updatedAt", filter.updated));
  if (filter.waiting !== undefined)
    all.push(
      eb("state", "!=", "closed"),
      eb.and([sql<boolean>`${waitingSince} is not null`]),
      ...waits(eb, filter.waiting),
    );
  if (filter.text !== undefined) all.push(eb.and([hasWords(read, filter.text)]));
  return eb.and([...all, ...(filter.fields ?? []).map((wanted) => hasValue("ticket.id", wanted))]);
}

const theirs = (eb: Builder, customerId: string, role: "requester" | "follower") =>
  eb.selectFrom("ticketPerson").select("ticketId").where("customerId", "=", customerId).where("role", "=", role);

const within = (eb: Builder, column: "createdAt" | "updatedAt", { fromMs, untilMs }: TimeRange = always) => [
  ...(fromMs === null ? [] : [eb(column, ">=", fromMs)]),
  ...(untilMs === null ? [] : [eb(column, "<", untilMs)]),
];

const waits = (eb: Builder, { fromMs, untilMs }: TimeRange) => [
  ...(fromMs === null ? [] : [eb(waitingSince, ">=", fromMs)]),
  ...(untilMs === null ? [] : [eb(waitingSince, "<", untilMs)]),
];
