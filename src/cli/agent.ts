// `maildesk agent`: the people who answer (AGT-1 in part, CUS-3). An address is a customer's or an agent's, never both's.
import type { Command } from "commander";
import { type Agent, type AgentDetails, newAgent, setAgent } from "../desk/agent.ts";
import { present } from "../desk/change.ts";
import { personName } from "../desk/customer.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type AgentRow, freeAddress, knownAgent } from "./known.ts";
import { type Column, counted, isoTime, type ListShape, type Output, shortTime } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, readSwitch, verb } from "./verb.ts";

interface AddOptions {
  name?: string;
  mayAnswer: boolean;
  mayAdminister: boolean;
}

const keys = ["name", "mayAnswer", "mayAdminister"] as const;

export function registerAgent(program: Command, cli: Cli): void {
  const agent = noun(program, "agent", "The people who answer customers.");
  verb(agent, "add <email>", "Make an agent, who may answer customers.", [
    'agent add bob@desk.example --name "Bob Ray"',
    "agent add eve@desk.example --no-may-answer",
  ])
    .option("--name <name>", "their name, which customers see")
    .option("--may-answer", "may write what customers read (default)", true)
    .option("--no-may-answer", "may write internal notes only")
    .option("--may-administer", "may change settings and agents", false)
    .option("--no-may-administer", "may not (default)")
    .action((email: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, email, options)));
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
  ]).action((ref: string, pairs: string[]) =>
    cli.withDesk((desk) => change(desk, cli.out, `agent set ${ref} ${pairs.join(" ")}`, ref, readDetails(pairs))),
  );
  verb(agent, "deactivate <agent>", "Take an agent out of service; their mail is held from then on.", [
    "agent deactivate bob@desk.example",
  ]).action((ref: string) =>
    cli.withDesk((desk) => change(desk, cli.out, `agent deactivate ${ref}`, ref, { state: "deactivated" })),
  );
  verb(agent, "reactivate <agent>", "Put an agent back into service.", ["agent reactivate bob@desk.example"]).action(
    (ref: string) => cli.withDesk((desk) => change(desk, cli.out, `agent reactivate ${ref}`, ref, { state: "active" })),
  );
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

const rights = ({ mayAnswer, mayAdminister }: Agent): string =>
  [mayAnswer ? "answer" : "note", ...(mayAdminister ? ["administer"] : [])].join(", ");

const agentJson = ({ id, address, name, state, mayAnswer, mayAdminister, openTickets, createdAt }: AgentRow) => ({
  id,
  email: address,
  name,
  state,
  mayAnswer,
  mayAdminister,
  openTickets,
  createdAt: isoTime(createdAt),
});

export async function showAgent({ lists }: DeskSession["app"], out: Output, row: AgentRow): Promise<void> {
  const addresses = await lists.addressesOf(row.id);
  if (out.isJson)
    return out.json({
      ...agentJson(row),
      addresses: addresses.map(({ address, isPrimary }) => ({ address, primary: isPrimary })),
    });
  out.fields([
    ["Agent", row.name || row.address],
    ["Id", row.id],
    ["Addresses", addresses.map(({ address }) => address).join("\n")],
    ["State", row.state],
    ["May", rights(row)],
    ["Assigned", counted(row.openTickets, "open ticket")],
    ["Made", shortTime(row.createdAt)],
  ]);
}

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
    else if (key === "mayAnswer") details.mayAnswer = readSwitch(key, value);
    else details.mayAdminister = readSwitch(key, value);
  }
  return details;
}

async function change(desk: DeskSession, out: Output, what: string, ref: string, details: AgentDetails): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(what, async () => {
    const row = await knownAgent(app, ref);
    const { address: _address, openTickets: _openTickets, ...agent } = row;
    return { changes: present([setAgent(agent, details)]), result: row.id };
  });
  if (done === null) return;
  const row = await knownAgent(app, done);
  await showAgent(app, out, row);
  if (details.state === "deactivated" && row.openTickets > 0) {
    out.note(
      `${counted(row.openTickets, "open ticket")} ${row.openTickets === 1 ? "is" : "are"} still assigned to them: maildesk ticket list --assignee ${row.address}`,
    );
  }
}
