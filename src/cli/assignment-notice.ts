// Who is given a ticket is mailed of it (AGT-4), but for whoever gives it to themselves.
import { type Change, isSet } from "../desk/change.ts";
import type { Notice } from "../desk/notice.ts";
import type { DeskSession } from "./context.ts";

/** Of more tickets at once nobody wants a mail each: `ticket list --assignee` shows them. */
const ticketsMax = 50;

export async function assignmentNotices({ app, agent }: DeskSession, changes: readonly Change[]): Promise<Notice[]> {
  const given = changes.flatMap((change) => {
    if (isSet(change) || change.table !== "ticket" || typeof change.after?.assigneeId !== "string") return [];
    return change.before === null || change.after.assigneeId === agent?.id ? [] : [change.id];
  });
  if (given.length === 0 || given.length > ticketsMax) return [];
  const conversations = await app.lists.firstConversations(given);
  const now = app.clock.now();
  return [...conversations].map(([ticketId, conversationId]) => ({
    ...{ id: app.ids.next("ntc"), kind: "assignment" as const, ticketId, conversationId, messageId: "" },
    ...{ hadIt: [], agentId: "", notBefore: now, createdAt: now },
  }));
}
