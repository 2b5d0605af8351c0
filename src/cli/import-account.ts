// The account of an import: how many rows were made, changed, left and refused, what became of each where that was asked
// for, and the refused ones as a file to be mended and imported again.
import type { RowEnd } from "../desk/import-row.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { armed, csvLine, disarmed } from "./csv.ts";
import type { ImportFormat, ReadRow, RowsOfFile } from "./import-rows.ts";
import { counted } from "./output.ts";
import { cell } from "./table.ts";
import { isSameFile, type Put, writeText } from "./written-text.ts";

export interface ImportAccount {
  /** Opens the file of --rejects, runs, and tells the whole at the end. */
  run(work: () => Promise<void>): Promise<void>;
  tell(rows: readonly ReadRow[], ends: readonly RowEnd[], organizations: number): Promise<void>;
  commits(ids: readonly string[]): void;
  /** It ends after this line, before the file does. */
  stopped(line: number): void;
}

interface AccountOptions {
  /** The column that says what a row is about. */
  key: string;
  report?: boolean;
  rejects?: string;
  input: string;
  format: ImportFormat;
  headings: Pick<RowsOfFile, "headings" | "delimiter">;
}

const failuresShown = 20;
const failedCode = 65;
const againCode = 75;
const errorHeading = "error";

export function openAccount(cli: Cli, desk: DeskSession, options: AccountOptions): ImportAccount {
  const { out } = cli;
  const counts = { made: 0, changed: 0, unchanged: 0, failed: 0 };
  const failures: RowEnd[] = [];
  const report: RowEnd[] = [];
  let organizations = 0;
  let commits: readonly string[] = [];
  let stoppedAfter: number | null = null;
  let reject: ((row: ReadRow, error: string) => Promise<void>) | null = null;
  const failuresKept = out.isJson ? Number.POSITIVE_INFINITY : failuresShown;

  const finish = () => {
    const rows = counts.made + counts.changed + counts.unchanged + counts.failed;
    if (out.isJson) {
      const told = options.report === true ? { report: report.map(endJson(options.key)) } : {};
      const whole = {
        rows,
        ...counts,
        organizations,
        commits,
        failures: failures.map(failureJson(options.key)),
        ...told,
      };
      out.json({ ...(desk.isDryRun ? { dryRun: true } : {}), ...whole });
    } else {
      if (options.report !== true) for (const one of failures) out.note(lineOf(one));
      const more = counts.failed - failures.length;
      if (options.report !== true && more > 0)
        out.note(`and ${counted(more, "row")} more that failed: --report shows all, --rejects FILE keeps them.`);
      out.line(summary(rows, counts, organizations, desk.isDryRun));
      if (options.rejects !== undefined && counts.failed > 0)
        out.note(
          `${counted(counts.failed, "row")} that failed ${counts.failed === 1 ? "is" : "are"} in ${options.rejects}.`,
        );
    }
    if (stoppedAfter !== null) {
      out.note(
        `Stopped after line ${stoppedAfter}; what was written stays. The same command goes on, \`maildesk undo\` takes it back.`,
      );
      cli.exitWith(againCode);
    } else if (counts.failed > 0) cli.exitWith(failedCode);
  };

  return {
    async run(carryOn) {
      const { rejects } = options;
      // What was written before stays, and whoever reads the error must know.
      const work = () =>
        carryOn().catch((error: unknown) => {
          const { made, changed } = counts;
          if (made + changed > 0 && !desk.isDryRun)
            out.note(
              `${counted(made + changed, "row")} written before this went wrong: they stay. The same command goes on, \`maildesk undo\` takes them back.`,
            );
          throw error;
        });
      if (rejects === undefined) await work();
      else {
        if (await isSameFile(rejects, options.input))
          throw usage("The rejects would replace the file that is imported.", { remedy: "Name another file." });
        // A list of what failed is of this import alone: that of an earlier one goes.
        await writeText(rejects, { replace: true }, async (put) => {
          reject = await rejectsTo(put, options);
          await work();
        });
      }
      finish();
    },
    async tell(rows, ends, made) {
      organizations += made;
      for (const [at, end] of ends.entries()) {
        counts[end.end] += 1;
        if (options.report === true && !out.isJson) out.line(lineOf(end));
        else if (options.report === true) report.push(end);
        if (end.end !== "failed") continue;
        if (failures.length < failuresKept) failures.push(end);
        const row = rows[at];
        if (row !== undefined) await reject?.(row, end.text);
      }
    },
    commits(ids) {
      commits = ids;
    },
    stopped(line) {
      stoppedAfter = line;
    },
  };
}

const lineOf = ({ line, name, end, text }: RowEnd): string => {
  const who = name === "" ? "" : ` ${cell(name.slice(0, 100))}`;
  const what = end === "failed" ? ` ${cell(text)}` : ` ${end}${text === "" ? "" : `, ${cell(text)}`}`;
  return `line ${line}:${who}${end === "failed" && who !== "" ? ":" : ""}${what}`;
};

const failureJson =
  (key: string) =>
  ({ line, name, text }: RowEnd) => ({ line, [key]: name, error: text });
const endJson =
  (key: string) =>
  ({ line, name, end, text }: RowEnd) => ({ line, [key]: name, end, text });

function summary(
  rows: number,
  { made, changed, unchanged, failed }: Record<RowEnd["end"], number>,
  organizations: number,
  isDryRun: boolean,
): string {
  const parts = [`${made} made`, `${changed} changed`, `${unchanged} unchanged`, `${failed} failed`];
  const also = organizations > 0 ? `; ${counted(organizations, "organization")} made` : "";
  const whole = `${counted(rows, "row")}: ${parts.join(", ")}${also}.`;
  return isDryRun ? `${whole} Nothing was changed (--dry-run).` : whole;
}

/** Rows as they were read, with what was wrong; a column `error` of an earlier such file is replaced. */
async function rejectsTo(
  put: Put,
  { format, headings: { headings, delimiter } }: AccountOptions,
): Promise<(row: ReadRow, error: string) => Promise<void>> {
  if (format === "jsonl")
    return async ({ cells }, error) => await put(`${JSON.stringify(withError(cells[0] ?? "", error))}\n`);
  const own = headings.flatMap((heading, at) => (heading.toLowerCase() === errorHeading ? [] : [at]));
  const line = (cells: readonly string[]) =>
    csvLine(
      cells.map((text) => disarmed(armed(text))),
      delimiter,
    );
  await put(line([...own.map((at) => headings[at] ?? ""), errorHeading]));
  return async ({ cells }, error) =>
    await put(line([...own.map((at) => cells[at] ?? ""), error, ...cells.slice(headings.length)]));
}

function withError(text: string, error: string): object {
  try {
    const row: unknown = JSON.parse(text);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return { ...row, error };
  } catch {
    // What is no JSON is kept as text.
  }
  return { text, error };
}
