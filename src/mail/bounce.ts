// Is this mail a delivery report, about whom, and about which mail of ours (MAIL-12)? By RFC 3464 where the mail has a
// delivery-status part, else by what mail systems write for people. A false alarm marks a customer's address as dead,
// so a person's mail that quotes, forwards or complains about a bounce must give null: nothing counts unless the
// envelope or the sender shows that a mail system wrote this.
import { findAddresses } from "./addresses-in-text.ts";
import { bareMessageId, readAttachedMail } from "./attached-mail.ts";
import { automaticSubjects, repliesOnlySubjects } from "./automatic-words.ts";
import { readStatusReport } from "./bounce-dsn.ts";
import { describe, readTextRecipients, saysFailure, splitReport, type TextReport } from "./bounce-text.ts";
import { isDead, namesReason } from "./bounce-verdict.ts";
import { failureSubjects } from "./bounce-words.ts";
import { fold, plain } from "./lines.ts";
import type { Bounce, BounceRecipient } from "./parsed-mail.ts";
import type { Reading } from "./reading.ts";
import { subjectKind } from "./subject-prefix.ts";

const systemLocals = new Set(
  "mailer-daemon,mailerdaemon,mail-daemon,mdaemon,maildaemon,mail.delivery.system,postmaster,post_master".split(","),
);
const systemName =
  /mail(?:er)?[ -](?:delivery|daemon|administrator)|delivery (?:sub)?system|system administrator|postmaster/;
const returnedTypes = [
  "message/rfc822",
  "text/rfc822-headers",
  "message/rfc822-headers",
  "message/global",
  "message/global-headers",
];
const delayWords =
  /delayed|not yet been delivered|still being retried|will be retried|will keep trying|will continue to (?:try|be)|warning: (?:message|could not send)|temporary problem|transient non-fatal/;
const givenUp =
  /permanent(?:ly)? (?:error|fail|fatal)|given up|giving up|returned to sender|no further attempts|will not be retried/;

/** The delivery report that this mail is, or null; reports of success, of reading and of abuse are none. */
export function readBounce(reading: Reading): Bounce | null {
  const kind = reading.contentTypeParameters["report-type"]?.toLowerCase() ?? "";
  if (kind === "feedback-report" || kind === "disposition-notification") {
    return null;
  }
  const system = writtenBySystem(reading);
  const statusParts = reading.reports.filter((report) => report.contentType.endsWith("delivery-status"));
  if (statusParts.length > 0 && (system || reading.contentType === "multipart/report")) {
    const split = splitReport(reading.text);
    const report = readStatusReport(statusParts.map((part) => part.text).join("\n\n"));
    if (report.count > 0) {
      const recipients = withText(report.recipients, split);
      return recipients.length === 0 ? null : { recipients, originalMessageId: originalId(reading, split) };
    }
  }
  return system ? textBounce(reading, splitReport(reading.text)) : null;
}

/**
 * The null reverse-path (RFC 5321 4.5.5), a header or type that only reports have, or the name by which mail systems
 * sign. Behind "Re:" or "Fwd:" a name is not enough: administrators are people.
 */
function writtenBySystem(reading: Reading): boolean {
  const path = reading.headers.find((header) => header.name === "return-path")?.value.trim();
  const from = reading.headers.find((header) => header.name === "from")?.value.trim() ?? "";
  const failed = reading.headers.some((header) => header.name === "x-failed-recipients" && header.value.includes("@"));
  if (
    path === "<>" ||
    path?.toLowerCase().startsWith("<mailer-daemon") ||
    from === "<>" ||
    failed ||
    reading.contentType === "multipart/report"
  ) {
    return true;
  }
  const address = fold(reading.from?.address ?? from);
  const local = address.includes("@") ? address.slice(0, address.lastIndexOf("@")) : address;
  const name = fold(plain(reading.from?.name ?? from));
  if (local === "mailer-daemon") {
    return true;
  }
  return (systemLocals.has(local) || systemName.test(name)) && subjectKind(reading.subject) === null;
}

function textBounce(reading: Reading, split: TextReport): Bounce | null {
  const subject = fold(plain(reading.subject));
  const announced = failureSubjects.some((words) => subject.includes(words)) && !answersByItself(subject);
  const failure = saysFailure(split.lines);
  // An automatic answer has the null reverse-path too; only a report also names a server's reason.
  if (!announced && !(failure && namesReason(split.lines.join("\n")))) {
    return null;
  }
  const text = fold(`${subject} ${split.lines.slice(0, 80).map(plain).join(" ")}`);
  const delayed = delayWords.test(text) && !givenUp.test(text);
  const own = new Set(
    [...reading.to, ...(reading.from === null ? [] : [reading.from])].map((each) => each.address.toLowerCase()),
  );
  const recipients = textRecipients(reading, split, own, delayed);
  if (recipients.length === 0 && !(announced && failure)) {
    return null;
  }
  return { recipients, originalMessageId: originalId(reading, split) };
}

function answersByItself(subject: string): boolean {
  const prefix = subject.slice(0, Math.max(0, subject.search(/[:：]/))).trim();
  return automaticSubjects.has(prefix) || repliesOnlySubjects.has(prefix) || subjectKind(subject) === "answer";
}

/** X-Failed-Recipients (Exim, Gmail), else the addresses of the text, else whom the returned mail was written to. */
function textRecipients(reading: Reading, split: TextReport, own: Set<string>, delayed: boolean): BounceRecipient[] {
  const header = reading.headers.filter((each) => each.name === "x-failed-recipients").map((each) => each.value);
  const whole = split.lines.join(" ");
  const inText = readTextRecipients(split.lines, own, delayed);
  const named = unique(findAddresses(header.join(" ")).map((found) => found.address));
  if (named.length > 0) {
    const reasons = new Map(inText.map((recipient) => [recipient.address.toLowerCase(), recipient]));
    return named.map((address) => reasons.get(address.toLowerCase()) ?? describe(address, "", whole, delayed));
  }
  if (inText.length > 0) {
    return inText;
  }
  const returned = returnedMail(reading, split);
  const to = returned === null ? [] : findAddresses(returned.get("to") ?? "").map((found) => found.address);
  return unique(to.filter((address) => !own.has(address.toLowerCase()))).map((address) =>
    describe(address, "", whole, delayed),
  );
}

function unique(addresses: string[]): string[] {
  return [...new Map(addresses.map((address) => [address.toLowerCase(), address])).values()].slice(0, 100);
}

/** Where the status part gives one recipient no reason, the text for people may. */
function withText(recipients: BounceRecipient[], split: TextReport): BounceRecipient[] {
  const [only] = recipients;
  if (only === undefined || recipients.length > 1 || only.diagnostic !== "" || only.action === "delayed") {
    return recipients;
  }
  const text = readTextRecipients(split.lines, new Set(), false).find(
    (each) => each.address.toLowerCase() === only.address.toLowerCase(),
  );
  const diagnostic = text?.diagnostic ?? "";
  return [{ ...only, hard: isDead(only.status, diagnostic), diagnostic }];
}

function returnedMail(reading: Reading, split: TextReport): Map<string, string> | null {
  const part = reading.reports.find((report) => returnedTypes.includes(report.contentType));
  const text = part?.text ?? split.returned;
  // Above the headers pasted into a text stands the line that announces them.
  const start =
    part === undefined
      ? text.search(/^(?:return-path|received|message-id|from|to|date|subject|dkim-signature|x-[\w-]{1,40}):/im)
      : 0;
  return start < 0 || text === "" ? null : readAttachedMail(text.slice(start)).headers;
}

function originalId(reading: Reading, split: TextReport): string | null {
  const returned = bareMessageId(returnedMail(reading, split)?.get("message-id"));
  if (returned !== null) {
    return returned;
  }
  const status = reading.reports.find((report) => report.contentType.endsWith("delivery-status"));
  for (const text of [status?.text ?? "", reading.text.slice(0, 100_000)]) {
    const found = /^[ \t]*(?:x-original-)?message-id:[ \t]*(<[^<>\s]{1,990}>)/im.exec(text);
    if (found !== null) {
      return bareMessageId(found[1]);
    }
  }
  return null;
}
