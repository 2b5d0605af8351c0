// What stands under `agents:` in maildesk.yaml: as whom the users of this machine act where the command does not say so
// (AGT-2). Whoever can read the configuration could act as anybody; this saves typing, and keeps the log honest.
import { userInfo } from "node:os";
import { parseAddress } from "./address/email.ts";
import { nameOf } from "./config-file.ts";
import { type Reading, textOf } from "./config-scalar.ts";
import type { RawConfig } from "./config-shape.ts";

export interface AgentsConfig {
  /** Agents' addresses by the system users' names. */
  users: Record<string, string>;
}

/** Who acts where --as does not say so. */
export interface ActingAgent {
  /** An agent as MAILDESK_AGENT names them, or the address under `agents.users`. */
  ref: string;
  /** The system user whom maildesk.yaml maps; null where MAILDESK_AGENT says it. */
  user: string | null;
}

export function readAgents(reading: Reading, raw: RawConfig["agents"]): AgentsConfig {
  const users = Object.entries(raw?.users ?? {}).map(([user, value]): [string, string] => {
    const key = ["agents", "users", user];
    const parsed = parseAddress(textOf(reading, key, value));
    if (parsed.ok) return [user, parsed.address];
    throw reading.problem(key, `${nameOf(key)} is no address. Write the agent's, such as joe@example.com.`);
  });
  return { users: Object.fromEntries(users) };
}

/** Null for a user who is not mapped, or has no name on this machine. */
export function mappedAgent({ users }: AgentsConfig): ActingAgent | null {
  if (Object.keys(users).length === 0) return null;
  const user = systemUser();
  const ref = user !== null && Object.hasOwn(users, user) ? users[user] : undefined;
  return ref === undefined ? null : { ref, user };
}

function systemUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null; // a number without a name, as in many containers
  }
}
