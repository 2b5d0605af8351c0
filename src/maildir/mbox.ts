// Many mails in one file: mbox as RFC 4155 and mboxrd have it. A mail begins with a "From " line that carries a date,
// at the start of the file or after an empty line; ">From " inside a mail loses one ">". Read in chunks: memory holds one
// mail. Content-Length (mboxcl) is not believed, since it is wrong as soon as somebody edited the file.
import { createReadStream } from "node:fs";

export interface MboxMail {
  raw: Buffer;
  /** The date of its "From " line, which is UTC by RFC 4155; null where it has none that can be read. */
  receivedAtMs: number | null;
  /** True where it was longer than the limit: `raw` is then cut. */
  cut: boolean;
}

const newline = 0x0a;
// "From somebody@example.com Sat Jan  3 01:05:34 1996", perhaps with a zone.
const fromLine = /^From \S.*\d{1,2}:\d{2}.*\d{4}/;
const fromLineCharsMax = 1_000;

/** The mails of an mbox file in their order, each of at most `mailBytesMax` bytes. */
export async function* readMbox(path: string, mailBytesMax: number): AsyncGenerator<MboxMail> {
  let mail: GrowingMail | null = null;
  let afterEmptyLine = true;
  for await (const { line, complete } of linesOf(path)) {
    const begins = afterEmptyLine && complete && isFromLine(line);
    if (begins) {
      if (mail !== null) yield mail.end();
      mail = growMail(dateOf(line), mailBytesMax);
    } else {
      mail ??= growMail(null, mailBytesMax);
      mail.add(complete ? unquoted(line) : line);
    }
    afterEmptyLine = complete && isEmpty(line);
  }
  if (mail !== null) yield mail.end();
}

/** True if these bytes begin like an mbox file. */
export function looksLikeMbox(start: Buffer): boolean {
  const end = start.indexOf(newline);
  return isFromLine(start.subarray(0, end < 0 ? start.length : end));
}

interface GrowingMail {
  add(line: Buffer): void;
  end(): MboxMail;
}

function growMail(receivedAtMs: number | null, bytesMax: number): GrowingMail {
  const lines: Buffer[] = [];
  let bytes = 0;
  return {
    add(line) {
      if (bytes <= bytesMax) lines.push(line);
      bytes += line.length;
    },
    end() {
      // The empty line before the next "From " belongs to the file, not to the mail.
      const last = lines.at(-1);
      if (lines.length > 1 && last !== undefined && isEmpty(last)) lines.pop();
      return { raw: Buffer.concat(lines).subarray(0, bytesMax), receivedAtMs, cut: bytes > bytesMax };
    },
  };
}

const isEmpty = (line: Buffer) => line.length <= 2 && /^\r?\n?$/.test(line.toString("latin1"));

const isFromLine = (line: Buffer) =>
  line.subarray(0, 5).toString("latin1") === "From " &&
  fromLine.test(line.subarray(0, fromLineCharsMax).toString("latin1"));

function unquoted(line: Buffer): Buffer {
  if (line[0] !== 0x3e) return line;
  return /^>+From /.test(line.subarray(0, 100).toString("latin1")) ? line.subarray(1) : line;
}

function dateOf(line: Buffer): number | null {
  const text = line.toString("latin1").trim();
  const date = /((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) .*)$/.exec(text)?.[1] ?? "";
  const zoned = /[+-]\d{4}|GMT|UTC/.test(date) ? date : `${date} UTC`;
  const parsed = Date.parse(zoned);
  return Number.isNaN(parsed) ? null : parsed;
}

const chunkBytes = 256 * 1024;
/** A longer line is handed over in pieces, so that a file without line ends does not fill the memory. */
const lineBytesMax = 1024 * 1024;

// `complete` is false for a piece of an overlong line, which is never a "From " line or an empty one.
async function* linesOf(path: string): AsyncGenerator<{ line: Buffer; complete: boolean }> {
  let rest = Buffer.alloc(0);
  let inLongLine = false;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield { line: bytes.subarray(start, end + 1), complete: !inLongLine };
      inLongLine = false;
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length > lineBytesMax) {
      yield { line: rest, complete: false };
      inLongLine = true;
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield { line: rest, complete: !inLongLine };
}
