// What was said before somebody came: which earlier messages go along with the first mail that they get of a conversation
// (SHA-3). How they read is mail-words.ts, as for all that a mail quotes.
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
