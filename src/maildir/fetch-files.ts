// Everything new in one Maildir, oldest first, in batches, without changing a file. One file that cannot be read never
// stops the others (PEERS 3).
import { readFile, stat } from "node:fs/promises";
import { systemCode } from "../errors.ts";
import type { FetchedBatch, FetchedMail, FetchRequest, FetchSummary } from "../ports.ts";
import { filePath, listMaildir, type MaildirFile, onDisk } from "./maildir-folder.ts";
import type { UidIndex } from "./uid-index.ts";

export const fetchLimits = {
  batchMailsMax: 50,
  batchBytesMax: 32 * 1024 * 1024,
  /** A larger file is reported, never read. */
  mailBytesMax: 200 * 1024 * 1024,
  /** UIDs that the database is asked after at once. */
  listedMax: 5_000,
} as const;

interface FoundFile {
  uid: number;
  file: MaildirFile;
  sizeBytes: number;
  receivedAtMs: number;
  error: string | null;
}

type Store = (batch: FetchedBatch) => Promise<void>;

/** See MailSource.fetch in ports.ts. A mail was received when its file was last written. */
export async function fetchFiles(
  path: string,
  index: UidIndex,
  request: FetchRequest,
  store: Store,
): Promise<FetchSummary> {
  const files = await numberedFiles(path, index);
  const uidValidity = index.uidValidity();
  const renumbered = request.cursor !== null && request.cursor.uidValidity !== uidValidity;
  const summary: FetchSummary = { left: 0, renumbered };
  let stored = request.cursor !== null && !renumbered ? request.cursor.lastUid : null;

  const after = stored === null ? 0 : stored - request.windowSize;
  const listed = [...files.keys()].filter((uid) => uid > after).sort((a, b) => a - b);
  // A number anew, or none yet: what is left alone is settled before anything is stored.
  const leave = stored === null ? await request.starting(listed.at(-1) ?? 0) : request.start;

  for (let start = 0; start < listed.length; start += fetchLimits.listedMax) {
    const uids = listed.slice(start, start + fetchLimits.listedMax);
    const known = await request.known(uidValidity, uids);
    const unknown = uids.filter((uid) => !known.has(uid));
    const found = await describeFiles(path, unknown, files);
    const wanted = found.filter(
      ({ uid, receivedAtMs }) => leave === null || uid > leave.uid || receivedAtMs >= leave.atMs,
    );
    if (request.cursor === null) summary.left += found.length - wanted.length;
    for (const batch of batches(wanted)) {
      if (request.signal.aborted) return summary;
      const mails: FetchedMail[] = [];
      for (const one of batch) mails.push(...(await readMail(path, one)));
      stored = Math.max(stored ?? 0, batch.at(-1)?.uid ?? 0);
      await store({ mails, cursor: { uidValidity, lastUid: stored } });
    }
    if (request.signal.aborted) return summary;
  }
  // What was left alone or known already moves the cursor too; an empty folder gets one, so that its first mail is
  // not taken for first contact.
  const highest = listed.at(-1) ?? 0;
  if (stored === null || stored < highest) await store({ mails: [], cursor: { uidValidity, lastUid: highest } });
  return summary;
}

// New files get their UIDs in the order of their arrival.
async function numberedFiles(path: string, index: UidIndex): Promise<Map<number, MaildirFile>> {
  const files = await onDisk(path, () => listMaildir(path));
  const bases = [...files.keys()];
  const fresh: { base: string; atMs: number }[] = [];
  for (const file of files.values()) {
    if (index.uidOf(file.base) !== undefined) continue;
    const atMs = await stat(filePath(path, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.MAX_SAFE_INTEGER,
    );
    fresh.push({ base: file.base, atMs });
  }
  fresh.sort((a, b) => a.atMs - b.atMs || (a.base < b.base ? -1 : 1));
  const old = bases.filter((base) => index.uidOf(base) !== undefined);
  await index.number([...old, ...fresh.map(({ base }) => base)]);
  return new Map([...files.values()].map((file) => [index.uidOf(file.base) ?? 0, file]));
}

async function describeFiles(path: string, uids: number[], files: Map<number, MaildirFile>): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const uid of uids) {
    const file = files.get(uid);
    if (file === undefined) continue;
    const [now, error] = await whereverItIs(path, file, (at) => stat(at));
    if (now !== null)
      found.push({ uid, file, sizeBytes: now.size, receivedAtMs: Math.floor(now.mtimeMs), error: null });
    else if (error !== null) found.push({ uid, file, sizeBytes: 0, receivedAtMs: Date.now(), error });
  }
  return found;
}

// Empty for a mail that is gone meanwhile.
async function readMail(
  path: string,
  { uid, file, sizeBytes, receivedAtMs, error }: FoundFile,
): Promise<FetchedMail[]> {
  if (error !== null) return [{ uid, raw: null, error, receivedAtMs }];
  if (sizeBytes > fetchLimits.mailBytesMax) {
    const [megabytes, max] = [sizeBytes, fetchLimits.mailBytesMax].map((bytes) => Math.round(bytes / 1024 / 1024));
    return [{ uid, raw: null, error: `It is ${megabytes} MB large; mails up to ${max} MB are read.`, receivedAtMs }];
  }
  const [raw, failure] = await whereverItIs(path, file, (at) => readFile(at));
  return raw === null && failure === null ? [] : [{ uid, raw, error: failure, receivedAtMs }];
}

// Another reader may have renamed the file since it was listed. Both null: it is gone.
async function whereverItIs<T>(
  path: string,
  file: MaildirFile,
  work: (at: string) => Promise<T>,
): Promise<[result: T | null, error: string | null]> {
  const failed = (error: unknown): [null, string | null] => {
    const code = systemCode(error);
    return [null, code === "ENOENT" ? null : `The file ${file.name} cannot be read (${code ?? String(error)}).`];
  };
  try {
    return [await work(filePath(path, file)), null];
  } catch (error) {
    if (systemCode(error) !== "ENOENT") return failed(error);
  }
  try {
    const moved = (await listMaildir(path)).get(file.base);
    return moved === undefined ? [null, null] : [await work(filePath(path, moved)), null];
  } catch (error) {
    return failed(error);
  }
}

function* batches(files: FoundFile[]): Generator<FoundFile[]> {
  let batch: FoundFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const full = batch.length >= fetchLimits.batchMailsMax || bytes + file.sizeBytes > fetchLimits.batchBytesMax;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}
