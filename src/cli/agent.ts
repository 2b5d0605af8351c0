// `maildesk agent`: the people who answer (AGT-1, CUS-3). An address is a customer's or an agent's, never both's.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type AgentDetails, agentGuard, newAgent, readSignature, setAgent } from "../desk/agent.ts";
import { type AgentHears, agentHears } from "../desk/agent-hearing.ts";
import { present } from "../desk/change.ts";
import { personName } from "../desk/customer.ts";
import { badData } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { registerAddresses } from "./address.ts";
import { registerAgentFollow } from "./agent-follow.ts";
import { agentJson, agentOf, rights, showAgent } from "./agent-show.ts";
import { registerAgentState } from "./agent-state.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type AgentRow, freeAddress, knownAgent } from "./known.ts";
import type { Column, ListShape, Output } from "./output.ts";
import { excluding, type ListOptions, limitOf, listOptions, noun, readPairs, readSwitch, verb } from "./verb.ts";

interface AddOptions {
  name?: string;
  mayAnswer: boolean;
  mayAdminister: boolean;
}

const keys = ["name", "mayAnswer", "mayAdminister", "signature", "hears"] as const;

export function registerAgent(program: Command, cli: Cli): void {
  const agent = noun(program, "agent", "The people who answer customers.");
  const adding = verb(agent, "add <email>", "Make an agent, who may answer customers.", [
    'agent add bob@desk.example --name "Bob Ray"',
    "agent add eve@desk.example --no-may-answer",
  ])
    .option("--name <name>", "their name, which customers see")
    .option("--may-answer", "may write what customers read (default)", true)
    .option("--no-may-answer", "may write internal notes only")
    .option(
      "--may-administer",
      "may do more than everyday work: agents, teams, settings, types, fields; merge, split, delete, promote; copies of the desk",
      false,
    )
    .option("--no-may-administer", "may not (default)");
  excluding(excluding(adding, "may-answer", "no-may-answer"), "may-administer", "no-may-administer").action(
    (email: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, email, options)),
  );
  listOptions(verb(agent, "list", "List agents.", ["agent list", "agent list --json"])).action((options: ListOptions) =>
    cli.withDesk(async ({ app }) => {
      const { rows, total } = await app.lists.agentList({ limit: limitOf(options, cli.out.isJson) });
      cli.out.list(rows, total, { ...shape, ids: options.ids, csv: options.csv });
    }),
  );
  verb(agent, "show <agent>", "Show an agent.", ["agent show bob@desk.example"]).action((ref: string) =>
    cli.withDesk(async ({ app }) => await showAgent(app, cli.out, await knownAgent(app, ref))),
  );
  verb(agent, "set <agent> <key=value...>", `Set details: ${keys.join(", ")}.`, [
    'agent set bob@desk.example name="Bob Ray" mayAdminister=on',
    "agent set bob@desk.example hears=all",
    "agent set bob@desk.example signature=$'Bob Ray\\nFirst floor, +49 30 555'",
  ]).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  registerAddresses(agent, cli, {
    kind: "agent",
    example: "bob@desk.example bob.ray@desk.example",
    afterwards: "mail from it is a customer's then",
    find: ownerOf,
    show: async (app, out, id) => await showAgent(app, out, await knownAgent(app, id)),
    mayChange: (desk) => desk.mustAdminister(),
  });
  registerAgentState(agent, cli);
  registerAgentFollow(agent, cli);
}

async function ownerOf(app: App, ref: string) {
  const row = await knownAgent(app, ref);
  const { id, name, address } = row;
  return { id, name: name || address, addresses: await app.lists.addressesOf(id), guard: agentGuard(row) };
}

const columns: readonly Column<AgentRow>[] = [
  { head: "EMAIL", value: (row) => row.address, max: 36 },
  { head: "NAME", value: (row) => row.name, max: 24 },
  { head: "STATE", value: (row) => row.state },
  { head: "MAY", value: (row) => rights(row) },
  { head: "OPEN", value: (row) => row.openTickets, right: true },
];

const shape: ListShape<AgentRow> = {
  columns,
  id: (row) => row.id,
  json: (row) => agentJson(row),
  none: "There are no agents. `maildesk agent add EMAIL` makes one.",
};

async function add(desk: DeskSession, out: Output, email: string, options: AddOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const id = app.ids.next("agt");
  const ref = desk.isDryRun ? 0 : await app.desk.draw("ref", 1);
  const { mayAnswer, mayAdminister } = options;
  const done = await desk.change(`agent add ${email}`, async () => {
    const { address, key } = await freeAddress(app, email, "agent");
    const changes = newAgent(
      { id, ref, name: personName(options.name ?? ""), address, addressKey: key, mayAnswer, mayAdminister },
      app.clock.now(),
    );
    return { changes, result: address };
  });
  if (done === null) return;
  if (out.isJson) out.json(agentJson(await knownAgent(app, id)));
  else
    out.line(
      `Made the agent ${done} (${id}), who may ${mayAnswer ? "answer" : "write notes only"}${mayAdminister ? " and administer" : ""}.`,
    );
}

function readDetails(pairs: readonly string[]): AgentDetails {
  const details: AgentDetails = {};
  for (const [key, value] of readPairs(pairs, keys)) {
    if (key === "name") details.name = personName(value);
    else if (key === "signature") details.signature = readSignature(value);
    else if (key === "mayAnswer") details.mayAnswer = readSwitch(key, value);
    else if (key === "mayAdminister") details.mayAdminister = readSwitch(key, value);
    else details.hears = readHears(value);
  }
  return details;
}

function readHears(text: string): AgentHears {
  const found = agentHears.find((one) => one === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw badData(
    `hears is all (of every ticket), projects (of their own and of followed projects), own, or none, not "${text}"${didYouMean(text, agentHears)}.`,
  );
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  const details = readDetails(pairs);
  // Of what somebody is told they choose themselves.
  const own = desk.agent !== null && (await knownAgent(app, ref)).id === desk.agent.id;
  if (!own || Object.keys(details).some((key) => key !== "hears")) desk.mustAdminister();
  const done = await desk.change(`agent set ${ref} ${pairs.join(" ")}`, async () => {
    const row = await knownAgent(app, ref);
    return { changes: present([setAgent(agentOf(row), details)]), result: row.id };
  });
  if (done !== null) await showAgent(app, out, await knownAgent(app, done));
}
