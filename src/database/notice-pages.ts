// Where the telling of a message stands whose people are told page by page, so that whatever happens between two pages (a kill, a
// move, a seat that is given or taken, another project) nobody is told twice and nobody who should hear is left out.
import type { Candidate } from "../desk/recipients.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import type { NoticeTable } from "./schema.ts";

type Read = Database["read"];

/** `doubtful`: it may have been told before the desk was restored from a backup. */
export type WaitingNotice = NoticeTable & { doubtful: unknown };

/** Where the telling of what was told before begins. */
export const toldAgain = "again";

/** What was begun comes to its end first; messages that were told to as many go together. */
export function nextOf(due: readonly WaitingNotice[]): { from: string; some: WaitingNotice[] } {
  const from = due.find(({ reached }) => reached !== "")?.reached ?? "";
  return { from, some: due.filter(({ reached }) => reached === from) };
}

/**
 * `reached` names whose people were told, and the last of them. Of others, as where a ticket went to another project meanwhile, it
 * begins anew: who was told already is left out.
 */
export const placeAt = (key: string, customerId: string): string => `${key} ${customerId}`;
export const placeIn = (reached: string, key: string): string =>
  reached.startsWith(`${key} `) ? reached.slice(key.length + 1) : "";

/** Those of these people whom no earlier page told of the messages, or found to hear nothing. */
export async function untold(
  read: Read,
  conversationId: string,
  notices: readonly WaitingNotice[],
  people: readonly Candidate[],
): Promise<Candidate[]> {
  const messageIds = notices.map(({ messageId }) => messageId);
  const since = Math.min(...notices.map(({ createdAt }) => createdAt));
  const done = new Set<string>();
  for (const ids of idLists(people.map(({ customer }) => customer.id))) {
    const told = await read
      .selectFrom("outboxMessage")
      .select("customerId")
      .where("customerId", "in", ids)
      .where("messageId", "in", messageIds)
      .execute();
    const silent = await read
      .selectFrom("outbox")
      .select("customerId")
      .where("conversationId", "=", conversationId)
      .where("customerId", "in", ids)
      .where("status", "=", "suppressed")
      .where("kind", "=", "message")
      .where("createdAt", ">=", since)
      .execute();
    for (const { customerId } of [...told, ...silent]) done.add(customerId);
  }
  return people.filter(({ customer }) => !done.has(customer.id));
}
