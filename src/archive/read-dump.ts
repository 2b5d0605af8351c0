// Reads a dump, plain or gzip'd as its first bytes say, as far as the database takes it: never all of it in memory. Whatever was cut off, changed
// or is something else is noticed at the latest at its end, before anything of it is committed.
import { createHash, type Hash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { badData, MaildeskError, systemCode } from "../errors.ts";
import type { ArchivedRow, RowCounts, RowSource } from "../ports-archive.ts";
import { type BytesColumn, type DumpEnd, isEnd, readHead, readLine } from "./dump-format.ts";

export interface DumpInput {
  /** As people know it: a path, or "standard input". */
  name: string;
  stream: Readable;
  bytesColumn: BytesColumn;
}

export const gzipStart = Buffer.from([0x1f, 0x8b]);
/** More than the longest mail in base64, and less than the longest string of JavaScript. */
const lineBytesMax = 256 * 1024 * 1024;

/** Reads the first line; the rows are read as they are asked for. Rejects: data, where it is no dump. */
export async function readDump(input: DumpInput): Promise<RowSource> {
  const batches = linesOf(input);
  const first = await batches.next();
  const [head, ...lines] = first.done === true ? [] : first.value.lines;
  if (first.done === true || head === undefined) throw badData(`${input.name} is empty.`);
  const { migration } = readHead(head, input.name);
  return { migration, pages: rowsOf(input, batches, { ...first.value, lines }) };
}

interface Batch {
  lines: string[];
  /** The digest of everything before the last of these lines. */
  digestBeforeLast(): string;
}

async function* rowsOf(input: DumpInput, batches: AsyncGenerator<Batch>, first: Batch): AsyncGenerator<ArchivedRow[]> {
  const counts: Record<string, number> = {};
  let number = 1;
  let end: DumpEnd | null = null;
  let batch = first;
  for (;;) {
    const page: ArchivedRow[] = [];
    for (const line of batch.lines) {
      number += 1;
      if (end !== null) throw badData(`${input.name} goes on behind its end, in line ${number}.`);
      const read = readLine(line, number, input.bytesColumn);
      if (isEnd(read)) {
        end = read;
        continue;
      }
      counts[read.table] = (counts[read.table] ?? 0) + 1;
      page.push(read);
    }
    if (page.length > 0) yield page;
    const next = await batches.next();
    if (next.done === true) break;
    batch = next.value;
  }
  if (end === null) throw cutOff(input.name, number);
  check(input.name, end, counts, batch.digestBeforeLast());
}

function check(name: string, end: DumpEnd, counts: RowCounts, digest: string): void {
  const tables = new Set([...Object.keys(end.rows), ...Object.keys(counts)]);
  const wrong = [...tables].find((table) => (end.rows[table] ?? 0) !== (counts[table] ?? 0));
  if (wrong !== undefined)
    throw badData(
      `${name} holds ${counts[wrong] ?? 0} rows of ${wrong.slice(0, 40)} and should hold ${end.rows[wrong] ?? 0}: it was changed.`,
    );
  if (digest !== end.sha256)
    throw badData(`${name} was changed after it was written: its digest is not the one in its last line.`);
}

const cutOff = (name: string, number: number): MaildeskError =>
  badData(`${name} ends after line ${number} without the line that ends a dump: it was cut off.`, {
    remedy: "Make or copy it again; nothing of it was kept.",
  });

/** Whole lines as they arrive, some at a time. */
async function* linesOf({ name, stream }: DumpInput): AsyncGenerator<Batch> {
  const hash = createHash("sha256");
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  try {
    for await (const chunk of await unpacked(stream)) {
      const bytes = chunk as Buffer; // a stream without an encoding
      const last = bytes.lastIndexOf(0x0a);
      if (last < 0) {
        pending.push(bytes);
        pendingBytes += bytes.length;
        if (pendingBytes > lineBytesMax) throw badData(`${name} has a line of more than ${lineBytesMax} bytes.`);
        continue;
      }
      const whole = Buffer.concat([...pending, bytes.subarray(0, last + 1)]);
      pending = [bytes.subarray(last + 1)];
      pendingBytes = bytes.length - last - 1;
      yield batchOf(whole, hash);
    }
  } catch (error) {
    throw readError(name, error);
  }
  if (pendingBytes > 0) throw badData(`${name} ends in the middle of a line: it was cut off.`);
}

function batchOf(whole: Buffer, hash: Hash): Batch {
  const lastStart = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  hash.update(whole.subarray(0, lastStart));
  const before = hash.copy();
  hash.update(whole.subarray(lastStart));
  return {
    lines: whole.toString("utf8", 0, whole.length - 1).split("\n"),
    digestBeforeLast: () => before.digest("hex"),
  };
}

/** The same bytes, or what they hold where they are packed. */
async function unpacked(stream: Readable): Promise<AsyncIterable<unknown>> {
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  let isWhole = false;
  while (start.length < gzipStart.length && !isWhole) {
    const next = await chunks.next();
    if (next.done === true) isWhole = true;
    else start = Buffer.concat([start, next.value]);
  }
  const all = fromStart(start, chunks);
  if (!start.subarray(0, gzipStart.length).equals(gzipStart)) return all;
  // An error of either end is met by whoever reads.
  return pipeline(Readable.from(all, { objectMode: false }), createGunzip({ chunkSize: 256 * 1024 }), () => {});
}

async function* fromStart(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function readError(name: string, error: unknown): unknown {
  if (error instanceof MaildeskError) return error;
  const code = systemCode(error) ?? "";
  if (code === "Z_BUF_ERROR") return badData(`${name} is cut off: the end of the compressed file is missing.`);
  if (code.startsWith("Z_")) return badData(`${name} is damaged: it can't be unpacked.`, { cause: error });
  if (code === "EISDIR") return badData(`${name} is a folder.`);
  return error;
}
