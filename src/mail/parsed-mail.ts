// What the rest of the house knows of one mail after it was read: plain data, small enough to cross a process
// boundary. No attachment bytes (they stay in the stored raw mail), no word of tickets or customers.

import type { AuthenticationHeader } from "./authentication-results.ts";

/** One address of a header: the display name decoded, the address as written (case kept), without angle brackets. */
export interface MailAddress {
  name: string;
  address: string;
}

export interface MailAttachment {
  /** Index among the mail's attachments, from 0, in the order they stand in the raw mail. */
  part: number;
  /** Decoded and made safe: no path, no control characters, at most 200 characters. */
  filename: string;
  contentType: string;
  sizeBytes: number;
  /** Lower-case hex over the decoded bytes. */
  sha256: string;
  inline: boolean;
  contentId: string | null;
}

/** RFC 3464, or one of the common non-standard forms. Present only if the mail itself is a delivery report. */
export interface Bounce {
  recipients: BounceRecipient[];
  /** Message-ID of the mail that bounced, without brackets, where the report quotes it. */
  originalMessageId: string | null;
}

export interface BounceRecipient {
  address: string;
  /** RFC 3463 status such as `5.1.1`, or "" where none was named. */
  status: string;
  action: "failed" | "delayed";
  /** The address itself is dead (no such user, disabled), not merely full, slow or refused by policy. */
  hard: boolean;
  /** What the server said, at most 500 characters. */
  diagnostic: string;
}

/** A mail that a person forwarded in its body: who wrote the original, and what. */
export interface Forwarded {
  from: MailAddress;
  subject: string;
  text: string;
}

export interface ParsedMail {
  /** Ids are without angle brackets and white space, case kept. */
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  /** The Date header, UTC milliseconds; null where there is none or it is no date. */
  dateMs: number | null;
  from: MailAddress | null;
  replyTo: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  subject: string;
  /** The mail as plain text: the text part, or the HTML made readable. */
  text: string;
  /** What the sender wrote now, without quotation and signature; the whole text where nothing would be left. */
  newText: string;
  attachments: MailAttachment[];
  /** Evidence that a machine wrote this, each a short clause such as "Auto-Submitted: auto-replied". Empty = a person. */
  automatic: string[];
  bounce: Bounce | null;
  forwarded: Forwarded | null;
  /** What servers say of its origin, the topmost header first; whom to believe is decided elsewhere. */
  authentication: AuthenticationHeader[];
  /** Values of X-Maildesk-Token headers as found; verified elsewhere. */
  marks: string[];
  /** Message-ID, Date, From and body, without transport headers: lower-case hex SHA-256. */
  digest: string;
  /** Limits that were applied ("text cut at 2 MB"), each a short clause; shown with the message. */
  remarks: string[];
}

/** What can be read of a mail without parsing its body: shown while it waits, and used to find its parent. */
export interface MailPeek {
  messageId: string | null;
  /** Every id of In-Reply-To and References, newest last, at most 50. */
  cited: string[];
  from: string;
  subject: string;
}
