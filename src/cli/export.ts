// What `customer export` and `org export` share: a table in the columns that an import takes, written a page at a time, so
// that its size does not matter. What is exported comes in again as it was.
import { type Command, Option } from "commander";
import type { Field, FieldValue } from "../desk/field.ts";
import { fieldColumn, type ImportShape } from "../desk/import-columns.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { csvLine, disarmed } from "./csv.ts";
import { counted } from "./output.ts";
import { writeText } from "./written-text.ts";

export interface ExportOptions {
  format?: "csv" | "jsonl";
  out?: string;
  force?: boolean;
}

/** By our columns; a list where there may be several. */
export type ExportRow = Readonly<Record<string, string | readonly string[]>>;

export const exportOptions = (command: Command): Command =>
  command
    .addOption(
      new Option("--format <format>", "how to write it (default: by the file's ending, else csv)").choices([
        "csv",
        "jsonl",
      ]),
    )
    .option("--out <file>", "write to this file instead of standard output")
    .option("--force", "replace a file that is there");

/** `pages` are read one after the other, as far as they are written. */
export async function runExport(
  cli: Cli,
  desk: DeskSession,
  options: ExportOptions,
  shape: ImportShape,
  pages: (fields: readonly Field[]) => AsyncIterable<readonly ExportRow[]>,
): Promise<void> {
  if (desk.isDryRun) throw usage("An export changes nothing: there is nothing to try.");
  const fields = await desk.app.lists.fields(shape.on);
  const columns = [...shape.columns, ...fields.map(fieldColumn)];
  const file = options.out === undefined || options.out === "-" ? null : options.out;
  const isJson = (options.format ?? (/\.(?:jsonl|ndjson)$/i.test(file ?? "") ? "jsonl" : "csv")) === "jsonl";
  let rows = 0;
  await writeText(file, { replace: options.force === true }, async (put) => {
    if (!isJson) await put(csvLine(columns));
    for await (const page of pages(fields)) {
      rows += page.length;
      await put(page.map((row) => (isJson ? jsonLine(columns, row) : csvRow(columns, row))).join(""));
    }
  });
  if (file !== null && cli.out.isJson) cli.out.json({ file, rows });
  else cli.out.note(`Exported ${counted(rows, shape.on)}.`);
}

const jsonLine = (columns: readonly string[], row: ExportRow): string =>
  `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? ""])))}\n`;

const csvRow = (columns: readonly string[], row: ExportRow): string =>
  csvLine(
    columns.map((column) => {
      const value = row[column] ?? "";
      return disarmed(typeof value === "string" ? value : value.join(" "));
    }),
  );

/** `field:KEY` columns of one row. */
export const fieldCells = (fields: readonly Field[], values: readonly FieldValue[]): Record<string, string> =>
  Object.fromEntries(
    values.flatMap(({ fieldId, value }) => {
      const field = fields.find(({ id }) => id === fieldId);
      return field === undefined ? [] : [[fieldColumn(field), value]];
    }),
  );
