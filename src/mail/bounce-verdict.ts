// Whether an address is dead, judged from a report's status and from what the server said (RFC 3463, RFC 5321 4.2.2).
// A full mailbox, a spam filter, a slow server or a rule of the receiver says nothing about the address. Nothing here
// reads mails; it compares one short text with two tables.
import { deadReasons, passingReasons } from "./bounce-words.ts";
import { fold } from "./lines.ts";

/** RFC 3463 3.2 and 3.3, RFC 7505: bad mailbox, bad system, bad syntax, moved, disabled, null MX. */
const deadStatuses = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
const enhanced = /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/;
const replyCode = /(?:^|[^\d.-])([45]\d\d)(?=[ -]|$)/;
const diagnosticCharsMax = 500;
const reasonCharsMax = 5_000;
const codeCharsMax = 20_000;

/** The first enhanced status code (RFC 3463) in a text that is no success and no network address; "" if none. */
export function findStatus(text: string): string {
  return enhanced.exec(text.slice(0, codeCharsMax))?.[1] ?? "";
}

/** The first SMTP reply code of a failure (4yz, 5yz) in a text, or "". */
export function findReplyCode(text: string): string {
  return replyCode.exec(text.slice(0, codeCharsMax))?.[1] ?? "";
}

/** One line of at most 500 characters. */
export function shortDiagnostic(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, diagnosticCharsMax);
}

/** True if status and diagnostic say that the address itself is dead; the diagnostic outranks the status. */
export function isDead(status: string, diagnostic: string): boolean {
  const text = comparable(diagnostic);
  const dead = deadReasons.some((reason) => names(text, reason));
  const passing = passingReasons.some((reason) => names(text, reason));
  if (dead !== passing) {
    return dead && !status.startsWith("4.");
  }
  return deadStatuses.has(status);
}

/** True if the text names any reason for not delivering, as codes (RFC 5321, RFC 3463) or in words. */
export function namesReason(report: string): boolean {
  const text = comparable(report);
  const inWords = [...deadReasons, ...passingReasons].some((reason) => names(text, reason));
  return inWords || findStatus(report) !== "" || findReplyCode(report) !== "";
}

function comparable(text: string): string {
  return fold(text.slice(0, reasonCharsMax).replace(/\s+/g, " "));
}

/** True if the reason stands in the text at the start of a word: "rbl" is not in "herbl". */
function names(text: string, reason: string): boolean {
  for (let at = text.indexOf(reason); at >= 0; at = text.indexOf(reason, at + reason.length)) {
    if (!/[\p{L}\d@]/u.test(text[at - 1] ?? " ")) {
      return true;
    }
  }
  return false;
}
