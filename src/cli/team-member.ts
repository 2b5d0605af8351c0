// `maildesk team member`: which agents belong to a team.
import type { Command } from "commander";
import { agentGuard } from "../desk/agent.ts";
import type { Change, Guard } from "../desk/change.ts";
import { joinTeam, leaveTeam, teamGuard } from "../desk/team.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownAgent } from "./known.ts";
import { knownTeam, showTeam } from "./team.ts";
import { noun, verb } from "./verb.ts";

export function registerTeamMember(team: Command, cli: Cli): void {
  const member = noun(team, "member", "The agents of a team.");
  verb(member, "add <team> <agents...>", "Put agents into a team.", [
    "team member add Billing bob@desk.example eve@desk.example",
  ]).action((ref: string, agents: string[]) => cli.withDesk((desk) => change(desk, cli, "add", ref, agents)));
  verb(member, "remove <team> <agents...>", "Take agents out of a team; tickets assigned to them stay theirs.", [
    "team member remove Billing bob@desk.example",
  ]).action((ref: string, agents: string[]) => cli.withDesk((desk) => change(desk, cli, "remove", ref, agents)));
}

async function change(
  desk: DeskSession,
  cli: Cli,
  name: "add" | "remove",
  ref: string,
  agents: readonly string[],
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`team member ${name} ${ref} ${agents.join(" ")}`, async () => {
    const team = await knownTeam(app, ref);
    const members = new Map((await app.lists.teamAgents(team.id)).map(({ id, member }) => [id, member]));
    const changes = new Map<string, Change>();
    const guards: Guard[] = [teamGuard(team)];
    for (const one of agents) {
      const agent = await knownAgent(app, one);
      const member = members.get(agent.id);
      if (name === "remove") {
        if (member === undefined) throw usage(`${agent.address} is not in the team ${team.name}.`);
        changes.set(agent.id, leaveTeam(member));
      } else if (member === undefined) {
        if (agent.state !== "active") throw usage(`The agent ${agent.address} is deactivated.`);
        changes.set(agent.id, joinTeam(team, agent, app.clock.now()));
        guards.push(agentGuard(agent));
      }
    }
    return { changes: [...changes.values()], guards, result: team.id };
  });
  if (done !== null) await showTeam(app, cli.out, await knownTeam(app, done));
}
