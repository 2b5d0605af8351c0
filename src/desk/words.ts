// What a person of the desk writes, as rows: one message with its files, and the notice of what must be told. The bytes of
// the files are stored under their sha256 in the same commit.
import { usage } from "../errors.ts";
import { type Change, insert } from "./change.ts";
import { type Message, newMessage } from "./conversation.ts";
import type { Notice } from "./notice.ts";

/** Who writes. The desk itself writes where nobody acts under a name: its answers are signed by the desk's name. */
export type Writer =
  | { kind: "agent"; id: string; name: string; address: string }
  | { kind: "desk"; id: null; name: string; address: string }
  | { kind: "customer"; id: string; name: string; address: string };

/** A file that goes along; its bytes are stored under `sha256`. */
export interface AnswerFile {
  filename: string;
  contentType: string;
  sizeBytes: number;
  sha256: string;
}

export interface Words {
  text: string;
  files: readonly AnswerFile[];
}

/** New ids and short numbers for tokens. */
export interface AnswerDraw {
  id(prefix: string): string;
  ref(): number;
}

export const answerCharsMax = 512 * 1024;
export const answerFilesMax = 50;

/** The words without blank lines around them; usage where there are none, or too many. */
export function readWords(text: string): string {
  const words = text
    .replace(/\r\n?/g, "\n")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
  if (words === "")
    throw usage("There is nothing in the message.", {
      remedy: "Give it with --text, --file, - or in the editor.",
    });
  if (words.length > answerCharsMax)
    throw usage(`The message has ${words.length} characters, ${answerCharsMax} are allowed.`);
  return words;
}

/** The message first, then its files. */
export function messageOf(
  input: {
    writer: Writer;
    words: Words;
    subject: string;
    direction: Message["direction"];
    to: string[];
    now: number;
  },
  conversationId: string,
  draw: AnswerDraw,
): { id: string; changes: Change[] } {
  const { writer, words, subject, direction, to, now } = input;
  const id = draw.id("msg");
  const message = newMessage({
    id,
    conversationId,
    direction,
    authorKind: writer.kind,
    authorId: writer.id,
    fromName: writer.name,
    fromAddress: writer.address,
    toAddresses: to,
    ccAddresses: [],
    subject,
    text: words.text,
    newText: words.text,
    messageId: null,
    emailId: null,
    flag: null,
    remarks: [],
    createdAt: now,
  });
  const files = words.files.map((file, part) =>
    insert("attachment", {
      ...file,
      id: draw.id("att"),
      messageId: id,
      emailId: null,
      part,
      inline: false,
      contentId: null,
    }),
  );
  return { id, changes: [message, ...files] };
}

/** What `deliver` expands once the hold time is over. */
export function noticeOf(
  ticketId: string,
  conversationId: string,
  messageId: string,
  holdMs: number,
  draw: AnswerDraw,
  now: number,
): Notice {
  return {
    id: draw.id("ntc"),
    kind: "message",
    ticketId,
    conversationId,
    messageId,
    hadIt: [],
    agentId: "",
    notBefore: now + holdMs,
    createdAt: now,
  };
}

/** The same to the agents whom it concerns; what customers hear too, once it can't be recalled any more. */
export const agentNoticeOf = (
  ticketId: string,
  conversationId: string,
  messageId: string,
  holdMs: number,
  draw: AnswerDraw,
  now: number,
): Notice => ({ ...noticeOf(ticketId, conversationId, messageId, holdMs, draw, now), kind: "notification" });
