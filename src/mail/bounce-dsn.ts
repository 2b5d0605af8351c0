// Delivery status notifications: the message/delivery-status part of RFC 3464 (and RFC 6533), read as leniently as
// mail systems write it. Only failed and delayed recipients count; reports of success give an empty list.
import { findAddresses } from "./addresses-in-text.ts";
import { findReplyCode, findStatus, isDead, shortDiagnostic } from "./bounce-verdict.ts";
import { toLines } from "./lines.ts";
import type { BounceRecipient } from "./parsed-mail.ts";

const linesMax = 20_000;
const recipientsMax = 500;
const valueCharsMax = 4_000;

export interface StatusReport {
  /** Failed and delayed ones, each address once. */
  recipients: BounceRecipient[];
  /** How many recipients the report speaks of at all, delivered ones included. */
  count: number;
}

/** Reads the text of a message/delivery-status part. */
export function readStatusReport(text: string): StatusReport {
  const recipients = new Map<string, BounceRecipient>();
  let count = 0;
  for (const fields of readGroups(text)) {
    const address = recipientOf(fields);
    if (address === null) {
      continue;
    }
    count++;
    const recipient = readRecipient(address, fields);
    if (recipient !== null && recipients.size < recipientsMax) {
      recipients.set(address.toLowerCase(), recipient);
    }
  }
  return { recipients: [...recipients.values()], count };
}

/** RFC 3464 2.1: groups of fields, divided by blank lines; a second Final-Recipient also begins a group. */
function readGroups(text: string): Map<string, string>[] {
  const groups: Map<string, string>[] = [];
  let group = new Map<string, string>();
  let name = "";
  for (const line of toLines(text).slice(0, linesMax)) {
    const field = /^([A-Za-z0-9-]{1,60})[ \t]*:(.*)$/.exec(line.slice(0, valueCharsMax));
    if (
      line.trim() === "" ||
      (field !== null && /^final-recipient$/i.test(field[1] ?? "") && group.has("final-recipient"))
    ) {
      groups.push(group);
      group = new Map();
    }
    if (field !== null) {
      name = (field[1] ?? "").toLowerCase();
      group.set(name, group.get(name) ?? (field[2] ?? "").trim());
    } else if (/^[ \t]/.test(line) && group.has(name)) {
      const value = group.get(name) ?? "";
      group.set(name, value.length < valueCharsMax ? `${value} ${line.trim()}` : value);
    }
  }
  groups.push(group);
  return groups.filter((each) => each.size > 0);
}

/** Original-Recipient is the address we wrote to; Final-Recipient may be where a forwarding rule led (RFC 3464 2.3). */
function recipientOf(fields: Map<string, string>): string | null {
  for (const name of ["original-recipient", "final-recipient", "x-actual-recipient"]) {
    const value = fields.get(name);
    const type = /^\s*([a-z0-9-]{1,30})\s*;/i.exec(value ?? "")?.[1]?.toLowerCase() ?? "rfc822";
    // RFC 6533: utf-8 addresses; "local" and "x-local" are names of the receiving system, usable if they are addresses.
    if (value !== undefined && type !== "x400") {
      const [found] = findAddresses(value.slice(value.indexOf(";") + 1));
      if (found !== undefined) {
        return found.address;
      }
    }
  }
  return null;
}

function readRecipient(address: string, fields: Map<string, string>): BounceRecipient | null {
  const code = fields.get("diagnostic-code") ?? "";
  const diagnostic = shortDiagnostic(code.replace(/^\s*[a-z0-9-]{1,30}\s*;/i, ""));
  const status = findStatus(fields.get("status") ?? "") || findStatus(diagnostic);
  const action = actionOf((fields.get("action") ?? "").trim().toLowerCase(), status, diagnostic);
  if (action === null) {
    return null;
  }
  return { address, status, action, hard: action === "failed" && isDead(status, diagnostic), diagnostic };
}

/** RFC 3464 2.3.3: delivered, relayed and expanded are no failures; without an action the status decides. */
function actionOf(action: string, status: string, diagnostic: string): BounceRecipient["action"] | null {
  const word = action.split(/[^a-z]/, 1)[0] ?? "";
  if (word === "delayed") {
    return "delayed";
  }
  if (word.startsWith("fail") || word === "error") {
    return "failed";
  }
  if (["delivered", "relayed", "expanded", "deliverable"].includes(word)) {
    return null;
  }
  const first = status[0] ?? findReplyCode(diagnostic)[0];
  return first === "2" ? null : first === "4" ? "delayed" : "failed";
}
