// The database as the loops see it: the spool of inbound mail, the desk's data, and the outbox. Each is one interface of
// few verbs; leases carry a fence that proves who holds them, and every end is one transaction.
import type { Cause, Change, Guard } from "./desk/change.ts";
import type { Attachment, Conversation, Message } from "./desk/conversation.ts";
import type { Notice } from "./desk/notice.ts";
import type { Candidate } from "./desk/recipients.ts";
import type { Settings } from "./desk/settings.ts";
import type { Decision } from "./intake/decide.ts";
import type { Arrival } from "./intake/email.ts";
import type { Facts, Question } from "./intake/facts.ts";
import type { MailPeek } from "./mail/parsed-mail.ts";
import type { Accepted, Cursor } from "./ports.ts";
import type { AgentNotices } from "./ports-agents.ts";
import type { WordFacts } from "./ports-words.ts";

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
  /** Where given, a mail with the same digest that has its end is not stored again: a file stays where it is. */
  digest?: string;
}

/** A mail that this process holds by a lease; `fence` proves it when the result is written. */
export interface LeasedEmail {
  id: string;
  fence: number;
  /** How often it was taken, this time included. */
  attempts: number;
  /** How often its reader died of it so far. */
  readerDeaths: number;
  mailbox: string;
  sizeBytes: number;
  receivedAtMs: number;
  storedAtMs: number;
  arrival: Arrival;
  closed: boolean;
  peek: MailPeek;
}

export interface StoredEmail {
  id: string;
  /** False where the same UID of the same mailbox, or a mail of the given digest, was stored before; `id` names that one. */
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
  /** Waiting does not help: a password or the configuration must be mended. */
  needsPerson?: boolean;
  /** What first contact left alone: mails up to this UID that were received before `atMs`. */
  start: { atMs: number; uid: number } | null;
}

export interface Spool {
  /** Raw mails and the cursor in one commit (invariant 1); UIDs stored before are left alone. */
  store(
    mailbox: string,
    uidValidity: string | null,
    mails: NewEmail[],
    cursor: Cursor | null,
    /** Who holds the mailbox; without its lease nothing is stored (temporary, code "lease"). */
    owner?: string,
  ): Promise<StoredEmail[]>;
  known(mailbox: string, uidValidity: string, uids: number[]): Promise<Set<number>>;
  /** How many mails of these numbers were stored in all. */
  storedCount(mailbox: string, uidValidity: string): Promise<number>;
  /** The right to be the one fetcher of this mailbox until `untilMs`; null where another process holds it. */
  leaseMailbox(mailbox: string, owner: string, untilMs: number): Promise<MailboxState | null>;
  saveMailbox(state: MailboxState, owner: string): Promise<void>;
  saveStart(mailbox: string, start: { atMs: number; uid: number }): Promise<void>;
  /** UIDs of stored mails to which nothing was done on the server yet, at most 500. */
  unfinished(mailbox: string, uidValidity: string): Promise<number[]>;
  finished(mailbox: string, uidValidity: string, uids: number[]): Promise<void>;

  /** Ids of mails that wait and may be taken now, the oldest first. */
  due(now: number, limit: number): Promise<string[]>;
  /** Takes a mail by a lease and counts the attempt; null where it is done, not due, or another holds it. */
  acquire(id: string, now: number): Promise<LeasedEmail | null>;
  /** Gives a mail back. `refund`: the attempt was not the mail's fault and does not count; `readerDied`: it was. */
  release(
    mail: LeasedEmail,
    nextAttemptAtMs: number,
    error: string | null,
    refund: boolean,
    readerDied?: boolean,
  ): Promise<void>;
  /** A mail that waits in the spool and that this one cites, and that does not wait for this one itself. */
  waitsFor(id: string): Promise<string | null>;
  /** Puts decided mails back to pending (`email retry`); resolves to how many. */
  retry(ids: string[]): Promise<number>;
  raw(id: string): Promise<Buffer | null>;
  /** A lease that has waited begins anew; false where another worker took the mail meanwhile. */
  extend(mail: LeasedEmail, now: number): Promise<boolean>;
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

export interface FileBytes {
  /** Lower-case hex over the bytes. */
  sha256: string;
  bytes: Buffer;
}

/** One decision, one transaction (invariant 3). */
export interface Commit {
  id: string;
  atMs: number;
  cause: Cause;
  changes: readonly Change[];
  guards: readonly Guard[];
  notices: readonly Notice[];
  /** Tickets that these changes make part of another one, which then tells what they still had to tell. */
  merged?: readonly string[];
  email?: EmailEnd;
  /** The commit that this one takes back; a conflict where somebody did so before. */
  undoes?: string;
  /** What it is a part of: commits of one group are taken back together. */
  group?: string;
  /** Messages that must reach nobody: their waiting notices are recalled, their queued mails dropped; a conflict once one left. */
  recalls?: readonly string[];
  /** Conversations whose messages reach nobody more: what waits there is dropped, and what left has left. */
  drops?: readonly string[];
  /** Bytes of files that an agent attached, by the sha256 that their attachments name; what is there already is kept. */
  blobs?: readonly FileBytes[];
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

export type OutboxStatus =
  | "queued"
  | "sending"
  | "handing"
  | "sent"
  | "failed"
  | "uncertain"
  | "suppressed"
  | "held"
  | "dropped";

export interface NewOutgoing {
  id: string;
  kind: Notice["kind"] | "digest";
  ticketId: string;
  conversationId: string;
  /** The customer; of a mail to an agent, the agent. */
  customerId: string;
  to: string;
  toKey: string;
  mailbox: string;
  subject: string;
  messageId: string;
  mailFrom: string;
  /** Over so many of its kind to this address within the hour it is suppressed; none where there is no such limit. */
  perHourMax?: number;
  /** Null for a person who hears nothing; then `suppressed` says why. */
  raw: Buffer | null;
  suppressed: string | null;
  /** Why they are told, as a clause: "requester of the ticket". */
  why?: string;
  /** Why it may have been sent before: it is made `uncertain`, for a person to look at. */
  doubt?: string;
  /** It could not be written, by a mistake of maildesk's; `suppressed` says which. */
  failed?: boolean;
  /** The messages that it carries; one person gets each message once. */
  messageIds: string[];
  /** Earlier ones that it quotes. */
  quotedIds?: readonly string[];
  /** Those of before that go along (SHA-3). */
  historyIds?: readonly string[];
  /** What a digest carries, besides; refused where a later one than `lastAt` was made for them meanwhile. */
  digest?: { lastAt: number; carries: readonly { ticketId: string; messageId: string }[] };
}

/** How many mails may have left of one ticket within the hour beside what is told now; the commit is for the log. */
export interface FanOutLimit {
  /** 0: no limit. */
  perHourMax: number;
  commitId: string;
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
  /** Ids of those that the desk may have told before it was restored from a backup. */
  doubtful: ReadonlySet<string>;
  conversation: Conversation;
  /** What a mail says it is about; `number` is null where there is no ticket. */
  about: {
    ticketId: string;
    number: number | null;
    subject: string;
    mailbox: string;
    /** An answer goes to everybody who got it, and they must know. */
    shared: boolean;
    organizationId: string | null;
    projectId: string | null;
    /** Of a ticket. */
    status?: string;
    priority?: number;
  };
  messages: Message[];
  candidates: Candidate[];
  /** Many people are told page by page: where this page begins, "" for the first, ... */
  from: string;
  /** ... and where the next one does, or null where nobody comes after them. */
  reached: string | null;
  /** Messages of the conversation are due that are not among these: they come after them. */
  othersWait: boolean;
  /** Attachments of those messages; agents' files by sha256. */
  attachments: Attachment[];
  /** Agents' names by id. */
  agentNames: ReadonlyMap<string, string>;
  /** What they sign with, by id. */
  agentSignatures: ReadonlyMap<string, string>;
  /** By customer id: earlier messages that this person is to get with the next one, the oldest first (SHA-3). */
  owed: ReadonlyMap<string, Message[]>;
  /** By customer id: Message-IDs that this person wrote or was sent in this conversation, the oldest first. */
  held: ReadonlyMap<string, string[]>;
  words: WordFacts;
}

export type PageOfPeople = Pick<NoticeFacts, "from" | "reached">;

export interface Outbox extends AgentNotices {
  /** Conversations with messages that are due to be told. */
  dueConversations(now: number, limit: number): Promise<string[]>;
  /** `earlierMax`: so many earlier messages are read along, where an agent's message may quote them. */
  noticeFacts(conversationId: string, now: number, earlierMax?: number): Promise<NoticeFacts | null>;
  /** What the words of a mail need that is not written yet. */
  wordsFor(facts: Pick<NoticeFacts, "about" | "candidates" | "messages" | "conversation">): Promise<WordFacts>;
  blob(sha256: string): Promise<Buffer | null>;
  /** Notices become outgoing mails, once; false where another worker was first, a notice was recalled, or nothing may be told. */
  expand(
    notices: readonly Notice[],
    outgoing: readonly NewOutgoing[],
    now: number,
    page?: PageOfPeople,
    limit?: FanOutLimit,
  ): Promise<boolean>;
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
