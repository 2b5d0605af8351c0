// Which earlier messages of a conversation a mail may quote to one person (SHA-3): public ones that people wrote, and of
// those only what this person could read then. The one place for that; who adds rights adds them here.
import type { Message } from "./conversation.ts";
import type { FollowLevel } from "./project.ts";
import { levelsFor } from "./recipients.ts";

/** An earlier message, as far as it is quoted. */
export type Quoted = Pick<
  Message,
  "id" | "authorKind" | "authorId" | "fromName" | "newText" | "flag" | "createdAt" | "toAddresses" | "ccAddresses"
>;

/** Whom it would be quoted to: what they wrote, or got by To or Cc, they know whenever they joined. */
export interface Reader {
  customerId: string;
  /** Folded address. */
  addressKey: string;
  /** Of who only follows the ticket's project. */
  level?: FollowLevel | undefined;
  /** Ids of messages that they were sent; left out where that is not looked at. */
  told?: ReadonlySet<string>;
}

/** By `mail.history`, how many earlier messages are looked at: the last that a person may read need not be the last of all. */
export const historyRead: Readonly<Record<string, number>> = { none: 0, last: 5, all: 20 };

/**
 * Those that may be quoted to somebody whose seat, or follow, began at `sinceMs`; the order stays. Somebody of whom that is
 * not known (null) gets only what is their own.
 */
export function quotable<M extends Quoted>(messages: readonly M[], sinceMs: number | null, reader: Reader): M[] {
  return messages.filter((message) => {
    if (message.flag !== null || (message.authorKind !== "customer" && message.authorKind !== "agent")) return false;
    if (isOwn(message, reader)) return true;
    // Their seat may be older than a merge that brought a conversation of others to their ticket.
    if (reader.told?.has(message.id) === false) return false;
    // Who follows for replies only was never told what customers wrote.
    const hears = reader.level === undefined || levelsFor(message).has(reader.level);
    return hears && sinceMs !== null && message.createdAt >= sinceMs;
  });
}

function isOwn(message: Quoted, { customerId, addressKey }: Reader): boolean {
  if (message.authorKind === "customer" && message.authorId === customerId) return true;
  return [...message.toAddresses, ...message.ccAddresses].some((address) => address.toLowerCase() === addressKey);
}

/** Characters of one earlier message, and of all in one mail. */
export const quotedCharsMax = 10_000;
export const historyCharsMax = 40_000;
