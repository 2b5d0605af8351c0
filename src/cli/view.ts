// `maildesk view`: lists that are looked at often, under a name. `view show NAME` prints the list as it is now, with whatever
// flags are added.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { present, remove } from "../desk/change.ts";
import { foldName } from "../desk/organization.ts";
import { newView, setView, type View } from "../desk/view.ts";
import { conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import type { Column, ListShape, Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

export function registerView(program: Command, cli: Cli): void {
  const view = noun(program, "view", "Lists that are looked at often, under a name.");
  passing(
    verb(view, "add <name> <words...>", "Keep a list with its flags; write -- before it.", [
      "view add vips -- customer list --type VIP",
      "view add 'urgent and ours' -- ticket list --priority 5 --assignee ina@desk.example",
    ]),
  ).action((name: string, words: string[]) => cli.withDesk((desk) => add(desk, cli.out, name, words)));
  listOptions(verb(view, "list", "List the views.", ["view list"])).action((options: ListOptions) =>
    cli.withDesk(({ app }) => list(app, cli.out, options)),
  );
  passing(
    verb(view, "show <name> [flags...]", "Print the list as it is now; more flags may follow.", [
      "view show vips",
      "view show vips -- --csv",
    ]),
  ).action(async (name: string, flags: string[]) => {
    let words: string[] = [];
    await cli.withDesk(async ({ app }) => {
      words = (await knownView(app, name)).words;
    });
    await cli.again([...words, ...flags]);
  });
  passing(
    verb(view, "set <name> <words...>", "Keep another list under the name.", [
      "view set vips -- customer list --field plan=Gold",
    ]),
  )
    .option("--name <name>", "another name; give the list as well")
    .action((name: string, words: string[], options: { name?: string }) =>
      cli.withDesk((desk) => set(desk, cli.out, name, words, options.name)),
    );
  verb(view, "remove <name>", "Forget a view.", ["view remove vips"]).action((name: string) =>
    cli.withDesk((desk) => forget(desk, cli.out, name)),
  );
}

/** What follows -- is the list's, not the view's. */
const passing = (command: Command): Command => command.passThroughOptions(false);

async function knownView({ lists }: App, name: string): Promise<View> {
  const all = await lists.views();
  const found = all.find((view) => view.nameKey === foldName(name) || view.id === name.trim().toLowerCase());
  if (found !== undefined) return found;
  throw usage(
    `There is no view "${name}"${didYouMean(
      name,
      all.map((view) => view.name),
    )}.`,
    {
      remedy: "`maildesk view list` shows them.",
    },
  );
}

const viewJson = ({ id, name, words }: View) => ({ id, name, words });
const columns: readonly Column<View>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "LIST", value: (row) => row.words.join(" "), max: 80 },
];

async function list({ lists }: App, out: Output, options: ListOptions): Promise<void> {
  const rows = await lists.views();
  const shape: ListShape<View> = {
    columns,
    id: (row) => row.id,
    json: viewJson,
    none: "There are no views. To keep one: maildesk view add NAME -- customer list --type VIP",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, shape);
}

async function add(desk: DeskSession, out: Output, name: string, words: readonly string[]): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("vie");
  const done = await desk.change(`view add ${name} -- ${words.join(" ")}`, async () => {
    await mustBeFree(app, name, null);
    return { changes: [newView(id, name, words, app.clock.now())], result: id };
  });
  if (done !== null) tell(out, await knownView(app, done));
}

async function mustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = (await lists.views()).find((view) => view.nameKey === foldName(name) && view.id !== ownId);
  if (other !== undefined)
    throw conflict(`There is a view ${other.name} already.`, { remedy: "Give another name, or: maildesk view set." });
}

function tell(out: Output, view: View): void {
  if (out.isJson) out.json(viewJson(view));
  else out.line(`${view.name}: ${view.words.join(" ")}`);
}

async function set(
  desk: DeskSession,
  out: Output,
  name: string,
  words: readonly string[],
  next?: string,
): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`view set ${name} -- ${words.join(" ")}`, async () => {
    const view = await knownView(app, name);
    if (next !== undefined) await mustBeFree(app, next, view.id);
    const change = setView(view, { words, ...(next === undefined ? {} : { name: next }) });
    return { changes: present([change]), result: view.id };
  });
  if (done !== null) tell(out, await knownView(app, done));
}

async function forget(desk: DeskSession, out: Output, name: string): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`view remove ${name}`, async () => {
    const view = await knownView(app, name);
    return { changes: [remove("view", view)], result: view };
  });
  if (done === null) return;
  if (out.isJson) out.json({ ...viewJson(done), removed: true });
  else out.line(`Forgot the view ${done.name}. \`maildesk undo\` takes it back.`);
}
