// A fan-out that stands still: what a ticket, or a conversation without one, has to tell waits, and so do its mails. A person
// does it by hand, or the desk where too much left within an hour (SHA-9); who looks into it lets it go on.
import { type Change, insert, update } from "./change.ts";

/** `id` is that of the ticket, or of the conversation that has none. */
export interface Freeze {
  id: string;
  ticketId: string | null;
  conversationId: string | null;
  /** Since when it stands still; null where it goes on. */
  since: number | null;
  /** Why, as a clause of one line. */
  reason: string;
  /** When it was last let go: what had left by then counts no more. */
  thawedAt: number | null;
  version: number;
}

/** What stands still or goes on: a ticket, or a conversation without one. */
export type Told = { ticketId: string; conversationId: null } | { ticketId: null; conversationId: string };

export const freezeId = ({ ticketId, conversationId }: Told): string => ticketId ?? conversationId;

export const reasonCharsMax = 200;

/** Null where it stands still already. */
export function freeze(told: Told, row: Freeze | null, reason: string, now: number): Change | null {
  if (row === null)
    return insert("freeze", { ...told, id: freezeId(told), since: now, reason: oneLine(reason), thawedAt: null });
  return row.since === null ? update("freeze", row, { since: now, reason: oneLine(reason) }) : null;
}

/** Null where nothing stands still. */
export const unfreeze = (row: Freeze | null, now: number): Change | null =>
  row === null || row.since === null ? null : update("freeze", row, { since: null, thawedAt: now });

/** Why the desk froze it by itself. */
export const tooMany = (perHourMax: number): string => `more than ${perHourMax} mails within the hour`;

/**
 * Messages of agents within the hour whose mails count for nothing: somebody saw their audience and meant it, however many it is.
 * More of them are a script that went wrong. What customers and machines write counts from the first mail.
 */
export const deliberateMax = 5;

const oneLine = (text: string): string => text.replace(/\s+/gu, " ").trim().slice(0, reasonCharsMax);

const hourMs = 3_600_000;

/** From when on mails are counted. */
export const countedSince = (row: Pick<Freeze, "thawedAt"> | null, now: number): number =>
  Math.max(now - hourMs, row?.thawedAt ?? 0);
