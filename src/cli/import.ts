// What `customer import` and `org import` share: a file that is looked through before anything is written, a thousand rows
// to a commit, and the same account of every row (CUS-13, ORG-13). All commits bear one group, so `undo` takes all back.
import { type Command, Option } from "commander";
import type { Change } from "../desk/change.ts";
import type { Field } from "../desk/field.ts";
import { type ImportShape, readMapping } from "../desk/import-columns.ts";
import { type Batch, type ImportRow, type Lines, linesAfter, type RowEnd } from "../desk/import-row.ts";
import { badData, temporary, usage } from "../errors.ts";
import { withProgress } from "./archive-progress.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ImportAccount, openAccount } from "./import-account.ts";
import { type Encoding, encodings, type ImportFile, withImportFile } from "./import-file.ts";
import { type ImportFormat, type ReadRow, type RowsOfFile, rowsOf } from "./import-rows.ts";
import { collect } from "./verb.ts";

export interface ImportOptions {
  format?: ImportFormat;
  map?: string[];
  mapping?: string;
  delimiter?: string;
  encoding?: Encoding;
  report?: boolean;
  rejects?: string;
}

/** What one noun imports, and how. */
export interface ImportJob {
  shape: ImportShape;
  /** As the log tells it. */
  what: string;
  /** Decides rows; called again where somebody was faster. `earlier`: what was decided and not written (--dry-run). */
  decide(desk: DeskSession, rows: readonly ImportRow[], fields: readonly Field[], known: Known): Promise<Batch>;
}

export interface Known {
  lines: Lines;
  earlier: readonly Change[];
}

/** Rows to a commit: long enough to be quick, short enough that mail does not wait for it. */
const rowsPerCommit = 1_000;
const rowsMax = 1_000_000;

export const importOptions = (command: Command): Command =>
  command
    .addOption(
      new Option("--format <format>", "what the file is (default: by its ending, else csv)").choices(["csv", "jsonl"]),
    )
    .option("--map <ours=heading>", "the heading of one of our columns; may be given several times", collect)
    .option("--mapping <file>", "the same as a JSON or YAML object")
    .option("--delimiter <sign>", "what stands between cells: a sign, or tab (default: told by the first line)")
    .addOption(new Option("--encoding <encoding>", "of the file (default: utf-8)").choices(encodings))
    .option("--report", "tell what became of every row")
    .option("--rejects <file>", "write the rows that failed to this file, with the column error");

export async function runImport(cli: Cli, name: string, options: ImportOptions, job: ImportJob): Promise<void> {
  await withImportFile(name, options.encoding, async (file) => {
    await withProgress(cli, "Imported", async ({ signal, seen }) => {
      await cli.withDesk(async (desk) => {
        const fields = await desk.app.lists.fields(job.shape.on);
        const mapping = readMapping(job.shape, fields, await pairsOf(options));
        const format = formatOf(name, options);
        const open = () =>
          rowsOf(file, { shape: job.shape, fields, mapping, format, delimiter: signOf(options.delimiter) });
        const opened = await lookedThrough(file, await open(), signal);
        if (opened.leftOut.length > 0) cli.out.note(`Left out: ${opened.leftOut.join(", ")}.`);
        const account = openAccount(cli, desk, {
          ...options,
          key: job.shape.key,
          input: name,
          format,
          headings: opened,
        });
        await account.run(
          async () => await importRows(desk, (await open()).rows, { job, fields, account, signal, seen }),
        );
      });
    });
  });
}

/** Reads all of it, so that a file which is broken at its end has changed nothing. */
async function lookedThrough(file: ImportFile, opened: RowsOfFile, signal: AbortSignal): Promise<RowsOfFile> {
  let rows = 0;
  for await (const _row of opened.rows) {
    rows += 1;
    if (signal.aborted) throw temporary("Stopped while the file was looked through: nothing was changed.");
  }
  if (rows === 0) throw badData(`${file.name} has no row below its headings.`);
  if (rows > rowsMax) throw badData(`${file.name} has ${rows} rows; at most ${rowsMax} are imported at once.`);
  return opened;
}

interface Running {
  job: ImportJob;
  fields: readonly Field[];
  account: ImportAccount;
  signal: AbortSignal;
  seen(rows: number): void;
}

async function importRows(desk: DeskSession, rows: AsyncIterable<ReadRow>, running: Running): Promise<void> {
  const { job, fields, account, signal, seen } = running;
  const lines = new Map<string, number>();
  const earlier: Change[] = [];
  const group = desk.app.ids.next("imp");
  let count = 0;
  for await (const chunk of inChunks(rows)) {
    const good = chunk.filter((row) => row.error === null);
    const decide = async () => {
      const added = linesAfter(lines);
      const batch = await job.decide(desk, good, fields, { lines: added, earlier });
      return { changes: batch.changes, guards: batch.guards, group, result: { batch, own: added.own } };
    };
    const done = desk.isDryRun ? (await decide()).result : await desk.change(job.what, decide);
    if (done === null) return;
    for (const [key, line] of done.own) lines.set(key, line);
    if (desk.isDryRun) earlier.push(...done.batch.changes.filter(isNewOrganization));
    await account.tell(chunk, endsOf(chunk, done.batch), done.batch.organizations);
    count += chunk.length;
    seen(count);
    if (signal.aborted) {
      account.stopped(chunk.at(-1)?.line ?? 0);
      break;
    }
  }
  if (!desk.isDryRun) account.commits((await desk.app.lists.groupCommits(group)).map(({ id }) => id).reverse());
}

const isNewOrganization = ({ table, before }: Change): boolean =>
  before === null && (table === "organization" || table === "organizationDomain");

/** What became of each row, in the order of the file. */
function endsOf(chunk: readonly ReadRow[], batch: Batch): RowEnd[] {
  const decided = new Map(batch.ends.map((end) => [end.line, end]));
  return chunk.map(({ line, values, error }) => {
    const end = decided.get(line);
    if (end !== undefined) return end;
    return { line, name: values.email ?? values.name ?? "", end: "failed", text: error ?? "It was not decided." };
  });
}

async function* inChunks(rows: AsyncIterable<ReadRow>): AsyncGenerator<ReadRow[]> {
  let chunk: ReadRow[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < rowsPerCommit) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const formatOf = (name: string, { format }: ImportOptions): ImportFormat =>
  format ?? (/\.(?:jsonl|ndjson)$/i.test(name) ? "jsonl" : "csv");

function signOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^(?:tab|\\t)$/i.test(text)) return "\t";
  if (text.length === 1 && !/["\r\n]/.test(text)) return text;
  throw usage(`"${text.slice(0, 20)}" is no delimiter.`, { remedy: "Give one sign, such as ; or the word tab." });
}

/** Ours and the heading, of --mapping and then of --map, which wins. */
async function pairsOf({ map = [], mapping }: ImportOptions): Promise<[string, string][]> {
  const { readMappingFile } = await import("../app.ts");
  const pairs = new Map(mapping === undefined ? [] : Object.entries(readMappingFile(mapping)));
  for (const pair of map) {
    const at = pair.indexOf("=");
    if (at < 1 || at === pair.length - 1)
      throw usage(`"${pair}" is not of the form OURS=HEADING.`, { remedy: 'Such as --map "name=Full name".' });
    pairs.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return [...pairs];
}
