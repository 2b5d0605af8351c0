// `maildesk field`: custom fields of customers, organizations and tickets (CUS-9), and how other nouns read and show them.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { type Change, present } from "../desk/change.ts";
import {
  type Field,
  type FieldForm,
  type FieldOwner,
  fieldForms,
  fieldOwners,
  jsonValue,
  type MergedValues,
  newField,
  removeField,
  setField,
  setValue,
} from "../desk/field.ts";
import { conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { collect, type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

interface On {
  on: FieldOwner;
}

interface AddOptions extends On {
  form: FieldForm;
  choice?: string[];
  name?: string;
}

interface SetOptions extends On {
  choice?: string[];
  name?: string;
}

export function registerField(program: Command, cli: Cli): void {
  const field = noun(program, "field", "Custom fields of customers, organizations and tickets.");
  onOption(
    verb(field, "add <key>", "Define a field.", [
      "field add plan --on customer --form choice --choice Free --choice Gold",
      'field add renewal --on organization --form date --name "Renewal date"',
    ]),
  )
    .addOption(new Option("--form <form>", "what its values are").choices(fieldForms).default("text"))
    .option("--choice <choice>", "one of its choices; may be given several times", collect)
    .option("--name <name>", "what people call it (default: the key)")
    .action((key: string, options: AddOptions) => cli.withDesk((desk) => add(desk, cli.out, key, options)));
  listOptions(
    verb(field, "list", "List the fields.", ["field list", "field list --on customer --json"]).addOption(
      new Option("--on <what>", "only those of").choices(fieldOwners),
    ),
  ).action((options: ListOptions & Partial<On>) => cli.withDesk((desk) => list(desk, cli.out, options)));
  onOption(verb(field, "show <key>", "Show a field.", ["field show plan --on customer"])).action(
    (key: string, options: On) =>
      cli.withDesk(async ({ app }) => showField(app, cli.out, await knownField(app, options.on, key))),
  );
  onOption(
    verb(field, "set <key>", "Rename a field, or change its choices; a choice that somebody has can't go.", [
      'field set plan --on customer --name "Price plan"',
      "field set plan --on customer --choice Free --choice Gold --choice Platinum",
    ]),
  )
    .option("--choice <choice>", "one of its choices, of which all must be given", collect)
    .option("--name <name>", "what people call it")
    .action((key: string, options: SetOptions) => cli.withDesk((desk) => set(desk, cli.out, key, options)));
  onOption(
    verb(field, "remove <key>", "Remove a field and all its values.", ["field remove plan --on customer --force"]),
  )
    .option("--force", "also where rows have a value")
    .action((key: string, options: On & { force?: boolean }) =>
      cli.withDesk((desk) => remove(desk, cli.out, key, options.on, options.force === true)),
    );
}

/** --on is always given: two fields of one key may belong to different things. */
const onOption = (command: Command): Command =>
  command.addOption(new Option("--on <what>", "what has it").choices(fieldOwners).makeOptionMandatory());

export async function knownField({ lists }: App, on: FieldOwner, key: string): Promise<Field> {
  const all = await lists.fields(on);
  const wanted = key
    .trim()
    .toLowerCase()
    .replace(/^field:/, "");
  const found = all.find((field) => field.key === wanted);
  if (found !== undefined) return found;
  throw usage(
    `There is no field "${key}" of ${on === "organization" ? "an" : "a"} ${on}${didYouMean(
      wanted,
      all.map((field) => field.key),
    )}.`,
    {
      remedy: `\`maildesk field list --on ${on}\` shows them.`,
    },
  );
}

async function add(desk: DeskSession, out: Output, key: string, options: AddOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const { on, form, choice, name } = options;
  const id = app.ids.next("fld");
  const done = await desk.change(`field add ${key} --on ${on}`, async () => {
    const change = newField({ id, appliesTo: on, key, name: name ?? "", form, choices: choice ?? [] }, app.clock.now());
    const known = (await app.lists.fields(on)).find((field) => field.key === change.after?.key);
    if (known !== undefined)
      throw conflict(`There is a field ${known.key} of a ${on} already (${known.form}).`, {
        remedy: "Give another key, or change that one: maildesk field set.",
      });
    return { changes: [change], result: String(change.after?.key) };
  });
  if (done !== null) await showField(app, out, await knownField(app, on, done));
}

interface FieldRow extends Field {
  /** How many rows have a value. */
  values: number;
}

const columns: readonly Column<FieldRow>[] = [
  { head: "KEY", value: (row) => row.key },
  { head: "ON", value: (row) => row.appliesTo },
  { head: "NAME", value: (row) => row.name, max: 30 },
  { head: "FORM", value: (row) => row.form },
  { head: "CHOICES", value: (row) => row.choices.join(", "), max: 40 },
  { head: "VALUES", value: (row) => row.values, right: true },
];

const fieldJson = ({ id, key, appliesTo, name, form, choices, values }: FieldRow) => ({
  id,
  key,
  on: appliesTo,
  name,
  form,
  choices,
  values,
});

async function list({ app }: DeskSession, out: Output, options: ListOptions & Partial<On>): Promise<void> {
  const owners = options.on === undefined ? fieldOwners : [options.on];
  const counts = await app.lists.valueCounts();
  const rows: FieldRow[] = [];
  for (const owner of owners)
    for (const field of await app.lists.fields(owner)) rows.push({ ...field, values: counts.get(field.id) ?? 0 });
  const shape: ListShape<FieldRow> = {
    columns,
    id: (row) => row.id,
    json: fieldJson,
    none: "There are no custom fields. To define one: maildesk field add KEY --on customer",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, shape);
}

async function showField({ lists }: App, out: Output, field: Field): Promise<void> {
  const row = { ...field, values: (await lists.valueCounts()).get(field.id) ?? 0 };
  if (out.isJson) return out.json(fieldJson(row));
  out.fields([
    ["Field", field.key],
    ["Of", field.appliesTo],
    ["Name", field.name],
    ["Form", field.form],
    ["Choices", field.choices.join(", ")],
    ["Values", row.values],
    ["Id", field.id],
  ]);
}

async function set(desk: DeskSession, out: Output, key: string, { on, name, choice }: SetOptions): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`field set ${key} --on ${on}`, async () => {
    const field = await knownField(app, on, key);
    const bearers = choice === undefined ? { living: [], ended: [] } : await app.lists.valuesOf(field.id);
    const next = { ...(name === undefined ? {} : { name }), ...(choice === undefined ? {} : { choices: choice }) };
    return { ...setField(field, next, bearers), result: field.key };
  });
  if (done !== null) await showField(app, out, await knownField(app, on, done));
}

async function remove(desk: DeskSession, out: Output, key: string, on: FieldOwner, force: boolean): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const done = await desk.change(`field remove ${key} --on ${on}${force ? " --force" : ""}`, async () => {
    const field = await knownField(app, on, key);
    const bearers = await app.lists.valuesOf(field.id);
    const count = bearers.living.length;
    if (count > 0 && !force)
      throw conflict(`${counted(count, "row")} ${count === 1 ? "has" : "have"} a value of ${field.key}.`, {
        remedy: "Add --force to remove them as well; `maildesk undo` takes it back.",
      });
    return { ...removeField(field, bearers), result: { field, count } };
  });
  if (done === null) return;
  const { field, count } = done;
  if (out.isJson) out.json({ id: field.id, key: field.key, on, removed: true, values: count });
  else out.line(`Removed the field ${field.key}${count > 0 ? ` with ${counted(count, "value")}` : ""}.`);
}

// ---- how other nouns set and show them -----------------------------------------------------------------------------

/** `field:plan` for each field, as keys of K=V. */
export const fieldKeys = (fields: readonly Field[]): string[] => fields.map((field) => `field:${field.key}`);

/** The changes that K=V pairs named `field:KEY` make to one row. */
export const fieldChanges = async (
  app: App,
  fields: readonly Field[],
  ownerId: string,
  pairs: ReadonlyMap<string, string>,
): Promise<Change[]> => (await fieldChangesOf(app, fields, [ownerId], pairs)).get(ownerId) ?? [];

/** The same for many rows, by the row's id; the fields are read again, for they may have changed. */
export async function fieldChangesOf(
  app: App,
  fields: readonly Field[],
  ownerIds: readonly string[],
  pairs: ReadonlyMap<string, string>,
): Promise<Map<string, Change[]>> {
  const keys = fields.filter((field) => pairs.has(`field:${field.key}`));
  const wanted = await Promise.all(keys.map(({ appliesTo, key }) => knownField(app, appliesTo, key)));
  if (wanted.length === 0) return new Map();
  const values = await app.lists.fieldValues(ownerIds);
  const changesOf = (ownerId: string) =>
    wanted.map((field) => {
      const value = values.get(ownerId)?.find((one) => one.fieldId === field.id) ?? null;
      return setValue(field, ownerId, value, pairs.get(`field:${field.key}`) ?? "");
    });
  return new Map(ownerIds.map((id) => [id, present(changesOf(id))]));
}

/** The values of two rows of which one becomes part of the other. */
export async function mergedValues({ lists }: App, ownId: string, theirId: string): Promise<MergedValues> {
  const values = await lists.fieldValues([ownId, theirId]);
  return { own: values.get(ownId) ?? [], theirs: values.get(theirId) ?? [] };
}

/** The values of one row: each field that has one, with what people and machines see. */
export interface ShownField {
  field: Field;
  value: string;
}

export async function shownFields({ lists }: App, on: FieldOwner, ownerId: string): Promise<ShownField[]> {
  const values = (await lists.fieldValues([ownerId])).get(ownerId) ?? [];
  if (values.length === 0) return [];
  return (await lists.fields(on)).flatMap((field) => {
    const row = values.find((one) => one.fieldId === field.id);
    return row === undefined ? [] : [{ field, value: row.value }];
  });
}

/** `{ plan: "Gold", seats: 12, paying: true }`. */
export const fieldsJson = (shown: readonly ShownField[]): Record<string, string | number | boolean> =>
  Object.fromEntries(shown.map(({ field, value }) => [field.key, jsonValue(field, value)]));
