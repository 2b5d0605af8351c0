// What the four loops and the command need of the outside world, as plain interfaces. Each adapter is a function
// `openX(config) -> port`; app.ts is the only place where the two meet. Every method may reject with a
// MaildeskError of kind temporary, permanent or operator; anything else it throws is a bug.
import type { Cause, Change, Guard } from "./desk/change.ts";
import type { Attachment, Conversation, Message } from "./desk/conversation.ts";
import type { Notice } from "./desk/notice.ts";
import type { Candidate } from "./desk/recipients.ts";
import type { Settings } from "./desk/settings.ts";
import type { Ticket } from "./desk/ticket.ts";
import type { Decision } from "./intake/decide.ts";
import type { Arrival } from "./intake/email.ts";
import type { Facts, Question } from "./intake/facts.ts";
import type { MailPeek, ParsedMail } from "./mail/parsed-mail.ts";

export interface Clock {
  /** UTC milliseconds. */
  now(): number;
}

export interface Ids {
  /** Typed and sortable: `eml_01J9...` (prefix, underscore, lower-case ULID). */
  next(prefix: string): string;
}

export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** Reads one mail behind a fence. Rejects: temporary (`code: "time"` or `"memory"`) when the mail killed its reader. */
export interface Parser {
  parse(raw: Buffer): Promise<ParsedMail>;
  /** The decoded bytes of one attachment, by its index; rejects with badData where there is none. */
  attachment(raw: Buffer, part: number): Promise<Buffer>;
  /** Process ids of the children that are alive, for memory figures. */
  pids(): number[];
  close(): Promise<void>;
}

// ---- ways in -------------------------------------------------------------------------------------------------

/** How far a mailbox was read. A Maildir has uidValidity "maildir" and counts its files. */
export interface Cursor {
  uidValidity: string;
  /** The highest UID seen; mails below it may still appear late, so a trailing window is compared on each poll. */
  lastUid: number;
}

/** One mail as the server hands it over. `raw` null: it is listed but could not be fetched, and `error` says why. */
export interface FetchedMail {
  uid: number;
  raw: Buffer | null;
  error: string | null;
  /** When the server received it (IMAP INTERNALDATE), UTC milliseconds. */
  receivedAtMs: number;
}

export interface FetchedBatch {
  mails: FetchedMail[];
  /** Where the cursor stands once these mails are stored. */
  cursor: Cursor;
}

export interface FetchRequest {
  cursor: Cursor | null;
  /** At first contact only (cursor null): mails received before this moment are left alone. Null = take all. */
  startAtMs: number | null;
  /** UIDs below cursor.lastUid that are compared with what is stored, so that late ones are found. */
  windowSize: number;
  /** Of these UIDs of this uidValidity, the ones that are stored already (and need no further try). */
  known(uidValidity: string, uids: number[]): Promise<Set<number>>;
  /** Stops between batches. */
  signal: AbortSignal;
}

export interface FetchSummary {
  /** Mails that the server has but that `startAtMs` leaves alone; only at first contact, else 0. */
  left: number;
  /** True if the server's uidValidity differs from the cursor's, so everything was listed anew. */
  renumbered: boolean;
}

/** What happens on the server to a mail that is safely stored (MAIL-1). */
export type AfterFetch = { kind: "keep" } | { kind: "seen" } | { kind: "move"; folder: string } | { kind: "delete" };

export interface MailSource {
  /**
   * Everything new, in batches of at most 50 mails and 32 MB, oldest first; `store` is awaited before the next batch
   * is fetched. A mail that the server will not hand over is reported as a FetchedMail with raw null and does not
   * stop the others. Read-only towards the server.
   */
  fetch(request: FetchRequest, store: (batch: FetchedBatch) => Promise<void>): Promise<FetchSummary>;
  /** Does `after` to stored mails, in batches; UIDs that are gone count as done. Resolves to the UIDs that are done. */
  finish(uidValidity: string, uids: number[], after: AfterFetch): Promise<number[]>;
  /** Resolves when new mail may be there, or after `timeoutMs`, or on abort. Never rejects for a lost connection. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Connects and opens the folder; resolves to a short fact such as "412 mails, IDLE". */
  check(): Promise<string>;
  close(): Promise<void>;
}

// ---- ways out ------------------------------------------------------------------------------------------------

export interface Envelope {
  /** MAIL FROM; "" is the null sender. */
  from: string;
  /** One recipient: every person has an envelope of their own. */
  to: string;
}

export interface Accepted {
  /** The server's last line, such as "250 2.0.0 queued as ABC". */
  response: string;
  /** A Message-ID that the server says it gave the mail, without brackets, where it names one. */
  messageId: string | null;
}

export interface Transport {
  /**
   * Sends one mail. `handing` is awaited just before the last bytes leave: what fails after it resolved, without an
   * answer of the server, rejects with `code: "uncertain"`. A refusal that the server spoke is temporary (4xx) or
   * permanent (5xx) whenever it comes; a refused login, or a server that refuses everybody, is operator; no
   * connection is temporary with `code: "connection"`.
   */
  send(envelope: Envelope, raw: Buffer, handing: () => Promise<void>): Promise<Accepted>;
  /** Connects, logs in, says goodbye; resolves to a short fact. */
  check(): Promise<string>;
  close(): Promise<void>;
}

// ---- queue ---------------------------------------------------------------------------------------------------

export type Topic = "process" | "deliver";

/** A wake-up, never a truth: any push may be lost, repeated or late, and nothing is lost by it. */
export interface Queue {
  /** Ids that wait or are being worked are not added twice. `notBeforeMs` is UTC milliseconds. */
  push(topic: Topic, ids: string[], notBeforeMs?: number): Promise<void>;
  /** Calls the handler for each id, at most `concurrency` at once. A handler that rejects is logged, not retried here. */
  work(topic: Topic, handler: (id: string) => Promise<void>, concurrency: number): void;
  /** Resolves when nothing that is due waits or is being worked in this process. */
  idle(): Promise<void>;
  check(): Promise<string>;
  /** Stops taking ids, waits for the handlers that run, then closes connections. */
  close(): Promise<void>;
}

// ---- the spool of inbound mail -------------------------------------------------------------------------------

export interface NewEmail {
  uid: number | null;
  raw: Buffer | null;
  error: string | null;
  receivedAtMs: number;
  arrival: Arrival;
  peek: MailPeek;
  /** `ingest --state closed` files history as closed tickets. */
  closed: boolean;
}

/** A mail that this process holds by a lease; `fence` proves it when the result is written. */
export interface LeasedEmail {
  id: string;
  fence: number;
  attempts: number;
  mailbox: string;
  raw: Buffer;
  receivedAtMs: number;
  storedAtMs: number;
  arrival: Arrival;
  closed: boolean;
  peek: MailPeek;
}

export interface StoredEmail {
  id: string;
  /** False where the same UID of the same mailbox was stored before. */
  fresh: boolean;
}

/** What is known of one mailbox's reading. */
export interface MailboxState {
  name: string;
  cursor: Cursor | null;
  lastPollAtMs: number | null;
  error: string | null;
  /** No poll before this moment; set while a server refuses or a person must mend something. */
  pausedUntilMs: number | null;
  failures: number;
}

export interface Spool {
  /** Raw mails and the cursor in one commit (invariant 1); UIDs stored before are left alone. */
  store(mailbox: string, uidValidity: string | null, mails: NewEmail[], cursor: Cursor | null): Promise<StoredEmail[]>;
  known(mailbox: string, uidValidity: string, uids: number[]): Promise<Set<number>>;
  /** The right to be the one fetcher of this mailbox until `untilMs`; null where another process holds it. */
  leaseMailbox(mailbox: string, owner: string, untilMs: number): Promise<MailboxState | null>;
  saveMailbox(state: MailboxState, owner: string): Promise<void>;
  /** UIDs of stored mails to which nothing was done on the server yet, at most 500. */
  unfinished(mailbox: string, uidValidity: string): Promise<number[]>;
  finished(mailbox: string, uidValidity: string, uids: number[]): Promise<void>;

  /** Ids of mails that wait and may be taken now, the oldest first. */
  due(now: number, limit: number): Promise<string[]>;
  /** Takes a mail by a lease and counts the attempt; null where it is done, not due, or another holds it. */
  acquire(id: string, now: number): Promise<LeasedEmail | null>;
  /** Gives a mail back. `refund`: the attempt was not the mail's fault and does not count. */
  release(mail: LeasedEmail, nextAttemptAtMs: number, error: string | null, refund: boolean): Promise<void>;
  /** A mail that waits in the spool and that this one cites, and that does not wait for this one itself. */
  waitsFor(mail: Pick<LeasedEmail, "id" | "peek">): Promise<string | null>;
  /** Puts decided mails back to pending (`email retry`); resolves to how many. */
  retry(ids: string[]): Promise<number>;
  raw(id: string): Promise<Buffer | null>;
}

// ---- the desk's data -----------------------------------------------------------------------------------------

/** The end of one mail, written with everything that follows from it. */
export interface EmailEnd {
  mail: Pick<LeasedEmail, "id" | "fence">;
  decision: Pick<Decision, "status" | "reason" | "ticketId" | "ticketNumber" | "customerId" | "trace">;
  digest: string | null;
  duplicateOf: string | null;
  senderKey: string | null;
}

/** One decision, one transaction (invariant 3). */
export interface Commit {
  id: string;
  atMs: number;
  cause: Cause;
  changes: readonly Change[];
  guards: readonly Guard[];
  notices: readonly Notice[];
  /** Tickets whose waiting notices are dropped. */
  merged?: readonly string[];
  email?: EmailEnd;
  undoes?: string;
}

export interface Desk {
  settings(): Promise<Settings>;
  facts(question: Question, emailId: string | null): Promise<Facts>;
  /** The first of `count` new numbers of the sequence; they are nobody else's, and gaps are no fault. */
  draw(sequence: "ticket" | "ref", count: number): Promise<number>;
  /** Rejects with conflict, code "guard", where something that the decision relied on changed: gather, decide again. */
  commit(commit: Commit): Promise<void>;
}

// ---- outgoing mail -------------------------------------------------------------------------------------------

export type OutboxStatus = "queued" | "sending" | "handing" | "sent" | "failed" | "uncertain" | "suppressed" | "held" | "dropped";

export interface NewOutgoing {
  id: string;
  kind: Notice["kind"];
  ticketId: string;
  conversationId: string;
  customerId: string;
  to: string;
  toKey: string;
  mailbox: string;
  subject: string;
  messageId: string;
  mailFrom: string;
  /** Null for a person who hears nothing; then `suppressed` says why. */
  raw: Buffer | null;
  suppressed: string | null;
  /** The messages that it carries; one person gets each message once. */
  messageIds: string[];
}

export interface LeasedOutgoing {
  id: string;
  fence: number;
  attempts: number;
  to: string;
  mailFrom: string;
  raw: Buffer;
  conversationId: string;
  messageId: string;
  /** Why this person may not receive it any more, read now; null = may (invariant 7). */
  refusal: string | null;
  createdAtMs: number;
}

/** Everything about the due messages of one conversation that the expansion needs. */
export interface NoticeFacts {
  notices: Notice[];
  conversation: Conversation;
  ticket: Ticket;
  messages: Message[];
  candidates: Candidate[];
  /** Attachments of those messages; agents' files by sha256. */
  attachments: Attachment[];
  /** Agents' names by id. */
  agentNames: ReadonlyMap<string, string>;
  /** By customer id: Message-IDs that this person wrote or was sent in this conversation, the oldest first. */
  held: ReadonlyMap<string, string[]>;
}

export interface Outbox {
  /** Conversations with messages that are due to be told. */
  dueConversations(now: number, limit: number): Promise<string[]>;
  noticeFacts(conversationId: string, now: number): Promise<NoticeFacts | null>;
  blob(sha256: string): Promise<Buffer | null>;
  /** Notices become outgoing mails, once; false where another worker was first or a notice was recalled. */
  expand(notices: readonly Notice[], outgoing: readonly NewOutgoing[], now: number): Promise<boolean>;
  due(now: number, limit: number): Promise<string[]>;
  acquire(id: string, now: number): Promise<LeasedOutgoing | null>;
  /** Committed just before the last bytes leave; false where the lease was lost, and nothing may be sent. */
  handing(mail: LeasedOutgoing, now: number): Promise<boolean>;
  sent(mail: LeasedOutgoing, accepted: Accepted, now: number): Promise<void>;
  end(mail: LeasedOutgoing, status: "failed" | "uncertain" | "suppressed", reason: string): Promise<void>;
  release(mail: LeasedOutgoing, nextAttemptAtMs: number, reason: string, refund: boolean): Promise<void>;
  /** Leases that ran out: sending is queued again, handing becomes uncertain (or queued, where `resend`). */
  recover(now: number, resend: boolean): Promise<{ queued: number; uncertain: number }>;
  /** Sending as a whole: paused until a moment, with the reason; null where it runs. */
  pause(): Promise<{ untilMs: number; error: string } | null>;
  setPause(pause: { untilMs: number; error: string } | null): Promise<void>;
}
