// What was said before somebody came: which earlier messages go along with the first mail that they get of a conversation
// (SHA-3), and how these read: the oldest first, each with who wrote it and when, by names only.
import type { Message } from "./conversation.ts";
import type { TicketPerson } from "./ticket.ts";

/** Of a longer conversation the last ones go along. */
export const historyMessagesMax = 100;
export const historyCharsMax = 200 * 1024;

export type HistoryChoice = "full" | "none";

/** Up to when messages are owed to who takes a seat now; null where none are. */
export const historyFrom = (choice: HistoryChoice, now: number): number | null => (choice === "full" ? now : null);

/** Public messages that this person may be given, of those of a public conversation: what others said before they came. */
export function earlierFor(
  { customerId, historyUntil }: Pick<TicketPerson, "customerId" | "historyUntil">,
  messages: readonly Message[],
  told: ReadonlySet<string>,
): Message[] {
  if (historyUntil === null) return [];
  return messages.filter(
    (message) =>
      message.createdAt <= historyUntil &&
      message.flag === null &&
      !told.has(message.id) &&
      !(message.authorKind === "customer" && message.authorId === customerId),
  );
}

/** As many of the last as one mail may carry, the oldest first. */
export function withinBounds(messages: readonly Message[]): Message[] {
  const kept: Message[] = [];
  let chars = 0;
  for (const message of messages.slice(-historyMessagesMax).toReversed()) {
    chars += message.newText.length;
    if (chars > historyCharsMax && kept.length > 0) break;
    kept.unshift(message);
  }
  return kept;
}

/** `left`: how many older ones there are that don't go along. "" where nothing was said before. */
export function historyText(messages: readonly Message[], left: number, nameOf: (message: Message) => string): string {
  if (messages.length === 0) return "";
  const many = left === 0 ? [] : [`[${left} older ${left === 1 ? "message is" : "messages are"} left out here.]`];
  const said = messages.map(
    (message) =>
      `${nameOf(message)}, ${when(message.createdAt)}:\n\n${message.newText.slice(0, historyCharsMax).trim()}`,
  );
  return ["---- What was said before ----", ...many, ...said].join("\n\n");
}

/** A customer by the name that they gave, an agent by theirs, and nobody by an address. */
export function writerName({ authorKind, fromName }: Pick<Message, "authorKind" | "fromName">, desk: string): string {
  const isName = !/^\s*$|@/.test(fromName);
  if (authorKind === "customer") return isName ? fromName : "Another participant";
  return isName ? fromName : desk;
}

/** 2026-11-28 04:16 UTC */
const when = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
