// Which agents are told of a message, which are not, and why (AGT-4, MAIL-15): one pure function, as recipients.ts is for
// customers. Internal messages are told too, which is why nobody but an active agent may ever come out of it.
import type { Agent } from "./agent.ts";
import { type Change, insert, remove } from "./change.ts";
import type { Message } from "./conversation.ts";
import type { Customer, CustomerAddress } from "./customer.ts";
import type { Notice, NoticeKind } from "./notice.ts";

/** Of which tickets an agent is told: every one, also those of followed projects, their own ones, or none. */
export const agentHears = ["all", "projects", "own", "none"] as const;
export type AgentHears = (typeof agentHears)[number];

/** An agent hears of a project's tickets. `id` is agent id, colon, project id. */
export interface AgentFollow {
  id: string;
  agentId: string;
  projectId: string;
  createdAt: number;
  version: number;
}

/** One agent as things are when it is told; `address` is where a mail would go. */
export interface AgentCandidate {
  agent: Agent;
  address: Pick<CustomerAddress, "id" | "address"> | null;
  isAssignee: boolean;
  /** The name of the assigned team, of which they are; null where they are not. */
  inTeam: string | null;
  /** They are among those who take care of what is nobody's yet. */
  hearsUnassigned: boolean;
  /** The ticket's project, which they follow; null where they do not. */
  follows: string | null;
  /** They wrote in it before. */
  tookPart: boolean;
}

export interface AgentHearing {
  agent: Agent;
  address: string;
  addressKey: string;
  hears: boolean;
  /** A clause: "it is yours", "wrote it". */
  why: string;
}

/** Every agent with the answer, in the order of the candidates. */
export function agentHearings(
  notice: Pick<Notice, "kind" | "agentId">,
  message: Pick<Message, "authorKind" | "authorId"> | null,
  isUnassigned: boolean,
  candidates: readonly AgentCandidate[],
): AgentHearing[] {
  return candidates.map((candidate) => {
    const { agent, address } = candidate;
    const refusal = whyNot(notice, message, candidate);
    const reason = refusal === null ? whyTold(notice, isUnassigned, candidate) : null;
    return {
      agent,
      address: address?.address ?? "",
      addressKey: address?.id ?? "",
      hears: reason !== null,
      why: refusal ?? reason ?? "it does not concern them",
    };
  });
}

function whyNot(
  { kind, agentId }: Pick<Notice, "kind" | "agentId">,
  message: Pick<Message, "authorKind" | "authorId"> | null,
  { agent, address }: AgentCandidate,
): string | null {
  if (agentId !== "" && agentId !== agent.id) return "it is for somebody else";
  const unable = mayBeTold(agent);
  if (unable !== null) return unable;
  if (address === null) return "has no address";
  if (kind === "refusal") return null;
  if (agent.hears === "none") return "asked to hear of nothing";
  if (kind === "notification" && message?.authorKind === "agent" && message.authorId === agent.id) return "wrote it";
  return null;
}

function whyTold(
  { kind }: Pick<Notice, "kind">,
  isUnassigned: boolean,
  { agent, isAssignee, inTeam, hearsUnassigned, follows, tookPart }: AgentCandidate,
): string | null {
  if (kind === "refusal") return "you wrote it";
  if (kind === "assignment") {
    if (isAssignee) return "it was given to you";
    return inTeam === null ? null : `it was given to your team ${inTeam}`;
  }
  if (isAssignee) return "it is yours";
  if (inTeam !== null) return `it is your team's, ${inTeam}`;
  if (tookPart) return "you wrote in it";
  if (agent.hears === "all") return "you hear of every ticket";
  if (agent.hears === "projects" && follows !== null) return `you follow the project ${follows}`;
  if (isUnassigned && hearsUnassigned) return "nobody takes care of it yet";
  return null;
}

/** Read again at each attempt: who was deactivated meanwhile reads nothing more. */
export const mayBeTold = ({ state }: Pick<Agent, "state">): string | null =>
  state === "active" ? null : "the agent is deactivated";

/** Kinds of notices, and of outgoing mails, that only agents ever get. */
export const agentKinds = ["notification", "assignment", "refusal"] as const satisfies readonly NoticeKind[];
export type AgentKind = (typeof agentKinds)[number];

export const isAgentKind = (kind: string): kind is AgentKind => agentKinds.some((one) => one === kind);

export const followProject = (agentId: string, projectId: string, now: number): Change =>
  insert("agentFollow", { id: `${agentId}:${projectId}`, agentId, projectId, createdAt: now });

export const unfollowProject = (follow: AgentFollow): Change => remove("agentFollow", follow);

/** "Ann Example", or the address of who has no name: agents may read both. */
export const shownCustomer = ({ name }: Pick<Customer, "name">, address: string): string =>
  name === "" ? address : `${name} <${address}>`;
