// The log as the house writes it: a closed list of events, each with its fields. What stands here is all that can ever
// stand in a log line: ids, counts, words of closed lists, and sentences of errors; no subject, no body, no secret.

export interface Log {
  info<E extends LogEvent>(event: E, fields: LogEvents[E]): void;
  warn<E extends LogEvent>(event: E, fields: LogEvents[E]): void;
  error<E extends LogEvent>(event: E, fields: LogEvents[E]): void;
}

export type LogEvent = keyof LogEvents;

/** What an event carries. An `error` that is an Error is written as its message, with its stack as a field of its own. */
export type LogEvents = {
  /** The loops run; `mailboxes` are the ones that are watched. */
  "worker-started": { mailboxes: string[] };
  /** A signal asked the worker to end: what is in hand is finished first. */
  "worker-stopping": { signal: string };
  "worker-stopped": Record<never, never>;
  /** The last line of a worker that can't go on: what to do, where that is known, and the exit code of sysexits.h. */
  "worker-failed": { error: unknown; remedy: string | null; exitCode: number };
  /** Node.js itself has something to say. */
  "node-warning": { error: unknown };
  /** SIGHUP, as after the rotation of a log file: the worker goes on. */
  hangup: Record<never, never>;
  /** /healthz and /metrics answer there. */
  "health-listening": { address: string };
  /** The pages for customers answer there. */
  "web-listening": { address: string };
  /** What a page was asked for could not be done, and can be asked for again. */
  "web-failed": { error: unknown };
  /** A customer, by id, left something by one click. */
  left: { customer: string };
  /** This machine's clock and the database server's differ by so much; positive where this one is ahead. */
  "clock-off": { aheadMs: number };

  /** New mail was stored, or a mailbox was met for the first time. */
  poll: { mailbox: string; taken: number; left: number; firstContact: boolean; renumbered: boolean };
  /** A mailbox could not be read; it pauses alone. */
  "poll-failed": { mailbox: string; error: string };
  /** The watch over a mailbox broke, and begins again in a moment. */
  "watch-failed": { mailbox: string; error: string };

  /** A token endpoint gave an access token; `rotated` where it replaced the refresh token as well. */
  token: { account: string; endpoint: string; goodForSeconds: number; rotated: boolean };
  /** What a person must renew before then, or no mail is read or sent; once a day, from two weeks before. */
  "token-ending": { account: string; what: string; endsAt: string; text: string };

  /** A mail has its end, with a status and a reason of the closed lists in intake/email.ts. */
  mail: { email: string; status: string; reason: string; ticket: number | null };
  /** A mail is put off; `attempts` counts from 1. */
  "mail-again": { email: string; attempts: number; error: string };
  /** A mail that maildesk made a mistake with: it is failed, and its raw bytes are kept. */
  "mail-bug": { email: string; error: unknown };
  /** The child process that read a mail died of it or was killed: `cause` is time, memory or crash. */
  "reader-killed": { email: string; cause: string };

  /** What must be told of a ticket became outgoing mails. */
  expand: { ticket: number | null; conversation: string; queued: number; suppressed: number };
  /** An outgoing mail that could not be written; `to` is the customer's id. */
  compose: { ticket: number | null; to: string; error: unknown };
  /** A template of the desk's that could not be filled in: the built-in words were sent instead. */
  template: { kind: string; language: string; error: string };
  /** A server took an outgoing mail, with these words. */
  sent: { outbox: string; response: string };
  "not-sent": { outbox: string; attempts: number; error: string };
  /** A person changed an outgoing mail's way by a command. */
  outbox: { outbox: string; verb: string; by: string; was: string };

  /** The administrator was told; the words of the closed list in desk/alert.ts, and whom or what it is about. */
  alert: { kind: string; subject: string; phase: string; recipient: string };
  /** An alert that could not be told; it is tried again unless `final`. */
  "alert-failed": { kind: string; subject: string; recipient: string; attempts: number; final: boolean; error: string };

  /** What was too old was removed: held, raw, outbox or log. */
  retention: { kind: string; removed: number; bytes: number };
  /** Leases that ran out or belonged to a dead process were given back. */
  recovered: { queued: number; uncertain: number } | { freed: number };
  "sweep-failed": { error: string };
  /** What the clock asks for could not be looked at, as while the database is away. */
  "tick-failed": { error: string };
  /** What a schedule does went wrong; it is tried again. */
  "schedule-failed": { schedule: string; slot: string; error: string };
  /** More ids waited than the queue holds; the sweep brings them back. */
  "queue.full": { topic: string; dropped: number; waiting: number };
  /** Handling an id ended in an error that nothing else reported. */
  "queue.handler": { id: string; error: unknown };
  /** The queue's server is away or refuses something; once in half a minute for the same sentence. */
  "queue.trouble": { message: string };
};
