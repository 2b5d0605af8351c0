// `maildesk team`: agents who take care of tickets together (AGT-1, TIC-1). A ticket is assigned to an agent or to a team.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { foldName } from "../desk/organization.ts";
import { newTeam, removeTeam, renameTeam } from "../desk/team.ts";
import { conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, isoTime, type ListShape, type Output, shortTime } from "./output.ts";
import { registerTeamMember } from "./team-member.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

export type TeamRow = NonNullable<Awaited<ReturnType<App["lists"]["teamByRef"]>>>;

const keys = ["name"] as const;
const teamsMax = 1_000;

export function registerTeam(program: Command, cli: Cli): void {
  const team = noun(program, "team", "Agents who take care of tickets together.");
  verb(team, "add <name>", "Make a team.", ["team add Billing"]).action((name: string) =>
    cli.withDesk((desk) => add(desk, cli.out, name)),
  );
  listOptions(verb(team, "list", "List teams by name.", ["team list", "team list --json"])).action(
    (options: ListOptions) =>
      cli.withDesk(async ({ app }) => {
        const { rows, total } = await app.lists.teamList({ limit: limitOf(options, cli.out.isJson) });
        cli.out.list(rows, total, { ...shape, ids: options.ids, csv: options.csv });
      }),
  );
  verb(team, "show <team>", "Show a team with its agents.", ["team show Billing"]).action((ref: string) =>
    cli.withDesk(async ({ app }) => await showTeam(app, cli.out, await knownTeam(app, ref))),
  );
  verb(team, "set <team> <key=value...>", `Set details: ${keys.join(", ")}.`, [
    "team set Billing name='Billing and orders'",
  ]).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  registerTeamMember(team, cli);
  verb(team, "remove <team>", "Remove a team.", ["team remove Billing", "team remove Billing --force"])
    .option("--force", "also where tickets are assigned to it: nobody has them then")
    .action((ref: string, options: { force?: boolean }) =>
      cli.withDesk((desk) => remove(desk, cli.out, ref, options.force === true)),
    );
}

export async function knownTeam({ lists }: App, ref: string): Promise<TeamRow> {
  const found = await lists.teamByRef(ref);
  if (found !== null) return found;
  const { rows } = await lists.teamList({ limit: teamsMax });
  const near = didYouMean(
    ref,
    rows.map(({ name }) => name),
  );
  throw usage(`There is no team "${ref}"${near}.`, {
    remedy: "`maildesk team list` shows them; name one by id or name.",
  });
}

const columns: readonly Column<TeamRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "AGENTS", value: (row) => row.members, right: true },
  { head: "OPEN", value: (row) => row.openTickets, right: true },
  { head: "ID", value: (row) => row.id },
];

const teamJson = ({ id, name, members, openTickets, createdAt }: TeamRow) => ({
  id,
  name,
  members,
  openTickets,
  createdAt: isoTime(createdAt),
});

const shape: ListShape<TeamRow> = {
  columns,
  id: (row) => row.id,
  json: teamJson,
  none: "There are no teams. `maildesk team add NAME` makes one.",
};

export async function showTeam({ lists }: App, out: Output, row: TeamRow): Promise<void> {
  const agents = await lists.teamAgents(row.id);
  if (out.isJson)
    return out.json({
      ...teamJson(row),
      members: agents.map(({ id, address, name, state }) => ({ id, email: address, name, state })),
    });
  const lineOf = ({ address, name, state }: (typeof agents)[number]) =>
    `${name === "" ? address : `${name} <${address}>`}${state === "active" ? "" : ` (${state})`}`;
  out.fields([
    ["Team", row.name],
    ["Id", row.id],
    ["Agents", agents.map(lineOf).join("\n") || "none"],
    ["Assigned", counted(row.openTickets, "open ticket")],
    ["Made", shortTime(row.createdAt)],
  ]);
}

/** Names of teams are unique without regard to case. */
async function nameMustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = await lists.teamByRef(name);
  if (other !== null && other.nameKey === foldName(name) && other.id !== ownId)
    throw conflict(`There is a team named ${other.name} already (${other.id}).`, { remedy: "Give another name." });
}

async function add(desk: DeskSession, out: Output, name: string): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const id = app.ids.next("tea");
  const done = await desk.change(`team add ${name}`, async () => {
    await nameMustBeFree(app, name, null);
    return { changes: [newTeam(id, name, app.clock.now())], result: id };
  });
  if (done !== null) await showTeam(app, out, await knownTeam(app, done));
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const name = readPairs(pairs, keys).get("name") ?? "";
  const done = await desk.change(`team set ${ref} ${pairs.join(" ")}`, async () => {
    const row = await knownTeam(app, ref);
    await nameMustBeFree(app, name, row.id);
    const { team } = await app.lists.teamBelongings(row);
    return { changes: present([renameTeam(team, name)]), result: row.id };
  });
  if (done !== null) await showTeam(app, out, await knownTeam(app, done));
}

async function remove(desk: DeskSession, out: Output, ref: string, force: boolean): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`team remove ${ref}${force ? " --force" : ""}`, async () => {
    const row = await knownTeam(app, ref);
    const own = await app.lists.teamBelongings(row);
    const tickets = own.tickets.unclosed.length + own.tickets.closed.length;
    const summary = [
      `The team ${row.name} ends, with ${counted(own.members.length, "member")}.`,
      ...(tickets === 0 ? [] : [`  ${counted(tickets, "ticket")} ${tickets === 1 ? "is" : "are"} nobody's then.`]),
    ];
    return { ...removeTeam(own, force), summary, result: { row, tickets } };
  });
  if (done === null) return;
  const { row, tickets } = done;
  if (out.isJson) out.json({ id: row.id, name: row.name, removed: true, tickets });
  else
    out.line(
      `Removed the team ${row.name}${tickets > 0 ? `; ${counted(tickets, "ticket")} ${tickets === 1 ? "is" : "are"} nobody's now` : ""}. \`maildesk undo\` takes it back.`,
    );
}
