// How a mail is filed in a conversation without a ticket (ORG-14): a customer's answer is for the agents, and for all whom
// the conversation is with where it was made so. What machines and agents write there is flagged, and reaches no customer.
import { present } from "../desk/change.ts";
import { stillThere } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { comeBack } from "../desk/opt-out.ts";
import { letWait, noTicket, stillStandalone } from "../desk/standalone.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { EmailReason } from "./email.ts";
import type { StandaloneFacts } from "./facts.ts";
import { bouncedAddresses, type Filed, flagFor, who } from "./file.ts";
import type { Author, Identified } from "./identify.ts";
import { messageOf, seenGuards } from "./message.ts";
import { othersNotice, whyUntold } from "./tell.ts";
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
  const isAgent = author.kind === "agent";
  const flag = flagOf(author, stranger);
  const message = messageOf(input, draw, conversation.conversation.id, who(author), flag);
  const notice = noticeOf(input, draw, conversation, message[0].id, flag);
  return filed(conversation, {
    reason: reasonOf(isAgent, stranger),
    customerId: isAgent ? null : author.customerId,
    // Also a stranger's: somebody must look at it.
    changes: [
      ...changes,
      ...message,
      ...present([
        isAgent ? null : letWait(conversation.standalone, input.now),
        isAgent || stranger ? null : comeBack(conversation.senderLeft ?? null),
      ]),
    ],
    guards: [...guards, ...seenGuards(input)],
    notices: typeof notice === "string" ? [] : [notice],
    text: `a message there${flag === null ? "" : `, flagged: ${flag}`}`,
    told: [typeof notice === "string" ? notice : "everybody whom the conversation is with hears of it"],
  });
}

function flagOf(author: Author, stranger: boolean): string | null {
  if (author.kind === "agent") return "an agent's mail is internal";
  return stranger ? "its sender has no part in the conversation" : flagFor(author, false);
}

const reasonOf = (isAgent: boolean, stranger: boolean): EmailReason => {
  if (isAgent) return "agent-note";
  return stranger ? "stranger" : "reply";
};

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
