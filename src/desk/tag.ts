// Tags of tickets (TIC-1): words that agents put on them as they need them. A tag is made where it is first used; it is a row that
// others refer to, so that it is renamed, merged or removed on all tickets at once.
import { badData, conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { type Change, type Guard, insert, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";
import { readColour } from "./type.ts";

export interface Tag {
  id: string;
  name: string;
  /** The name folded; unique. */
  nameKey: string;
  /** #rrggbb, or empty. */
  colour: string;
  createdAt: number;
  version: number;
}

/** `id` is ticket id, colon, tag id. */
export interface TicketTag {
  id: string;
  ticketId: string;
  tagId: string;
  createdAt: number;
  version: number;
}

const nameCharsMax = 60;

export function newTag(id: string, name: string, colour: string, now: number): Change {
  const clean = tagName(name);
  return insert("tag", { id, name: clean, nameKey: foldName(clean), colour: readColour(colour), createdAt: now });
}

export function setTag(tag: Tag, next: { name?: string; colour?: string }): Change | null {
  const name = next.name === undefined ? tag.name : tagName(next.name);
  const colour = next.colour === undefined ? tag.colour : readColour(next.colour);
  return update("tag", tag, { name, nameKey: foldName(name), colour });
}

export const putTag = (ticketId: string, tagId: string, now: number): Change =>
  insert("ticketTag", { id: `${ticketId}:${tagId}`, ticketId, tagId, createdAt: now });

export const takeTag = (row: TicketTag): Change => remove("ticketTag", row);

export const tagGuard = ({ id, version }: Pick<Tag, "id" | "version">): Guard => ({
  kind: "version",
  table: "tag",
  id,
  version,
});

const nobodyElse = ({ id }: Tag, rows: readonly TicketTag[]): Guard => ({
  kind: "unreferenced",
  table: "tag",
  id,
  except: new Set(rows.map((row) => rowKey("ticketTag", row.id))),
});

export function removeTag(tag: Tag, rows: readonly TicketTag[], force: boolean): Decided {
  if (rows.length > 0 && !force)
    throw conflict(`${rows.length} ticket${rows.length === 1 ? " has" : "s have"} the tag ${tag.name}.`, {
      remedy: "Add --force to take it off them as well, or give them another: maildesk tag merge FROM INTO.",
    });
  return { changes: [...rows.map(takeTag), remove("tag", tag)], guards: [nobodyElse(tag, rows), tagGuard(tag)] };
}

/** Every ticket with the one has the other then, once. */
export function mergeTags(
  from: { tag: Tag; rows: readonly TicketTag[] },
  into: { tag: Tag; rows: readonly TicketTag[] },
): Decided {
  if (from.tag.id === into.tag.id) throw usage(`${into.tag.name} can't be merged into itself.`);
  const there = new Set(into.rows.map(({ ticketId }) => ticketId));
  const joining = from.rows.filter(({ ticketId }) => !there.has(ticketId));
  return {
    changes: [
      ...from.rows.map(takeTag),
      ...joining.map(({ ticketId, createdAt }) => putTag(ticketId, into.tag.id, createdAt)),
      remove("tag", from.tag),
    ],
    guards: [nobodyElse(from.tag, from.rows), tagGuard(from.tag), tagGuard(into.tag)],
  };
}

export const tagAmong = (tags: readonly Tag[], text: string): Tag | undefined => {
  const key = foldName(text);
  return tags.find(({ nameKey, id }) => nameKey === key || id === text.trim().toLowerCase());
};

/** By name or id; usage where there is none. */
export function tagCalled(tags: readonly Tag[], text: string): Tag {
  const found = tagAmong(tags, text);
  if (found !== undefined) return found;
  const names = tags.map(({ name }) => name);
  throw usage(`There is no tag "${text}"${didYouMean(text, names)}.`, { remedy: "`maildesk tag list` shows them." });
}

/** `a, b` as names, each once; badData where one can't be a tag. */
export function readTags(text: string): string[] {
  const names = text
    .split(",")
    .filter((one) => one.trim() !== "")
    .map(tagName);
  return [...new Map(names.map((name) => [foldName(name), name])).values()];
}

/** Not only digits, which are the number of a ticket, and no comma, which stands between two. */
export function tagName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax || name.startsWith("-") || /^#?\d+$/.test(name) || name.includes(","))
    throw badData(
      `"${name.slice(0, nameCharsMax)}" can't be a tag: it needs 1 to ${nameCharsMax} characters, not only digits, without a comma and without a hyphen before it.`,
    );
  return name;
}
