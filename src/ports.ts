// What the four loops and the command need of the outside world, as plain interfaces. Each adapter is a function
// `openX(config) -> port`; app.ts is the only place where the two meet. Every method may reject with a
// MaildeskError of kind temporary, permanent or operator; anything else it throws is a bug. What the database keeps has
// its ports in ports-database.ts.
import type { ParsedMail } from "./mail/parsed-mail.ts";

export type { Log } from "./ports-log.ts";

export interface Clock {
  /** UTC milliseconds. */
  now(): number;
}

export interface Ids {
  /** Typed and sortable: `eml_01J9...` (prefix, underscore, lower-case ULID). */
  next(prefix: string): string;
}

/**
 * Reads mails behind a fence. Rejects: temporary with `code` time, memory or crash when the mail killed its reader, with
 * busy or closed where no reader is to be had; operator where the folder for temporary files is full.
 */
export interface Parser {
  /** A function is asked for the bytes when a reader is free, so that mails which wait take no memory. */
  parse(raw: Buffer | (() => Promise<Buffer>)): Promise<ParsedMail>;
  /** The HTML as it may be shown to a person, with what was cut of it; null where the mail has none. */
  html(raw: Buffer): Promise<{ html: string; remarks: string[] } | null>;
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
  /** What first contact left alone: mails up to `uid` received before `atMs`. Null where nothing is left alone. */
  start: { atMs: number; uid: number } | null;
  /**
   * At first contact, and after the server numbered its mails anew: told the highest UID there is, before anything is
   * stored; what it resolves to stands for `start` from then on.
   */
  starting(highestUid: number): Promise<{ atMs: number; uid: number } | null>;
  /** UIDs below cursor.lastUid that are compared with what is stored, so that late ones are found. */
  windowSize: number;
  /** Of these UIDs of this uidValidity, the ones that are stored already (and need no further try). */
  known(uidValidity: string, uids: number[]): Promise<Set<number>>;
  /** Stops between batches. */
  signal: AbortSignal;
}

export interface FetchSummary {
  /** Mails that the server has but that `start` leaves alone; only at first contact, else 0. */
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
