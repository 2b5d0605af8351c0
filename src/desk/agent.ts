// Agents: people who answer. They share the address table with customers, so that nobody is both (AGT-1, CUS-3).
import { badData, conflict } from "../errors.ts";
import type { AgentHears } from "./agent-hearing.ts";
import { type Change, type Guard, insert, present, update } from "./change.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";
import { reassign, type TeamMember } from "./team.ts";

export interface Agent {
  id: string;
  /** A short number that stands for this agent in signed tokens; shared sequence with customers. */
  ref: number;
  name: string;
  state: "active" | "deactivated";
  mayAnswer: boolean;
  mayAdminister: boolean;
  /** Of which tickets they are told by mail (AGT-4). */
  hears: AgentHears;
  /** What stands below their messages; "" is their name. */
  signature: string;
  createdAt: number;
  version: number;
}

export type AgentDraft = Pick<Agent, "id" | "ref" | "name" | "mayAnswer" | "mayAdminister">;

export interface NewAgent extends AgentDraft {
  address: string;
  addressKey: string;
}

/** The row alone: whose addresses are there already. */
export const agentRow = ({ id, ref, name, mayAnswer, mayAdminister }: AgentDraft, now: number): Change =>
  insert("agent", {
    id,
    ref,
    name,
    state: "active",
    mayAnswer,
    mayAdminister,
    signature: "",
    hears: "own",
    createdAt: now,
  });

/** An agent with one primary address. */
export function newAgent(input: NewAgent, now: number): Change[] {
  return [
    agentRow(input, now),
    insert("customerAddress", {
      id: input.addressKey,
      address: input.address,
      ownerKind: "agent",
      ownerId: input.id,
      isPrimary: true,
      state: "ok",
      softBounces: 0,
      createdAt: now,
    }),
  ];
}

/** What a person may set on an agent. */
export type AgentDetails = Partial<Pick<Agent, "name" | "mayAnswer" | "mayAdminister" | "signature" | "hears">>;

const signatureCharsMax = 2_000;

/** What an agent signs with, as it stands below their messages: some lines of text, without the "-- " above. */
export function readSignature(text: string): string {
  const signature = text
    .replace(/\r\n?/g, "\n")
    .replace(/^(?:\s*-- ?\n)?\s*|\s+$/g, "")
    .normalize("NFC");
  if (signature.length > signatureCharsMax)
    throw badData(`A signature has at most ${signatureCharsMax} characters; this one has ${signature.length}.`);
  return signature;
}

export const setAgent = (agent: Agent, details: AgentDetails): Change | null => update("agent", agent, details);

export const reactivateAgent = (agent: Agent): Change | null => update("agent", agent, { state: "active" });

/** What refers to an agent and would be left behind by who leaves, all of it. */
export interface AgentBelongings {
  /** Folded addresses. */
  addresses: readonly string[];
  members: readonly TeamMember[];
  /** Ids of the tickets assigned to them: those not closed, and the closed ones. */
  tickets: { unclosed: readonly string[]; closed: readonly string[] };
}

/**
 * Takes an agent out of service (AGT-3). Their addresses stay theirs, so that their mail is held and makes no customer; so
 * do their teams, and closed tickets. Tickets that are not closed go to `to`, an agent or a team, where it is given.
 */
export function deactivateAgent(agent: Agent, own: AgentBelongings, to: { id: string; guard: Guard } | null): Decided {
  if (to?.id === agent.id) throw conflict("Tickets can't stay with the agent who is deactivated.");
  const left = present([update("agent", agent, { state: "deactivated" })]);
  if (to === null) return { changes: left, guards: [agentGuard(agent)] };
  const { unclosed, closed } = own.tickets;
  const except = new Set([
    ...own.addresses.map((id) => rowKey("customerAddress", id)),
    ...own.members.map((row) => rowKey("teamMember", row.id)),
    ...[...unclosed, ...closed].map((id) => rowKey("ticket", id)),
  ]);
  return {
    changes: [...left, ...reassign(unclosed, agent.id, to.id)],
    // A ticket that they got meanwhile would be left behind.
    guards: [agentGuard(agent), to.guard, { kind: "unreferenced", table: "agent", id: agent.id, except, live: true }],
  };
}

/** As they were read: no ticket goes to somebody who is deactivated meanwhile. */
export const agentGuard = ({ id, version }: Pick<Agent, "id" | "version">): Guard => ({
  kind: "version",
  table: "agent",
  id,
  version,
});
