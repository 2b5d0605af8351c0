// What the command says: data to stdout, as a table for people or JSON, CSV or ids for machines; talk to stderr; a
// question only where somebody can answer it. Whatever a mail or a person wrote is made harmless for a terminal first.
import { createInterface } from "node:readline/promises";
import { usage } from "../errors.ts";
import { csvOf } from "./csv.ts";
import { type Column, cell, tableOf } from "./table.ts";

export type { Column } from "./table.ts";

export interface OutputOptions {
  json: boolean;
  yes: boolean;
}

/** Where it goes: data to `out`, talk to `err`. */
export interface Print {
  out(text: string): void;
  err(text: string): void;
}

export const printOfProcess: Print = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** How one list is shown; `--ids` and `--csv` come from the verb's own options (`listOptions`). */
export interface ListShape<T> {
  columns: readonly Column<T>[];
  id(row: T): string;
  /** The row as --json prints it. */
  json(row: T): object;
  /** Said on stderr where there is nothing. */
  none: string;
  ids?: boolean | undefined;
  csv?: boolean | undefined;
}

export interface Output {
  readonly isJson: boolean;
  /** A line of data. */
  line(text: string): void;
  /** Talk: progress, hints, counts. */
  note(text: string): void;
  json(value: unknown): void;
  /** A list; where `total` is more than the rows, "30 of 412" goes to stderr. */
  list<T>(rows: readonly T[], total: number, shape: ListShape<T>): void;
  table<T>(rows: readonly T[], columns: readonly Column<T>[]): void;
  /** Label and value lines; empty values are left out. */
  fields(pairs: readonly (readonly [string, string | number | null])[]): void;
  /** What `say` prints is kept back until `show`, so that it is not said twice where it says the same. */
  held<T>(say: () => T): { value: T; text: string; show(): void };
  /** True where the person said yes, or --yes; without a terminal it rejects with usage (exit 64). */
  confirm(question: string): Promise<boolean>;
}

export function openOutput(options: () => OutputOptions, real: Print): Output {
  let print = real;
  const line = (text: string) => print.out(`${text}\n`);
  const note = (text: string) => print.err(`${text}\n`);
  const json = (value: unknown) => line(JSON.stringify(value, null, 2));
  const table = <T>(rows: readonly T[], columns: readonly Column<T>[]) => {
    for (const text of tableOf(rows, columns, process.stdout.isTTY === true && process.stdout.hasColors())) line(text);
  };
  return {
    get isJson() {
      return options().json;
    },
    line,
    note,
    json,
    table,
    list(rows, total, shape) {
      if (shape.ids === true) for (const row of rows) line(shape.id(row));
      else if (options().json) json(rows.map((row) => shape.json(row)));
      else if (shape.csv === true) print.out(csvOf(rows.map((row) => shape.json(row))));
      else if (rows.length > 0) table(rows, shape.columns);
      if (rows.length < total) note(`${rows.length} of ${total}`);
      else if (rows.length === 0 && !options().json) note(shape.none);
    },
    fields(pairs) {
      const shown = pairs.filter(([, value]) => value !== null && value !== "");
      const width = Math.max(0, ...shown.map(([label]) => label.length));
      for (const [label, value] of shown) {
        const [first = "", ...rest] = String(value).split("\n");
        line(`${label.padEnd(width)}  ${cell(first)}`);
        for (const more of rest) line(`${"".padEnd(width)}  ${cell(more)}`);
      }
    },
    held(say) {
      const shows: (() => void)[] = [];
      let text = "";
      const keep = (to: keyof Print) => (more: string) => {
        text += more;
        shows.push(() => real[to](more));
      };
      print = { out: keep("out"), err: keep("err") };
      try {
        const value = say();
        return {
          value,
          text,
          show: () => {
            for (const show of shows) show();
          },
        };
      } finally {
        print = real;
      }
    },
    async confirm(question) {
      if (options().yes) return true;
      if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
        throw usage("This asks before it acts, and there is no terminal to ask on: nothing was done.", {
          remedy: "Add --yes to answer yes beforehand.",
        });
      }
      const asking = createInterface({ input: process.stdin, output: process.stderr });
      try {
        // Ctrl-C and the end of input close it without an answer, which is a no.
        const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
        const answer = await Promise.race([asking.question(`${question} [y/N] `), closed]);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        asking.close();
      }
    },
  };
}

/** ISO 8601 UTC for machines; null stays null. */
export const isoTime = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** `2026-11-22 13:06` in the local time zone, for people; "" for null. */
export function shortTime(ms: number | null): string {
  if (ms === null) return "";
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** `1 customer`, `3 customers`; the plural where it is not the word with an s. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
