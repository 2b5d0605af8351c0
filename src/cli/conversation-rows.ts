// Conversations without a ticket as lists print them, and below the organization or the customer whom they are with.
import type { App } from "../app.ts";
import { nearTime } from "./explanation.ts";
import { type Column, counted, isoTime, type ListShape, type Output } from "./output.ts";

export type ConversationRow = Awaited<ReturnType<App["lists"]["conversationList"]>>["rows"][number];
export const conversationJson = (row: ConversationRow) => ({
  id: row.id,
  subject: row.subject,
  organization: row.organization,
  customer: row.customer,
  project: row.project,
  visibility: row.visibility,
  mailbox: row.mailbox,
  shared: row.answers === "everybody",
  messages: row.messages,
  waitingSince: isoTime(row.waitingSince),
  createdAt: isoTime(row.createdAt),
});

export const withWhom = ({ organization, customer, project }: ConversationRow): string =>
  project?.name ?? organization?.name ?? (customer === null ? "nobody any more" : customer.name || customer.id);

const columns: readonly Column<ConversationRow>[] = [
  { head: "ID", value: (row) => row.id },
  { head: "SUBJECT", value: (row) => row.subject, max: 26 },
  { head: "WITH", value: withWhom, max: 18 },
  { head: "MESSAGES", value: (row) => row.messages, right: true },
  { head: "WAITING", value: (row) => nearTime(row.waitingSince) },
];

export const conversationShape: ListShape<ConversationRow> = {
  columns,
  id: (row) => row.id,
  json: conversationJson,
  none: "No conversations without a ticket.",
};

export function showConversations(
  out: Output,
  { rows, total }: { rows: readonly ConversationRow[]; total: number },
): void {
  if (rows.length === 0) return;
  out.line("");
  out.table(rows, columns);
  if (rows.length < total) out.note(`${rows.length} of ${counted(total, "conversation")}`);
}
