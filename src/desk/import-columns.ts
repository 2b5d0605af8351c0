// Which column of somebody else's table is which of ours: headings match without regard to case, a mapping names those
// that are called otherwise. Nothing is guessed beyond that: a heading that is neither is left out, and said to be.
import { badData, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Field, FieldOwner } from "./field.ts";

/** What an import can take, and what it can't do without. */
export interface ImportShape {
  on: FieldOwner;
  /** The column without which a row says nothing. */
  key: string;
  /** Ours, in the order of an export; custom fields come after them. */
  columns: readonly string[];
  /** Other headings that are taken for ours where ours is not there, in lower case. */
  aliases: Readonly<Record<string, string>>;
}

export const customerShape: ImportShape = {
  on: "customer",
  key: "email",
  columns: [
    "email",
    "addresses",
    "name",
    "nameOrigin",
    "organization",
    "placedBy",
    "type",
    "phone",
    "title",
    "postalAddress",
    "timeZone",
    "language",
    "notes",
    "state",
    "mutedAt",
    "bouncing",
    "softBounces",
  ],
  aliases: { address: "email", "e-mail": "email" },
};

export const organizationShape: ImportShape = {
  on: "organization",
  key: "name",
  columns: ["name", "domains", "origin", "website", "phone", "postalAddress", "logo", "notes", "visibility"],
  aliases: { domain: "domains" },
};

/** Our column by the heading that was written for it, folded. */
export type Mapping = ReadonlyMap<string, string>;

export const foldHeading = (heading: string): string => heading.normalize("NFC").trim().toLowerCase();

/** `name=Full name` pairs, ours first; usage where there is no such column of ours, or one is given twice. */
export function readMapping(
  shape: ImportShape,
  fields: readonly Field[],
  pairs: readonly (readonly [string, string])[],
): Mapping {
  const mapping = new Map<string, string>();
  for (const [typed, heading] of pairs) {
    const column = columnCalled(shape, fields, typed) ?? shape.aliases[foldHeading(typed)];
    const known = knownColumns(shape, fields);
    if (column === undefined)
      throw usage(`An import has no column "${typed}"${didYouMean(typed, known)}.`, {
        remedy: `Known: ${known.join(", ")}.`,
      });
    if ([...mapping.values()].includes(column)) throw usage(`${column} is mapped twice.`);
    if (mapping.has(foldHeading(heading))) throw usage(`The heading "${heading}" is mapped twice.`);
    mapping.set(foldHeading(heading), column);
  }
  return mapping;
}

/** Our columns for a line of headings, null for those that are left out; badData where they don't do. */
export function columnsOf(
  headings: readonly string[],
  shape: ImportShape,
  fields: readonly Field[],
  mapping: Mapping,
): (string | null)[] {
  const mapped = new Set(mapping.values());
  const columns = headings.map((heading) => {
    const column = mapping.get(foldHeading(heading)) ?? ownColumn(heading, shape, fields);
    return column !== null && mapped.has(column) && !mapping.has(foldHeading(heading)) ? null : column;
  });
  for (const [at, heading] of headings.entries()) {
    const alias = shape.aliases[foldHeading(heading)];
    if (columns[at] === null && alias !== undefined && !columns.includes(alias)) columns[at] = alias;
  }
  refuseUnusable(headings, columns, shape, mapping);
  return columns;
}

function ownColumn(heading: string, shape: ImportShape, fields: readonly Field[]): string | null {
  const column = columnCalled(shape, fields, heading);
  const folded = foldHeading(heading);
  if (column !== undefined || !folded.startsWith("field:")) return column ?? null;
  const key = folded.slice("field:".length).slice(0, 60);
  const keys = fields.map((field) => field.key);
  throw badData(`There is no field "${key}" of a ${shape.on}${didYouMean(key, keys)}.`, {
    remedy: `To define it: maildesk field add ${key} --on ${shape.on}`,
  });
}

function refuseUnusable(
  headings: readonly string[],
  columns: readonly (string | null)[],
  { key }: ImportShape,
  mapping: Mapping,
): void {
  const shown = headings.map((heading) => `"${heading.trim().slice(0, 60)}"`);
  const there = `There ${shown.length === 1 ? "is" : "are"} ${shown.join(", ")}`;
  for (const [heading, column] of mapping)
    if (!columns.includes(column))
      throw badData(`There is no heading "${heading}" for ${column}.`, { remedy: `${there}.` });
  if (!columns.includes(key))
    throw badData(`No heading is ${key}. ${there}.`, {
      remedy: `Say which it is, such as --map ${key}=${shown[0] ?? '""'}; or, by --delimiter, what stands between cells.`,
    });
  const twice = columns.find((column, at) => column !== null && columns.indexOf(column) !== at);
  if (twice != null) throw badData(`More than one heading is ${twice}. ${there}.`);
}

export const fieldColumn = (field: Pick<Field, "key">): string => `field:${field.key}`;

const knownColumns = (shape: ImportShape, fields: readonly Field[]): string[] => [
  ...shape.columns,
  ...fields.map(fieldColumn),
];

const columnCalled = (shape: ImportShape, fields: readonly Field[], text: string): string | undefined =>
  knownColumns(shape, fields).find((column) => column.toLowerCase() === foldHeading(text));
