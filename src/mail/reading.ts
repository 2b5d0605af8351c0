// What the readers of meaning (automatic, bounce, forward) are given of one mail: decoded headers in order, the
// bodies, and the machine-readable parts of reports. It never holds raw bytes, and nothing here leaves the room:
// the rest of the house sees ParsedMail only.
import type { MailAddress, MailAttachment } from "./parsed-mail.ts";

export interface HeaderLine {
  /** Lower case. */
  name: string;
  /** Unfolded, decoded (RFC 2047). */
  value: string;
}

export interface Reading {
  /** Top-level, in order. */
  headers: HeaderLine[];
  from: MailAddress | null;
  to: MailAddress[];
  subject: string;
  text: string;
  attachments: MailAttachment[];
  /**
   * Machine-readable parts for bounces: the content of message/delivery-status, message/disposition-notification,
   * message/rfc822 and text/rfc822-headers parts, as text, at most 256 KB each, 20 parts.
   */
  reports: { contentType: string; text: string }[];
  /** The top-level Content-Type: lower case, without parameters. */
  contentType: string;
  contentTypeParameters: Record<string, string>;
}
