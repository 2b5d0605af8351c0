// How a mail is filed in a conversation without a ticket (ORG-14): a customer's answer is for the agents, and for all whom
// the conversation is with where it was made so. What machines and agents write there is flagged, and reaches no customer.
import { present } from "../desk/change.ts";
import { stillThere } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { comeBack } from "../desk/opt-out.ts";
import { letWait, noTicket, stillStandalone } from "../desk/standalone.ts";
import { intentOf } from "./agent-intent.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { StandaloneFacts } from "./facts.ts";
import { bouncedAddresses, type Filed, flagFor, who } from "./file.ts";
import type { AgentAuthor, Identified } from "./identify.ts";
import { messageOf, seenGuards } from "./message.ts";
import { agentNotice, agentNotices, othersNotice, whyUntold } from "./tell.ts";
import type { InConversation } from "./thread.ts";

type Rest = Pick<Filed, "reason" | "customerId" | "changes" | "guards" | "notices" | "text" | "told">;

/** A machine's answer or report: kept for the agents. */
export function fileStandaloneMachine(
  input: Inbound,
  draw: Draw,
  what: "bounce" | "automatic",
  { conversation }: InConversation,
): Filed {
  const marked = what === "bounce" ? bouncedAddresses(input) : [];
  const machine = { kind: "machine", id: null } as const;
  return filed(conversation, {
    reason: what === "bounce" ? "bounce" : "auto-reply",
    customerId: null,
    changes: [...messageOf(input, draw, conversation.conversation.id, machine, "a machine wrote it"), ...marked],
    guards: seenGuards(input),
    notices: [],
    text: "a message that no customer sees",
    told: ["nobody: machines are never answered"],
  });
}

/** A person's mail. */
export function fileStandalone(
  input: Inbound,
  draw: Draw,
  { author, changes, guards }: Identified,
  { conversation, stranger }: InConversation,
): Filed {
  if (author.kind === "agent") return fileAgent(input, draw, { author, changes, guards }, conversation);
  const flag = stranger ? "its sender has no part in the conversation" : flagFor(input, author, false);
  const message = messageOf(input, draw, conversation.conversation.id, who(author), flag);
  const notice = noticeOf(input, draw, conversation, message[0].id, flag);
  return filed(conversation, {
    reason: stranger ? "stranger" : "reply",
    customerId: author.customerId,
    // Also a stranger's: somebody must look at it.
    changes: [
      ...changes,
      ...message,
      ...present([
        letWait(conversation.standalone, input.now),
        stranger ? null : comeBack(conversation.senderLeft ?? null),
      ]),
    ],
    guards: [...guards, ...seenGuards(input)],
    notices: [
      ...(typeof notice === "string" ? [] : [notice]),
      ...agentNotices(input, draw, {
        ticketId: noTicket,
        conversationId: conversation.conversation.id,
        messageId: message[0].id,
      }),
    ],
    text: `a message there${flag === null ? "" : `, flagged: ${flag}`}`,
    told: [typeof notice === "string" ? notice : "everybody whom the conversation is with hears of it"],
  });
}

/**
 * An agent's answer goes to everybody where everybody's do; elsewhere it would reach people who asked nothing, so it stays with
 * the agents, flagged, and its author is told.
 */
function fileAgent(
  input: Inbound,
  draw: Draw,
  { author, changes, guards }: Pick<Identified<AgentAuthor>, "author" | "changes" | "guards">,
  facts: StandaloneFacts,
): Filed {
  const { now, settings } = input;
  const { conversation } = facts;
  const intent = intentOf(input, author.agent, facts);
  const refusal = intent.refusal ?? (intent.commands.length > 0 ? "commands need a ticket, and this is none" : null);
  const isPublic = intent.visibility === "public" && refusal === null && facts.standalone.answers === "everybody";
  const remarks = refusal === null ? input.mail.remarks : [...input.mail.remarks, refusal];
  const message = messageOf(input, draw, conversation.id, who(author), isPublic ? null : agentsOnly, {
    newText: intent.words,
    remarks,
    ...(isPublic ? { direction: "out" as const, text: intent.words } : {}),
  });
  const place = { ticketId: noTicket, conversationId: conversation.id, messageId: message[0].id };
  const told = isPublic ? [othersNotice(input, draw, noTicket, conversation.id, message[0].id)] : [];
  const refused = refusal === null ? [] : [agentNotice(draw, "refusal", place, now, now, author.agent.id)];
  return filed(facts, {
    reason: isPublic ? "agent-answer" : "agent-note",
    customerId: null,
    changes: [...changes, ...message],
    guards: [...guards, ...seenGuards(input)],
    notices: [...told, ...agentNotices(input, draw, place, isPublic ? now + settings["mail.hold"] : now), ...refused],
    text: isPublic ? "a public answer there" : `a message there, flagged: ${agentsOnly}`,
    told: [
      isPublic ? "everybody whom the conversation is with hears of it" : `no customer: ${agentsOnly}`,
      ...(refusal === null ? [] : [`its author is told: ${refusal}`]),
    ],
  });
}

const agentsOnly = "an agent's mail is internal";

function noticeOf(
  input: Inbound,
  draw: Draw,
  { conversation, standalone, mailsLastHour }: StandaloneFacts,
  messageId: string,
  flag: string | null,
): Notice | string {
  const untold = whyUntold(input, flag);
  if (untold !== null) return untold;
  if (standalone.answers === "agents") return "no customer: answers in this conversation are for the agents";
  const limit = input.settings["limits.mailsPerTicketPerHour"];
  if (mailsLastHour >= limit) return `nobody: limits.mailsPerTicketPerHour is ${limit}`;
  return othersNotice(input, draw, noTicket, conversation.id, messageId);
}

const filed = ({ conversation, standalone }: StandaloneFacts, rest: Rest): Filed => ({
  ...rest,
  ticketId: null,
  ticketNumber: null,
  guards: [...rest.guards, stillThere(conversation), stillStandalone(standalone)],
  events: [],
  merged: [],
});
