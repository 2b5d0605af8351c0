// Reads as much of a mail inside a mail (message/rfc822, text/rfc822-headers, or what a bounce pasted into its text) as
// reports and forwards need: a few headers and the plain text. Bounded and synchronous; whoever needs the whole mail
// parses its raw bytes. RFC 5322 2.2 (headers), RFC 2045 6 (encodings), RFC 2046 5.1 (multipart).
import { decodeText } from "./charset.ts";
import { decodeWords } from "./encoded-word.ts";

const headerLinesMax = 2_000;
const headerCharsMax = 20_000;
const nestingMax = 5;
const partsMax = 50;

export interface AttachedMail {
  /** The first value of each header by lower-case name: unfolded, decoded (RFC 2047). */
  headers: Map<string, string>;
  /** Everything behind the headers, not decoded. */
  body: string;
}

/** Splits a mail into headers and body; lines before the first header (mbox "From ", blanks) are skipped. */
export function readAttachedMail(text: string): AttachedMail {
  const headers = new Map<string, string>();
  let name = "";
  let at = 0;
  let begun = false;
  for (let count = 0; count < headerLinesMax && at < text.length; count++) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, Math.min(next, at + headerCharsMax)).replace(/[\r\n]+$/, "");
    at = next;
    if (line.trim() === "") {
      if (begun) {
        break;
      }
      continue;
    }
    const field = /^([!-9;-~]{1,100})[ \t]*:(.*)$/s.exec(line);
    if (begun && /^[ \t]/.test(line)) {
      const value = headers.get(name) ?? "";
      if (value.length < headerCharsMax) {
        headers.set(name, `${value} ${line.trim()}`);
      }
    } else if (field !== null) {
      begun = true;
      name = (field[1] ?? "").toLowerCase();
      // A repeated header is collected under a name nobody asks for: the first one counts.
      name = headers.has(name) ? `${name} (again)` : name;
      headers.set(name, (field[2] ?? "").trim());
    }
  }
  for (const [key, value] of headers) {
    headers.set(key, decodeWords(value));
  }
  return { headers, body: text.slice(at) };
}

/** The plain text of such a mail: its body, or its first text/plain part, decoded; "" where it has none. */
export function attachedText(mail: AttachedMail, depth = 0): string {
  const { type, parameters } = readType(mail.headers.get("content-type") ?? "text/plain");
  if (type.startsWith("multipart/")) {
    const boundary = parameters.get("boundary");
    if (boundary === undefined || boundary === "" || depth >= nestingMax) {
      return "";
    }
    for (const part of `\n${mail.body}`.split(`\n--${boundary}`, partsMax).slice(1)) {
      const text = part.startsWith("--") ? "" : attachedText(readPart(part), depth + 1);
      if (text !== "") {
        return text;
      }
    }
    return "";
  }
  if (type !== "text/plain" && type !== "") {
    return "";
  }
  const encoding = (mail.headers.get("content-transfer-encoding") ?? "").trim().toLowerCase();
  const charset = parameters.get("charset") ?? null;
  if (encoding === "base64") {
    return decodeText(Buffer.from(mail.body, "base64"), charset).trim();
  }
  return (encoding === "quoted-printable" ? decodeText(unquotePrintable(mail.body), charset) : mail.body).trim();
}

/** A part begins on the line below its boundary, and may have no headers at all. */
function readPart(part: string): AttachedMail {
  const content = part.slice(part.indexOf("\n") + 1);
  return /^\r?\n/.test(content) ? { headers: new Map(), body: content } : readAttachedMail(content);
}

/** RFC 2045 5.1: a type, and parameters by lower-case name. */
function readType(value: string): { type: string; parameters: Map<string, string> } {
  const [type = "", ...rest] = value.slice(0, headerCharsMax).split(";", partsMax);
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf("=");
    if (equals > 0) {
      const key = parameter.slice(0, equals).trim().toLowerCase();
      parameters.set(
        key,
        parameter
          .slice(equals + 1)
          .trim()
          .replace(/^"|"$/g, ""),
      );
    }
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** RFC 2045 6.7. The text was read as characters already; those beyond ASCII are kept as UTF-8. */
function unquotePrintable(text: string): Buffer {
  const chunks: Buffer[] = [];
  const joined = text.replace(/=[ \t]{0,10}\r?\n/g, "");
  for (const piece of joined.split(/((?:=[0-9A-Fa-f]{2})+)/)) {
    chunks.push(/^=[0-9A-Fa-f]{2}/.test(piece) ? Buffer.from(piece.replaceAll("=", ""), "hex") : Buffer.from(piece));
  }
  return Buffer.concat(chunks);
}

/** A Message-ID without its brackets (RFC 5322 3.6.4), or null. */
export function bareMessageId(value: string | undefined): string | null {
  const id = /<([^<>\s]{1,990})>/.exec(value ?? "")?.[1] ?? value?.trim() ?? "";
  return /^[^\s<>@]{1,500}@[^\s<>@]{1,500}$/.test(id) ? id : null;
}
