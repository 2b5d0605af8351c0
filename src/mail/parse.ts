// One raw mail to plain data: outline, text, files, addresses, then what the mail means to a machine (automatic, bounce,
// forward). Never rejects, whatever the bytes: what goes over a limit is cut and named in a remark. No attachment bytes
// leave here; attachmentBytes() reads them again from the raw mail when somebody asks.
import { describeFile, type Files, type FoundFile, findFiles } from "./attachment.ts";
import { readAuthentication } from "./authentication-results.ts";
import { automaticEvidence } from "./automatic.ts";
import { type Body, type Plain, readBody, readHtml, readPlain, readStretches, type Stretch } from "./body.ts";
import { readBounce } from "./bounce.ts";
import { decodeText } from "./charset.ts";
import { readCited, readMessageId } from "./cited-ids.ts";
import { digestOf } from "./digest.ts";
import { decodeWords } from "./encoded-word.ts";
import { readForwarded } from "./forward.ts";
import { type Field, firstField } from "./head.ts";
import { sanitise } from "./html.ts";
import { htmlText } from "./html-text.ts";
import { readLetterhead } from "./letterhead.ts";
import { mailLimits } from "./limits.ts";
import { withLineFeeds } from "./line-ends.ts";
import { scanLines } from "./lines.ts";
import { readDate } from "./mail-date.ts";
import { type Outline, type Part, readOutline } from "./outline.ts";
import type { ParsedMail } from "./parsed-mail.ts";
import type { HeaderLine, Reading } from "./reading.ts";
import { newText } from "./reply-text.ts";
import { cut, storable } from "./storable.ts";

const headerCharsMax = 64 * 1024;
const markHeader = "x-maildesk-token";
const marksMax = 20;
const reportsMax = 20;
const reportBytesMax = 256 * 1024;
const reportTypes = new Set([
  "message/delivery-status",
  "message/disposition-notification",
  "message/global-delivery-status",
  "message/rfc822",
  "message/global",
  "text/rfc822-headers",
  "message/global-headers",
]);

/** Reads a mail of any bytes; a mail over the size limit is read up to it. */
export async function parseMail(bytes: Buffer): Promise<ParsedMail> {
  const remarks = new Set<string>();
  const raw = bounded(bytes, remarks);
  const { outline, stretches, plains, found } = readParts(raw, remarks);
  const { fields } = outline.root;
  const named = found.files.filter((file) => file.filename === null);
  const letterhead = await readLetterhead(
    fields,
    named.map((file) => file.leaf),
    remarks,
  );
  const names = new Map(named.map((file, index) => [file, letterhead.names[index] ?? ""]));
  const attachments = found.files.map((file, part) => describeFile(file, part, names.get(file) ?? ""));
  const { words, ...body } = wellFormed(withWrapped(readBody(raw, stretches, plains, remarks), found, remarks));
  const headers = headerLines(fields);
  const { from, to, cc, replyTo } = letterhead;
  const subject = subjectOf(headers);
  const reading: Reading = {
    headers,
    from,
    to,
    subject,
    text: words,
    attachments,
    reports: readReports(found.files),
    contentType: outline.root.type.value,
    contentTypeParameters: Object.fromEntries(outline.root.type.parameters),
  };
  const scanned = scanLines(words);
  return {
    messageId: readMessageId(fields),
    inReplyTo: readCited(fields, "in-reply-to"),
    references: readCited(fields, "references"),
    dateMs: readDate(firstField(fields, "date") ?? ""),
    from,
    replyTo,
    to,
    cc,
    subject,
    ...body,
    newText: newText(words, scanned),
    attachments,
    automatic: automaticEvidence(reading),
    bounce: readBounce(reading),
    forwarded: readForwarded(reading, scanned),
    authentication: readAuthentication(fields),
    marks: headers
      .filter((line) => line.name === markHeader)
      .map((line) => line.value)
      .slice(0, marksMax),
    digest: digestOf(raw, { fields, bodyStart: outline.root.start }),
    remarks: [...remarks],
  };
}

/** The decoded bytes of the attachment with that index in ParsedMail.attachments; null where there is none. */
export async function attachmentBytes(raw: Buffer, part: number): Promise<Buffer | null> {
  const remarks = new Set<string>();
  return readParts(bounded(raw, remarks), remarks).found.files[part]?.bytes() ?? null;
}

/** The mail's HTML as it may be shown, with what was cut of it; null where it has none. */
export async function shownHtml(bytes: Buffer): Promise<{ html: string; remarks: string[] } | null> {
  const remarks = new Set<string>();
  const raw = bounded(bytes, remarks);
  const { stretches, plains, found } = readParts(raw, remarks);
  const own = readHtml(raw, stretches, plains, remarks);
  const wrapped = own === null ? wrappedHtml(found, remarks) : null;
  const html = own ?? wrapped;
  return html === null ? null : { html: html.toWellFormed(), remarks: [...remarks] };
}

interface Parts {
  outline: Outline;
  stretches: Stretch[];
  plains: Map<Part, Plain>;
  found: Files;
}

function readParts(raw: Buffer, remarks: Set<string>): Parts {
  const outline = readOutline(raw);
  for (const remark of outline.remarks) remarks.add(remark);
  const stretches = readStretches(outline.root);
  const plains = new Map(
    stretches.flatMap((stretch) => stretch.plain).map((part) => [part, readPlain(raw, part, remarks)]),
  );
  return { outline, stretches, plains, found: findFiles(raw, outline.root, stretches, plains, remarks) };
}

function bounded(raw: Buffer, remarks: Set<string>): Buffer {
  if (raw.length > mailLimits.sizeBytesMax) remarks.add("mail cut at 50 MB");
  return withLineFeeds(raw.subarray(0, mailLimits.sizeBytesMax));
}

/** Outlook may leave the words of a mail in winmail.dat only. */
function withWrapped(body: Body, found: Files, remarks: Set<string>): Body {
  const wrapped = found.wrapped.find((one) => one.text !== null || one.html !== null);
  if (wrapped === undefined || body.text.trim() !== "") return body;
  const text = wrapped.text?.replace(/\r\n?/g, "\n") ?? htmlText(wrappedHtml(found, remarks) ?? "");
  const short = cut(text, mailLimits.textCharsMax);
  return { text: short, words: short };
}

function wrappedHtml(found: Files, remarks: Set<string>): string | null {
  const html = found.wrapped.find((one) => one.html !== null)?.html ?? null;
  return html === null ? null : sanitise(html, remarks);
}

/** Unicode without lone surrogates. U+0000 stays, as the mail has it: what a database refuses is the database's matter. */
function wellFormed({ text, words }: Body): Body {
  return { text: text.toWellFormed(), words: words.toWellFormed() };
}

function headerLines(fields: Field[]): HeaderLine[] {
  return fields.map(({ name, value }) => ({
    name,
    value: storable(decodeWords(cut(value, headerCharsMax))),
  }));
}

function subjectOf(headers: HeaderLine[]): string {
  const value = headers.find((line) => line.name === "subject")?.value ?? "";
  return cut(
    value
      .replace(/\p{Cc}/gu, " ")
      .replace(/\s+/g, " ")
      .trim(),
    mailLimits.subjectCharsMax,
  );
}

function readReports(files: FoundFile[]): Reading["reports"] {
  return files
    .filter((file) => reportTypes.has(file.contentType))
    .slice(0, reportsMax)
    .map((file) => {
      const bytes = file.bytes().subarray(0, reportBytesMax);
      const charset = file.leaf.type.parameters.get("charset") ?? null;
      return {
        contentType: file.contentType,
        text: storable(decodeText(bytes, charset)).replace(/\r\n?/g, "\n"),
      };
    });
}
