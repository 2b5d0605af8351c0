// A mail that a person forwarded: who wrote the original, its subject and its text (MAIL-14). Recognised by the line
// that mail programs put above it, or by quoted headers below a subject that says "Fwd:", or by one attached mail. An
// answer that merely quotes a forwarded mail is no forward: what opens the first quotation decides.
import { readMailbox } from "./addresses-in-text.ts";
import { attachedText, readAttachedMail } from "./attached-mail.ts";
import { plain, type ScannedText, scanLines, unquote, unquoteOnce } from "./lines.ts";
import type { Forwarded } from "./parsed-mail.ts";
import { attributionEnd, type HeaderBlock, headerBlockAt, separatorKind } from "./quote-headers.ts";
import type { Reading } from "./reading.ts";
import { bareSubject, subjectKind } from "./subject-prefix.ts";

/** The mail that a person forwarded with this one, or null where it is no forward or names no original sender. */
export function readForwarded(reading: Reading, scanned: ScannedText = scanLines(reading.text)): Forwarded | null {
  return forwardedInBody(reading, scanned) ?? forwardedAttached(reading);
}

function forwardedInBody(reading: Reading, { lines, plains }: ScannedText): Forwarded | null {
  const saysForward = subjectKind(reading.subject) === "forward";
  for (let at = 0; at < lines.length; at++) {
    const { depth, text } = unquote(plains[at] ?? "");
    if (text === "") {
      continue;
    }
    const separator = separatorKind(text.trim());
    if (separator === "forwarded" || (separator === "original" && saysForward)) {
      return readBelow(lines, at + 1, reading.subject);
    }
    if (separator !== null || depth > 0 || attributionEnd(plains, at) !== null) {
      return null;
    }
    const block = headerBlockAt(plains, at);
    if (block !== null) {
      return saysForward ? fromBlock(lines, block, reading.subject) : null;
    }
  }
  return null;
}

/** What stands below a separator: headers, or in Yandex's form one attribution line, quoted or not. */
function readBelow(lines: string[], from: number, subject: string): Forwarded | null {
  let start = from;
  while (start < lines.length && plain(unquote(lines[start] ?? "").text) === "") {
    start++;
  }
  const quoted = unquote(lines[start] ?? "").depth > 0;
  const below = quoted ? lines.slice(start).map(unquoteOnce) : lines.slice(start);
  const plains = below.map(plain);
  const block = headerBlockAt(plains, 0, true);
  if (block !== null) {
    return fromBlock(below, block, subject);
  }
  const end = attributionEnd(plains, 0);
  return end === null ? null : makeForwarded(below.slice(0, end).join(" "), undefined, below.slice(end), subject);
}

function fromBlock(lines: string[], block: HeaderBlock, subject: string): Forwarded | null {
  return makeForwarded(block.fields.get("from"), block.fields.get("subject"), lines.slice(block.end), subject);
}

function makeForwarded(
  from: string | undefined,
  subject: string | undefined,
  body: string[],
  outerSubject: string,
): Forwarded | null {
  const sender = from === undefined ? null : readMailbox(from);
  if (sender === null) {
    return null;
  }
  return { from: sender, subject: plain(subject ?? bareSubject(outerSubject)), text: body.join("\n").trim() };
}

/** Exactly one attached mail in a mail that is neither an answer nor a report: "forward as attachment". */
function forwardedAttached(reading: Reading): Forwarded | null {
  const mails = reading.reports.filter((report) => report.contentType === "message/rfc822");
  const [only] = mails;
  if (only === undefined || mails.length > 1 || reading.contentType === "multipart/report") {
    return null;
  }
  const mail = readAttachedMail(only.text);
  const subject = plain(mail.headers.get("subject") ?? "");
  // An answer may bring a mail along as evidence; only a subject that forwards, or that is the attached one's, forwards.
  const same = subject !== "" && bareSubject(reading.subject) === bareSubject(subject);
  if (subjectKind(reading.subject) !== "forward" && !(same && subjectKind(reading.subject) === null)) {
    return null;
  }
  const from = readMailbox(mail.headers.get("from") ?? "");
  return from === null ? null : { from, subject, text: attachedText(mail) };
}
