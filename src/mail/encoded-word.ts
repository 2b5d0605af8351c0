// Encoded words of RFC 2047 (and RFC 2231's language tag), as senders really write them: words of one charset that
// split a character between them, raw 8-bit letters inside, spaces inside, base64 that forgot its padding. One pass,
// linear in the length of the value, for a header may be a megabyte of `=?`.
import { decodeText } from "./charset.ts";

interface Word {
  start: number;
  end: number;
  charset: string;
  base64: boolean;
  payload: string;
}

const opening = /=\?([\w.:+()-]{1,60})(?:\*[\w-]{0,20})?\?([bq])\?/iy;

/** The value with its encoded words decoded; `render` may write the decoded text of each run in another form. */
export function decodeWords(value: string, render: (text: string) => string = (text) => text): string {
  let at = value.indexOf("=?");
  if (at < 0) return value;
  let out = "";
  let done = 0;
  let run: Word[] = [];
  while (at >= 0) {
    const word = wordAt(value, at);
    if (word === null) {
      at = value.indexOf("=?", at + 2);
      continue;
    }
    const between = value.slice(done, word.start);
    // RFC 2047 6.2: white space between two encoded words is not shown.
    if (run.length === 0 || between.trim() !== "") {
      out += run.length === 0 ? between : render(joined(run)) + between;
      run = [];
    }
    run.push(word);
    done = word.end;
    at = value.indexOf("=?", done);
  }
  if (run.length > 0) out += render(joined(run));
  return out + value.slice(done);
}

function wordAt(value: string, start: number): Word | null {
  opening.lastIndex = start;
  const match = opening.exec(value);
  if (match === null) return null;
  const from = opening.lastIndex;
  // A word that never ends must not swallow the next one, nor make each search walk to the end of the value.
  const next = value.indexOf("=?", from);
  const room = next < 0 ? value.slice(from) : value.slice(from, next + 3);
  const length = room.indexOf("?=");
  if (length < 0) return null;
  return {
    start,
    end: from + length + 2,
    charset: (match[1] ?? "").toLowerCase(),
    base64: (match[2] ?? "").toLowerCase() === "b",
    payload: room.slice(0, length),
  };
}

function joined(run: Word[]): string {
  let out = "";
  let bytes: Buffer[] = [];
  let charset = "";
  const flush = () => {
    if (bytes.length > 0) out += decodeText(Buffer.concat(bytes), charset);
    bytes = [];
  };
  for (const word of run) {
    if (word.charset !== charset) flush();
    charset = word.charset;
    if (word.base64) {
      bytes.push(base64Bytes(word.payload));
      continue;
    }
    // Letters that stand raw in a Q word were decoded with the header: they are text already.
    for (const piece of word.payload.split(/([^\u0000-\u007f]+)/)) {
      if (/^[\u0000-\u007f]*$/.test(piece)) bytes.push(quotedBytes(piece));
      else {
        flush();
        out += piece;
      }
    }
  }
  flush();
  // A line end inside a word could forge a header or a row of a list.
  return out.replace(/[\r\n]+/g, " ");
}

function base64Bytes(payload: string): Buffer {
  // Node stops at the first "=", and joined words carry padding in the middle.
  return Buffer.concat(payload.split(/=+/).map((piece) => Buffer.from(piece, "base64")));
}

function quotedBytes(payload: string): Buffer {
  const text = payload.replace(/=\s*([0-9a-f]{2})|_/gi, (_, hex: string | undefined) =>
    hex === undefined ? " " : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, "latin1");
}
