// Types of customers and tickets, as administrators define them (CUS-8, TIC-2): a name and a colour. A row bears the name,
// so that lists and the log read as people speak; renaming a type renames it in every row, in the same commit.
import { badData, conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { type Change, insert, present, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";

export const typeOwners = ["customer", "ticket"] as const;
export type TypeOwner = (typeof typeOwners)[number];

export interface Type {
  id: string;
  appliesTo: TypeOwner;
  name: string;
  /** The name folded; unique among the types of one owner. */
  nameKey: string;
  /** #rrggbb, or empty. */
  colour: string;
  createdAt: number;
  version: number;
}

const nameCharsMax = 60;

export function newType(
  { id, appliesTo, name, colour }: Pick<Type, "id" | "appliesTo" | "name" | "colour">,
  now: number,
): Change {
  const clean = typeName(name);
  return insert("type", {
    id,
    appliesTo,
    name: clean,
    nameKey: foldName(clean),
    colour: readColour(colour),
    createdAt: now,
  });
}

/** `rows`: ids of all that bear it, for a new name. */
export function setType(type: Type, next: { name?: string; colour?: string }, rows: readonly string[]): Change[] {
  const name = next.name === undefined ? type.name : typeName(next.name);
  const colour = next.colour === undefined ? type.colour : readColour(next.colour);
  const change = update("type", type, { name, nameKey: foldName(name), colour });
  const renamed: Change[] =
    name === type.name || rows.length === 0
      ? []
      : [{ table: type.appliesTo, ids: rows, before: { type: type.name }, after: { type: name } }];
  return [...present([change]), ...renamed];
}

/** `rows`: ids of all that bear it; they have none then. */
export function removeType(type: Type, rows: readonly string[], force: boolean): Change[] {
  if (rows.length > 0 && !force)
    throw conflict(`${rows.length} ${type.appliesTo}${rows.length === 1 ? " is" : "s are"} of the type ${type.name}.`, {
      remedy: "Give them another one first, or add --force: then they have none.",
    });
  const cleared: Change[] =
    rows.length === 0 ? [] : [{ table: type.appliesTo, ids: rows, before: { type: type.name }, after: { type: "" } }];
  return [...cleared, remove("type", type)];
}

/** The name of a type as it is defined; any word while none is; "" for none. */
export function typeAmong(types: readonly Type[], on: TypeOwner, text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return name === "" || types.length === 0 ? name : typeCalled(types, on, name).name;
}

/** By name or id; usage where there is none. */
export function typeCalled(types: readonly Type[], on: TypeOwner, name: string): Type {
  const key = foldName(name);
  const found = types.find((type) => type.nameKey === key || type.id === name.trim().toLowerCase());
  if (found !== undefined) return found;
  const names = types.map((type) => type.name);
  throw usage(`There is no ${on} type "${name}"${didYouMean(name, names)}.`, {
    remedy: `\`maildesk type list --on ${on}\` shows them.`,
  });
}

function typeName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax)
    throw badData(`A type needs a name of at most ${nameCharsMax} characters.`);
  return name;
}

function readColour(text: string): string {
  const colour = text.trim().toLowerCase();
  if (colour === "" || /^#[0-9a-f]{6}$/.test(colour)) return colour;
  throw badData(`"${text.slice(0, 40)}" is no colour.`, { remedy: "Write one such as #c0392b." });
}
