// Everything new in one folder, oldest first, in batches. Progress is UIDVALIDITY and UIDs (RFC 3501 section 2.3.1.1),
// never the Seen flag and never a date (PEERS 2). It must not change anything on the server: BODY.PEEK only.
import type { FetchedBatch, FetchRequest, FetchSummary } from "../ports.ts";
import type { Connection, OpenFolder } from "./connection.ts";
import { describeMails, fetchBodies, type ListedMail } from "./fetch-mails.ts";
import { imapError } from "./imap-error.ts";

export const fetchLimits = {
  batchMailsMax: 50,
  batchBytesMax: 32 * 1024 * 1024,
  /** UIDs that are asked after at once: in the database, and for size and date on the server. */
  listedMax: 5_000,
} as const;

type Store = (batch: FetchedBatch) => Promise<void>;

/** See MailSource.fetch in ports.ts. */
export async function fetchNew(connection: Connection, request: FetchRequest, store: Store): Promise<FetchSummary> {
  const { client, uidValidity } = await connection.open();
  const renumbered = request.cursor !== null && request.cursor.uidValidity !== uidValidity;
  const summary: FetchSummary = { left: 0, renumbered };
  let stored = request.cursor !== null && !renumbered ? request.cursor.lastUid : null;

  const after = stored === null ? 0 : Math.max(0, stored - request.windowSize);
  connection.listing(client);
  const listed = await listUids(connection, client, after);
  // A number anew, or none yet: what is left alone is settled before anything is stored.
  const leave = stored === null ? await request.starting(listed.at(-1) ?? 0) : request.start;
  let highest = 0;

  for (let start = 0; start < listed.length; start += fetchLimits.listedMax) {
    const uids = listed.slice(start, start + fetchLimits.listedMax);
    const known = await request.known(uidValidity, uids);
    const described = await describeMails(
      connection,
      uidValidity,
      uids.filter((uid) => !known.has(uid)),
    );
    for (const uid of known) highest = Math.max(highest, uid);
    for (const { uid } of described) highest = Math.max(highest, uid);
    const wanted = described.filter(
      ({ uid, receivedAtMs }) => leave === null || uid > leave.uid || receivedAtMs >= leave.atMs,
    );
    if (request.cursor === null) summary.left += described.length - wanted.length;
    for (const batch of batches(wanted)) {
      if (request.signal.aborted) return summary;
      const mails = await fetchBodies(connection, uidValidity, batch);
      stored = Math.max(stored ?? 0, batch.at(-1)?.uid ?? 0);
      await store({ mails, cursor: { uidValidity, lastUid: stored } });
    }
    if (request.signal.aborted) return summary;
  }
  // What was left alone or known already moves the cursor too; an empty folder gets one, so that its first mail is
  // not taken for first contact. A number that is listed and belongs to no mail does not: it may be far above all others.
  if (stored === null || stored < highest) await store({ mails: [], cursor: { uidValidity, lastUid: highest } });
  return summary;
}

// "n:*" names the last mail even where its UID is below n (RFC 3501 section 6.4.8), hence the filter.
async function listUids(connection: Connection, client: OpenFolder["client"], after: number): Promise<number[]> {
  if (client.mailbox && client.mailbox.exists === 0) return [];
  const found = await client.search({ uid: `${after + 1}:*` }, { uid: true }).catch((cause) => {
    throw imapError(cause, connection.config);
  });
  // imapflow swallows the refusal and answers false.
  if (!Array.isArray(found)) throw imapError(connection.lastRefusal(), connection.config);
  return found.filter((uid) => uid > after).sort((a, b) => a - b);
}

function* batches(mails: ListedMail[]): Generator<ListedMail[]> {
  let batch: ListedMail[] = [];
  let bytes = 0;
  for (const mail of mails) {
    const full = batch.length >= fetchLimits.batchMailsMax || bytes + mail.sizeBytes > fetchLimits.batchBytesMax;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(mail);
    bytes += mail.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}
