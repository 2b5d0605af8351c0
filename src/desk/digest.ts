// A digest for one customer (VIS-5): what was said and done since the last one in the tickets that they may see, no more of it than
// customers see of tickets at all (VIS-2). Pure: what happened comes in, a text goes out.
import type { Message } from "./conversation.ts";
import { nameOfOther, type Parts, type Properties } from "./visibility.ts";

/** One ticket with news for somebody. */
export interface DigestTicket {
  id: string;
  number: number;
  subject: string;
  status: string;
  /** The status before the first change since then; null where it did not change. */
  statusBefore: string | null;
  isNew: boolean;
  /** Public, flagged by nothing, not their own; the oldest first. */
  messages: readonly DigestMessage[];
}

export type DigestMessage = Pick<Message, "id" | "authorKind" | "fromName" | "newText" | "createdAt">;

export interface DigestNews {
  /** UTC milliseconds: what happened after it. */
  since: number;
  /** When their last digest was made; 0 for none. */
  lastAt: number;
  tickets: readonly DigestTicket[];
  /** More tickets changed than are looked at. */
  isCut: boolean;
}

const messagesShown = 20;
const wordsMax = 600;

/** "3 tickets, 5 messages": how much there is. */
export function newsText({ tickets }: Pick<DigestNews, "tickets">): string {
  const messages = tickets.reduce((sum, one) => sum + one.messages.length, 0);
  return `${counted(tickets.length, "ticket")} with news, ${counted(messages, "message")}`;
}

export function digestSubject(deskName: string, { tickets }: Pick<DigestNews, "tickets">): string {
  return `${deskName}: news of ${counted(tickets.length, "ticket")}`;
}

/** `mailbox`: the address to write to. */
export function digestText(
  { since, tickets, isCut }: DigestNews,
  {
    customer,
    desk,
    mailbox,
    parts,
    properties,
  }: { customer: string; desk: string; mailbox: string; parts: Parts; properties: Properties },
): string {
  const hello = customer === "" ? "Hello," : `Hello ${customer},`;
  return [
    hello,
    `this happened since ${timeText(since)} in the tickets that you can see:`,
    ...tickets.map((ticket) => ticketText(ticket, parts, properties)),
    ...(isCut ? ["Older tickets changed as well, and are not shown here."] : []),
    `To say something about one of them, answer a mail about it, or write to ${mailbox}.`,
    `-- \n${desk}\n`,
  ].join("\n\n");
}

function ticketText(
  { number, subject, status, statusBefore, isNew, messages }: DigestTicket,
  parts: Parts,
  properties: Properties,
): string {
  const was = statusBefore === null || statusBefore === status ? "" : `, was ${statusBefore}`;
  const facts = [isNew ? "new" : "", properties.has("status") ? `${status}${was}` : ""].filter((fact) => fact !== "");
  const title = `[#${number}] ${oneLine(subject)}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`;
  if (!parts.has("conversations"))
    return messages.length === 0 ? title : `${title}\n  ${counted(messages.length, "new message")}`;
  const shown = messages.slice(-messagesShown);
  const left = messages.length - shown.length;
  return [
    title,
    ...(left > 0 ? [`  ${counted(left, "earlier message")} not shown here.`] : []),
    ...shown.map((message) => messageText(message, parts)),
  ].join("\n");
}

function messageText({ authorKind, fromName, newText, createdAt }: DigestMessage, parts: Parts): string {
  const name = authorKind === "customer" ? nameOfOther(fromName, parts) : fromName;
  const words = newText.trim();
  const some = words.length > wordsMax ? `${words.slice(0, wordsMax).trimEnd()} [...]` : words;
  const lines = some.split(/\r?\n/).map((line) => `    ${line}`.trimEnd());
  return [`  ${oneLine(name) || "The desk"}, ${timeText(createdAt)}:`, ...lines].join("\n");
}

const oneLine = (text: string): string => text.replace(/\s+/gu, " ").trim();

/** `2026-11-28 10:00 UTC`. */
const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
