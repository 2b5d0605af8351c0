// `maildesk tag`: the tags that tickets have (TIC-1): renamed, merged and removed on all of them at once. `ticket tag` puts them on.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { foldName } from "../desk/organization.ts";
import { mergeTags, newTag, removeTag, setTag, type Tag, tagCalled, tagGuard } from "../desk/tag.ts";
import { conflict } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

const keys = ["name", "colour"] as const;

export function registerTag(program: Command, cli: Cli): void {
  const tag = noun(program, "tag", "Tags of tickets; `ticket tag add` puts them on, and makes those that are new.");
  verb(tag, "add <name>", "Make a tag that no ticket has yet.", ["tag add urgent --colour '#c0392b'"])
    .option("--colour <colour>", "such as #c0392b")
    .action((name: string, options: { colour?: string }) =>
      cli.withDesk((desk) => add(desk, cli.out, name, options.colour ?? "")),
    );
  listOptions(verb(tag, "list", "List the tags.", ["tag list"])).action((options: ListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, options)),
  );
  verb(tag, "show <tag>", "Show a tag.", ["tag show urgent"]).action((name: string) =>
    cli.withDesk(async ({ app }) => showTag(app, cli.out, await knownTag(app, name))),
  );
  verb(tag, "set <tag> <key=value...>", `Set details: ${keys.join(", ")}. Tickets that have it get its new name.`, [
    "tag set urgent name='very urgent'",
    "tag set urgent colour=",
  ]).action((name: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, name, pairs)));
  verb(tag, "merge <from-tag> <into-tag>", "Give tickets with the one tag the other, and remove the one.", [
    "tag merge asap urgent",
  ]).action((from: string, into: string) => cli.withDesk((desk) => merge(desk, cli.out, from, into)));
  verb(tag, "remove <tag>", "Remove a tag.", ["tag remove urgent --force"])
    .option("--force", "also where tickets have it: it is taken off them")
    .action((name: string, options: { force?: boolean }) =>
      cli.withDesk((desk) => remove(desk, cli.out, name, options.force === true)),
    );
}

const knownTag = async ({ lists }: App, name: string): Promise<Tag> => tagCalled(await lists.tags(), name);

async function mustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = (await lists.tags()).find(({ nameKey, id }) => nameKey === foldName(name) && id !== ownId);
  if (other === undefined) return;
  const remedy =
    ownId === null
      ? "Give another name."
      : `To make one of both: maildesk tag merge FROM ${JSON.stringify(other.name)}`;
  throw conflict(`There is a tag ${other.name} already.`, { remedy });
}

async function add(desk: DeskSession, out: Output, name: string, colour: string): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("tag");
  const done = await desk.change(`tag add ${name}`, async () => {
    await mustBeFree(app, name, null);
    return { changes: [newTag(id, name, colour, app.clock.now())], result: id };
  });
  if (done !== null) await showTag(app, out, await knownTag(app, done));
}

interface TagRow extends Tag {
  tickets: number;
}

const columns: readonly Column<TagRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "COLOUR", value: (row) => row.colour },
  { head: "TICKETS", value: (row) => row.tickets, right: true },
];

const tagJson = ({ id, name, colour, tickets }: TagRow) => ({ id, name, colour, tickets });

async function list({ app }: DeskSession, out: Output, options: ListOptions): Promise<void> {
  const counts = await app.lists.tagCounts();
  const rows = (await app.lists.tags()).map((tag): TagRow => ({ ...tag, tickets: counts.get(tag.id) ?? 0 }));
  const shape: ListShape<TagRow> = {
    columns,
    id: (row) => row.id,
    json: tagJson,
    none: "There are no tags. To put one on a ticket: maildesk ticket tag add 12 NAME",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, shape);
}

async function showTag({ lists }: App, out: Output, tag: Tag): Promise<void> {
  const row = { ...tag, tickets: (await lists.tagCounts()).get(tag.id) ?? 0 };
  if (out.isJson) return out.json(tagJson(row));
  out.fields([
    ["Tag", row.name],
    ["Colour", row.colour],
    ["Tickets", row.tickets],
    ["Id", row.id],
  ]);
}

async function set(desk: DeskSession, out: Output, name: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  const values = Object.fromEntries(readPairs(pairs, keys));
  const done = await desk.change(`tag set ${name} ${pairs.join(" ")}`, async () => {
    const tag = await knownTag(app, name);
    if (values.name !== undefined) await mustBeFree(app, values.name, tag.id);
    return { changes: present([setTag(tag, values)]), guards: [tagGuard(tag)], result: tag.id };
  });
  if (done !== null) await showTag(app, out, await knownTag(app, done));
}

async function merge(desk: DeskSession, out: Output, from: string, into: string): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`tag merge ${from} ${into}`, async () => {
    const [one, other] = [await knownTag(app, from), await knownTag(app, into)];
    const [rows, others] = [await app.lists.ticketsTagged(one.id), await app.lists.ticketsTagged(other.id)];
    return {
      ...mergeTags({ tag: one, rows }, { tag: other, rows: others }),
      result: { from: one, into: other, count: rows.length },
    };
  });
  if (done === null) return;
  if (out.isJson) return await showTag(app, out, await knownTag(app, done.into.id));
  out.line(`${done.from.name} is ${done.into.name} now; ${counted(done.count, "ticket")} had it.`);
}

async function remove(desk: DeskSession, out: Output, name: string, force: boolean): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`tag remove ${name}${force ? " --force" : ""}`, async () => {
    const tag = await knownTag(app, name);
    const rows = await app.lists.ticketsTagged(tag.id);
    return { ...removeTag(tag, rows, force), result: { tag, count: rows.length } };
  });
  if (done === null) return;
  const { tag, count } = done;
  if (out.isJson) out.json({ id: tag.id, name: tag.name, removed: true, tickets: count });
  else out.line(`Removed the tag ${tag.name}${count > 0 ? `; ${counted(count, "ticket")} had it` : ""}.`);
}
