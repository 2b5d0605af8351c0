// Tickets as lists print them and as verbs name them: by number, several at once. The JSON shapes are fixed in DESIGN
// ("ticket list", "ticket show N"); fields are added there, never renamed.
import type { App } from "../app.ts";
import type { Guard } from "../desk/change.ts";
import type { Ticket } from "../desk/ticket.ts";
import { usage } from "../errors.ts";
import type { DeskSession } from "./context.ts";
import { nearTime } from "./explanation.ts";
import { type Column, isoTime, type ListShape, type Output } from "./output.ts";

export type TicketRow = Awaited<ReturnType<App["lists"]["ticketList"]>>["rows"][number];
export type TicketFound = NonNullable<Awaited<ReturnType<App["lists"]["ticketByNumber"]>>>;

export const ticketJson = (row: TicketRow) => ({
  number: row.number,
  subject: row.subject,
  status: row.status,
  state: row.state,
  priority: row.priority,
  type: row.type,
  requesters: row.requesters,
  organization: row.organization,
  project: row.project,
  assignee: row.assignee,
  messages: row.messages,
  tags: row.tags,
  mailbox: row.mailbox,
  published: row.published,
  frozen: row.frozen,
  waitingSince: isoTime(row.waitingSince),
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
});

const columns: readonly Column<TicketRow>[] = [
  { head: "NUMBER", value: (row) => `#${row.number}`, right: true },
  { head: "SUBJECT", value: (row) => row.subject, max: 30 },
  { head: "STATUS", value: (row) => row.status },
  { head: "PRIO", value: (row) => (row.priority === 0 ? "" : row.priority), right: true },
  { head: "REQUESTER", value: (row) => row.requesters[0] ?? "", max: 22 },
  { head: "ASSIGNEE", value: (row) => row.assignee ?? "", max: 14 },
  { head: "UPDATED", value: (row) => nearTime(row.updatedAt) },
];

export const ticketShape: ListShape<TicketRow> = {
  columns,
  id: (row) => String(row.number),
  json: ticketJson,
  none: "No tickets.",
};

const numbersMax = 1000;

/** `12` or `#12`. */
export function readNumber(text: string): number {
  const match = /^#?([1-9]\d{0,9})$/.exec(text.trim());
  if (match?.[1] === undefined) throw usage(`"${text}" is no ticket number.`);
  return Number(match[1]);
}

export function readNumbers(texts: readonly string[]): number[] {
  const numbers = [...new Set(texts.map(readNumber))];
  if (numbers.length > numbersMax)
    throw usage(`${numbers.length} tickets at once are too many: ${numbersMax} are allowed.`);
  return numbers;
}

/** The ticket of a number; a number that was merged away leads to what it became, and that is said. */
export async function ticketOf({ app }: DeskSession, number: number, out: Output): Promise<TicketFound> {
  const found = await app.lists.ticketByNumber(number);
  if (found === null)
    throw usage(`There is no ticket #${number}.`, {
      remedy: "`maildesk ticket list --state all` shows them.",
    });
  if (found.ticket.number !== number) out.note(`#${number} was merged into #${found.ticket.number}.`);
  return found;
}

export async function ticketsOf(desk: DeskSession, numbers: readonly number[], out: Output): Promise<TicketFound[]> {
  const found = new Map<string, TicketFound>();
  for (const number of numbers) {
    const one = await ticketOf(desk, number, out);
    found.set(one.ticket.id, one);
  }
  return [...found.values()];
}

export const ticketGuard = (ticket: Pick<Ticket, "id" | "version">): Guard => ({
  kind: "version",
  table: "ticket",
  id: ticket.id,
  version: ticket.version,
});

/** `#12` or `#12, #14`, and how many more. */
export function numbersText(tickets: readonly { number: number }[]): string {
  const shown = tickets
    .slice(0, 10)
    .map((ticket) => `#${ticket.number}`)
    .join(", ");
  return tickets.length > 10 ? `${shown} and ${tickets.length - 10} more` : shown;
}

/** Prints the tickets as they are now: rows for machines, one sentence for people. */
export async function showChanged(
  desk: DeskSession,
  tickets: readonly Ticket[],
  sentence: string,
  out: Output,
): Promise<void> {
  if (out.isJson) out.json((await desk.app.lists.ticketRows(tickets.map((ticket) => ticket.number))).map(ticketJson));
  else out.note(sentence);
}
