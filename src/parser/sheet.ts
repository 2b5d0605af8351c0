// The sheet of paper between the worker and one reading child: a file without a name that both hold open. A mail of a
// hundred kilobytes costs fifty times as much through a socket, and what was answered before a child died is still there.
// First a table of uint32, then the mails, then the answers as the child writes them:
//   table   how many mails were begun, how many are answered, then for each answer: its kind, where it begins, its length
// Positions are always given, for both share the file's cursor. The child reads hostile mails: nothing that it wrote is
// believed before it was looked at.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
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
const headBytes = 2 * wordBytes;
const rowBytes = 3 * wordBytes;
const tableBytes = headBytes + sheetMailsMax * rowBytes;
/** A sheet that became larger than this is cut back before it is used again. */
const keptBytesMax = 8 * 1024 * 1024;

export interface Sheet {
  fd: number;
  /** Wipes the table; what was written before is gone. Throws operator, as `add` does, where there is no room. */
  clear(): void;
  /** Adds a mail behind those that are there. */
  add(raw: Buffer): Span;
  /** The answers so far, in the order of the mails; it ends where one can't be what a child writes. */
  answers(): SheetAnswer[];
  /** How many mails the child began to read, and how many it answered. */
  progress(): { begun: number; answered: number };
  close(): void;
}

/** The parent's side. Throws operator where the folder for temporary files is full or closed to us. */
export function openSheet(): Sheet {
  const fd = withRemedy(openUnnamed);
  const table = Buffer.alloc(tableBytes);
  let end = tableBytes;
  const readHead = () => {
    readAll(fd, table.subarray(0, headBytes), 0);
    return { begun: table.readUInt32LE(0), answered: table.readUInt32LE(wordBytes) };
  };
  return {
    fd,
    clear() {
      if (fstatSync(fd).size > keptBytesMax) ftruncateSync(fd);
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
      const { size } = fstatSync(fd);
      const answers: SheetAnswer[] = [];
      const count = Math.min(table.readUInt32LE(wordBytes), sheetMailsMax);
      for (let row = headBytes; answers.length < count; row += rowBytes) {
        const kind = kinds[table.readUInt32LE(row)];
        const at = table.readUInt32LE(row + wordBytes);
        const length = table.readUInt32LE(row + 2 * wordBytes);
        if (kind === undefined || at < end || at + length > size) break;
        const bytes = Buffer.allocUnsafe(length);
        readAll(fd, bytes, at);
        answers.push({ kind, bytes });
      }
      return answers;
    },
    progress: readHead,
    close: () => closeSync(fd),
  };
}

/**
 * The child's side: hands each mail to `read` and writes down what it says, one after the other. `buffer` is used for
 * every mail that fits in it. Rejects where the sheet can't be read or written.
 */
export async function answerSheet(
  fd: number,
  spans: readonly Span[],
  buffer: Buffer,
  read: (raw: Buffer) => Promise<SheetAnswer>,
): Promise<void> {
  const table = Buffer.alloc(tableBytes);
  let end = tableBytes + spans.reduce((sum, span) => sum + span.length, 0);
  for (const [index, { at, length }] of spans.entries()) {
    table.writeUInt32LE(index + 1, 0);
    writeAll(fd, table, 0);
    const raw = length <= buffer.length ? buffer.subarray(0, length) : Buffer.allocUnsafe(length);
    readAll(fd, raw, at);
    const { kind, bytes } = await read(raw);
    writeAll(fd, bytes, end);
    const row = headBytes + index * rowBytes;
    table.writeUInt32LE(kinds.indexOf(kind), row);
    table.writeUInt32LE(end, row + wordBytes);
    table.writeUInt32LE(bytes.length, row + 2 * wordBytes);
    table.writeUInt32LE(index + 1, wordBytes);
    writeAll(fd, table, 0);
    end += bytes.length;
  }
}

/** Its name is gone before anything is written, so that a killed process leaves nothing behind. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "maildesk-"));
  const path = join(folder, "sheet");
  try {
    const fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return fd;
  } finally {
    rmdirSync(folder);
  }
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
    throw sheetFull(systemCode(error) ?? String(error), error);
  }
}

/** What the administrator must mend, wherever it was noticed. */
export function sheetFull(code: string, cause?: unknown) {
  return operator(`The folder for temporary files, ${tmpdir()}, cannot be used: ${code}.`, {
    cause,
    code,
    remedy: "Make room there, or name another folder in TMPDIR.",
  });
}
