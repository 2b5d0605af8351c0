// Sizes, dates and bodies of listed mails. One mail that the server cannot hand over never stops the others (PEERS 3):
// a refused command is repeated with half of its mails until the culprit stands alone, and that one is reported.
import { setImmediate } from "node:timers/promises";
import { isKind, temporary } from "../errors.ts";
import type { FetchedMail } from "../ports.ts";
import type { Connection } from "./connection.ts";
import { imapError, isLost, serverWords } from "./imap-error.ts";
import { packUids } from "./uid-set.ts";

export interface ListedMail {
  uid: number;
  /** RFC822.SIZE; 0 where the server will not say. */
  sizeBytes: number;
  /** INTERNALDATE, UTC milliseconds. */
  receivedAtMs: number;
  /** Why the server would not even describe it. */
  error: string | null;
}

/** A larger mail is reported, never fetched. */
const mailBytesMax = 200 * 1024 * 1024;
const describedMax = 5_000;
/** Lost connections that one call may cost; some servers hang up on the mail they cannot read. */
const lossesMax = 12;

/** Size and date of these UIDs; those that are gone are missing from the answer. */
export function describeMails(connection: Connection, uidValidity: string, uids: number[]): Promise<ListedMail[]> {
  const describe = async (wanted: number[]): Promise<ListedMail[]> => {
    const { client } = await sameFolder(connection, uidValidity);
    const answers = new Map<number, ListedMail>();
    for (const { set } of packUids(wanted, describedMax)) {
      for await (const mail of client.fetch(set, { uid: true, size: true, internalDate: true }, { uid: true })) {
        // The server may slip in news about other mails.
        if (mail.uid === undefined || mail.size === undefined || mail.internalDate === undefined) continue;
        const receivedAtMs = milliseconds(mail.internalDate);
        answers.set(mail.uid, { uid: mail.uid, sizeBytes: mail.size, receivedAtMs, error: null });
      }
    }
    return wanted.flatMap((uid) => answers.get(uid) ?? []);
  };
  return inHalves(connection, uids, describe, async (uid, error) => ({
    uid,
    sizeBytes: 0,
    receivedAtMs: await receivedAt(connection, uid),
    error,
  }));
}

/** The mails themselves; a mail deleted meanwhile is missing, one that the server withholds has raw null. */
export async function fetchBodies(
  connection: Connection,
  uidValidity: string,
  batch: ListedMail[],
): Promise<FetchedMail[]> {
  const listed = new Map(batch.map((mail) => [mail.uid, mail]));
  const failed = (uid: number, error: string): FetchedMail => {
    const receivedAtMs = listed.get(uid)?.receivedAtMs ?? 0;
    return { uid, raw: null, error, receivedAtMs };
  };
  const fetchAll = async (wanted: number[]): Promise<FetchedMail[]> => {
    const { client } = await sameFolder(connection, uidValidity);
    const bodies = new Map<number, Buffer>();
    for (const { set } of packUids(wanted, wanted.length)) {
      for await (const mail of client.fetch(set, { uid: true, source: true }, { uid: true })) {
        if (mail.uid !== undefined && Buffer.isBuffer(mail.source)) bodies.set(mail.uid, mail.source);
      }
    }
    const missing = wanted.filter((uid) => !bodies.has(uid));
    const withheld = new Set(missing.length === 0 ? [] : await stillListed(connection, uidValidity, missing));
    return wanted.flatMap((uid) => {
      const raw = bodies.get(uid);
      if (raw === undefined) return withheld.has(uid) ? [failed(uid, "The server lists it but sends no body.")] : [];
      const sizeBytes = listed.get(uid)?.sizeBytes ?? 0;
      if (raw.length === 0 && sizeBytes > 0) {
        return [failed(uid, `The server names a size of ${sizeBytes} bytes but sends none.`)];
      }
      return [{ uid, raw, error: null, receivedAtMs: listed.get(uid)?.receivedAtMs ?? 0 }];
    });
  };

  const refused = batch.flatMap((mail) => {
    const error = mail.sizeBytes > mailBytesMax ? tooLarge(mail.sizeBytes) : mail.error;
    return error === null ? [] : [failed(mail.uid, error)];
  });
  const others = batch.filter(({ uid }) => !refused.some((mail) => mail.uid === uid)).map(({ uid }) => uid);
  const fetched = await inHalves(connection, others, fetchAll, async (uid, error) => failed(uid, error));
  return [...refused, ...fetched].sort((a, b) => a.uid - b.uid);
}

type Attempt<T> = (uids: number[]) => Promise<T[]>;

async function inHalves<T>(
  connection: Connection,
  uids: number[],
  attempt: Attempt<T>,
  giveUp: (uid: number, error: string) => Promise<T>,
): Promise<T[]> {
  let losses = 0;
  const results: T[] = [];
  const pending: { uids: number[]; lostBefore: boolean }[] = uids.length === 0 ? [] : [{ uids, lostBefore: false }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    try {
      results.push(...(await attempt(next.uids)));
    } catch (error) {
      // Errors that are ours already come from connecting anew: that concerns every mail.
      if (isKind(error, "temporary") || isKind(error, "operator")) throw error;
      const lost = isLost(error);
      if (lost) losses += 1;
      if (losses > lossesMax) throw imapError(error, connection.config);
      const [only] = next.uids;
      if (next.uids.length > 1) {
        const middle = Math.ceil(next.uids.length / 2);
        pending.push({ uids: next.uids.slice(middle), lostBefore: lost });
        pending.push({ uids: next.uids.slice(0, middle), lostBefore: lost });
      } else if (lost && !next.lostBefore) {
        pending.push({ ...next, lostBefore: true });
      } else if (only !== undefined) {
        results.push(await giveUp(only, `The server does not hand it over: ${serverWords(error)}`));
      }
      // imapflow closes a broken connection on the next turn of the event loop.
      if (lost) await setImmediate();
    }
  }
  return results;
}

async function sameFolder(connection: Connection, uidValidity: string) {
  const folder = await connection.open();
  if (folder.uidValidity === uidValidity) return folder;
  throw temporary(`The folder ${connection.config.folder} was renumbered while it was read.`, {
    code: "renumbered",
  });
}

async function stillListed(connection: Connection, uidValidity: string, uids: number[]): Promise<number[]> {
  const { client } = await sameFolder(connection, uidValidity);
  const listed: number[] = [];
  for (const { set } of packUids(uids, describedMax)) {
    const found = await client.search({ uid: set }, { uid: true });
    if (Array.isArray(found)) listed.push(...found);
  }
  return listed;
}

// The date alone, where the server would not give date and size: it says whether the mail is of today.
async function receivedAt(connection: Connection, uid: number): Promise<number> {
  try {
    const { client } = await connection.open();
    const mail = await client.fetchOne(String(uid), { uid: true, internalDate: true }, { uid: true });
    if (mail && mail.internalDate !== undefined) return milliseconds(mail.internalDate);
  } catch {
    // The mail is reported as failed in any case.
  }
  return Date.now();
}

function milliseconds(internalDate: Date | string): number {
  const parsed = new Date(internalDate).getTime();
  return Number.isNaN(parsed) ? Date.now() : parsed;
}

const tooLarge = (bytes: number) =>
  `It is ${Math.round(bytes / 1024 / 1024)} MB large; mails up to ${mailBytesMax / 1024 / 1024} MB are fetched.`;
