// The unit of every write to the desk's data. A Change is one row's changed columns, before and after; equal changes
// of many rows are one set. Pure functions make lists of them; database/commit writes them, once. From this one
// mechanism come --dry-run (print the list), the log (it is the list), undo (invert it) and rules (they read it).

import type { Agent } from "./agent.ts";
import type { AgentFollow } from "./agent-hearing.ts";
import type { Word } from "./bears.ts";
import type { Attachment, Conversation, Message, Reference } from "./conversation.ts";
import type { Customer, CustomerAddress } from "./customer.ts";
import type { Field, FieldValue } from "./field.ts";
import type { Freeze } from "./freeze.ts";
import type { OptOut } from "./opt-out.ts";
import type { Organization, OrganizationDomain } from "./organization.ts";
import type { Follow, Project } from "./project.ts";
import type { SettingRow } from "./settings.ts";
import type { Standalone } from "./standalone.ts";
import type { Tag, TicketTag } from "./tag.ts";
import type { Team, TeamMember } from "./team.ts";
import type { Template } from "./template.ts";
import type { Ticket, TicketLink, TicketPerson } from "./ticket.ts";
import type { TicketStatusRow } from "./ticket-status.ts";
import type { Type } from "./type.ts";
import type { View } from "./view.ts";

/** The desk's data: what changes write, log and undo. Spool, notices, outbox are state machines of their own. */
export interface DeskTables {
  agent: Agent;
  agentFollow: AgentFollow;
  attachment: Attachment;
  conversation: Conversation;
  customer: Customer;
  customerAddress: CustomerAddress;
  field: Field;
  fieldValue: FieldValue;
  follow: Follow;
  freeze: Freeze;
  message: Message;
  optOut: OptOut;
  organization: Organization;
  organizationDomain: OrganizationDomain;
  project: Project;
  reference: Reference;
  setting: SettingRow;
  standalone: Standalone;
  tag: Tag;
  team: Team;
  teamMember: TeamMember;
  template: Template;
  ticket: Ticket;
  ticketLink: TicketLink;
  ticketPerson: TicketPerson;
  ticketStatus: TicketStatusRow;
  ticketTag: TicketTag;
  type: Type;
  view: View;
}

export type TableName = keyof DeskTables;
export type Columns = Readonly<Record<string, unknown>>;

/** One row: made (before null), changed (only the changed columns in both), or taken away (after null). */
export interface RowChange {
  table: TableName;
  id: string;
  before: Columns | null;
  after: Columns | null;
}

/** The same column from the same value to the same value in many rows. */
export interface SetChange {
  table: TableName;
  ids: readonly string[];
  before: Columns;
  after: Columns;
}

export type Change = RowChange | SetChange;

/** What a decision read and relied on; one that no longer holds makes the decision be made again. */
export type Guard =
  | { kind: "version"; table: TableName; id: string; version: number }
  | { kind: "absent"; table: "reference" | "email"; column: string; value: string }
  | { kind: "untold"; ticketId: string }
  /** The domain still belongs to this organization: whoever joins by it must not join its former owner. */
  | { kind: "owner"; domain: string; organizationId: string }
  /** The ticket has so many people and conversations, and no more: what joined it meanwhile would be left behind. */
  | { kind: "parts"; ticketId: string; people: number; conversations: number }
  /** No row but these (`table:id`) refers to this one; `live`: none of those that need it neither merged nor deleted. */
  | { kind: "unreferenced"; table: TableName; id: string; except: ReadonlySet<string>; live?: boolean }
  /** No row but these (`table:id`) bears the word. */
  | { kind: "unborne"; word: Word; except: ReadonlySet<string> };

/** Who or what made a change. `by` is an address, a rule's name, or "mail". */
export interface Cause {
  /** `final`: a command that can't be taken back; `web`: a page of ours. */
  kind: "mail" | "command" | "final" | "rule" | "delivery" | "web";
  by: string;
  /** The command as typed (no secrets: bodies and values of arguments are left out), or the mail's id. */
  what: string;
}

export const isSet = (change: Change): change is SetChange => "ids" in change;

/** A new row; `version` starts at 1. */
export function insert<T extends TableName>(table: T, row: Omit<DeskTables[T], "version">): RowChange {
  const { id, ...columns } = row as unknown as { id: string } & Columns;
  return { table, id, before: null, after: columns };
}

/**
 * The columns of `row` that `next` really changes; null where nothing does. Columns that it relies on stand on both sides
 * with one value: they are compared when it is written, and again when it is taken back.
 */
export function update<T extends TableName>(
  table: T,
  row: DeskTables[T],
  next: Partial<Omit<DeskTables[T], "id" | "version">>,
  reliesOn: readonly (keyof DeskTables[T] & string)[] = [],
): RowChange | null {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(next)) {
    const old = (row as unknown as Columns)[column];
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    before[column] = old ?? null;
    after[column] = value;
  }
  if (Object.keys(after).length === 0) return null;
  for (const column of reliesOn) if (!(column in after)) before[column] = after[column] = row[column];
  return { table, id: row.id, before, after };
}

/** Takes a row away. */
export function remove<T extends TableName>(table: T, row: DeskTables[T]): RowChange {
  const { id, version: _version, ...columns } = row as unknown as { id: string; version: number } & Columns;
  return { table, id, before: columns, after: null };
}

export const present = <T>(items: readonly (T | null)[]): T[] => items.filter((item): item is T => item !== null);

/** The changes that take these back, in reverse order. */
export function invert(changes: readonly Change[]): Change[] {
  return [...changes]
    .reverse()
    .map(
      (change): Change =>
        isSet(change)
          ? { ...change, before: change.after, after: change.before }
          : { ...change, before: change.after, after: change.before },
    );
}

/** One line for people: `ticket tic_1: status new -> closed`. Bodies are never shown. */
export function describe(change: Change): string {
  const where = isSet(change) ? `${change.table} (${change.ids.length} rows)` : `${change.table} ${change.id}`;
  if (change.before === null) return `+ ${where}${nameOf(change.after)}`;
  if (change.after === null) return `- ${where}${nameOf(change.before)}`;
  const { after, before } = change;
  const told = Object.keys(after)
    .filter((column) => JSON.stringify(before[column]) !== JSON.stringify(after[column]))
    .filter((column, _, all) => column !== "updatedAt" || all.length === 1);
  const columns = told.map((column) => `${column} ${show(column, before[column])} -> ${show(column, after[column])}`);
  return `~ ${where}: ${columns.join(", ")}`;
}

function nameOf(columns: Columns | null): string {
  const name = columns?.name ?? columns?.address ?? columns?.subject;
  return typeof name === "string" && name !== "" ? ` "${name.slice(0, 80)}"` : "";
}

function show(column: string, value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "number" && column.endsWith("At")) return new Date(value).toISOString();
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
