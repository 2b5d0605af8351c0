// What the database tells of messages that agents are to hear of, as `worker/notify` sees it. The notices and the outgoing
// mails are those of ports-database.ts.
import type { AgentCandidate } from "./desk/agent-hearing.ts";
import type { Attachment, Conversation, Message } from "./desk/conversation.ts";
import type { Notice } from "./desk/notice.ts";

/** What the mail says it is about, in words for agents. */
export interface AgentAbout {
  ticketId: string;
  /** Null where the conversation has no ticket. */
  number: number | null;
  subject: string;
  mailbox: string;
  status: string;
  priority: number;
  organization: string | null;
  project: string | null;
  /** An agent's or a team's name; null for nobody. */
  assignee: string | null;
  /** Who reads what an agent answers in public: "Ann Example <ann@acme.com>", the first ones. */
  people: string[];
  /** An answer goes to everybody who got it: a conversation without a ticket that was made so. */
  shared: boolean;
  /** How many more. */
  morePeople: number;
}

/** Everything about the due notices to agents of one conversation. */
export interface AgentFacts {
  notices: Notice[];
  /** Ids of those that the desk may have told before it was restored from a backup. */
  doubtful: ReadonlySet<string>;
  conversation: Conversation;
  about: AgentAbout;
  messages: Message[];
  /** What stands in the conversation last; null where nothing does. */
  lastMessage: Message | null;
  attachments: Attachment[];
  /** Agents' names by id. */
  agentNames: ReadonlyMap<string, string>;
  isUnassigned: boolean;
  candidates: AgentCandidate[];
  /** Two agents answered without a word of the customer in between: the later one, and what the other had said. */
  crossed: { agentId: string; message: Message }[];
  /** `agentId messageId`: what an agent was told already. */
  told: ReadonlySet<string>;
  /** By agent id: Message-IDs that they wrote or were sent in this conversation, the oldest first. */
  held: ReadonlyMap<string, string[]>;
}

export interface AgentNotices {
  /**
   * Null where nothing is due. `careOf`: who is told of what is nobody's in this mailbox: "all", "none", or the name of a
   * team.
   */
  agentFacts(conversationId: string, now: number, careOf: (mailbox: string) => string): Promise<AgentFacts | null>;
}
