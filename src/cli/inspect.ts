// `maildesk inspect FILE...`: what would become of a mail, with every step's evidence; changes nothing (MAIL-19). Judges
// against an empty desk and needs no configuration, or against the real one with --desk. One JSON object a line.
import { open } from "node:fs/promises";
import type { Command } from "commander";
import type { Inspector } from "../app-inspect.ts";
import { badData, sentence, systemCode, usage } from "../errors.ts";
import { reasons } from "../intake/email.ts";
import type { Bench, Inspection } from "../intake/inspect.ts";
import type { Cli } from "./context.ts";
import { byteSize, page, person, traceLines } from "./explanation.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

interface InspectOptions {
  desk?: boolean;
  mailbox?: string;
}

/** A file that cannot be read has an answer too, so that there is one line for each file. */
interface Unreadable {
  file: string;
  verdict: "failed";
  reason: null;
  error: string;
}

const children = 2;
const badDataCode = 65;

export function registerInspect(program: Command, cli: Cli): void {
  verb(
    program,
    "inspect <file...>",
    "Say what would become of a mail, and why; nothing is changed. - reads standard input.",
    ["inspect mail.eml", "inspect --json inbox/cur/* | head -1", "inspect --desk mail.eml"],
  )
    .option("--desk", "judge against the desk of the configuration instead of an empty one")
    .option("--mailbox <name>", "as if it came in by this mailbox (with --desk)")
    .action(async (files: string[], options: InspectOptions) => {
      if (options.mailbox !== undefined && options.desk !== true)
        throw usage("--mailbox needs --desk: without a configuration there is no mailbox.");
      const code = options.desk === true ? await withRealDesk(cli, files, options) : await inspectAll(cli, files, null);
      if (code !== 0) cli.exitWith(code);
    });
}

async function withRealDesk(cli: Cli, files: readonly string[], { mailbox }: InspectOptions): Promise<number> {
  const { benchOf } = await import("../app-inspect.ts");
  let code = 0;
  await cli.withDesk(async ({ app }) => {
    const bench = await benchOf(app, mailbox ?? null);
    if (bench === null)
      throw usage(mailbox === undefined ? "No mailbox is configured." : `There is no mailbox "${mailbox}".`);
    code = await inspectAll(cli, files, bench);
  });
  return code;
}

async function inspectAll(cli: Cli, files: readonly string[], bench: Bench | null): Promise<number> {
  const { openInspector } = await import("../app-inspect.ts");
  const inspector = openInspector({
    children: Math.min(children, files.length),
    bench,
    now: () => Date.now(),
  });
  let unreadable = 0;
  try {
    await inOrder(
      files,
      inspector.concurrency * 2,
      (file) => inspectFile(inspector, file),
      (found) => {
        if ("error" in found) unreadable++;
        show(cli.out, found);
      },
    );
  } finally {
    await inspector.close();
  }
  if (unreadable > 0 && files.length > 1) cli.out.note(`${counted(unreadable, "file")} could not be read.`);
  return unreadable > 0 ? badDataCode : 0;
}

/** Works on a few at once, and shows the results in the order of the items. */
async function inOrder<T, R>(
  items: readonly T[],
  ahead: number,
  work: (item: T) => Promise<R>,
  seen: (result: R) => void,
): Promise<void> {
  const running: Promise<R>[] = [];
  for (const item of items) {
    const task = work(item);
    task.catch(() => {}); // seen when its turn comes
    running.push(task);
    const first = running.length > ahead ? running.shift() : undefined;
    if (first !== undefined) seen(await first);
  }
  for (const task of running) seen(await task);
}

async function inspectFile(inspector: Inspector, file: string): Promise<Inspection | Unreadable> {
  try {
    const { raw, sizeBytes } =
      file === "-" ? await readInput(inspector.sizeBytesMax) : await readBeginning(file, inspector.sizeBytesMax);
    return await inspector.inspect(file, raw, sizeBytes);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return { file, verdict: "failed", reason: null, error: sentence(unreadableError(file, error)) };
  }
}

function unreadableError(file: string, error: unknown): Error {
  const code = systemCode(error);
  if (code === "ENOENT") return badData(`There is no file ${file}.`);
  if (code === "EISDIR") return badData(`${file} is a folder: name the files in it.`);
  return badData(`${file} cannot be read: ${sentence(error)}.`);
}

/** The whole file, or as much as shows that it is too large. */
async function readBeginning(file: string, sizeBytesMax: number): Promise<{ raw: Buffer; sizeBytes: number }> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size <= sizeBytesMax) {
      const raw = await handle.readFile();
      return { raw, sizeBytes: raw.length };
    }
    const raw = Buffer.alloc(1024);
    const { bytesRead } = await handle.read(raw, 0, raw.length, 0);
    return { raw: raw.subarray(0, bytesRead), sizeBytes: size };
  } finally {
    await handle.close();
  }
}

async function readInput(sizeBytesMax: number): Promise<{ raw: Buffer; sizeBytes: number }> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= sizeBytesMax) chunks.push(chunk);
  }
  return { raw: Buffer.concat(chunks), sizeBytes };
}

function show(out: Output, found: Inspection | Unreadable): void {
  if (out.isJson) out.line(JSON.stringify(found));
  else if ("error" in found) out.note(`maildesk: ${found.error}`);
  else for (const line of linesOf(found)) out.line(line);
}

const verdicts: Record<Inspection["verdict"], string> = {
  ticket: "would become a ticket",
  reply: "would become a message on a ticket",
  ignored: "would be ignored",
  held: "would be held",
  failed: "would fail",
};

function linesOf(found: Inspection): string[] {
  const head: [string, string][] = [
    ["From", found.from === null ? "(nobody)" : person(found.from.name, found.from.address)],
    ["To", found.to.join(", ")],
    ["Cc", found.cc.join(", ")],
    ["Subject", found.subject],
    ["Date", found.date ?? ""],
    ["Message-ID", found.messageId ?? ""],
    [
      "Forwarded",
      found.forwarded === null ? "" : `written by ${person(found.forwarded.from.name, found.forwarded.from.address)}`,
    ],
    [
      "Bounced",
      (found.bounce?.recipients ?? [])
        .map(
          (one) =>
            `${one.address} (${one.action}${one.hard ? ", dead address" : ""}${one.status === "" ? "" : `, ${one.status}`})`,
        )
        .join(", "),
    ],
    [
      "Files",
      found.attachments
        .map((one) => `${one.filename || "(no name)"} (${one.contentType}, ${byteSize(one.size)})`)
        .join(", "),
    ],
  ];
  const words = found.newText.trim() === "" ? [] : ["", ...page(found.newText.trim().slice(0, 4000), "  | ")];
  const filed = reasons[found.reason].status === "filed";
  return [
    ...page(
      `${found.file}: ${verdicts[found.verdict]} (${found.reason}).${filed ? "" : ` ${reasons[found.reason].text}`}`,
    ),
    "",
    ...traceLines(head.filter(([, value]) => value !== "").map(([step, text]) => ({ step, text }))),
    ...words,
    "",
    ...traceLines(found.trace),
    "",
  ];
}
