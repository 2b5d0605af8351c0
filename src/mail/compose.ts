// One outgoing mail to exactly one person, as bytes. Same input, same bytes: a retry sends what was sent before. Never
// reads a file or fetches an address that a message names, never lets a value add a header or a recipient. Whoever calls has
// masked tokens and checked that the person may read the text. RFC 5322, MIME (RFC 2045 to 2049), RFC 3834, RFC 2369.
import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import {
  attachmentType,
  boundedReferences,
  headerCharsMax,
  oneLine,
  printableId,
  sendableAddress,
  unsubscribeUri,
} from "./header-value.ts";
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
  /** The address that a mail must go to for leaving. Only for followers: machines take this header for a mailing list's. */
  unsubscribe: string | null;
  /** A token of purpose "mark": by it we know our own mail again. */
  mark: string | null;
  attachments: readonly OutgoingAttachment[];
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
  const inReplyTo = mail.inReplyTo === null ? null : printableId(mail.inReplyTo);
  const text = bodyLines(mail.text) || "\r\n";
  const html = mail.html === null ? null : bodyLines(mail.html);
  const composer = new MailComposer({
    from: person(mail.from),
    to: person(mail.to),
    ...(mail.replyTo === null ? {} : { replyTo: person({ name: "", address: mail.replyTo }) }),
    subject: oneLine(mail.subject, headerCharsMax.subject) || "(no subject)",
    messageId: `<${messageId}>`,
    ...(inReplyTo === null ? {} : { inReplyTo: `<${inReplyTo}>` }),
    references: boundedReferences(mail.references, inReplyTo).map((id) => `<${id}>`),
    date: new Date(mail.dateMs),
    headers: markingHeaders(mail),
    text,
    ...(html === null ? {} : { html }),
    attachments: mail.attachments.map(attachmentNode),
    baseBoundary: boundarySeed(messageId, text, html),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

function person(from: MailAddress): { name: string; address: string } {
  return { name: oneLine(from.name, headerCharsMax.name), address: sendableAddress(from.address) };
}

function markingHeaders(mail: OutgoingMail): { key: string; value: string }[] {
  const headers: { key: string; value: string }[] = [];
  if (mail.autoSubmitted !== null) {
    headers.push({ key: "Auto-Submitted", value: mail.autoSubmitted });
    // Exchange reads this one ([MS-OXCMAIL] 2.2.3.2.14). Not "All": that asks for no bounces either, and we want those.
    headers.push({ key: "X-Auto-Response-Suppress", value: "DR, RN, NRN, OOF, AutoReply" });
  }
  if (mail.unsubscribe !== null) headers.push({ key: "List-Unsubscribe", value: unsubscribeUri(mail.unsubscribe) });
  if (mail.mark !== null) headers.push({ key: "X-Maildesk-Token", value: oneLine(mail.mark, headerCharsMax.name) });
  return headers;
}

function attachmentNode(attachment: OutgoingAttachment) {
  const contentId = printableId(attachment.contentId ?? "");
  const filename = oneLine(attachment.filename, headerCharsMax.filename).replace(/[/\\]/g, "_");
  return {
    filename: filename === "" ? "attachment" : filename,
    contentType: attachmentType(attachment.contentType),
    content: attachment.content,
    contentTransferEncoding: "base64",
    contentDisposition: attachment.inline === true ? "inline" : "attachment",
    ...(contentId === null || attachment.inline !== true ? {} : { cid: contentId }),
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
function boundarySeed(messageId: string, text: string, html: string | null): string {
  return createHash("sha256")
    .update(JSON.stringify([messageId, text, html]))
    .digest("hex")
    .slice(0, 24);
}
