// The sheet of paper between the worker and one reading child: a file without a name that both hold open. A mail of a
// hundred kilobytes costs fifty times as much through a socket, and what was answered before a child died is still there.
// First a table, then the mails, then the answers as the child writes them:
//   table   how many calls are finished, then for each: what kind of answer, where it begins, how long it is (uint32)
// Positions are always given, for both share the file's cursor.
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operator, systemCode } from "../errors.ts";

/** Mails on one sheet at most. */
export const sheetMailsMax = 16;

/** `nothing`: there is no such attachment. `mistake`: the bytes are the stack of an error, which is a bug of ours. */
export type AnswerKind = "bytes" | "nothing" | "mistake";
const kinds: readonly AnswerKind[] = ["bytes", "nothing", "mistake"];

export interface SheetAnswer {
  kind: AnswerKind;
  bytes: Buffer;
}

/** Where a mail stands. */
export interface Span {
  at: number;
  length: number;
}

const wordBytes = 4;
const rowBytes = 3 * wordBytes;
const tableBytes = wordBytes + sheetMailsMax * rowBytes;
/** A sheet that became larger than this is cut back before it is used again. */
const keptBytesMax = 8 * 1024 * 1024;

export interface Sheet {
  fd: number;
  /** Wipes the table; what was written before is gone. */
  clear(): void;
  /** Adds a mail behind those that are there. */
  add(raw: Buffer): Span;
  /** The answers so far, in the order of the mails. */
  answers(): SheetAnswer[];
  /** How many answers there are. */
  finished(): number;
  close(): void;
}

/** The parent's side. Throws operator where the folder for temporary files is full or closed to us. */
export function openSheet(): Sheet {
  const fd = withRemedy(openUnnamed);
  const table = Buffer.alloc(tableBytes);
  let end = tableBytes;
  return {
    fd,
    clear() {
      if (end > keptBytesMax) ftruncateSync(fd);
      withRemedy(() => writeAll(fd, table.fill(0), 0));
      end = tableBytes;
    },
    add(raw) {
      const span = { at: end, length: raw.length };
      withRemedy(() => writeAll(fd, raw, span.at));
      end += raw.length;
      return span;
    },
    answers() {
      readAll(fd, table, 0);
      return Array.from({ length: table.readUInt32LE(0) }, (_, index) => {
        const row = wordBytes + index * rowBytes;
        const bytes = Buffer.allocUnsafe(table.readUInt32LE(row + 2 * wordBytes));
        readAll(fd, bytes, table.readUInt32LE(row + wordBytes));
        return { kind: kinds[table.readUInt32LE(row)] ?? "nothing", bytes };
      });
    },
    finished() {
      readAll(fd, table.subarray(0, wordBytes), 0);
      return table.readUInt32LE(0);
    },
    close: () => closeSync(fd),
  };
}

/** The child's side: hands each mail to `read` and writes down what it says, one after the other. */
export async function answerSheet(
  fd: number,
  spans: readonly Span[],
  desk: Buffer,
  read: (raw: Buffer) => Promise<SheetAnswer>,
): Promise<void> {
  const table = Buffer.alloc(tableBytes);
  let end = tableBytes + spans.reduce((sum, span) => sum + span.length, 0);
  for (const [index, { at, length }] of spans.entries()) {
    const raw = length <= desk.length ? desk.subarray(0, length) : Buffer.allocUnsafe(length);
    readAll(fd, raw, at);
    const { kind, bytes } = await read(raw);
    writeAll(fd, bytes, end);
    const row = wordBytes + index * rowBytes;
    table.writeUInt32LE(kinds.indexOf(kind), row);
    table.writeUInt32LE(end, row + wordBytes);
    table.writeUInt32LE(bytes.length, row + 2 * wordBytes);
    table.writeUInt32LE(index + 1, 0);
    writeAll(fd, table, 0);
    end += bytes.length;
  }
}

/** Its name is gone before anything is written, so that a killed process leaves nothing behind. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "maildesk-"));
  const path = join(folder, "sheet");
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  rmdirSync(folder);
  return fd;
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

function readAll(fd: number, into: Buffer, position: number): void {
  for (let done = 0; done < into.length; ) {
    const got = readSync(fd, into, done, into.length - done, position + done);
    if (got === 0) throw new Error(`the sheet between worker and reader ends at ${position + done}`);
    done += got;
  }
}

function withRemedy<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error) ?? "";
    throw operator(`The folder for temporary files, ${tmpdir()}, cannot be used: ${code || String(error)}.`, {
      cause: error,
      remedy: "Make room there, or name another folder in TMPDIR.",
      ...(code === "" ? {} : { code }),
    });
  }
}
