// Content-Transfer-Encoding (RFC 2045 6): the bytes that the sender meant. Broken encodings give what can be saved,
// never an error; text that merely claims to be base64 stays as it is.
import { readUuencoded } from "./uuencode.ts";

const equals = 0x3d;

/** Decoded bytes of `raw[start, end)`; without an encoding a view of the raw mail, not a copy. */
export function decodeTransfer(raw: Buffer, start: number, end: number, encoding: string): Buffer {
  if (encoding === "base64" || encoding === "b") return fromBase64(raw, start, end);
  if (encoding === "quoted-printable" || encoding === "q") return fromQuotedPrintable(raw.subarray(start, end));
  if (/^(x-)?uu(e|encode)?$/.test(encoding)) {
    return readUuencoded(raw.toString("latin1", start, end)).files[0]?.bytes ?? raw.subarray(start, end);
  }
  return raw.subarray(start, end);
}

function fromBase64(raw: Buffer, start: number, end: number): Buffer {
  if (isPlainlyText(raw.toString("latin1", start, Math.min(end, start + 4096)))) return raw.subarray(start, end);
  const text = raw.toString("latin1", start, end);
  // Several base64 texts in a row, each padded: Node stops at the padding of the first. Usually it is at the very end.
  const padding = text.indexOf("=");
  if (padding < 0 || !/=\s*\n[A-Za-z0-9+/]/.test(text.slice(padding))) return Buffer.from(text, "base64");
  return Buffer.concat(text.split(/=\s*\n/).map((piece) => Buffer.from(piece, "base64")));
}

/** Words and punctuation where base64 has neither, before the first padding. */
function isPlainlyText(sample: string): boolean {
  const before = sample.split("=", 1)[0] ?? "";
  if (!/[^A-Za-z0-9+/\r\n]/.test(before)) return false; // as in every honest base64
  const foreign = before.match(/[^A-Za-z0-9+/\s]|\S[ \t]+(?=\S)/g)?.length ?? 0;
  return before.length > 16 && foreign * 10 > before.length;
}

function fromQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes); // decoded in place: what is written never overtakes what is read
  let length = 0;
  let at = 0;
  while (at < bytes.length) {
    let mark = bytes.indexOf(equals, at);
    if (mark < 0) mark = bytes.length;
    out.copyWithin(length, at, mark);
    length += mark - at;
    if (mark === bytes.length) break;
    const high = digit(bytes[mark + 1]);
    const low = digit(bytes[mark + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      at = mark + 3;
      continue;
    }
    const soft = softBreak(bytes, mark + 1);
    if (soft === 0) out[length++] = equals;
    at = mark + 1 + soft;
  }
  return out.subarray(0, length);
}

/** Bytes of the soft line break after "=": optional blanks and a line end, or the end of the part. 0 = none. */
function softBreak(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  if (at >= bytes.length) return Math.max(1, at - from);
  if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) return at + 2 - from;
  return bytes[at] === 0x0a || bytes[at] === 0x0d ? at + 1 - from : 0;
}

function digit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}
