// The rows of a file that is imported: CSV as people's programs write it (RFC 4180, with commas, semicolons or tabs), or one
// JSON object a line. A row that can't be read as such is handed on with a sentence; a file that can't be is refused.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Field } from "../desk/field.ts";
import { columnsOf, type ImportShape, type Mapping } from "../desk/import-columns.ts";
import { cellCharsMax, type ImportRow } from "../desk/import-row.ts";
import { badData, MaildeskError, systemCode } from "../errors.ts";
import { armed } from "./csv.ts";
import { type ImportFile, textOf } from "./import-file.ts";

export type ImportFormat = "csv" | "jsonl";

export interface ReadRow extends ImportRow {
  /** Why it can't be imported; null for one that can. */
  error: string | null;
  /** As they stand in the file, for --rejects; the text of the line where it is JSON. */
  cells: readonly string[];
}

export interface RowsOptions {
  shape: ImportShape;
  fields: readonly Field[];
  mapping: Mapping;
  format: ImportFormat;
  /** Told by the first line where it is not given. */
  delimiter?: string | undefined;
}

export interface RowsOfFile {
  /** Those of the file; none where it is JSON. */
  headings: readonly string[];
  /** Headings that are none of ours. */
  leftOut: readonly string[];
  delimiter: string;
  rows: AsyncIterable<ReadRow>;
}

/** A record of more characters is no row but a quotation mark that is never closed. */
const recordCharsMax = 4 * 1024 * 1024;
const headCharsMax = 64 * 1024;
const delimiters = [",", ";", "\t"] as const;

/** Reads the headings; the rows follow as they are asked for. Rejects: data. */
export async function rowsOf(file: ImportFile, options: RowsOptions): Promise<RowsOfFile> {
  return options.format === "jsonl" ? jsonRows(file, options) : await csvRows(file, options);
}

interface CsvRecord {
  line: number;
  cells: string[];
}

async function csvRows(file: ImportFile, options: RowsOptions): Promise<RowsOfFile> {
  const delimiter = options.delimiter ?? delimiterOf(await firstText(file));
  const records = csvRecords(file, delimiter);
  const { headings, columns } = await headingsOf(records, file, options).catch(async (error: unknown) => {
    await records.return(undefined); // lets go of the file
    throw error;
  });
  return {
    headings,
    leftOut: headings.filter((heading, at) => columns[at] === null && heading !== "" && heading !== "error"),
    delimiter,
    rows: mapped(records, ({ line, cells }) => ({ line, cells, ...valuesOf(cells, columns, armed) })),
  };
}

async function* mapped<From, To>(all: AsyncIterable<From>, map: (one: From) => To): AsyncGenerator<To> {
  for await (const one of all) yield map(one);
}

async function headingsOf(records: AsyncGenerator<CsvRecord>, file: ImportFile, options: RowsOptions) {
  const { value, done } = await records.next();
  if (done === true) throw badData(`${file.name} holds nothing but empty lines.`);
  const headings = (value as CsvRecord).cells.map((cell) => armed(cell.trim()));
  if (headings.some((heading) => heading.includes("@")))
    throw badData(`${file.name} begins with no line of headings, but with "${headings[0]?.slice(0, 60) ?? ""}".`, {
      remedy: "Put a line above that says what is in each column, such as email,name.",
    });
  return { headings, columns: columnsOf(headings, options.shape, options.fields, options.mapping) };
}

async function firstText(file: ImportFile): Promise<string> {
  let text = "";
  for await (const piece of textOf(file)) {
    text += piece;
    if (text.length >= headCharsMax) break;
  }
  return text;
}

/** Of comma, semicolon and tab the one that stands most often in the first line, outside of quotation marks. */
export function delimiterOf(text: string): string {
  const counts = new Map<string, number>(delimiters.map((one) => [one, 0]));
  let isQuoted = false;
  for (const sign of text.trimStart()) {
    if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (sign === "\n") break;
    else if (counts.has(sign)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  }
  return delimiters.reduce((best, one) => ((counts.get(one) ?? 0) > (counts.get(best) ?? 0) ? one : best));
}

/** `read`: what a cell says that is written so. */
function valuesOf(
  cells: readonly string[],
  columns: readonly (string | null)[],
  read: (cell: string) => string,
): Pick<ReadRow, "values" | "error"> {
  const values: Record<string, string> = {};
  const extra = cells.length - columns.length;
  if (extra > 0)
    return {
      values: keyOnly(cells, columns),
      error: `There are ${cells.length} cells, and ${columns.length} headings.`,
    };
  for (const [at, cell] of cells.entries()) {
    const column = columns[at];
    if (column == null) continue;
    if (cell.length > cellCharsMax) return { values: keyOnly(cells, columns), error: tooLong(column, cell.length) };
    const value = read(cell.trim());
    if (value !== "") values[column] = value;
  }
  return { values, error: null };
}

/** So that a row that failed can be found by who it is about. */
function keyOnly(cells: readonly string[], columns: readonly (string | null)[]): Record<string, string> {
  const key = columns.includes("email") ? "email" : "name";
  const cell = cells[columns.indexOf(key)]?.trim().slice(0, 100) ?? "";
  return cell === "" ? {} : { [key]: armed(cell) };
}

const tooLong = (column: string, length: number): string =>
  `${column} has ${length} characters; a cell may have ${cellCharsMax}.`;

async function* csvRecords(file: ImportFile, delimiter: string): AsyncGenerator<CsvRecord> {
  const { parse } = await import("csv-parse");
  let line = 1;
  const parser = parse({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: recordCharsMax,
    // Counted as it is read, far ahead of whoever asks for rows, so that a complaint knows its line; it goes first.
    on_record(cells: string[]) {
      const record = [String(line), ...cells];
      line += 1 + breaksIn(cells);
      return record;
    },
  });
  const fed = pipeline(Readable.from(textOf(file)), parser);
  fed.catch(() => {}); // the parser hands it on to whoever reads
  try {
    for await (const [start, ...cells] of parser as AsyncIterable<string[]>)
      if (cells.length > 1 || (cells[0] ?? "").trim() !== "") yield { line: Number(start), cells };
  } catch (error) {
    throw csvError(file, line, error);
  }
}

/** Line ends inside of quotation marks. The parser's own count takes CRLF there for two. */
const breaksIn = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + (/[\r\n]/.test(cell) ? (cell.match(/\r\n|\n|\r/g)?.length ?? 0) : 0), 0);

function csvError(file: ImportFile, line: number, error: unknown): unknown {
  if (error instanceof MaildeskError) return error;
  const code = systemCode(error);
  if (code === "CSV_QUOTE_NOT_CLOSED" || code === "CSV_MAX_RECORD_SIZE")
    return badData(`${file.name}, line ${line}: a quotation mark opens in this row and is never closed.`, {
      cause: error,
    });
  if (code === "CSV_INVALID_CLOSING_QUOTE" || code === "INVALID_OPENING_QUOTE")
    return badData(`${file.name}, line ${line}: a quotation mark stands where none may.`, {
      remedy: 'A cell that holds one is written in quotation marks, and the mark twice: "Ann ""Annie"" Lee".',
      cause: error,
    });
  return error;
}

function jsonRows(file: ImportFile, options: RowsOptions): RowsOfFile {
  const known = new Map<string, (string | null)[]>();
  const columnsFor = (keys: readonly string[]): (string | null)[] => {
    const name = keys.join("\n");
    const columns = known.get(name) ?? columnsOf(keys, options.shape, options.fields, options.mapping);
    known.set(name, columns);
    return columns;
  };
  return { headings: [], leftOut: [], delimiter: "", rows: mapped(jsonLines(file), (one) => jsonRow(one, columnsFor)) };
}

function jsonRow(
  { line, text }: { line: number; text: string },
  columnsFor: (keys: string[]) => (string | null)[],
): ReadRow {
  const failed = (error: string): ReadRow => ({ line, cells: [text], values: {}, error });
  if (text.length > recordCharsMax) return failed(`The line has ${text.length} characters.`);
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return failed("This is no JSON.");
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return failed("This is no JSON object.");
  try {
    const columns = columnsFor(Object.keys(row));
    const cells = Object.values(row).map((value) => jsonCell(value));
    if (cells.includes(null))
      return failed("A value is an object: write text, a number, yes or no, or a list of these.");
    return {
      line,
      ...valuesOf(
        cells.map((cell) => cell ?? ""),
        columns,
        (cell) => cell,
      ),
      cells: [text],
    };
  } catch (error) {
    if (error instanceof MaildeskError) return failed(error.message);
    throw error;
  }
}

/** Null for what no cell can hold. */
function jsonCell(value: unknown): string | null {
  if (value === null) return "";
  if (Array.isArray(value)) {
    const cells = value.map(jsonCell);
    return cells.includes(null) ? null : cells.join(" ");
  }
  return typeof value === "object" ? null : String(value);
}

async function* jsonLines(file: ImportFile): AsyncGenerator<{ line: number; text: string }> {
  let rest = "";
  let line = 0;
  for await (const piece of textOf(file)) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > recordCharsMax)
      throw badData(`${file.name}, line ${line + lines.length + 1} is longer than ${recordCharsMax} characters.`);
    for (const text of lines) {
      line += 1;
      if (text.trim() !== "") yield { line, text };
    }
  }
  if (rest.trim() !== "") yield { line: line + 1, text: rest };
}
