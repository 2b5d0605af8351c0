// Words that one row defines and others bear: the name of a type stands in each customer or ticket of it, a choice of a
// field in its values. They refer by a word as the columns of desk/refers do by an id, so the same is asked of them: who
// bears a word that goes, and whether one that is borne again still stands.
import { type Change, type Columns, isSet, type TableName } from "./change.ts";
import { fieldOfValue } from "./field.ts";
import { rowKey } from "./refers.ts";
import { typeOwners } from "./type.ts";

export interface Word {
  of: "type" | "field";
  /** Of a type, what has it: customer or ticket; of a field its id. */
  on: string;
  word: string;
}

export const wordKey = ({ of, on, word }: Word): string => `${of} ${on} ${word}`;

/** What changes do to words. */
export interface Bearing {
  /** Words that are no more, each with the row that defined it. */
  lost: { word: Word; by: { table: TableName; id: string } }[];
  /** Words that rows come to bear; each is named once. */
  borne: { word: Word; by: { table: TableName; id: string } }[];
  /** Words (`wordKey`) that are defined by them. */
  given: ReadonlySet<string>;
  /** Rows (`rowKey`) that are taken away, or will bear something else. */
  own: ReadonlySet<string>;
}

/** The column in which a row bears a word. */
export const wordColumns = { customer: "type", ticket: "type", fieldValue: "value" } as const satisfies Partial<
  Record<TableName, string>
>;
export type BearingTable = keyof typeof wordColumns;

/** Where a word is borne. */
export const bearingTable = ({ of, on }: Word): BearingTable =>
  of === "field" ? "fieldValue" : on === "ticket" ? "ticket" : "customer";

const isBearing = (table: TableName): table is BearingTable => Object.hasOwn(wordColumns, table);

export function bearingOf(changes: readonly Change[]): Bearing {
  const lost: Bearing["lost"] = [];
  const given = new Set<string>();
  const borne = new Map<string, Bearing["borne"][number]>();
  const own = new Set<string>();
  for (const change of changes) {
    const ids = isSet(change) ? change.ids : [change.id];
    for (const id of ids) {
      const { table, before, after } = change;
      const by = { table, id };
      // A field that goes takes its choices along, and who refers to it is asked for by its id.
      if (table !== "field" || after !== null) for (const word of definedBy(by, before, after)) lost.push({ word, by });
      for (const word of definedBy(by, after, before)) given.add(wordKey(word));
      if (!isBearing(table)) continue;
      const column = wordColumns[table];
      const word = after?.[column];
      if (after !== null && before?.[column] === word) continue;
      own.add(rowKey(table, id));
      if (typeof word !== "string" || word === "") continue;
      const one: Word =
        table === "fieldValue" ? { of: "field", on: fieldOfValue(id), word } : { of: "type", on: table, word };
      if (!borne.has(wordKey(one))) borne.set(wordKey(one), { word: one, by });
    }
  }
  return { lost, borne: [...borne.values()], given, own };
}

/** Words that a row of these columns defines, and one of the others does not. */
function definedBy(row: { table: TableName; id: string }, columns: Columns | null, others: Columns | null): Word[] {
  if (row.table === "type") {
    const word = columns?.name;
    if (typeof word !== "string" || word === others?.name) return [];
    const on = columns?.appliesTo;
    // A renaming that does not say of what the type is, is taken for one of both.
    return typeOwners.filter((one) => on === undefined || on === one).map((one) => ({ of: "type", on: one, word }));
  }
  if (row.table !== "field") return [];
  const known = choicesOf(others);
  return choicesOf(columns).flatMap((word) => (known.includes(word) ? [] : [{ of: "field", on: row.id, word }]));
}

const choicesOf = (columns: Columns | null): string[] =>
  Array.isArray(columns?.choices) ? columns.choices.filter((one) => typeof one === "string") : [];
