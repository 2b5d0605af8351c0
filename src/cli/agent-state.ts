// `maildesk agent deactivate` and `reactivate`: an agent who leaves, and what they leave behind (AGT-3).
import type { Command } from "commander";
import { deactivateAgent, reactivateAgent } from "../desk/agent.ts";
import { present } from "../desk/change.ts";
import { usage } from "../errors.ts";
import { agentOf, showAgent } from "./agent-show.ts";
import { newAssignee } from "./assignee.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownAgent } from "./known.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

interface DeactivateOptions {
  reassignTo?: string;
}

export function registerAgentState(agent: Command, cli: Cli): void {
  verb(
    agent,
    "deactivate <agent>",
    "Take an agent out of service: they can't act, and their mail is held from then on. Their addresses and teams stay theirs.",
    ["agent deactivate bob@desk.example --reassign-to eve@desk.example", "agent deactivate bob@desk.example"],
  )
    .option("--reassign-to <agent-or-team>", "who gets their open and waiting tickets")
    .action((ref: string, options: DeactivateOptions) =>
      cli.withDesk((desk) => deactivate(desk, cli.out, ref, options)),
    );
  verb(agent, "reactivate <agent>", "Put an agent back into service.", ["agent reactivate bob@desk.example"]).action(
    (ref: string) => cli.withDesk((desk) => reactivate(desk, cli.out, ref)),
  );
}

async function deactivate(desk: DeskSession, out: Output, ref: string, { reassignTo }: DeactivateOptions) {
  const { app } = desk;
  desk.mustAdminister();
  const flag = reassignTo === undefined ? "" : ` --reassign-to ${reassignTo}`;
  const done = await desk.change(`agent deactivate ${ref}${flag}`, async () => {
    const row = await knownAgent(app, ref);
    const to = reassignTo === undefined ? null : await receiver(desk, row.address, reassignTo);
    const own = await app.lists.agentBelongings(row.id);
    const count = own.tickets.unclosed.length;
    const summary = [
      `${row.address} is ${row.state === "active" ? "deactivated" : "deactivated already"}.`,
      ...(count === 0
        ? []
        : [`  ${counted(count, "ticket")} of theirs: ${to === null ? "nobody else's" : `${to.name}'s then`}.`]),
    ];
    return { ...deactivateAgent(agentOf(row), own, to), summary, result: { id: row.id, to, count } };
  });
  if (done === null) return;
  const { id, to, count } = done;
  const row = await knownAgent(app, id);
  await showAgent(app, out, row);
  if (to !== null) out.note(`${counted(count, "ticket")} of theirs went to ${to.name}.`);
  else if (count > 0)
    out.note(
      `${counted(count, "open ticket")} ${count === 1 ? "is" : "are"} still theirs (maildesk ticket list --assignee ${row.address}). To move them: maildesk agent deactivate ${row.address} --reassign-to AGENT-OR-TEAM`,
    );
}

async function receiver({ app }: DeskSession, leaving: string, ref: string) {
  const to = await newAssignee(app, ref);
  if (to === null)
    throw usage("--reassign-to needs an agent or a team.", {
      remedy: `To leave their tickets to nobody: maildesk ticket assign NUMBER.. none (maildesk ticket list --assignee ${leaving} --ids)`,
    });
  return to;
}

async function reactivate(desk: DeskSession, out: Output, ref: string): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`agent reactivate ${ref}`, async () => {
    const row = await knownAgent(app, ref);
    return { changes: present([reactivateAgent(agentOf(row))]), result: row.id };
  });
  if (done !== null) await showAgent(app, out, await knownAgent(app, done));
}
