// `maildesk show ANY`: whatever somebody copied from a list or from a mail is handed to the noun that it belongs to.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import type { Cli } from "./context.ts";
import { verb } from "./verb.ts";

const nouns: Readonly<Record<string, string>> = {
  org: "org",
  cus: "customer",
  agt: "agent",
  tea: "team",
  eml: "email",
  out: "outbox",
  cmt: "log",
  cnv: "conversation",
  msg: "message",
  prj: "project",
};

export function registerShow(program: Command, cli: Cli): void {
  verb(
    program,
    "show <any>",
    "Show whatever this is: an organization, customer, agent, team, project, ticket number, mail or commit.",
    ["show 12", "show ann@acme.com", "show acme.com", "show eml_01jd0000000000000000000000"],
  ).action(async (ref: string) => {
    let noun: string | null = null;
    await cli.withDesk(async ({ app }) => {
      noun = await nounOf(app, ref.trim());
    });
    if (noun === null)
      throw usage(`Nothing here is named "${ref}".`, {
        remedy: "Name an organization, a customer, an agent, a team, a project, a ticket number, or an id.",
      });
    await cli.again([noun, "show", "--", ref]);
  });
}

async function nounOf({ lists }: App, ref: string): Promise<string | null> {
  if (/^#?\d{1,10}$/.test(ref)) return "ticket";
  const prefix = /^([a-z]{3})_[0-9a-z]+$/i.exec(ref)?.[1]?.toLowerCase();
  const byId = prefix === undefined ? undefined : nouns[prefix];
  if (byId !== undefined) return byId;
  if ((await lists.customerByRef(ref)) !== null) return "customer";
  if ((await lists.agentByRef(ref)) !== null) return "agent";
  if ((await lists.organizationByRef(ref)) !== null) return "org";
  if ((await lists.teamByRef(ref)) !== null) return "team";
  if ((await lists.projectByRef(ref)) !== null) return "project";
  return (await lists.emailsByRef(ref)).length > 0 ? "email" : null;
}
