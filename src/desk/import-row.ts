// What all imports share: one row as it was read, what became of it, and the rows of a file that speak of the same thing.
// A row is decided whole before anything of it counts, so one that fails leaves nothing behind.
import { MaildeskError } from "../errors.ts";
import type { Change, Guard } from "./change.ts";
import { type Field, type FieldValue, setValue } from "./field.ts";
import { fieldColumn } from "./import-columns.ts";

/** The most that one cell may hold: as much as a spreadsheet's. */
export const cellCharsMax = 32_767;

export interface ImportRow {
  /** Where it begins in the file; the first line is 1. */
  line: number;
  /** What is in its cells, trimmed, by our column; empty cells are not there, for they leave the value. */
  values: Readonly<Record<string, string>>;
}

export interface RowEnd {
  line: number;
  /** Whom or what the row is about. */
  name: string;
  end: "made" | "changed" | "unchanged" | "failed";
  /** What was done, or why not. */
  text: string;
}

/** What rows of one file decided together, to be committed together. */
export interface Batch {
  changes: Change[];
  guards: Guard[];
  ends: RowEnd[];
  /** Of the changes, organizations that are new. */
  organizations: number;
}

/** The line that first spoke of something; kept for the whole file. */
export interface Lines {
  of(key: string): number | undefined;
  add(key: string, line: number): void;
}

/** Lines of this batch in front of those of the batches before, which stay as they are until it is kept. */
export function linesAfter(before: ReadonlyMap<string, number>): Lines & { own: Map<string, number> } {
  const own = new Map<string, number>();
  return {
    own,
    of: (key) => before.get(key) ?? own.get(key),
    add: (key, line) => void own.set(key, line),
  };
}

/** One sentence with what to do about it; a mistake of ours is none and goes on. */
export function failure(row: ImportRow, name: string, error: unknown): RowEnd {
  if (!(error instanceof MaildeskError)) throw error;
  const text = error.remedy === null ? error.message : `${error.message} ${error.remedy}`;
  return { line: row.line, name, end: "failed", text };
}

/** The changes that a row's `field:KEY` cells make to what it is about. */
export function fieldChangesOf(
  row: ImportRow,
  fields: readonly Field[],
  ownerId: string,
  current: readonly FieldValue[],
): Change[] {
  const changes: Change[] = [];
  for (const field of fields) {
    const text = row.values[fieldColumn(field)];
    if (text === undefined) continue;
    const value = current.find((one) => one.fieldId === field.id) ?? null;
    const change = setValue(field, ownerId, value, text);
    if (change !== null) changes.push(change);
  }
  return changes;
}

const tableOrder = ["organization", "organizationDomain", "customer", "customerAddress", "fieldValue"];

/** New rows by table, so that many go in with one statement; what refers to them, and what changes, comes after. */
export function inTableOrder(changes: readonly Change[]): Change[] {
  const rank = (change: Change) => (change.before === null ? 0 : tableOrder.length) + tableOrder.indexOf(change.table);
  return changes.toSorted((a, b) => rank(a) - rank(b));
}
