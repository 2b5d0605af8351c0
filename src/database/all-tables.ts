// Every table of the desk, in the order in which a dump has them, with what a dump must know: the key by which rows are
// read and ordered, the one column that holds bytes, and the columns of a lease. The compiler misses none that
// schema.ts has, a test none that the database has.
import type { Schema } from "./schema.ts";

export interface TableShape {
  key: readonly string[];
  /** The column that holds bytes, of any size. */
  bytes?: string;
  /** What is dumped instead: a lease is a process's of this moment, and free everywhere else. */
  free?: Readonly<Record<string, 0 | null>>;
  /** Rows read at once, where they are long. */
  pageRows?: number;
}

const id = ["id"] as const;
const lease = { leaseUntil: 0, leaseOwner: null } as const;

const shapes = {
  setting: { key: id },
  organization: { key: id },
  organizationDomain: { key: id },
  customer: { key: id },
  customerAddress: { key: id },
  agent: { key: id },
  agentFollow: { key: id },
  team: { key: id },
  teamMember: { key: id },
  type: { key: id },
  field: { key: id },
  fieldValue: { key: id },
  view: { key: id },
  template: { key: id },
  project: { key: id },
  follow: { key: id },
  optOut: { key: id },
  ticket: { key: id },
  ticketPerson: { key: id },
  ticketLink: { key: id },
  ticketStatus: { key: id },
  tag: { key: id },
  ticketTag: { key: id },
  conversation: { key: id },
  standalone: { key: id },
  freeze: { key: id },
  message: { key: id, pageRows: 50 },
  attachment: { key: id },
  reference: { key: id },
  mailbox: { key: id, free: lease },
  email: { key: id, free: lease },
  emailRaw: { key: id, bytes: "raw" },
  notice: { key: id },
  outbox: { key: id, free: lease },
  outboxRaw: { key: id, bytes: "raw" },
  outboxMessage: { key: ["customerId", "messageId"] },
  outboxQuote: { key: ["outboxId", "messageId"] },
  digestMessage: { key: ["outboxId", "ticketId", "messageId"] },
  blob: { key: id, bytes: "bytes" },
  sequence: { key: id },
  secret: { key: id },
  condition: { key: id },
  slot: { key: ["schedule", "slot"], free: lease },
  alert: { key: id, free: lease },
  retention: { key: id },
  diskUse: { key: id },
  credential: { key: id, free: lease },
  commitLog: { key: id },
  changeLog: { key: ["commitId", "seq"], pageRows: 100 },
  changeLogRow: { key: ["commitId", "seq", "rowId"] },
} as const satisfies Record<keyof Schema, TableShape>;

export const allTables: readonly { name: keyof Schema; shape: TableShape }[] = Object.entries(shapes).map(
  ([name, shape]) => ({ name: name as keyof Schema, shape }), // its own keys
);

/** Undefined for what is no table of ours. */
export const shapeOf = (name: string): TableShape | undefined =>
  Object.hasOwn(shapes, name) ? shapes[name as keyof Schema] : undefined;

/** The column of a table that holds bytes; undefined where none does. */
export const bytesColumn = (table: string): string | undefined => shapeOf(table)?.bytes;
