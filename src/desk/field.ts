// Custom fields of customers, organizations and tickets (CUS-9): what an administrator wants to know of them that the desk
// does not. A value is a row of its own, as text in one form, so that two people may set two fields at once, and a filter
// finds it by an index.
import { badData, conflict, usage } from "../errors.ts";
import { type Change, type Guard, insert, present, remove, update } from "./change.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";

export const fieldForms = ["text", "number", "date", "switch", "choice"] as const;
export type FieldForm = (typeof fieldForms)[number];
export const fieldOwners = ["customer", "organization", "ticket"] as const;
export type FieldOwner = (typeof fieldOwners)[number];

export interface Field {
  id: string;
  /** What has it. */
  appliesTo: FieldOwner;
  /** Lower case; how it is named in `set`, filters and imports: `field:plan`. */
  key: string;
  /** For people's eyes. */
  name: string;
  form: FieldForm;
  /** Of a choice; empty otherwise. */
  choices: string[];
  createdAt: number;
  version: number;
}

/** `id` is field id, colon, owner's id. Nothing is no row. */
export interface FieldValue {
  id: string;
  fieldId: string;
  ownerId: string;
  /** Text as written; numbers without needless zeros; dates as 2026-11-27; switches as on and off; a choice as defined. */
  value: string;
  version: number;
}

const keyPattern = /^[a-z][a-z0-9-]{0,39}$/;
const nameCharsMax = 100;
const valueCharsMax = 2_000;
const choicesMax = 200;

export interface NewField {
  id: string;
  appliesTo: FieldOwner;
  key: string;
  name: string;
  form: FieldForm;
  choices: readonly string[];
}

export function newField(input: NewField, now: number): Change {
  const key = input.key.trim().toLowerCase();
  if (!keyPattern.test(key))
    throw badData(`"${input.key}" is no key of a field.`, {
      remedy: "Write a short word: letters, digits and hyphens, a letter first, such as plan or start-date.",
    });
  return insert("field", {
    id: input.id,
    appliesTo: input.appliesTo,
    key,
    name: fieldName(input.name === "" ? input.key : input.name),
    form: input.form,
    choices: readChoices(input.form, input.choices),
    createdAt: now,
  });
}

/** The field of a value, by the value's id. */
export const fieldOfValue = (id: string): string => id.slice(0, Math.max(0, id.indexOf(":")));

/** Who has a value of a field. */
export interface FieldBearers {
  /** Values of what people see. */
  living: readonly FieldValue[];
  /** Values of what was merged away, deleted or promoted. */
  ended: readonly FieldValue[];
}

/** A choice that is used can't go; of what ended, the value goes along. */
export function setField(
  field: Field,
  next: { name?: string; choices?: readonly string[] },
  { living, ended }: FieldBearers,
): Decided {
  const choices = next.choices === undefined ? field.choices : readChoices(field.form, next.choices);
  const lost = field.choices.filter((choice) => !choices.includes(choice));
  const used = lost.find((choice) => living.some(({ value }) => value === choice));
  if (used !== undefined)
    throw conflict(`"${used}" is still somebody's ${field.name}.`, {
      remedy:
        field.appliesTo === "customer"
          ? `To see whose: maildesk customer list --field ${field.key}=${JSON.stringify(used)}`
          : `Give them another value first: maildesk ${nounOf[field.appliesTo]} set.`,
    });
  const going = ended.filter(({ value }) => lost.includes(value));
  const except = new Set(going.map(({ id }) => rowKey("fieldValue", id)));
  const change = update("field", field, { name: fieldName(next.name ?? field.name), choices });
  return {
    changes: [...going.map((value) => remove("fieldValue", value)), ...present([change])],
    guards: [
      stillThat(field),
      ...lost.map((word): Guard => ({ kind: "unborne", word: { of: "field", on: field.id, word }, except })),
    ],
  };
}

const stillThat = ({ id, version }: Field): Guard => ({ kind: "version", table: "field", id, version });

/** The noun of the command. */
export const nounOf: Readonly<Record<FieldOwner, string>> = {
  customer: "customer",
  organization: "org",
  ticket: "ticket",
};

export function removeField(field: Field, { living, ended }: FieldBearers): Decided {
  const values = [...living, ...ended];
  const except = new Set(values.map(({ id }) => rowKey("fieldValue", id)));
  return {
    changes: [...values.map((value) => remove("fieldValue", value)), remove("field", field)],
    guards: [stillThat(field), { kind: "unreferenced", table: "field", id: field.id, except }],
  };
}

/** Sets one field of one row; an empty text takes the value away. */
export function setValue(field: Field, ownerId: string, current: FieldValue | null, text: string): Change | null {
  const value = readValue(field, text);
  if (value === "") return current === null ? null : remove("fieldValue", current);
  if (current !== null) return update("fieldValue", current, { value });
  return insert("fieldValue", { id: `${field.id}:${ownerId}`, fieldId: field.id, ownerId, value });
}

/** Values of a row that becomes part of another, and those of the other. */
export interface MergedValues {
  own: readonly FieldValue[];
  theirs: readonly FieldValue[];
}

/** What a merge does to fields: the other's values win, empty ones are filled. */
export function mergeValues({ own, theirs }: MergedValues, intoId: string): Change[] {
  const has = new Set(theirs.map(({ fieldId }) => fieldId));
  const filled = own.filter(({ fieldId }) => !has.has(fieldId));
  return [
    ...own.map((row) => remove("fieldValue", row)),
    ...filled.map(({ fieldId, value }) =>
      insert("fieldValue", { id: `${fieldId}:${intoId}`, fieldId, ownerId: intoId, value }),
    ),
  ];
}

/** The one form of a value, "" for none; usage with what to write instead. */
export function readValue(field: Pick<Field, "key" | "form" | "choices">, text: string): string {
  const typed = text.normalize("NFC").trim();
  if (typed === "") return "";
  if (field.form === "number") return readNumberValue(field.key, typed);
  if (field.form === "date") return readDateValue(field.key, typed);
  if (field.form === "switch") return readSwitchValue(field.key, typed);
  if (field.form === "choice") {
    const wanted = typed.toLowerCase();
    const choice = field.choices.find((one) => one.toLowerCase() === wanted);
    if (choice !== undefined) return choice;
    throw usage(`"${typed.slice(0, 60)}" is no choice of ${field.key}.`, {
      remedy: `Choices: ${field.choices.join(", ")}.`,
    });
  }
  if (typed.length > valueCharsMax)
    throw usage(`The value of ${field.key} has ${typed.length} characters; at most ${valueCharsMax} are possible.`);
  return typed.replace(/[\p{Cc}]+/gu, " ");
}

function readNumberValue(key: string, typed: string): string {
  if (!/^[+-]?\d{1,15}(?:\.\d{1,9})?$/.test(typed))
    throw usage(`${key} is a number: write one such as 12 or -3.5, not "${typed.slice(0, 60)}".`);
  const [whole = "", part = ""] = typed.replace(/^[+-]/, "").split(".");
  const digits = whole.replace(/^0+(?=\d)/, "");
  const decimals = part.replace(/0+$/, "");
  const value = decimals === "" ? digits : `${digits}.${decimals}`;
  return typed.startsWith("-") && value !== "0" ? `-${value}` : value;
}

function readDateValue(key: string, typed: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed);
  const at = match === null ? Number.NaN : Date.parse(`${typed}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== typed)
    throw usage(`${key} is a date: write it as 2026-11-27, not "${typed.slice(0, 60)}".`);
  return typed;
}

function readSwitchValue(key: string, typed: string): string {
  const word = typed.toLowerCase();
  if (["on", "yes", "true"].includes(word)) return "on";
  if (["off", "no", "false"].includes(word)) return "off";
  throw usage(`${key} is a switch: write on or off, not "${typed.slice(0, 60)}".`);
}

/** As --json prints it: numbers and switches as such. */
export const jsonValue = (field: Pick<Field, "form">, value: string): string | number | boolean =>
  field.form === "number" ? Number(value) : field.form === "switch" ? value === "on" : value;

function fieldName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax)
    throw badData(`A field needs a name of at most ${nameCharsMax} characters.`);
  return name;
}

function readChoices(form: FieldForm, texts: readonly string[]): string[] {
  const choices = present(
    texts.map(
      (text) =>
        text
          .normalize("NFC")
          .replace(/[\s\p{Cc}]+/gu, " ")
          .trim() || null,
    ),
  );
  if (form !== "choice") {
    if (choices.length > 0) throw badData(`Only a choice has choices, not a ${form}.`);
    return [];
  }
  const folded = new Set(choices.map((choice) => choice.toLowerCase()));
  if (choices.length === 0 || choices.length > choicesMax || folded.size !== choices.length)
    throw badData(`A choice needs from 1 to ${choicesMax} different choices.`, {
      remedy: "Give each by --choice.",
    });
  return choices;
}
