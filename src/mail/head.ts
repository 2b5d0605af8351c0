// A block of header lines (RFC 5322 2.2): where it ends, and its fields unfolded, in order. Raw 8-bit letters are
// decoded here (UTF-8, else the mail's own charset, else windows-1252); encoded words are not (encoded-word.ts).
// Lines that are no header are skipped, a block that is none at all is empty and everything is body.
import { isAscii, isUtf8 } from "node:buffer";
import { decodeText } from "./charset.ts";
import { mailLimits } from "./limits.ts";

export interface Field {
  /** Lower case. */
  name: string;
  /** Unfolded and trimmed, encoded words as they stand. */
  value: string;
}

export interface Head {
  fields: Field[];
  /** Offset of the first byte of the body. */
  bodyStart: number;
  remarks: string[];
}

const lineFeed = 0x0a;
const colon = 0x3a;
const nameBytesMax = 200;
const nameRoomMax = 210;
const charsetParameter = /charset\s*=\s*"?([\w.:-]{1,60})/i;

/** Reads the header block that begins at `start`; never looks beyond `end`. */
export function readHead(raw: Buffer, start: number, end: number): Head {
  const remarks: string[] = [];
  const ranges: { name: string; from: number; to: number }[] = [];
  let at = skipPrologue(raw, start, end);
  let bodyStart = end;
  while (at < end) {
    const feed = raw.indexOf(lineFeed, at);
    const next = feed < 0 || feed >= end ? end : feed + 1;
    if (isBlank(raw, at, next)) {
      bodyStart = next;
      break;
    }
    const last = ranges.at(-1);
    const first = raw[at];
    if (next - start > mailLimits.headerBytesMax && ranges.length > 0) {
      remarks.push("header cut at 1 MB");
      bodyStart = endOfBlock(raw, at, end);
      break;
    }
    if ((first === 0x20 || first === 0x09) && last !== undefined) {
      last.to = next;
    } else {
      const match = fieldAt(raw, at, next);
      if (match !== null) {
        ranges.push({ name: match.name, from: at + match.length, to: next });
      } else if (ranges.length === 0 || fieldAt(raw, next, end) === null) {
        // Not even a header follows: the blank line was forgotten, and this is the text.
        bodyStart = at;
        break;
      }
    }
    at = next;
  }
  if (ranges.length > mailLimits.headerCountMax) {
    remarks.push(`headers after the ${mailLimits.headerCountMax.toLocaleString("en")}th left out`);
    ranges.length = mailLimits.headerCountMax;
  }
  return { fields: decodeFields(raw, ranges), bodyStart, remarks };
}

/** The value of the first field of that name, or null. */
export function firstField(fields: Field[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null;
}

function fieldAt(raw: Buffer, from: number, to: number): { name: string; length: number } | null {
  const limit = Math.min(to, from + nameRoomMax);
  let nameEnd = from;
  while (nameEnd < limit && isNameByte(raw[nameEnd])) nameEnd++;
  let at = nameEnd;
  while (at < limit && (raw[at] === 0x20 || raw[at] === 0x09)) at++;
  const isField = nameEnd > from && nameEnd - from <= nameBytesMax && at < limit && raw[at] === colon;
  return isField ? { name: raw.toString("latin1", from, nameEnd).toLowerCase(), length: at + 1 - from } : null;
}

/** RFC 5322 3.6.8: printable ASCII but the colon. */
function isNameByte(byte = 0): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== colon;
}

function decodeFields(raw: Buffer, ranges: { name: string; from: number; to: number }[]): Field[] {
  const type = ranges.find((range) => range.name === "content-type");
  const charset = type && charsetParameter.exec(raw.toString("latin1", type.from, type.to))?.[1];
  const start = ranges[0]?.from ?? 0;
  const block = raw.subarray(start, ranges.at(-1)?.to ?? 0);
  // The usual block is all ASCII: then it becomes text once, and each value is a piece of it.
  const ascii = isAscii(block) ? block.toString("latin1") : null;
  return ranges.map(({ name, from, to }) => {
    const text = ascii?.slice(from - start, to - start) ?? decodeValue(raw.subarray(from, to), charset ?? null);
    return { name, value: text.replace(/\r?\n[ \t]?|\r/g, foldReplacement).trim() };
  });
}

function decodeValue(bytes: Buffer, charset: string | null): string {
  return isUtf8(bytes) ? bytes.toString("utf8") : decodeText(bytes, charset);
}

/** RFC 5322 2.2.3: only the line end goes, the white space after it stays; a line end without any becomes a blank. */
function foldReplacement(fold: string): string {
  return fold.endsWith("\t") ? "\t" : " ";
}

/** Blank lines before the first header, and the "From " line of an mbox. */
function skipPrologue(raw: Buffer, start: number, end: number): number {
  let at = start;
  for (let lines = 0; lines < 20 && at < end; lines++) {
    const feed = raw.indexOf(lineFeed, at);
    if (feed < 0 || feed >= end) return at;
    const line = raw.toString("latin1", at, Math.min(feed + 1, at + 6));
    const skipped = isBlank(raw, at, feed + 1) ? isRoot(start) : line.startsWith("From ") || line.startsWith(">From ");
    if (!skipped) return at;
    at = feed + 1;
  }
  return at;
}

/** Only the mail itself may begin with blank lines: a part that does has no headers. */
const isRoot = (start: number) => start === 0;

function isBlank(raw: Buffer, from: number, to: number): boolean {
  return (
    to - from === 0 || raw[from] === lineFeed || (raw[from] === 0x0d && (to - from === 1 || raw[from + 1] === lineFeed))
  );
}

function endOfBlock(raw: Buffer, from: number, end: number): number {
  const ends = ["\n\n", "\n\r\n"]
    .map((mark) => ({ at: raw.indexOf(mark, from, "latin1"), length: mark.length }))
    .filter(({ at }) => at >= 0 && at < end)
    .sort((a, b) => a.at - b.at)[0];
  return ends === undefined ? end : ends.at + ends.length;
}
