// What an agent says on a ticket: a public answer or an internal note (TIC-4). The conversation is made where there is
// none, and an answer leaves a notice that `deliver` expands. Who may answer is asked here; who hears it is for
// recipients.ts to say when it is sent.
import { permanent } from "../errors.ts";
import type { Agent } from "./agent.ts";
import { type Change, type Guard, update } from "./change.ts";
import { type Conversation, newConversation, stillThere, type Visibility } from "./conversation.ts";
import type { Notice } from "./notice.ts";
import { type Candidate, type Hearing, recipients } from "./recipients.ts";
import { defaultRules, settle } from "./rule.ts";
import type { Ticket } from "./ticket.ts";
import { type AnswerDraw, agentNoticeOf, messageOf, noticeOf, type Words, type Writer } from "./words.ts";

export interface Written {
  changes: Change[];
  guards: Guard[];
  notices: Notice[];
  messageId: string;
}

/** Refuses agents who may not answer in public (AGT-1). */
export function mustAnswer(agent: Pick<Agent, "name" | "mayAnswer"> | null): void {
  if (agent !== null && !agent.mayAnswer) {
    throw permanent(`${agent.name || "This agent"} may not answer in public.`, {
      remedy: "Write a note instead, or have somebody answer who may.",
    });
  }
}

/** Who would hear a public message on the ticket, as things are now (TIC-5). */
export const audienceOf = (writer: Pick<Writer, "kind" | "id">, people: readonly Candidate[]): Hearing[] =>
  recipients(
    { kind: "message", hadIt: [] },
    { authorKind: writer.kind, authorId: writer.id, flag: null },
    { visibility: "public" },
    people,
  );

/** A public answer: the people of the ticket hear it, and the ticket waits for them (AUT-6). */
export function answerTicket(
  input: {
    ticket: Ticket;
    conversations: readonly Conversation[];
    people: readonly Candidate[];
    writer: Writer;
    words: Words;
    holdMs: number;
    now: number;
  },
  draw: AnswerDraw,
): Written {
  const { ticket, writer, now } = input;
  const place = placeFor(ticket, input.conversations, "public", draw, now);
  const heard = audienceOf(writer, input.people)
    .filter((one) => one.hears)
    .map((one) => one.address);
  const message = messageOf(
    { ...input, subject: ticket.subject, direction: "out", to: heard },
    place.conversationId,
    draw,
  );
  const settled = settle([{ kind: "agent-reply", ticket }], defaultRules, now);
  return {
    changes: [...place.changes, ...message.changes, ...settled.changes, ...touched(ticket, settled.changes, now)],
    guards: [versionOf(ticket), ...place.guards],
    notices: [
      noticeOf(ticket.id, place.conversationId, message.id, input.holdMs, draw, now),
      ...settled.notices,
      agentNoticeOf(ticket.id, place.conversationId, message.id, input.holdMs, draw, now),
    ],
    messageId: message.id,
  };
}

/** An internal note: only agents are told, and no state changes. */
export function noteOnTicket(
  input: {
    ticket: Ticket;
    conversations: readonly Conversation[];
    writer: Writer;
    words: Words;
    now: number;
  },
  draw: AnswerDraw,
): Written {
  const { ticket, now } = input;
  const place = placeFor(ticket, input.conversations, "internal", draw, now);
  const message = messageOf({ ...input, subject: ticket.subject, direction: "in", to: [] }, place.conversationId, draw);
  return {
    changes: [...place.changes, ...message.changes, ...touched(ticket, [], now)],
    guards: place.guards,
    notices: [agentNoticeOf(ticket.id, place.conversationId, message.id, 0, draw, now)],
    messageId: message.id,
  };
}

/** The oldest conversation of this visibility; made where there is none. */
function placeFor(
  ticket: Ticket,
  conversations: readonly Conversation[],
  visibility: Visibility,
  draw: AnswerDraw,
  now: number,
) {
  const found = conversations.find((one) => one.visibility === visibility);
  // Somebody may take back the message that made it.
  if (found !== undefined) return { conversationId: found.id, changes: [], guards: [stillThere(found)] };
  const conversationId = draw.id("cnv");
  return {
    conversationId,
    changes: [newConversation(conversationId, draw.ref(), ticket.id, visibility, now)],
    guards: [],
  };
}

/** A message moves its ticket in time, also where no rule touched it. */
function touched(ticket: Ticket, changes: readonly Change[], now: number): Change[] {
  if (changes.some((change) => change.table === "ticket")) return [];
  const change = update("ticket", ticket, { updatedAt: Math.max(now, ticket.updatedAt) });
  return change === null ? [] : [change];
}

const versionOf = (ticket: Ticket): Guard => ({
  kind: "version",
  table: "ticket",
  id: ticket.id,
  version: ticket.version,
});
