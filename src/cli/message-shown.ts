// How one message is shown, on a ticket and in a conversation without one: who wrote it, who may read it, its words and files.
import type { App } from "../app.ts";
import { byteSize, page, person } from "./explanation.ts";
import { isoTime, type Output, shortTime } from "./output.ts";

export type Message = Awaited<ReturnType<App["lists"]["ticketMessages"]>>[number];

export const messageJson = (message: Message) => ({
  id: message.id,
  direction: message.direction,
  visibility: message.visibility,
  author: message.authorKind,
  fromName: message.fromName,
  from: message.fromAddress,
  to: message.toAddresses,
  cc: message.ccAddresses,
  subject: message.subject,
  text: message.text,
  newText: message.newText,
  messageId: message.messageId,
  email: message.emailId,
  createdAt: isoTime(message.createdAt),
  flagged: message.flag !== null,
  flag: message.flag,
  remarks: message.remarks,
  attachments: message.attachments.map(({ filename, contentType, sizeBytes, inline, goneAt }) => ({
    filename,
    contentType,
    size: sizeBytes,
    inline,
    goneAt: isoTime(goneAt),
  })),
});

/** `all`: with its id and what it quotes. */
export function showMessage(out: Output, message: Message, all: boolean): void {
  out.line("");
  const author =
    message.authorKind === "machine"
      ? `a machine, ${message.fromAddress}`
      : person(message.fromName, message.fromAddress);
  const kind =
    message.visibility === "internal" ? "internal" : message.direction === "out" ? "public answer" : "public";
  for (const line of page(`${shortTime(message.createdAt)}  ${author}  (${kind})`)) out.line(line);
  if (all) out.line(`  ${message.id}`);
  const copies = message.ccAddresses.length === 0 ? [] : [`cc: ${message.ccAddresses.join(", ")}`];
  const flag =
    message.flag === null
      ? []
      : [`FLAGGED, shown to no customer: ${message.flag}`, `maildesk message release ${message.id}`];
  for (const line of [...copies, ...flag, ...message.remarks]) for (const shown of page(line, "  ! ")) out.line(shown);
  const text = (all ? message.text : message.newText).trim();
  for (const line of text === "" ? [] : page(text, "    ")) out.line(line);
  for (const [at, file] of message.attachments.entries()) {
    for (const line of page(
      `[${at + 1}] ${file.filename || "(no name)"}  ${file.contentType}, ${byteSize(file.sizeBytes)}${file.inline ? ", inline" : ""}${file.goneAt === null ? "" : `, gone since ${shortTime(file.goneAt)}`}`,
      "  ",
    ))
      out.line(line);
  }
  if (message.emailId !== null && message.attachments.some(({ goneAt }) => goneAt === null))
    out.line(`  maildesk email attachment ${message.emailId} NUMBER --output FILE`);
}
