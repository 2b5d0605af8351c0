// Agents: people who answer. They share the address table with customers, so that nobody is both (AGT-1, CUS-3).
import { type Change, insert, update } from "./change.ts";

export interface Agent {
  id: string;
  /** A short number that stands for this agent in signed tokens; shared sequence with customers. */
  ref: number;
  name: string;
  state: "active" | "deactivated";
  mayAnswer: boolean;
  mayAdminister: boolean;
  createdAt: number;
  version: number;
}

export interface NewAgent {
  id: string;
  ref: number;
  name: string;
  address: string;
  addressKey: string;
  mayAnswer: boolean;
  mayAdminister: boolean;
}

/** An agent with one primary address. */
export function newAgent(input: NewAgent, now: number): Change[] {
  const { id, ref, name, mayAnswer, mayAdminister } = input;
  return [
    insert("agent", { id, ref, name, state: "active", mayAnswer, mayAdminister, createdAt: now }),
    insert("customerAddress", {
      id: input.addressKey,
      address: input.address,
      ownerKind: "agent",
      ownerId: id,
      isPrimary: true,
      state: "ok",
      softBounces: 0,
      createdAt: now,
    }),
  ];
}

/** What a person may set on an agent. */
export type AgentDetails = Partial<Pick<Agent, "name" | "mayAnswer" | "mayAdminister" | "state">>;

export const setAgent = (agent: Agent, details: AgentDetails): Change | null => update("agent", agent, details);
