// `maildesk ticket-status`: statuses of tickets (TIC-2). Four are built in, which mails, answers and verbs set; others, each open,
// waiting or closed, are set by people.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { foldName } from "../desk/organization.ts";
import { type TicketState, ticketStates } from "../desk/ticket.ts";
import {
  isBuiltIn,
  newStatus,
  removeStatus,
  setStatusRow,
  statusCalled,
  type TicketStatusRow,
} from "../desk/ticket-status.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

interface AddOptions {
  state: TicketState;
  after?: string;
  colour?: string;
}

const keys = ["name", "colour"] as const;

export function registerTicketStatus(program: Command, cli: Cli): void {
  const status = noun(program, "ticket-status", "Statuses of tickets, each of which is open, waiting or closed.");
  verb(status, "add <name>", "Define a status; it is the last of its state, or comes after another.", [
    "ticket-status add 'On hold' --state waiting",
    "ticket-status add 'In work' --state open --after open --colour '#2980b9'",
  ])
    .addOption(new Option("--state <state>", "what it stands for").choices(ticketStates).makeOptionMandatory())
    .option("--after <status>", "the status that it follows")
    .option("--colour <colour>", "such as #c0392b")
    .action((name: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, name, options)));
  listOptions(verb(status, "list", "List the statuses.", ["ticket-status list"])).action((options: ListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, options)),
  );
  verb(status, "show <name>", "Show a status.", ["ticket-status show 'On hold'"]).action((name: string) =>
    cli.withDesk(async ({ app }) => showStatus(app, cli.out, await knownStatus(app, name))),
  );
  verb(
    status,
    "set <name> [key=value...]",
    `Set details: ${keys.join(", ")}; built-in ones can be renamed as well. --after moves it.`,
    ["ticket-status set waiting name='With the customer'", "ticket-status set 'On hold' colour= --after waiting"],
  )
    .option("--after <status>", "the status that it follows from now on")
    .action((name: string, pairs: string[], options: { after?: string }) =>
      cli.withDesk((desk) => set(desk, cli.out, name, pairs, options.after)),
    );
  verb(status, "remove <name>", "Remove a status that is not built in.", [
    "ticket-status remove 'On hold'",
    "ticket-status remove 'On hold' --into waiting",
  ])
    .option("--into <status>", "what tickets of it become")
    .action((name: string, options: { into?: string }) =>
      cli.withDesk((desk) => remove(desk, cli.out, name, options.into)),
    );
}

const knownStatus = async ({ lists }: App, name: string): Promise<TicketStatusRow> =>
  statusCalled(await lists.statuses(), name);

const after = (statuses: readonly TicketStatusRow[], name: string | undefined): TicketStatusRow | null =>
  name === undefined ? null : statusCalled(statuses, name);

async function add(
  desk: DeskSession,
  out: Output,
  name: string,
  { state, after: behind, colour = "" }: AddOptions,
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const id = app.ids.next("sts");
  const done = await desk.change(`ticket-status add ${name} --state ${state}`, async () => {
    const statuses = await app.lists.statuses();
    mustBeFree(statuses, name, null);
    const made = newStatus({ id, name, state, colour }, after(statuses, behind), statuses, app.clock.now());
    return { ...made, result: id };
  });
  if (done !== null) await showStatus(app, out, await knownStatus(app, done));
}

function mustBeFree(statuses: readonly TicketStatusRow[], name: string, ownId: string | null): void {
  const other = statuses.find(({ nameKey, id }) => nameKey === foldName(name) && id !== ownId);
  if (other !== undefined) throw conflict(`There is a status ${other.name} already.`, { remedy: "Give another name." });
}

interface StatusRow extends TicketStatusRow {
  tickets: number;
}

const columns: readonly Column<StatusRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "STATE", value: (row) => row.state },
  { head: "COLOUR", value: (row) => row.colour },
  { head: "BUILT IN", value: (row) => (isBuiltIn(row) ? "yes" : "") },
  { head: "TICKETS", value: (row) => row.tickets, right: true },
];

const statusJson = (row: StatusRow) => ({
  id: row.id,
  name: row.name,
  state: row.state,
  colour: row.colour,
  builtIn: isBuiltIn(row),
  tickets: row.tickets,
});

const counting = async ({ lists }: App, status: TicketStatusRow): Promise<StatusRow> => ({
  ...status,
  tickets: await lists.statusCount(status),
});

async function list({ app }: DeskSession, out: Output, options: ListOptions): Promise<void> {
  const statuses = await app.lists.statuses();
  const rows: StatusRow[] = [];
  for (const one of statuses.slice(0, limitOf(options, out.isJson))) rows.push(await counting(app, one));
  const shape: ListShape<StatusRow> = {
    columns,
    id: (row) => row.id,
    json: statusJson,
    none: "There are no statuses.",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows, statuses.length, shape);
}

async function showStatus(app: App, out: Output, status: TicketStatusRow): Promise<void> {
  const row = await counting(app, status);
  if (out.isJson) return out.json(statusJson(row));
  out.fields([
    ["Status", row.name],
    ["State", row.state],
    ["Colour", row.colour],
    ["Built in", isBuiltIn(row) ? "yes" : null],
    ["Tickets", row.tickets],
    ["Id", row.id],
  ]);
}

async function set(
  desk: DeskSession,
  out: Output,
  name: string,
  pairs: readonly string[],
  behind: string | undefined,
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  if (pairs.length === 0 && behind === undefined)
    throw usage("There is nothing to set: ticket-status set NAME KEY=VALUE, or --after OTHER.", {
      remedy: `Known keys: ${keys.join(", ")}.`,
    });
  const values = Object.fromEntries(readPairs(pairs, keys));
  const moved = behind === undefined ? "" : ` --after ${behind}`;
  const done = await desk.change(`ticket-status set ${[name, ...pairs].join(" ")}${moved}`, async () => {
    const statuses = await app.lists.statuses();
    const status = statusCalled(statuses, name);
    if (values.name !== undefined) mustBeFree(statuses, values.name, status.id);
    return { ...setStatusRow(status, values, after(statuses, behind), statuses), result: status.id };
  });
  if (done === null) return;
  const now = (await app.lists.statuses()).find(({ id }) => id === done);
  if (now !== undefined) await showStatus(app, out, now);
}

async function remove(desk: DeskSession, out: Output, name: string, other: string | undefined): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const into = other === undefined ? "" : ` --into ${other}`;
  const done = await desk.change(`ticket-status remove ${name}${into}`, async () => {
    const statuses = await app.lists.statuses();
    const status = statusCalled(statuses, name);
    const bearers = await app.lists.ticketsOfStatus(status);
    const next = after(statuses, other);
    return {
      ...removeStatus(status, bearers, next, app.clock.now()),
      result: { status, count: bearers.length, next },
    };
  });
  if (done === null) return;
  const { status, count, next } = done;
  if (out.isJson) out.json({ id: status.id, name: status.name, removed: true, tickets: count });
  else
    out.line(
      `Removed the status ${status.name}${count > 0 && next !== null ? `; ${counted(count, "ticket")} became ${next.name}` : ""}.`,
    );
}
