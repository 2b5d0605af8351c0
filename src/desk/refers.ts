// Which columns hold the id of another row, and whether that row must still stand: what is looked at before a row ends,
// and before an undo refers to one again. The tables know no foreign keys, for tombstones resolve instead.
import { type Change, isSet, type TableName } from "./change.ts";

export interface Refers {
  from: TableName;
  column: string;
  /** The tables in which the other row may be; ids are unique among all. */
  to: readonly TableName[];
  /** The other row must be there, and no tombstone: no customer stays in one, no domain is owned by one. */
  needsLive: boolean;
}

export const references: readonly Refers[] = [
  { from: "customer", column: "organizationId", to: ["organization"], needsLive: true },
  { from: "organizationDomain", column: "organizationId", to: ["organization"], needsLive: true },
  { from: "ticket", column: "organizationId", to: ["organization"], needsLive: false },
  { from: "organization", column: "mergedInto", to: ["organization"], needsLive: false },
  { from: "customerAddress", column: "ownerId", to: ["customer", "agent"], needsLive: true },
  { from: "ticketPerson", column: "customerId", to: ["customer"], needsLive: true },
  { from: "customer", column: "mergedInto", to: ["customer", "agent"], needsLive: false },
  { from: "fieldValue", column: "fieldId", to: ["field"], needsLive: true },
  { from: "fieldValue", column: "ownerId", to: ["customer", "organization", "ticket"], needsLive: false },
  { from: "message", column: "authorId", to: ["customer", "agent"], needsLive: false },
  { from: "ticket", column: "assigneeId", to: ["agent", "team"], needsLive: true },
  { from: "teamMember", column: "teamId", to: ["team"], needsLive: true },
  { from: "teamMember", column: "agentId", to: ["agent"], needsLive: true },
  { from: "agentFollow", column: "agentId", to: ["agent"], needsLive: false },
  { from: "agentFollow", column: "projectId", to: ["project"], needsLive: false },
  { from: "standalone", column: "organizationId", to: ["organization"], needsLive: false },
  { from: "standalone", column: "customerId", to: ["customer"], needsLive: false },
  { from: "standalone", column: "projectId", to: ["project"], needsLive: false },
  { from: "follow", column: "projectId", to: ["project"], needsLive: false },
  { from: "follow", column: "organizationId", to: ["organization"], needsLive: true },
  { from: "follow", column: "customerId", to: ["customer"], needsLive: true },
  { from: "optOut", column: "customerId", to: ["customer"], needsLive: true },
  { from: "optOut", column: "aboutId", to: ["ticket", "project", "conversation"], needsLive: false },
  { from: "ticket", column: "projectId", to: ["project"], needsLive: false },
  { from: "ticket", column: "status", to: ["ticketStatus"], needsLive: true },
  { from: "ticketTag", column: "ticketId", to: ["ticket"], needsLive: false },
  { from: "ticketTag", column: "tagId", to: ["tag"], needsLive: true },
  { from: "conversation", column: "ticketId", to: ["ticket"], needsLive: false },
  { from: "ticketPerson", column: "ticketId", to: ["ticket"], needsLive: false },
  { from: "ticketLink", column: "ticketId", to: ["ticket"], needsLive: false },
  { from: "ticketLink", column: "otherId", to: ["ticket"], needsLive: false },
  { from: "ticket", column: "mergedInto", to: ["ticket"], needsLive: false },
  { from: "freeze", column: "ticketId", to: ["ticket"], needsLive: false },
  { from: "freeze", column: "conversationId", to: ["conversation"], needsLive: false },
  { from: "message", column: "conversationId", to: ["conversation"], needsLive: false },
  { from: "attachment", column: "messageId", to: ["message"], needsLive: false },
];

/** A row, as it is named in lists of those that count and those that don't. */
export const rowKey = (table: TableName, id: string): string => `${table}:${id}`;

/** What must be looked up before changes are made that nobody decided on the desk as it is now: an undo. */
export interface Reach {
  /** Rows that will be gone, or tombstones. */
  ends: { table: TableName; id: string; isGone: boolean }[];
  /** Rows to which others will refer, some of which need a living one; each is named once. */
  needs: {
    to: readonly TableName[];
    id: string;
    isLive: boolean;
    by: { table: TableName; id: string; column: string };
  }[];
  /** Rows that will bear this name, which no other of the table may have; null: the one that the row has. */
  names: { table: NamedTable; id: string; key: string | null; appliesTo: string | null }[];
  /** Rows (`rowKey`) that are taken away, or will refer to something else. */
  own: ReadonlySet<string>;
  /** Ids of rows that are made, or live again. */
  revived: ReadonlySet<string>;
}

/** Tables whose rows have names that are unique, with the column by which they are. */
export const nameColumns = {
  organization: "nameKey",
  team: "nameKey",
  view: "nameKey",
  project: "nameKey",
  tag: "nameKey",
  ticketStatus: "nameKey",
  type: "nameKey",
  field: "key",
} as const satisfies Partial<Record<TableName, string>>;
export type NamedTable = keyof typeof nameColumns;

const isNamed = (table: TableName): table is NamedTable => Object.hasOwn(nameColumns, table);

export function reachOf(changes: readonly Change[]): Reach {
  const revived = new Set(changes.filter(revives).flatMap(idsOf));
  const ends: Reach["ends"] = [];
  const needs = new Map<string, Reach["needs"][number]>();
  const names: Reach["names"] = [];
  const own = new Set<string>();
  for (const change of changes) {
    const { table, before, after } = change;
    const columns = references.filter(({ from }) => from === table);
    for (const id of idsOf(change)) {
      if (after === null || isEnd(after)) ends.push({ table, id, isGone: after === null });
      if (after === null || columns.some(({ column }) => before !== null && before[column] !== after[column]))
        own.add(rowKey(table, id));
      if (!isNamed(table) || after === null) continue;
      const key = after[nameColumns[table]];
      if (key !== undefined || revives(change))
        names.push({ table, id, key: text(key), appliesTo: text(after.appliesTo) });
    }
    for (const { column, to, needsLive } of columns) {
      const other = after?.[column];
      const [id] = idsOf(change);
      if (typeof other !== "string" || id === undefined || revived.has(other)) continue;
      const known = needs.get(other);
      if (known?.isLive === true || (known !== undefined && !needsLive)) continue;
      needs.set(other, { to, id: other, isLive: needsLive, by: { table, id, column } });
    }
  }
  return { ends, needs: [...needs.values()], names, own, revived };
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

const idsOf = (change: Change): readonly string[] => (isSet(change) ? change.ids : [change.id]);

/** States in which a row is a tombstone: nothing that needs a living one may refer to it. */
export const endedStates: ReadonlySet<string> = new Set(["merged", "deleted", "promoted", "erased"]);

const isEnd = ({ state }: Readonly<Record<string, unknown>>): boolean =>
  typeof state === "string" && endedStates.has(state);

/** A row that is made, or that lives again. */
const revives = (change: Change): boolean =>
  change.after !== null && (change.before === null || (change.before !== null && isEnd(change.before)));
