// What earlier messages go to whom with the mails that are made now: read for those alone who were seated with their history,
// and who got nothing of the conversation since (SHA-3).
import type { Message } from "../desk/conversation.ts";
import { earlierFor, historyMessagesMax } from "../desk/owed-history.ts";
import type { Seated } from "../desk/recipients.ts";
import type { NoticeFacts } from "../ports-database.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { decode } from "./schema.ts";

type Read = Database["read"];

/** A few more than go along, so that it can be said how many don't. */
const readMax = historyMessagesMax * 10;

/** By customer: the oldest first. */
export async function owedTo(
  read: Read,
  { candidates, conversation, notices, messages: telling }: Omit<NoticeFacts, "words">,
): Promise<Map<string, Message[]>> {
  const owed = new Map<string, Message[]>();
  const seated = candidates.filter(
    (one): one is Seated => "person" in one && (one as Seated).person.historyUntil !== null,
  );
  if (seated.length === 0 || !notices.some(({ kind }) => kind === "message")) return owed;
  const now = new Set(telling.map(({ id }) => id));
  const rows = await read
    .selectFrom("message")
    .selectAll()
    .where("conversationId", "=", conversation.id)
    .where("flag", "is", null)
    .orderBy("createdAt", "desc")
    .orderBy("id", "desc")
    .limit(readMax)
    .execute();
  const earlier = rows.map((row) => decode("message", row)).filter(({ id }) => !now.has(id));
  for (const { customer, person } of seated) {
    if (person.historyUntil === null || (await gotSince(read, conversation.id, customer.id, person.historyUntil)))
      continue;
    const told = await toldAmong(
      read,
      customer.id,
      earlier.map(({ id }) => id),
    );
    const theirs = earlierFor({ ...person, customerId: customer.id }, earlier.toReversed(), told);
    if (theirs.length > 0) owed.set(customer.id, theirs);
  }
  return owed;
}

/** Once somebody got a mail the history went with it. */
async function gotSince(read: Read, conversationId: string, customerId: string, since: number): Promise<boolean> {
  const row = await read
    .selectFrom("outbox")
    .select("id")
    .where("conversationId", "=", conversationId)
    .where("customerId", "=", customerId)
    .where("createdAt", ">=", since)
    .where("kind", "=", "message")
    .where("status", "not in", ["dropped", "suppressed"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Those of these messages that this customer was told of. */
export async function toldAmong(read: Read, customerId: string, messageIds: readonly string[]): Promise<Set<string>> {
  const told = new Set<string>();
  for (const ids of idLists(messageIds)) {
    const rows = await read
      .selectFrom("outboxMessage")
      .select("messageId")
      .where("customerId", "=", customerId)
      .where("messageId", "in", ids)
      .execute();
    for (const { messageId } of rows) told.add(messageId);
  }
  return told;
}
