// Which conversation a mail belongs to (MAIL-8), in order: our signed token; a Message-ID that we filed or sent; an id
// that another mail cites, of the same people; `[#123]`, from people of the ticket only. Never by the subject's words.
// RFC 5322 section 3.6.4 for In-Reply-To and References.

import type { Facts, Question, StandaloneFacts, ThreadFacts } from "./facts.ts";
import type { Author } from "./identify.ts";

export interface Threaded {
  kind: "ticket";
  thread: ThreadFacts;
  /** Other tickets that the same mail joins together (MAIL-9), the oldest first. */
  others: ThreadFacts[];
  /** No participant and not of the ticket's organization: filed and flagged. */
  stranger: boolean;
  text: string;
}

/** It belongs to a conversation without a ticket. */
export interface InConversation {
  kind: "standalone";
  conversation: StandaloneFacts;
  /** Neither of those whom the conversation is with, nor anybody to whom it was written: filed and flagged. */
  stranger: boolean;
  text: string;
}

interface Lead {
  thread: ThreadFacts | StandaloneFacts;
  text: string;
  /** Weak leads count only for people of the ticket. */
  weak: boolean;
  /** Leads by ids may join tickets together; a token or a tag names one. */
  joins: boolean;
}

/** The conversation that the mail answers, or null for something new; `author` null for machines. */
export function findThread(question: Question, facts: Facts, author: Author | null): Threaded | InConversation | null {
  const leads = leadsOf(question, facts);
  const own = leads.filter((lead) => author !== null && isPartOf(lead, author, question));
  const first = own[0] ?? leads.find((lead) => !lead.weak);
  if (first === undefined) return null;
  const mine = own.includes(first);
  const stranger = author !== null && !mine;
  const { thread } = first;
  if ("standalone" in thread) {
    const text = `${first.text} of the conversation "${thread.standalone.subject}" with ${thread.withWhom}`;
    return { kind: "standalone", conversation: thread, stranger, text };
  }
  return {
    kind: "ticket",
    thread,
    others: mine && first.joins ? otherTickets(thread, own) : [],
    stranger,
    text: `${first.text} of #${thread.ticket.number}`,
  };
}

/** Who follows the project has a part in what they were told of, and not in whatever a number in a subject leads to (MAIL-8). */
function isPartOf({ thread, weak }: Lead, author: Author, question: Question): boolean {
  if (!("standalone" in thread)) return belongs(thread, author) || (!weak && thread.senderFollows);
  if (author.kind === "agent" || author.customerId === thread.customerId || thread.senderFollows) return true;
  if (author.organizationId !== null && author.organizationId === thread.organizationId) return true;
  // Who left meanwhile still answers what was written to them, but not to those who stayed.
  if (thread.standalone.answers === "everybody") return false;
  return question.tokens.some(
    ({ claims }) => claims.conversation === thread.conversation.ref && claims.recipient === author.known?.ref,
  );
}

/** Participant, or member of the ticket's organization; no organization never equals no organization. Agents belong everywhere. */
export function belongs(thread: ThreadFacts, author: Author): boolean {
  if (author.kind === "agent") return true;
  if (thread.people.some((person) => person.customerId === author.customerId)) return true;
  return author.organizationId !== null && author.organizationId === thread.organizationId;
}

function leadsOf(question: Question, facts: Facts): Lead[] {
  const leads: Lead[] = [];
  const add = (conversationId: string | undefined | null, text: string, weak: boolean, joins: boolean) => {
    if (conversationId == null) return;
    const standalone = facts.standalone.get(conversationId);
    const thread = facts.threads.get(standalone?.movedTo ?? conversationId) ?? standalone;
    if (thread !== undefined) leads.push({ thread, text, weak, joins });
  };
  for (const { claims, where } of question.tokens) {
    if (claims.purpose !== "reply" && claims.purpose !== "bounce" && claims.purpose !== "mark") continue;
    const place = where === "address" ? "the signed reply address" : "a signed Message-ID";
    add(facts.byRef.get(claims.conversation), place, false, false);
  }
  if (question.bounced !== null) {
    for (const row of rowsOf(facts, question.bounced, ["sent"]))
      add(row.conversationId, "the returned Message-ID", false, false);
  }
  for (const id of question.cited) {
    for (const row of rowsOf(facts, id, ["filed", "sent"]))
      add(row.conversationId, `cites a mail (${id})`, false, true);
  }
  if (question.messageId !== null) {
    for (const row of rowsOf(facts, question.messageId, ["cited"]))
      add(row.conversationId, "is cited by a mail", true, true);
  }
  for (const id of question.cited) {
    for (const row of rowsOf(facts, id, ["cited"]))
      add(row.conversationId, `cites the same unseen mail (${id}) as one`, true, true);
  }
  add(facts.tagged, `carries [#${question.taggedNumber}], from somebody`, true, false);
  return leads;
}

/** What became a ticket goes on there: an id that leads to a conversation without one as well leads to the ticket first. */
const rowsOf = (facts: Facts, key: string, kinds: readonly string[]) => {
  const rank = (row: { conversationId: string }) => (facts.standalone.has(row.conversationId) ? 1 : 0);
  return facts.references
    .filter((row) => row.key === key && kinds.includes(row.kind))
    .sort((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt);
};

function otherTickets(chosen: ThreadFacts, leads: readonly Lead[]): ThreadFacts[] {
  const byTicket = new Map<string, ThreadFacts>();
  for (const { thread, joins } of leads) {
    if (joins && !("standalone" in thread) && thread.ticket.id !== chosen.ticket.id)
      byTicket.set(thread.ticket.id, thread);
  }
  return [...byTicket.values()].sort((a, b) => a.ticket.number - b.ticket.number);
}
