// Which mails of a conversation each person has: those that they wrote and those that they were sent. An answer names them, so
// that their mail program shows one thread (RFC 5322 section 3.6.4).
import { sql } from "kysely";
import type { Message } from "../desk/conversation.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { prepared } from "./prepared.ts";
import type { OutboxTable } from "./schema.ts";

type Read = Database["read"];

const heldMax = 200;

const writtenIn = prepared((db, { conversationId }: { conversationId: string }) =>
  db
    .selectFrom("message")
    .select(["authorId", "messageId", "createdAt"])
    .where("conversationId", "=", conversationId)
    .where("authorKind", "=", "customer")
    .orderBy("createdAt", "desc")
    .limit(sql.lit(heldMax)),
);
const sentIn = prepared((db, { conversationId }: { conversationId: string }) =>
  db
    .selectFrom("outbox")
    .select(["customerId", "messageId", "createdAt"])
    .where("conversationId", "=", conversationId)
    .where("status", "!=", sql.lit("suppressed"))
    .orderBy("createdAt", "desc")
    .limit(sql.lit(heldMax)),
);

/** Message-IDs by customer, the oldest first; of a long conversation the last ones. */
export async function heldIds(read: Read, conversationId: string): Promise<Map<string, string[]>> {
  return heldFrom(await writtenIn.rows(read, { conversationId }), await sentIn.rows(read, { conversationId }));
}

/** The same for some of many people, whose mails would not all be among the last. */
export async function heldBy(read: Read, conversationId: string, customerIds: readonly string[]) {
  const wrote: Written[] = [];
  const got: Sent[] = [];
  for (const ids of idLists(customerIds)) {
    wrote.push(
      ...(await read
        .selectFrom("message")
        .select(["authorId", "messageId", "createdAt"])
        .where("conversationId", "=", conversationId)
        .where("authorId", "in", ids)
        .execute()),
    );
    got.push(
      ...(await read
        .selectFrom("outbox")
        .select(["customerId", "messageId", "createdAt"])
        .where("conversationId", "=", conversationId)
        .where("customerId", "in", ids)
        .where("status", "!=", "suppressed")
        .execute()),
    );
  }
  return heldFrom(wrote, got);
}

type Written = Pick<Message, "authorId" | "messageId" | "createdAt">;
type Sent = Pick<OutboxTable, "customerId" | "messageId" | "createdAt">;

function heldFrom(wrote: readonly Written[], got: readonly Sent[]): Map<string, string[]> {
  const held = new Map<string, { id: string; at: number }[]>();
  const add = (customerId: string | null, id: string | null, at: number) => {
    if (customerId !== null && id !== null) held.set(customerId, [...(held.get(customerId) ?? []), { id, at }]);
  };
  for (const row of wrote) add(row.authorId, row.messageId, row.createdAt);
  for (const row of got) add(row.customerId, row.messageId, row.createdAt);
  return new Map(
    [...held].map(([customerId, list]) => [customerId, list.sort((a, b) => a.at - b.at).map((one) => one.id)]),
  );
}
