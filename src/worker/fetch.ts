// Reads one mailbox: everything new goes to the spool, raw bytes and cursor in one commit, and only then is anything
// done on the server (invariant 1). One fetcher per mailbox, by lease. A mailbox in trouble pauses alone (MAIL-2).

import { isKind, MaildeskError, sentence } from "../errors.ts";
import type { Arrival } from "../intake/email.ts";
import { peekMail } from "../mail/peek.ts";
import type { AfterFetch, Clock, FetchedBatch, FetchedMail, Ids, Log, MailSource, Queue } from "../ports.ts";
import type { MailboxState, NewEmail, Spool } from "../ports-database.ts";
import type { Pulse } from "../ports-health.ts";
import { backoffMs } from "./backoff.ts";
import { pause } from "./pause.ts";

export interface FetchMailbox {
  name: string;
  source: MailSource;
  after: AfterFetch;
  /** First contact: mails received before this are left alone; null takes all. Given the present moment. */
  startAtMs(now: number): number | null;
}

export interface FetchPorts {
  spool: Spool;
  queue: Pick<Queue, "push">;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Names this process in the lease. */
  process: string;
  pulse: Pulse;
}

export type Polled =
  | { kind: "done"; taken: number; left: number; firstContact: boolean; renumbered: boolean }
  | { kind: "busy" }
  | { kind: "paused"; untilMs: number; error: string }
  | { kind: "error"; error: MaildeskError; untilMs: number };

export const leaseMs = 10 * 60_000;
const windowSize = 1000;
const pausedRetryMs = 60_000;
const longestPauseMs = 15 * 60_000;

/** One pass over one mailbox. `force` tries although it is paused. */
export async function pollMailbox(
  ports: FetchPorts,
  mailbox: FetchMailbox,
  signal: AbortSignal,
  force: boolean,
): Promise<Polled> {
  const { spool, clock, ids, log, process } = ports;
  const owner = `${process}/${ids.next("own")}`;
  const state = await spool.leaseMailbox(mailbox.name, owner, clock.now() + leaseMs);
  if (state === null) return { kind: "busy" };
  if (!force && state.pausedUntilMs !== null && state.pausedUntilMs > clock.now()) {
    await spool.saveMailbox(state, owner);
    return { kind: "paused", untilMs: state.pausedUntilMs, error: state.error ?? "" };
  }
  try {
    const done = await pass(ports, mailbox, state, owner, signal);
    await spool.saveMailbox(
      { ...state, lastPollAtMs: clock.now(), error: null, pausedUntilMs: null, failures: 0 },
      owner,
    );
    if (done.taken > 0 || done.firstContact) log.info("poll", { mailbox: mailbox.name, ...done });
    return { kind: "done", ...done };
  } catch (error) {
    const known = asMaildeskError(error);
    const failures = state.failures + 1;
    const delayMs = isKind(known, "operator") ? pausedRetryMs : Math.min(longestPauseMs, backoffMs(failures) / 6);
    const untilMs = clock.now() + delayMs;
    log.warn("poll-failed", { mailbox: mailbox.name, error: known.message });
    await spool.saveMailbox(
      { ...state, error: sentence(known), pausedUntilMs: untilMs, failures, needsPerson: isKind(known, "operator") },
      owner,
    );
    return { kind: "error", error: known, untilMs };
  }
}

/** What a server or a library says without a kind may be gone the next time. */
export const asMaildeskError = (error: unknown): MaildeskError =>
  error instanceof MaildeskError ? error : new MaildeskError("temporary", sentence(error), { cause: error });

async function pass(ports: FetchPorts, mailbox: FetchMailbox, state: MailboxState, owner: string, signal: AbortSignal) {
  const { spool, clock } = ports;
  const { name, source } = mailbox;
  const firstContact = state.cursor === null;
  let taken = 0;
  let uidValidity = state.cursor?.uidValidity ?? null;
  const summary = await source.fetch(
    {
      cursor: state.cursor,
      windowSize,
      signal,
      start: state.start,
      // The moment is that of first contact for ever: a renumbered mailbox must not bring back what was left alone.
      starting: async (highestUid) => {
        const atMs = state.start?.atMs ?? (firstContact ? mailbox.startAtMs(clock.now()) : null);
        if (atMs === null) return null;
        await spool.saveStart(name, { atMs, uid: highestUid });
        return { atMs, uid: highestUid };
      },
      known: (validity, uids) => spool.known(name, validity, uids),
    },
    async (batch) => {
      uidValidity = batch.cursor.uidValidity;
      taken += await storeBatch(ports, mailbox, owner, batch);
      ports.pulse.turned(watchOf(name), leaseMs);
    },
  );
  if (uidValidity !== null) await finishMails(ports, mailbox, uidValidity);
  return { taken, left: summary.left, firstContact, renumbered: summary.renumbered };
}

/** Stores a batch, wakes who judges it, does on the server what is asked for, and holds the mailbox on. Resolves to how many are new. */
export async function storeBatch(
  ports: FetchPorts,
  mailbox: FetchMailbox,
  owner: string,
  { mails, cursor }: FetchedBatch,
): Promise<number> {
  const { spool, clock, queue } = ports;
  const { name } = mailbox;
  const news = mails.map((mail) => newEmail(mail, "live"));
  const stored = await spool.store(name, cursor.uidValidity, news, cursor, owner);
  const fresh = stored.filter((one, at) => one.fresh && mails[at]?.raw !== null).map(({ id }) => id);
  await queue.push("process", fresh).catch(() => {}); // the sweep finds them too
  await finishMails(ports, mailbox, cursor.uidValidity);
  if ((await spool.leaseMailbox(name, owner, clock.now() + leaseMs)) === null)
    throw new MaildeskError("temporary", "Another process reads this mailbox meanwhile.", { code: "lease" });
  return fresh.length;
}

/** Only what is stored is touched; a mail whose turn was lost by a kill is found again here. */
export async function finishMails(
  { spool }: FetchPorts,
  { name, source, after }: FetchMailbox,
  uidValidity: string,
): Promise<void> {
  for (let round = 0; round < 1000; round++) {
    const uids = await spool.unfinished(name, uidValidity);
    if (uids.length === 0) return;
    const done = after.kind === "keep" ? uids : await source.finish(uidValidity, uids, after);
    if (done.length === 0) return;
    await spool.finished(name, uidValidity, done);
  }
}

/** A mail as the spool takes it: what can be read of it without parsing goes along. */
function newEmail(mail: FetchedMail, arrival: Arrival): NewEmail {
  const peek = mail.raw === null ? { messageId: null, cited: [], from: "", subject: "" } : peekMail(mail.raw);
  return {
    uid: mail.uid,
    raw: mail.raw,
    error: mail.error,
    receivedAtMs: mail.receivedAtMs,
    arrival,
    peek,
    closed: false,
  };
}

/** The name of the loop that watches a mailbox. */
export const watchOf = (mailbox: string): string => `watch ${mailbox}`;

/** Polls for ever: at once when the source says that something is new, else after `everyMs`. */
export async function watchMailbox(
  ports: FetchPorts,
  mailbox: FetchMailbox,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const loop = watchOf(mailbox.name);
  while (!signal.aborted) {
    ports.pulse.turned(loop, leaseMs); // whoever stores nothing for so long has lost the mailbox to others
    const polled = await pollMailbox(ports, mailbox, signal, false);
    const waits = polled.kind === "error" || polled.kind === "paused";
    const restMs = waits ? Math.max(1000, polled.untilMs - ports.clock.now()) : everyMs;
    ports.pulse.turned(loop, restMs);
    if (polled.kind === "done") await mailbox.source.wait(restMs, signal);
    else await pause(restMs, signal);
  }
}
