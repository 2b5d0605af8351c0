// One outgoing mail to exactly one person, as bytes. Same input, same bytes: a retry sends what was sent before. Never
// reads a file or fetches an address that a message names, never lets a value add a header or a recipient. Whoever calls has
// masked tokens and checked that the person may read the text. RFC 5322, MIME (RFC 2045 to 2049), RFC 3834, RFC 2369, RFC 8058.
import { hash } from "node:crypto";
import { encodedText, headerField, nameAddress } from "./header-field.ts";
import {
  attachmentType,
  boundedReferences,
  headerCharsMax,
  oneLine,
  printableId,
  sendableAddress,
  unsubscribeUris,
} from "./header-value.ts";
import { type FilePart, filePart, multipart, type Part, partText, textPart } from "./mime-part.ts";
import type { MailAddress } from "./parsed-mail.ts";

export interface OutgoingMail {
  from: MailAddress;
  /** The one person who gets it, and the only address it shows. */
  to: MailAddress;
  replyTo: string | null;
  subject: string;
  text: string;
  /** Sanitised before; null = text alone. */
  html: string | null;
  /** Ids with or without angle brackets. */
  messageId: string;
  inReplyTo: string | null;
  /** Oldest first. */
  references: readonly string[];
  /** UTC milliseconds. */
  dateMs: number;
  /** RFC 3834 section 5; null = a person wrote it. */
  autoSubmitted: "auto-replied" | "auto-generated" | null;
  /** How to leave. Only for followers: machines take this header for a mailing list's. */
  unsubscribe: Unsubscribe | null;
  /** A token of purpose "mark": by it we know our own mail again. */
  mark: string | null;
  attachments: readonly OutgoingAttachment[];
}

/** What List-Unsubscribe names. */
export interface Unsubscribe {
  /** Where a mail must go, and what its subject must be. */
  address: string;
  subject: string;
  /** Where one click leaves (RFC 8058); null where the desk has no web address. */
  url: string | null;
}

export interface OutgoingAttachment {
  filename: string;
  contentType: string;
  content: Buffer;
  /** Shown within the text, where the client can. */
  inline?: boolean;
  /** What `cid:` links of the HTML name. */
  contentId?: string | null;
}

export const outgoingAttachmentsMax = 100;

/**
 * The mail as bytes: ASCII only, CRLF, no line over 998 characters. Rejects with a permanent error where an address
 * can't be written to (`code: "address"` or `"smtputf8"`).
 */
export async function composeMail(mail: OutgoingMail): Promise<Buffer> {
  const messageId = printableId(mail.messageId);
  if (messageId === null) throw new TypeError(`not a Message-ID: ${mail.messageId}`);
  if (mail.attachments.length > outgoingAttachmentsMax) throw new RangeError(`${mail.attachments.length} attachments`);
  const fields = headerFields(mail, messageId);
  const body = bodyPart(mail, messageId);
  const raw = partText({ ...body, fields: [...fields, ...body.fields] });
  return Buffer.from(raw.endsWith("\r\n") ? raw : `${raw}\r\n`, "latin1");
}

function headerFields(mail: OutgoingMail, messageId: string): string[] {
  const inReplyTo = mail.inReplyTo === null ? null : printableId(mail.inReplyTo);
  const references = boundedReferences(mail.references, inReplyTo).map((id) => `<${id}>`);
  const fields: [string, string | null][] = [
    ...markingHeaders(mail),
    ["From", person(mail.from)],
    ["To", person(mail.to)],
    ["Reply-To", mail.replyTo === null ? null : person({ name: "", address: mail.replyTo })],
    ["In-Reply-To", inReplyTo === null ? null : `<${inReplyTo}>`],
    ["References", references.join(" ")],
    ["Subject", encodedText(oneLine(mail.subject, headerCharsMax.subject) || "(no subject)")],
    ["Message-ID", `<${messageId}>`],
    ["Date", mailDate(mail.dateMs)],
    ["MIME-Version", "1.0"],
  ];
  return fields.flatMap(([name, value]) => (value === null || value === "" ? [] : [headerField(name, value)]));
}

function person({ name, address }: MailAddress): string {
  return nameAddress(oneLine(name, headerCharsMax.name), sendableAddress(address));
}

/** RFC 5322 3.3; the name "GMT" is obsolete there (4.3). */
function mailDate(dateMs: number): string {
  return new Date(dateMs).toUTCString().replace("GMT", "+0000");
}

function markingHeaders(mail: OutgoingMail): [string, string | null][] {
  return [
    ["Auto-Submitted", mail.autoSubmitted],
    // Exchange reads this one ([MS-OXCMAIL] 2.2.3.2.14). Not "All": that asks for no bounces either, and we want those.
    ["X-Auto-Response-Suppress", mail.autoSubmitted === null ? null : "DR, RN, NRN, OOF, AutoReply"],
    ["List-Unsubscribe", mail.unsubscribe === null ? null : unsubscribeUris(mail.unsubscribe)],
    ["List-Unsubscribe-Post", mail.unsubscribe?.url == null ? null : "List-Unsubscribe=One-Click"],
    ["X-Maildesk-Token", mail.mark === null ? null : encodedText(oneLine(mail.mark, headerCharsMax.name))],
  ];
}

/** Files beside the words; within the words text before HTML (RFC 2046 5.1.4), and with the HTML what it shows. */
function bodyPart(mail: OutgoingMail, messageId: string): Part {
  const text = bodyLines(mail.text) || "\r\n";
  const html = bodyLines(mail.html ?? "");
  const seed = boundarySeed(messageId, text, html);
  const files = mail.attachments.map(outgoingFile);
  const shown = files.filter((file) => html !== "" && file.contentId !== null);
  const beside = files.filter((file) => !shown.includes(file));
  const words = [textPart("text/plain", text)];
  if (html !== "") words.push(multipart("related", seed, [textPart("text/html", html), ...shown.map(filePart)]));
  return multipart("mixed", seed, [multipart("alternative", seed, words), ...beside.map(filePart)]);
}

function outgoingFile(attachment: OutgoingAttachment): FilePart {
  const filename = oneLine(attachment.filename, headerCharsMax.filename).replace(/[/\\]/g, "_");
  const isInline = attachment.inline === true;
  return {
    contentType: attachmentType(attachment.contentType),
    disposition: isInline ? "inline" : "attachment",
    filename: filename === "" ? "attachment" : filename,
    contentId: isInline ? printableId(attachment.contentId ?? "") : null,
    content: attachment.content,
  };
}

/** CRLF line ends (RFC 5322 2.3), no control character but the tab. */
function bodyLines(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\0-\x08\x0b-\x1f\x7f]/g, "")
    .replaceAll("\n", "\r\n");
}

/** Made of what it separates, so no text can hold it (RFC 2046 5.1.1), and no clock or dice are needed. */
function boundarySeed(messageId: string, text: string, html: string): string {
  return hash("sha256", JSON.stringify([messageId, text, html]), "hex").slice(0, 24);
}
