// Who takes care of a ticket, as a command names them: an agent by id, address or name, or a team by id or name (TIC-1).
import type { App } from "../app.ts";
import { agentGuard } from "../desk/agent.ts";
import type { Guard } from "../desk/change.ts";
import { teamGuard } from "../desk/team.ts";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { knownAgent } from "./known.ts";

export interface Assignee {
  id: string;
  kind: "agent" | "team";
  /** A team's name, an agent's address. */
  name: string;
  isActive: boolean;
  /** They are as they were read. */
  guard: Guard;
}

export async function knownAssignee(app: App, ref: string): Promise<Assignee> {
  const team = await app.lists.teamByRef(ref);
  const agent = await app.lists.agentByRef(ref);
  if (team !== null && agent !== null)
    throw usage(`"${ref}" is an agent and a team.`, {
      remedy: `Write ${agent.address} for the agent, ${team.id} for the team.`,
    });
  if (team !== null) return { id: team.id, kind: "team", name: team.name, isActive: true, guard: teamGuard(team) };
  if (agent === null) {
    const near = didYouMean(ref, await teamNames(app));
    if (near !== "")
      throw usage(`There is no agent or team "${ref}"${near}.`, {
        remedy: "`maildesk team list` and `maildesk agent list` show them.",
      });
  }
  const known = agent ?? (await knownAgent(app, ref));
  const { id, address, state } = known;
  return { id, kind: "agent", name: address, isActive: state === "active", guard: agentGuard(known) };
}

const teamsMax = 1_000;

const teamNames = async ({ lists }: App): Promise<string[]> =>
  (await lists.teamList({ limit: teamsMax })).rows.map(({ name }) => name);

/** Who may get a ticket; null for `none`. */
export async function newAssignee(app: App, ref: string): Promise<Assignee | null> {
  if (ref.trim() === "" || ref.trim().toLowerCase() === "none") return null;
  const found = await knownAssignee(app, ref);
  if (found.isActive) return found;
  throw usage(`The agent ${found.name} is deactivated.`, {
    remedy: `Give it to somebody else, or: maildesk agent reactivate ${found.name}`,
  });
}
