// What /healthz and /metrics need of the loops and of the database: a sign of life, and a few counts.

/** Where the loops say that they live. */
export interface Pulse {
  /** The loop turned, and is going to turn again within `quietMs` if all is well. */
  turned(loop: string, quietMs: number): void;
  /** It ended, as it was told to. */
  ended(loop: string): void;
}

/** The desk in numbers; times in UTC milliseconds. */
export interface DeskCounts {
  /** `reason` is given for held and failed mails only: of the others there may be millions. */
  mails: { status: string; reason: string | null; count: number }[];
  /** When the mail was stored that waits longest and could be taken now; null where none waits. */
  oldestWaitingAt: number | null;
  outbox: { status: string; count: number }[];
  oldestQueuedAt: number | null;
  /** No mail leaves before this; null where sending runs. */
  sendingPausedUntil: number | null;
  /** Mailboxes that were polled at least once. */
  mailboxes: {
    name: string;
    lastPollAt: number | null;
    hasError: boolean;
    pausedUntil: number | null;
    failures: number;
  }[];
}

export interface DeskHealth {
  /** Reads one row; rejects where the database can't. */
  ping(): Promise<void>;
  counts(now: number): Promise<DeskCounts>;
  /** The clock of the database's server, UTC milliseconds; null where the database is a file of this machine. */
  serverTime(): Promise<number | null>;
  /** Rejects: operator with code "newer", where a newer maildesk changed the tables meanwhile. */
  mustKnowTables(): Promise<void>;
  /** When the last commit says that it was made; null before the first. */
  lastCommitAt(): Promise<number | null>;
}
