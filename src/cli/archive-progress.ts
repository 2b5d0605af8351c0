// What dump, load, backup and restore share: a count that is written over on a terminal, an end by signal, and the words
// in which they say how much it was.
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { counted } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";

export type RowCounts = Awaited<ReturnType<App["archive"]["load"]>>;

interface ArchiveCall {
  signal: AbortSignal;
  seen(rows: number): void;
  /** A share from 0 to 1. */
  copied(share: number): void;
}

const shownEveryMs = 200;

/** Runs `work` with a count of rows on the terminal, and lets a signal end it. */
export async function withProgress(cli: Cli, doing: string, work: (call: ArchiveCall) => Promise<void>): Promise<void> {
  const shown = process.stderr.isTTY === true && !cli.out.isJson;
  const stop = stopSignal();
  let last = 0;
  const show = (howMuch: string) => {
    const now = Date.now();
    if (!shown || now - last < shownEveryMs) return;
    last = now;
    process.stderr.write(`\r\u001b[K${doing} ${howMuch}`);
  };
  try {
    await work({
      signal: stop.signal,
      seen: (rows) => show(counted(rows, "row")),
      copied: (share) => show(share < 1 ? `${Math.floor(share * 100)} %` : "all; reading it back"),
    });
  } finally {
    if (shown) process.stderr.write("\r\u001b[K");
    stop.release();
  }
}

/** `12 tickets, 40 mails in, 23 mails out`. */
export const spoken = (rows: RowCounts): string =>
  [
    counted(rows.ticket ?? 0, "ticket"),
    counted(rows.email ?? 0, "mail in", "mails in"),
    counted(rows.outbox ?? 0, "mail out", "mails out"),
  ].join(", ");

/** The same for machines. */
export const countsJson = (rows: RowCounts) => ({
  tickets: rows.ticket ?? 0,
  emails: rows.email ?? 0,
  outbox: rows.outbox ?? 0,
  rows,
});

/** A file that was named, or null for `-`. */
export const fileNamed = (name: string): string | null => (name === "-" ? null : name);
