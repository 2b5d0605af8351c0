// Types of customers and tickets, as administrators define them (CUS-8, TIC-2): a name and a colour. A row bears the name,
// so that lists and the log read as people speak; renaming a type renames it in every row, in the same commit.
import { badData, conflict, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";

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

/** Who bears a type. */
export interface TypeBearers {
  /** All, also those that were merged away or deleted: they may live again. */
  ids: readonly string[];
  /** How many of them people see. */
  living: number;
}

/** Whoever bears it gets its new name. */
export function setType(type: Type, next: { name?: string; colour?: string }, { ids }: TypeBearers): Decided {
  const name = next.name === undefined ? type.name : typeName(next.name);
  const colour = next.colour === undefined ? type.colour : readColour(next.colour);
  // What it is of is told as well, for whoever takes it back.
  const change = update("type", type, { name, nameKey: foldName(name), colour }, ["appliesTo"]);
  if (name === type.name) return { changes: present([change]), guards: [stillThat(type)] };
  return {
    changes: [...present([change]), ...given(type, ids, name)],
    guards: [stillThat(type), nobodyElse(type, ids)],
  };
}

/** Whoever bears it has none then. */
export function removeType(type: Type, { ids, living }: TypeBearers, force: boolean): Decided {
  if (living > 0 && !force)
    throw conflict(`${living} ${type.appliesTo}${living === 1 ? " is" : "s are"} of the type ${type.name}.`, {
      remedy: "Give them another one first, or add --force: then they have none.",
    });
  return {
    changes: [...given(type, ids, ""), remove("type", type)],
    guards: [stillThat(type), nobodyElse(type, ids)],
  };
}

const given = ({ appliesTo, name }: Type, ids: readonly string[], next: string): Change[] =>
  ids.length === 0 ? [] : [{ table: appliesTo, ids, before: { type: name }, after: { type: next } }];

const stillThat = ({ id, version }: Type): Guard => ({ kind: "version", table: "type", id, version });

/** Who came to bear it meanwhile would keep a word that is none any more. */
const nobodyElse = ({ appliesTo, name }: Type, ids: readonly string[]): Guard => ({
  kind: "unborne",
  word: { of: "type", on: appliesTo, word: name },
  except: new Set(ids.map((id) => rowKey(appliesTo, id))),
});

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

export function readColour(text: string): string {
  const colour = text.trim().toLowerCase();
  if (colour === "" || /^#[0-9a-f]{6}$/.test(colour)) return colour;
  throw badData(`"${text.slice(0, 40)}" is no colour.`, { remedy: "Write one such as #c0392b." });
}
