// Mails of the spool as lists print them, for people and for machines; the JSON shape is fixed in DESIGN ("email list").
import type { App } from "../app.ts";
import { erasedText } from "../desk/erase.ts";
import { redactedMail } from "../desk/redact.ts";
import { badData, usage } from "../errors.ts";
import { type EmailReason, reasons } from "../intake/email.ts";
import type { DeskSession } from "./context.ts";
import { nearTime } from "./explanation.ts";
import { type Column, counted, isoTime, type ListShape, type Output, shortTime } from "./output.ts";

export type EmailRow = Awaited<ReturnType<App["lists"]["emailRows"]>>[number];
export type EmailDetail = Awaited<ReturnType<App["lists"]["emailsByRef"]>>[number];

/** The address in a From header as it stands; the whole text where there is none. */
export function addressIn(sender: string): string {
  const bare = sender.replace(/"(?:[^"\\]|\\.)*"/g, "");
  return /<\s*([^<>]+?)\s*>/.exec(bare)?.[1] ?? sender.trim();
}

export const emailJson = (row: EmailRow) => ({
  id: row.id,
  mailbox: row.mailbox,
  messageId: row.messageId,
  from: addressIn(row.sender),
  subject: row.subject,
  status: row.status,
  reason: row.reason,
  ticket: row.ticket,
  receivedAt: isoTime(row.receivedAt),
  storedAt: isoTime(row.storedAt),
  error: row.error,
  originalGoneAt: isoTime(row.rawGoneAt),
});

const columns: readonly Column<EmailRow>[] = [
  { head: "ID", value: (row) => row.id },
  { head: "RECEIVED", value: (row) => nearTime(row.receivedAt) },
  { head: "FROM", value: (row) => addressIn(row.sender), max: 20 },
  { head: "SUBJECT", value: (row) => row.subject, max: 18 },
  { head: "STATUS", value: (row) => row.status },
  { head: "REASON", value: (row) => row.reason ?? (row.error === null ? "" : "tried again"), max: 14 },
  { head: "TICKET", value: (row) => (row.ticket === null ? "" : `#${row.ticket}`), right: true },
];

export const emailShape: ListShape<EmailRow> = {
  columns,
  id: (row) => row.id,
  json: emailJson,
  none: "No mails.",
};

/** Why there is no original, in one sentence; null where there is one. */
export function goneText({
  id,
  rawGoneAt,
  ticket,
  sender,
  error,
}: Pick<EmailRow, "id" | "rawGoneAt" | "ticket" | "sender" | "error">): string | null {
  if (rawGoneAt === null) return null;
  if (sender === erasedText)
    return `The original of ${id} is gone since ${shortTime(rawGoneAt)}, with whoever wrote it.`;
  if (error === redactedMail) return `The original of ${id} is gone since ${shortTime(rawGoneAt)}, as ${redactedMail}.`;
  const kept = ticket === null ? "" : ` Its text is on ticket #${ticket}.`;
  return `The original of ${id} is gone since ${shortTime(rawGoneAt)}, as it was older than retention.rawDays.${kept}`;
}

/** The mail byte by byte. Rejects: data where the original was removed by age, usage where there never was one. */
export async function originalOf({ app }: DeskSession, row: EmailRow): Promise<Buffer> {
  const raw = await app.spool.raw(row.id);
  if (raw !== null && raw.length > 0) return raw;
  const gone = goneText(row);
  if (gone !== null) throw badData(gone);
  throw usage(`Nothing of the mail ${row.id} is stored.`);
}

export const isReason = (text: string | null): text is EmailReason => text !== null && Object.hasOwn(reasons, text);

/** The sentence of a mail's reason; what it waits for where it has none. */
export function reasonText(row: Pick<EmailRow, "status" | "reason" | "error" | "attempts">): string {
  if (isReason(row.reason)) return reasons[row.reason].text;
  if (row.status !== "pending") return "";
  if (row.error === null) return "It waits to be processed.";
  return `It waits for another try: after ${row.attempts} attempts the last one ended with "${row.error}".`;
}

/** The mail of an id or Message-ID; of several copies the one that was judged first, and the others are named. */
export async function emailByRef({ app }: DeskSession, ref: string, out: Output): Promise<EmailDetail> {
  const found = await app.lists.emailsByRef(ref);
  const best = found.find((one) => one.duplicateOf === null) ?? found[0];
  if (best === undefined)
    throw usage(`There is no mail "${ref}".`, {
      remedy: "Name it by its id (eml_...) or its Message-ID; `maildesk email list` shows both.",
    });
  const others = found.filter((one) => one !== best);
  if (others.length > 0)
    out.note(
      `${counted(others.length, "other mail")} with this Message-ID: ${others
        .slice(0, 5)
        .map((one) => one.id)
        .join(", ")}`,
    );
  return best;
}
