// `maildesk agent follow | unfollow`: the projects of whose tickets an agent is told (AGT-4). Whoever follows one for the first
// time and heard of their own tickets alone hears of it from then on, as that is what they asked for.
import type { Command } from "commander";
import { agentGuard, setAgent } from "../desk/agent.ts";
import { followProject, unfollowProject } from "../desk/agent-hearing.ts";
import { present } from "../desk/change.ts";
import { projectGuard } from "../desk/project.ts";
import { usage } from "../errors.ts";
import { agentOf, showAgent } from "./agent-show.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownAgent } from "./known.ts";
import { projectOrNone } from "./project-rows.ts";
import { verb } from "./verb.ts";

export function registerAgentFollow(agent: Command, cli: Cli): void {
  verb(agent, "follow <agent> <project>", "Let an agent hear of the tickets of a project.", [
    "agent follow bob@desk.example Relaunch",
  ]).action((ref: string, project: string) => cli.withDesk((desk) => follow(cli, desk, ref, project, true)));
  verb(agent, "unfollow <agent> <project>", "Let an agent hear no more of a project.", [
    "agent unfollow bob@desk.example Relaunch",
  ]).action((ref: string, project: string) => cli.withDesk((desk) => follow(cli, desk, ref, project, false)));
}

async function follow({ out }: Cli, desk: DeskSession, ref: string, of: string, follows: boolean): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`agent ${follows ? "follow" : "unfollow"} ${ref} ${of}`, async () => {
    const row = await knownAgent(app, ref);
    const project = await projectOrNone(app, of);
    if (project == null) throw usage("Name a project, such as: agent follow bob@desk.example Relaunch.");
    const there = (await app.lists.projectsFollowedBy(row.id)).find(({ projectId }) => projectId === project.id);
    const text = `${row.name || row.address} ${follows ? "follows" : "does not follow"} ${project.name}`;
    if (follows === (there !== undefined)) return { changes: [], result: { row, text: `${text} already.` } };
    const asked = follows && row.hears === "own" ? setAgent(agentOf(row), { hears: "projects" }) : null;
    if (there === undefined)
      return {
        changes: [followProject(row.id, project.id, app.clock.now()), ...present([asked])],
        guards: [agentGuard(row), projectGuard(project)],
        result: { row, text: `${text} now${row.hears === "none" ? ", but hears of nothing (hears=none)" : ""}.` },
      };
    const { name: _name, ...own } = there;
    return { changes: [unfollowProject(own)], result: { row, text: `${text} any more.` } };
  });
  if (done === null) return;
  if (out.isJson) await showAgent(app, out, await knownAgent(app, done.row.id));
  else out.line(done.text);
}
