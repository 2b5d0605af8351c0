// The tables as the database holds them: the desk's records with booleans as 0/1 and lists as JSON text, and the
// state machines beside them (spool, notices, outbox). Columns are named as in the code and in --json: one name each.
import type { DeskTables, TableName } from "../desk/change.ts";

/** A record as it is stored. */
export type Stored<T> = {
  [K in keyof T]: T[K] extends boolean ? number : T[K] extends string[] ? string : T[K];
};

export interface EmailTable {
  id: string;
  mailbox: string;
  uidValidity: string | null;
  uid: number | null;
  digest: string | null;
  duplicateOf: string | null;
  messageId: string | null;
  /** JSON list of the ids in In-Reply-To and References, kept while the mail waits. */
  cites: string;
  sender: string;
  senderKey: string | null;
  subject: string;
  status: string;
  reason: string | null;
  ticketId: string | null;
  ticketNumber: number | null;
  customerId: string | null;
  arrival: string;
  closed: number;
  receivedAt: number;
  storedAt: number;
  decidedAt: number | null;
  /** How often it was taken. */
  attempts: number;
  /** How often its reader died of it. */
  readerDeaths: number;
  nextAttemptAt: number;
  leaseUntil: number;
  /** The process that took it, as `worker/owner` names processes; read only to free what a dead one held. */
  leaseOwner: string | null;
  fence: number;
  error: string | null;
  sizeBytes: number;
  /** 0 until what `after` says was done on the server. */
  afterDone: number;
  /** JSON list of the decision's steps. */
  trace: string;
  /** When its bytes were removed by age; null while they are there. */
  rawGoneAt: number | null;
}

export interface NoticeTable {
  id: string;
  kind: string;
  /** "" where the conversation has none. */
  ticketId: string;
  conversationId: string;
  messageId: string;
  hadIt: string;
  /** The one agent whom it is for; "" for all whom it concerns. */
  agentId: string;
  state: "waiting" | "expanded" | "recalled" | "dropped";
  notBefore: number;
  createdAt: number;
  /** Where people are told page by page: whose people, and the customer up to whom; "" before the first page. */
  reached: string;
}

export interface OutboxTable {
  id: string;
  kind: string;
  /** "" where the conversation has none. */
  ticketId: string;
  conversationId: string;
  customerId: string;
  toAddress: string;
  toKey: string;
  mailbox: string;
  subject: string;
  status: string;
  reason: string | null;
  attempts: number;
  messageId: string;
  mailFrom: string;
  nextAttemptAt: number;
  createdAt: number;
  sentAt: number | null;
  response: string | null;
  leaseUntil: number;
  leaseOwner: string | null;
  fence: number;
  /** When its bytes were removed by age. */
  rawGoneAt: number | null;
  /** Why they are told, as a clause; "" for mails of before this was written down, and for who is not. */
  why: string;
}

export interface AlertTable {
  id: string;
  kind: string;
  subject: string;
  /** 2026-11-27 in the desk's time zone. */
  day: string;
  phase: "raised" | "cleared";
  recipient: string;
  title: string;
  text: string;
  /** due, sending, told, failed or dropped. */
  status: string;
  attempts: number;
  nextAttemptAt: number;
  createdAt: number;
  toldAt: number | null;
  response: string | null;
  error: string | null;
  /** The process whose loop stopped; null for what the whole desk knows. */
  owner: string | null;
  /** Since when it was not there when looked at. */
  goneAt: number | null;
  clearedAt: number | null;
  leaseUntil: number;
  leaseOwner: string | null;
  fence: number;
}

export interface Tables {
  alert: AlertTable;
  email: EmailTable;
  emailRaw: { id: string; raw: Buffer };
  mailbox: {
    id: string;
    uidValidity: string | null;
    lastUid: number;
    lastPollAt: number | null;
    error: string | null;
    pausedUntil: number | null;
    failures: number;
    leaseOwner: string | null;
    leaseUntil: number;
    startAt: number | null;
    startUid: number | null;
    /** Since when every poll failed. */
    failingSince: number | null;
    /** 1 where waiting does not help: a person must mend a password or the configuration. */
    needsPerson: number;
  };
  notice: NoticeTable;
  outbox: OutboxTable;
  outboxRaw: { id: string; raw: Buffer };
  /** `isHistory`: 1 where it is an earlier message that goes along with a new one. */
  outboxMessage: { outboxId: string; messageId: string; customerId: string; isHistory: number | null };
  /** Earlier messages that a mail quotes. */
  outboxQuote: { outboxId: string; messageId: string };
  digestMessage: { outboxId: string; ticketId: string; messageId: string };
  blob: { id: string; bytes: Buffer };
  sequence: { id: string; value: number };
  condition: { id: string; error: string; untilAt: number; sinceAt: number };
  commitLog: {
    id: string;
    at: number;
    kind: string;
    by: string;
    what: string;
    undoes: string | null;
    undoneBy: string | null;
    /** What it is a part of, such as an import: all of one group are taken back together. */
    groupId: string | null;
  };
  changeLog: {
    commitId: string;
    seq: number;
    tableName: string;
    rowId: string;
    rowCount: number;
    before: string | null;
    after: string | null;
  };
  slot: {
    schedule: string;
    /** The moment at which it begins, in ISO 8601 to the minute: later slots sort later. */
    slot: string;
    claimedAt: number;
    leaseUntil: number;
    leaseOwner: string | null;
    /** How often it was taken. */
    fence: number;
    doneAt: number | null;
    error: string | null;
  };
  credential: {
    /** A digest of endpoint, client and configured refresh token: a new token in the configuration is a new row. */
    id: string;
    sealed: string | null;
    generation: number;
    refreshEndsAt: number | null;
    leaseOwner: string | null;
    leaseUntil: number;
    usedAt: number;
  };
  /** The last run for each kind: what is older than `beforeAt` is gone. */
  retention: { id: string; beforeAt: number; ranAt: number; removed: number; bytes: number };
  diskUse: { id: string; rows: number; bytes: number; measuredAt: number };
  /** Digests of the secrets by which this desk signs (known-secrets.ts). */
  secret: { id: string; knownSince: number };
  changeLogRow: { commitId: string; seq: number; rowId: string };
}

export type Schema = Tables & { [K in TableName]: Stored<DeskTables[K]> };

/** Columns that hold a JSON list, and those that hold yes or no, by table. */
const jsonColumns: Partial<Record<TableName, readonly string[]>> = {
  field: ["choices"],
  message: ["toAddresses", "ccAddresses", "remarks"],
  setting: ["value"],
  view: ["words"],
};
const booleanColumns: Partial<Record<TableName, readonly string[]>> = {
  agent: ["mayAnswer", "mayAdminister"],
  attachment: ["inline"],
  customerAddress: ["isPrimary"],
};

/** Text that both databases can store: PostgreSQL refuses U+0000 and lone surrogates. */
export const storable = (text: string): string => {
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return clean.isWellFormed() ? clean : clean.toWellFormed();
};

/** A record's columns as the database takes them. */
export function encode(table: TableName, columns: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const json = jsonColumns[table];
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(columns)) {
    if (json?.includes(name)) row[name] = storable(JSON.stringify(value));
    else if (typeof value === "boolean") row[name] = value ? 1 : 0;
    else row[name] = typeof value === "string" ? storable(value) : value;
  }
  return row;
}

/** The record that a stored row stands for. */
export function decode<T extends TableName>(table: T, row: Stored<DeskTables[T]>): DeskTables[T] {
  const record: Record<string, unknown> = { ...row };
  for (const name of jsonColumns[table] ?? [])
    if (typeof record[name] === "string") record[name] = JSON.parse(record[name]);
  for (const name of booleanColumns[table] ?? []) record[name] = record[name] === 1;
  return record as unknown as DeskTables[T]; // the inverse of encode
}
