// The parts of an outgoing mail and how they are put together: text, HTML, files, and the multiparts around them. All is
// made at once in memory and from what it is given: no stream, no file, no address that a part names. ASCII, CRLF.
// RFC 2045 (encodings), RFC 2046 5.1 (multiparts), RFC 2183 (disposition), RFC 2231 (file names), RFC 2387 (related),
// RFC 3676 (lines that flow).
import * as base64 from "nodemailer/lib/base64";
import { buildHeaderValue, hasLongerLines, isPlainText, quoteString } from "nodemailer/lib/mime-funcs";
import * as qp from "nodemailer/lib/qp";
import { flow } from "./flowed.ts";
import { encodedText, headerField, textEncoding } from "./header-field.ts";

export interface Part {
  /** Folded header fields. */
  fields: string[];
  body: string;
}

export interface FilePart {
  /** `type/subtype` alone. */
  contentType: string;
  disposition: "inline" | "attachment";
  filename: string;
  /** Without brackets. */
  contentId: string | null;
  content: Buffer;
}

/** RFC 2045 6.7 (5) and 6.8. */
const encodedLineCharsMax = 76;
/** RFC 5322 2.1.1: lines should not, and must not, be longer than 78 and 998; less, for whoever quotes them. */
const softLineCharsMax = 76;
const lineCharsMax = 990;
/** Whole lines: 57 bytes are 76 characters of base64. */
const base64BlockBytes = 57 * 1024;

/** `text` has CRLF line ends and no control character but the tab. */
export function textPart(contentType: "text/plain" | "text/html", text: string): Part {
  const { encoding, body, format = "" } = (contentType === "text/plain" ? flowedBody(text) : null) ?? encodedBody(text);
  return {
    fields: [
      headerField("Content-Type", `${contentType}; charset=utf-8${format}`),
      headerField("Content-Transfer-Encoding", encoding),
    ],
    body,
  };
}

export function filePart({ contentType, disposition, filename, contentId, content }: FilePart): Part {
  return {
    fields: [
      // For clients that don't read RFC 2231: they know a file's name by this, and encoded words within quotes.
      headerField("Content-Type", `${contentType}; name=${quoteString(encodedText(filename))}`),
      ...(contentId === null ? [] : [headerField("Content-ID", `<${contentId}>`)]),
      headerField("Content-Transfer-Encoding", "base64"),
      headerField("Content-Disposition", buildHeaderValue({ value: disposition, params: { filename } })),
    ],
    body: base64Lines(content),
  };
}

/**
 * The parts in one, or the part itself where it is alone. `seed` is a token that no part's text can hold; "=_" before
 * it stands in no quoted-printable and no base64 (RFC 2045 6.7), and the kind tells nested boundaries apart.
 */
export function multipart(kind: "mixed" | "alternative" | "related", seed: string, parts: readonly Part[]): Part {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const boundary = `=_${seed}-${kind}`;
  const params = { ...(kind === "related" ? { type: "text/html" } : {}), boundary };
  // Not join(): it would copy each attachment once more.
  let body = "";
  for (const part of parts) body += `--${boundary}\r\n${partText(part)}\r\n`;
  return {
    fields: [headerField("Content-Type", buildHeaderValue({ value: `multipart/${kind}`, params }))],
    body: `${body}--${boundary}--\r\n`,
  };
}

/** Fields, an empty line, the body. */
export function partText({ fields, body }: Part): string {
  return `${fields.join("\r\n")}\r\n\r\n${body}`;
}

interface Encoded {
  encoding: "7bit" | "quoted-printable" | "base64";
  body: string;
  /** A further parameter of the content type. */
  format?: string;
}

/** Null where there is nothing to flow, and where a word is so long that it would make a line that no server must take. */
function flowedBody(text: string): Encoded | null {
  if (!isPlainText(text) || !hasLongerLines(text, softLineCharsMax)) return null;
  const body = flow(text);
  return hasLongerLines(body, lineCharsMax) ? null : { encoding: "7bit", body, format: "; format=flowed" };
}

function encodedBody(text: string): Encoded {
  if (isPlainText(text) && !hasLongerLines(text, softLineCharsMax)) return { encoding: "7bit", body: text };
  if (textEncoding(text) === "B") return { encoding: "base64", body: base64Lines(Buffer.from(text)) };
  return { encoding: "quoted-printable", body: qp.wrap(qp.encode(text), encodedLineCharsMax) };
}

/** Block by block: a large file is not held a second time as one string without lines. */
function base64Lines(content: Buffer): string {
  let lines = "";
  for (let at = 0; at < content.length; at += base64BlockBytes) {
    const block = base64.encode(content.subarray(at, at + base64BlockBytes));
    lines += (at === 0 ? "" : "\r\n") + base64.wrap(block, encodedLineCharsMax);
  }
  return lines;
}
