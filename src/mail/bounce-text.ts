// Delivery reports written for people only: qmail, old Sendmail, Exim, Exchange, Notes, and the services that word their
// own. No format has a reader of its own; three general facts hold for nearly all: the report stands above the returned
// mail, the address that failed begins a line or stands in the line that names the reason, and the reason is near it.
// The caller has made sure that a mail system wrote this.
import { findAddresses } from "./addresses-in-text.ts";
import { findReplyCode, findStatus, isDead, shortDiagnostic } from "./bounce-verdict.ts";
import { failurePhrases, returnedMarkers } from "./bounce-words.ts";
import { fold, plain, toLines } from "./lines.ts";
import type { BounceRecipient } from "./parsed-mail.ts";

const reportLinesMax = 1_000;
const recipientsMax = 100;
const reasonLinesMax = 12;

export interface TextReport {
  /** The report's own lines, before the returned mail. */
  lines: string[];
  /** The returned mail or its headers, as far as the text holds them. */
  returned: string;
}

/** Divides a report's text where the returned mail begins: at a line that announces it, or at the mail's own headers. */
export function splitReport(text: string): TextReport {
  const lines = toLines(text);
  const stop = Math.min(lines.length, reportLinesMax);
  for (let at = 0; at < stop; at++) {
    if (isReturnedMarker(lines[at] ?? "") || isReturnedHeader(lines, at)) {
      return { lines: lines.slice(0, at), returned: lines.slice(at).join("\n") };
    }
  }
  return { lines: lines.slice(0, stop), returned: "" };
}

function isReturnedMarker(line: string): boolean {
  const text = fold(plain(line));
  const drawn = /^[-=*#_+]/.test(text) || /[:.]$/.test(text) || /[-=*#_+]$/.test(text);
  return text.length < 100 && drawn && returnedMarkers.some((marker) => text.includes(marker));
}

const returnedHeader =
  /^(?:received|return-path|message-id|mime-version|dkim-signature|x-[a-z-]{2,40}|from|to|subject|date|sender|reply-to|content-type):/i;
const transportHeader = /^(?:received|return-path|message-id|mime-version|dkim-signature):/i;

/** Three headers in a row, one of which no report has of its own. */
function isReturnedHeader(lines: string[], at: number): boolean {
  let count = 0;
  let transport = false;
  for (let look = at; look < at + 40 && look < lines.length && count < 4; look++) {
    const line = (lines[look] ?? "").slice(0, 60);
    if (returnedHeader.test(line)) {
      count++;
      transport ||= transportHeader.test(line);
    } else if (look === at || !/^[ \t]+\S/.test(line)) {
      break;
    }
  }
  return count >= 3 && transport;
}

/** True if the report's own lines say that something was not delivered. */
export function saysFailure(lines: string[]): boolean {
  const text = fold(lines.slice(0, 80).map(plain).join(" ").replace(/\s+/g, " "));
  return failurePhrases.some((phrase) => text.includes(phrase));
}

const talkOfOthers =
  /\b(?:contact|please|postmaster|sender|mail from|from|help|support|reply to|message-id|assistance|envelope-from|for more)\b/;
const namesReason =
  /rcpt|recipient|user|unknown|mailbox|deliver|fail|reject|no such|invalid|address|account|not |\b[45]\d\d\b|full|quota|宛|送信/;

/** How surely the address at `start` of a line is the one that failed: 3 begins the line, 2 beside a reason, 1 at all. */
function witness(line: string, start: number, end: number): 0 | 1 | 2 | 3 {
  const before = fold(line.slice(0, start));
  const after = fold(line.slice(end));
  if (/^[\s<("'*>[\]•·-]*$/.test(before) || /^(?:<<< )?[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?<?$/.test(before)) {
    return 3;
  }
  if (
    /(?:rcpt to|recipient|recipient address|addressed to)\s?:\s?[<"'(]*$/.test(before) ||
    /(?:final|original)-recipient/.test(before)
  ) {
    return 3;
  }
  if (talkOfOthers.test(before)) {
    return 0;
  }
  return namesReason.test(before) || namesReason.test(after) ? 2 : 1;
}

/**
 * The addresses that a report written for people names as failed, with reasons. `own` are addresses, in lower case,
 * that a report names for other causes: whom it is written to, and who wrote it.
 */
export function readTextRecipients(lines: string[], own: ReadonlySet<string>, delayed: boolean): BounceRecipient[] {
  const found = new Map<string, { address: string; line: number; rank: number }>();
  lines.forEach((raw, index) => {
    const line = plain(raw);
    for (const { address, start, end } of line.includes("@") ? findAddresses(line) : []) {
      const key = address.toLowerCase();
      const rank = own.has(key) ? 0 : witness(line, start, end);
      const known = found.get(key);
      if (rank > (known?.rank ?? 0)) {
        found.set(key, { address, line: known?.line ?? index, rank });
      }
    }
  });
  const best = Math.max(0, ...[...found.values()].map((each) => each.rank));
  const chosen = [...found.values()].filter((each) => each.rank === best).slice(0, recipientsMax);
  return chosen.map(({ address, line }, index) => {
    const next = chosen[index + 1]?.line ?? lines.length;
    const near = lines.slice(line, Math.max(line + 1, Math.min(next, line + reasonLinesMax)));
    return describe(address, near.join(" "), chosen.length === 1 ? lines.join(" ") : "", delayed);
  });
}

/** One recipient from the lines at its address; where those say nothing, from the whole report. */
export function describe(address: string, near: string, whole: string, delayed: boolean): BounceRecipient {
  const status = findStatus(near) || findStatus(whole);
  const silent = findStatus(near) === "" && findReplyCode(near) === "" && !isDead("", near);
  const diagnostic = shortDiagnostic(near);
  const hard = !delayed && (isDead(findStatus(near), near) || (silent && isDead(status, whole)));
  return { address, status, action: delayed ? "delayed" : "failed", hard, diagnostic };
}
