// `maildesk type`: types of customers and tickets (CUS-8). Until one is defined for customers, or for tickets, any word
// will do there; from then on it must be one of them.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { foldName } from "../desk/organization.ts";
import {
  newType,
  removeType,
  setType,
  type Type,
  type TypeOwner,
  typeAmong,
  typeCalled,
  typeOwners,
} from "../desk/type.ts";
import { conflict } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

interface On {
  on: TypeOwner;
}

const keys = ["name", "colour"] as const;

export function registerType(program: Command, cli: Cli): void {
  const type = noun(program, "type", "Types of customers and tickets.");
  onOption(verb(type, "add <name>", "Define a type.", ["type add VIP --on customer --colour '#c0392b'"]))
    .option("--colour <colour>", "such as #c0392b")
    .action((name: string, options: On & { colour?: string }) =>
      cli.withDesk((desk) => add(desk, cli.out, name, options)),
    );
  listOptions(
    verb(type, "list", "List the types.", ["type list", "type list --on ticket"]).addOption(
      new Option("--on <what>", "only those of").choices(typeOwners),
    ),
  ).action((options: ListOptions & Partial<On>) => cli.withDesk((desk) => list(desk, cli.out, options)));
  onOption(verb(type, "show <name>", "Show a type.", ["type show VIP --on customer"])).action(
    (name: string, { on }: On) =>
      cli.withDesk(async ({ app }) => showType(app, cli.out, await knownType(app, on, name))),
  );
  onOption(
    verb(
      type,
      "set <name> <key=value...>",
      `Set details: ${keys.join(", ")}. Rows that bear the type get its new name.`,
      ["type set VIP name=Key --on customer", "type set VIP colour= --on customer"],
    ),
  ).action((name: string, pairs: string[], { on }: On) => cli.withDesk((desk) => set(desk, cli.out, name, pairs, on)));
  onOption(verb(type, "remove <name>", "Remove a type.", ["type remove VIP --on customer"]))
    .option("--force", "also where rows bear it: they have none then")
    .action((name: string, options: On & { force?: boolean }) =>
      cli.withDesk((desk) => remove(desk, cli.out, name, options.on, options.force === true)),
    );
}

const onOption = (command: Command): Command =>
  command.addOption(new Option("--on <what>", "what has it").choices(typeOwners).makeOptionMandatory());

const knownType = async ({ lists }: App, on: TypeOwner, name: string): Promise<Type> =>
  typeCalled(await lists.types(on), on, name);

/** The name of a type as it is defined; any word while none is; "" for none. */
export const typeNamed = async ({ lists }: App, on: TypeOwner, text: string): Promise<string> =>
  typeAmong(await lists.types(on), on, text);

async function add(
  desk: DeskSession,
  out: Output,
  name: string,
  { on, colour }: On & { colour?: string },
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const id = app.ids.next("typ");
  const done = await desk.change(`type add ${name} --on ${on}`, async () => {
    await mustBeFree(app, on, name, null);
    return { changes: [newType({ id, appliesTo: on, name, colour: colour ?? "" }, app.clock.now())], result: id };
  });
  if (done !== null) await showType(app, out, await knownType(app, on, done));
}

async function mustBeFree({ lists }: App, on: TypeOwner, name: string, ownId: string | null): Promise<void> {
  const other = (await lists.types(on)).find((type) => type.nameKey === foldName(name) && type.id !== ownId);
  if (other !== undefined)
    throw conflict(`There is a ${on} type ${other.name} already.`, { remedy: "Give another name." });
}

interface TypeRow extends Type {
  rows: number;
}

const columns: readonly Column<TypeRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "ON", value: (row) => row.appliesTo },
  { head: "COLOUR", value: (row) => row.colour },
  { head: "ROWS", value: (row) => row.rows, right: true },
];

const typeJson = ({ id, name, appliesTo, colour, rows }: TypeRow) => ({ id, name, on: appliesTo, colour, rows });

const counting = async ({ lists }: App, type: Type): Promise<TypeRow> => ({
  ...type,
  rows: (await lists.bearersOfType(type)).living,
});

async function list({ app }: DeskSession, out: Output, options: ListOptions & Partial<On>): Promise<void> {
  const rows: TypeRow[] = [];
  for (const owner of options.on === undefined ? typeOwners : [options.on])
    for (const type of await app.lists.types(owner)) rows.push(await counting(app, type));
  const shape: ListShape<TypeRow> = {
    columns,
    id: (row) => row.id,
    json: typeJson,
    none: "There are no types, so every word will do. To define one: maildesk type add NAME --on customer",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, shape);
}

async function showType(app: App, out: Output, type: Type): Promise<void> {
  const row = await counting(app, type);
  if (out.isJson) return out.json(typeJson(row));
  out.fields([
    ["Type", row.name],
    ["Of", row.appliesTo],
    ["Colour", row.colour],
    ["Rows", row.rows],
    ["Id", row.id],
  ]);
}

async function set(
  desk: DeskSession,
  out: Output,
  name: string,
  pairs: readonly string[],
  on: TypeOwner,
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const values = Object.fromEntries(readPairs(pairs, keys));
  const done = await desk.change(`type set ${name} ${pairs.join(" ")} --on ${on}`, async () => {
    const type = await knownType(app, on, name);
    if (values.name !== undefined) await mustBeFree(app, on, values.name, type.id);
    return { ...setType(type, values, await app.lists.bearersOfType(type)), result: type.id };
  });
  if (done !== null) await showType(app, out, await knownType(app, on, done));
}

async function remove(desk: DeskSession, out: Output, name: string, on: TypeOwner, force: boolean): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`type remove ${name} --on ${on}${force ? " --force" : ""}`, async () => {
    const type = await knownType(app, on, name);
    const bearers = await app.lists.bearersOfType(type);
    return { ...removeType(type, bearers, force), result: { type, count: bearers.living } };
  });
  if (done === null) return;
  const { type, count } = done;
  if (out.isJson) out.json({ id: type.id, name: type.name, on, removed: true, rows: count });
  else out.line(`Removed the type ${type.name}${count > 0 ? `; ${counted(count, on)} had it` : ""}.`);
}
