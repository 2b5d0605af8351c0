// Statuses of tickets as administrators define them (TIC-2): each is open, waiting or closed for good. A ticket bears the id, so
// that a renaming touches no ticket. The four built-in ones bear their own words as ids; what mails, answers and rules set is always
// one of these, the first of its state: they can be renamed and coloured, and never go.
import { badData, conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";
import { type Ticket, type TicketState, ticketStates, ticketStatuses } from "./ticket.ts";
import { editTicket } from "./ticket-edit.ts";
import { readColour } from "./type.ts";

export interface TicketStatusRow {
  id: string;
  name: string;
  /** The name folded; unique. */
  nameKey: string;
  state: TicketState;
  /** #rrggbb, or empty. */
  colour: string;
  /** Its place among those of its state. */
  position: number;
  createdAt: number;
  version: number;
}

const nameCharsMax = 40;

export const isBuiltIn = ({ id }: Pick<TicketStatusRow, "id">): boolean => Object.hasOwn(ticketStatuses, id);

/** By state, and within it by their places. */
export const inOrder = (statuses: readonly TicketStatusRow[]): TicketStatusRow[] =>
  [...statuses].sort(
    (a, b) =>
      ticketStates.indexOf(a.state) - ticketStates.indexOf(b.state) ||
      a.position - b.position ||
      (a.id < b.id ? -1 : 1),
  );

/** `after`: the status behind which it comes; else it is the last of its state. */
export function newStatus(
  { id, name, state, colour }: Pick<TicketStatusRow, "id" | "name" | "state" | "colour">,
  after: TicketStatusRow | null,
  statuses: readonly TicketStatusRow[],
  now: number,
): Decided {
  const clean = statusName(name);
  const others = inOrder(statuses).filter((one) => one.state === state);
  const place = placeAfter(after, others, state);
  const position = place === others.length ? (others.at(-1)?.position ?? -1) + 1 : place;
  const made = insert("ticketStatus", {
    id,
    name: clean,
    nameKey: foldName(clean),
    state,
    colour: readColour(colour),
    position,
    createdAt: now,
  });
  const moved = place === others.length ? [] : renumbered([...others.slice(0, place), null, ...others.slice(place)]);
  return { changes: [made, ...moved], guards: after === null ? [] : [statusGuard(after)] };
}

/** The built-in ones stay the first. */
function placeAfter(after: TicketStatusRow | null, others: readonly TicketStatusRow[], state: TicketState): number {
  if (after === null) return others.length;
  if (after.state !== state)
    throw usage(`${after.name} is ${after.state}: another status can only follow one of its own state.`);
  const builtIn = others.filter(isBuiltIn).length;
  return Math.max(builtIn, others.findIndex(({ id }) => id === after.id) + 1);
}

const renumbered = (order: readonly (TicketStatusRow | null)[]): Change[] =>
  present(order.map((one, position) => (one === null ? null : update("ticketStatus", one, { position }))));

export function setStatusRow(
  status: TicketStatusRow,
  next: { name?: string; colour?: string },
  after: TicketStatusRow | null,
  statuses: readonly TicketStatusRow[],
): Decided {
  const name = next.name === undefined ? status.name : statusName(next.name);
  const colour = next.colour === undefined ? status.colour : readColour(next.colour);
  const values = { name, nameKey: foldName(name), colour };
  const guards = [statusGuard(status)];
  if (after === null) return { changes: present([update("ticketStatus", status, values)]), guards };
  if (isBuiltIn(status)) throw usage(`${status.name} is built in and stays the first of its state.`);
  if (after.id === status.id) throw usage(`${status.name} can't follow itself.`);
  const others = inOrder(statuses).filter((one) => one.state === status.state && one.id !== status.id);
  const place = placeAfter(after, others, status.state);
  const order = [...others.slice(0, place), status, ...others.slice(place)];
  const moved = order.map((one, position) =>
    update("ticketStatus", one, one.id === status.id ? { ...values, position } : { position }),
  );
  return { changes: present(moved), guards: [...guards, statusGuard(after)] };
}

/** Tickets that bear it get `into`; refused without one while any does. Merged ones bear it too. */
export function removeStatus(
  status: TicketStatusRow,
  bearers: readonly Ticket[],
  into: TicketStatusRow | null,
  now: number,
): Decided {
  if (isBuiltIn(status))
    throw usage(`${status.name} is built in: mails and answers set it.`, {
      remedy: "Give it another name instead: maildesk ticket-status set NAME name=OTHER",
    });
  if (into?.id === status.id) throw usage(`${status.name} can't take its own tickets.`);
  if (bearers.length > 0 && into === null)
    throw conflict(`${bearers.length} ticket${bearers.length === 1 ? " is" : "s are"} ${status.name}.`, {
      remedy: "Say which status they get: --into OTHER.",
    });
  const ids = bearers.map(({ id }) => id);
  const except = new Set(ids.map((id) => rowKey("ticket", id)));
  return {
    changes: [...(into === null ? [] : given(status, bearers, into, now)), remove("ticketStatus", status)],
    guards: [
      { kind: "unreferenced", table: "ticketStatus", id: status.id, except },
      statusGuard(status),
      ...(into === null ? [] : [statusGuard(into)]),
    ],
  };
}

function given(from: TicketStatusRow, bearers: readonly Ticket[], into: TicketStatusRow, now: number): Change[] {
  if (bearers.length === 0) return [];
  if (from.state !== into.state)
    return present(bearers.map((one) => editTicket(one, { status: into.id, state: into.state }, now)));
  const ids = bearers.map(({ id }) => id);
  return [{ table: "ticket", ids, before: { status: from.id }, after: { status: into.id } }];
}

/** As it was read: no ticket gets a status that is taken away meanwhile. */
export const statusGuard = ({ id, version }: Pick<TicketStatusRow, "id" | "version">): Guard => ({
  kind: "version",
  table: "ticketStatus",
  id,
  version,
});

/** By name, or by id, which is the first word of a built-in one; badData where there is none. */
export function statusCalled(statuses: readonly TicketStatusRow[], text: string): TicketStatusRow {
  const key = foldName(text);
  const found =
    statuses.find(({ nameKey }) => nameKey === key) ?? statuses.find(({ id }) => id === text.trim().toLowerCase());
  if (found !== undefined) return found;
  const names = inOrder(statuses).map(({ name }) => name);
  throw badData(`"${text}" is no status${didYouMean(text, names)}: write ${names.join(", ")}.`);
}

function statusName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax)
    throw badData(`A status needs a name of at most ${nameCharsMax} characters.`);
  return name;
}
