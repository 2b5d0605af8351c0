// Tickets as rows of a list: people, counts and names gathered for all rows of a page at once, never one by one. A merged
// organization shows the name of what it became.
import type { TicketState } from "../desk/ticket.ts";
import { statusNames, tagsOfTickets } from "./list-statuses.ts";
import type { Database } from "./open.ts";
import { waitingSince } from "./ticket-waiting.ts";

export interface TicketRow {
  id: string;
  number: number;
  subject: string;
  /** Its name. */
  status: string;
  state: TicketState;
  priority: number;
  type: string;
  /** Addresses, as last used on the ticket. */
  requesters: string[];
  organization: string | null;
  project: string | null;
  /** An agent's primary address, or a team's name. */
  assignee: string | null;
  messages: number;
  tags: string[];
  mailbox: string;
  published: boolean;
  /** It tells nobody anything for now. */
  frozen: boolean;
  /** Since when a customer waits for an answer; null where nobody does. */
  waitingSince: number | null;
  createdAt: number;
  updatedAt: number;
}

type Read = Database["read"];

const listMax = 500;
const tombstonesMax = 20;

/** The rows of these numbers, in their order; a number that is no ticket is left out. */
export async function ticketRows(read: Read, numbers: readonly number[]): Promise<TicketRow[]> {
  const rows: TicketRow[] = [];
  for (let start = 0; start < numbers.length; start += listMax)
    rows.push(...(await rowsOf(read, numbers.slice(start, start + listMax))));
  return rows;
}

async function rowsOf(read: Read, numbers: readonly number[]): Promise<TicketRow[]> {
  const tickets = await read
    .selectFrom("ticket")
    .selectAll()
    .where("number", "in", [...numbers])
    .execute();
  const ids = tickets.map((ticket) => ticket.id);
  const requesters = await requestersOf(read, ids);
  const messages = await messageCounts(read, ids);
  const organizations = await organizationNames(
    read,
    tickets.map((ticket) => ticket.organizationId),
  );
  const assignees = await assigneeNames(
    read,
    tickets.map((ticket) => ticket.assigneeId),
  );
  const projects = await projectNames(
    read,
    tickets.map((ticket) => ticket.projectId),
  );
  const frozen = await frozenAmong(read, ids);
  const statuses = await statusNames(read);
  const tags = await tagsOfTickets(read, ids);
  const waiting = await waitingTimes(read, ids);
  const byNumber = new Map(tickets.map((ticket) => [ticket.number, ticket]));
  return numbers.flatMap((number) => {
    const ticket = byNumber.get(number);
    if (ticket === undefined) return [];
    const { id, subject, status, state, priority, type, mailbox, createdAt, updatedAt } = ticket;
    return [
      {
        id,
        number,
        subject,
        status: statuses.get(status) ?? status,
        state,
        priority,
        type,
        mailbox,
        createdAt,
        updatedAt,
        published: ticket.unpublishedAt === null,
        frozen: frozen.has(id),
        requesters: requesters.get(id) ?? [],
        messages: messages.get(id) ?? 0,
        tags: tags.get(id) ?? [],
        waitingSince: waiting.get(id) ?? null,
        organization: organizations.get(ticket.organizationId ?? "") ?? null,
        project: projects.get(ticket.projectId ?? "") ?? null,
        assignee: assignees.get(ticket.assigneeId ?? "") ?? null,
      },
    ];
  });
}

async function frozenAmong(read: Read, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await read
    .selectFrom("freeze")
    .select("id")
    .where("id", "in", [...ids])
    .where("since", "is not", null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

async function waitingTimes(read: Read, ids: readonly string[]): Promise<Map<string, number | null>> {
  if (ids.length === 0) return new Map();
  const rows = await read
    .selectFrom("ticket")
    .select(["id", waitingSince.as("since")])
    .where("id", "in", ids)
    .where("state", "!=", "closed")
    .execute();
  return new Map(rows.map((row) => [row.id, row.since]));
}

async function projectNames(read: Read, wanted: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(wanted.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await read.selectFrom("project").select(["id", "name"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

async function requestersOf(read: Read, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  if (ids.length === 0) return found;
  const rows = await read
    .selectFrom("ticketPerson")
    .select(["ticketId", "address"])
    .where("ticketId", "in", [...ids])
    .where("role", "=", "requester")
    .orderBy("createdAt")
    .orderBy("id")
    .execute();
  for (const row of rows) found.set(row.ticketId, [...(found.get(row.ticketId) ?? []), row.address]);
  return found;
}

async function messageCounts(read: Read, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await read
    .selectFrom("conversation")
    .innerJoin("message", "message.conversationId", "conversation.id")
    .select((eb) => ["conversation.ticketId as ticketId", eb.fn.countAll<number>().as("n")])
    .where("conversation.ticketId", "in", [...ids])
    .groupBy("conversation.ticketId")
    .execute();
  return new Map(rows.map((row) => [row.ticketId ?? "", Number(row.n)]));
}

/** Names by id; the name of a merged organization is that of what it became. */
async function organizationNames(read: Read, wanted: readonly (string | null)[]): Promise<Map<string, string>> {
  const target = new Map<string, string>();
  const names = new Map<string, string>();
  let wave = [...new Set(wanted.filter((id) => id !== null))];
  for (let step = 0; step < tombstonesMax && wave.length > 0; step++) {
    const rows = await read
      .selectFrom("organization")
      .select(["id", "name", "mergedInto"])
      .where("id", "in", wave)
      .execute();
    for (const row of rows) {
      names.set(row.id, row.name);
      if (row.mergedInto !== null) target.set(row.id, row.mergedInto);
    }
    wave = rows.flatMap((row) => (row.mergedInto === null || names.has(row.mergedInto) ? [] : [row.mergedInto]));
  }
  const resolved = (id: string): string => {
    let at = id;
    for (let step = 0; step < tombstonesMax; step++) at = target.get(at) ?? at;
    return names.get(at) ?? "";
  };
  return new Map([...names.keys()].map((id) => [id, resolved(id)]));
}

/** Agents' primary addresses and teams' names, by id. */
async function assigneeNames(read: Read, assignees: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(assignees.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await read
    .selectFrom("customerAddress")
    .select(["ownerId", "address"])
    .where("ownerId", "in", ids.slice(0, listMax))
    .where("isPrimary", "=", 1)
    .execute();
  const teams = await read.selectFrom("team").select(["id", "name"]).where("id", "in", ids.slice(0, listMax)).execute();
  return new Map([
    ...rows.map((row) => [row.ownerId, row.address] as const),
    ...teams.map((row) => [row.id, row.name] as const),
  ]);
}
