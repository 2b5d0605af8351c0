// Compares all that a mailbox holds with all that was stored of it, and fetches what is missing (OPS-7). A poll looks at a
// trailing window only; this looks at everything, by the same road, so that what was left alone at first contact stays
// alone and what was stored before is not stored twice.
import { type MaildeskError, operator, permanent, temporary } from "../errors.ts";
import type { MailboxState } from "../ports-database.ts";
import { asMaildeskError, type FetchMailbox, type FetchPorts, finishMails, leaseMs, storeBatch } from "./fetch.ts";
import { pause } from "./pause.ts";

export interface Differences {
  /** Mails on the server; those left alone at first contact are among them. */
  onServer: number;
  /** Of which were stored before. */
  stored: number;
  /** Stored, and not on the server any more: moved or deleted there, which is nobody's loss. */
  gone: number;
  /** On the server, and never stored though they should be. */
  missing: number;
  /** Of which were fetched and stored now. */
  filled: number;
  /** Of which the server would not hand over; each is a failed mail, and tried again next time. */
  withheld: number;
}

export type Reconciled =
  | ({ kind: "done" } & Differences)
  /** Another process read the mailbox all the time. */
  | { kind: "busy" }
  | { kind: "error"; error: MaildeskError };

/** How often it is asked again whether the mailbox is free, and how long: a pass over little news is short. */
const looksMax = 20;
const lookEveryMs = 500;

/** `dryRun`: what is missing is fetched to be counted, and not stored. */
export async function reconcileMailbox(
  ports: FetchPorts,
  mailbox: FetchMailbox,
  signal: AbortSignal,
  dryRun: boolean,
): Promise<Reconciled> {
  const { spool, ids, process } = ports;
  const owner = `${process}/${ids.next("own")}`;
  const state = await leased(ports, mailbox, owner, signal);
  if (state === null) return { kind: "busy" };
  try {
    return { kind: "done", ...(await compare(ports, mailbox, state, owner, signal, dryRun)) };
  } catch (error) {
    return { kind: "error", error: asMaildeskError(error) };
  } finally {
    await spool.saveMailbox(state, owner); // as it was: this was no poll
  }
}

async function leased(
  { spool, clock }: FetchPorts,
  { name }: FetchMailbox,
  owner: string,
  signal: AbortSignal,
): Promise<MailboxState | null> {
  for (let look = 0; look < looksMax && !signal.aborted; look++) {
    const state = await spool.leaseMailbox(name, owner, clock.now() + leaseMs);
    if (state !== null) return state;
    await pause(lookEveryMs, signal);
  }
  return null;
}

async function compare(
  ports: FetchPorts,
  mailbox: FetchMailbox,
  state: MailboxState,
  owner: string,
  signal: AbortSignal,
  dryRun: boolean,
): Promise<Differences> {
  const { spool } = ports;
  const { name, source } = mailbox;
  const { cursor } = state;
  if (cursor === null)
    throw permanent(`The mailbox ${name} was never read, so there is nothing to compare.`, {
      remedy: `Read it first: \`maildesk poll ${name}\`.`,
    });
  const found: Differences = { onServer: 0, stored: 0, gone: 0, missing: 0, filled: 0, withheld: 0 };
  const before = await spool.storedCount(name, cursor.uidValidity);
  await source.fetch(
    {
      cursor,
      windowSize: Number.MAX_SAFE_INTEGER,
      signal,
      start: state.start,
      // Asked only where the folder has other numbers than those that are stored.
      starting: async () => {
        throw operator(`The folder of ${name} was renumbered: its UIDs mean other mails than before.`, {
          code: "renumbered",
          remedy: `\`maildesk poll ${name}\` reads it anew and doubles nothing.`,
        });
      },
      known: async (validity, uids) => {
        const known = await spool.known(name, validity, uids);
        found.onServer += uids.length;
        found.stored += known.size;
        return known;
      },
    },
    async (batch) => {
      found.missing += batch.mails.length;
      if (dryRun) return;
      found.filled += await storeBatch(ports, mailbox, owner, batch);
      found.withheld += batch.mails.filter(({ raw }) => raw === null).length;
    },
  );
  if (signal.aborted)
    throw temporary(`${name} was not compared to its end.`, { remedy: "Run it again: what was stored stays stored." });
  if (!dryRun) await finishMails(ports, mailbox, cursor.uidValidity);
  return { ...found, gone: Math.max(0, before - found.stored) };
}
