// `maildesk ingest`: mails out of files, folders, mbox and Maildir as history, or one live mail from an MTA's pipe (OPS-3,
// MAIL-3). Everything is stored in batches before anything is judged. At the end of a pipe stands an MTA that reads the
// exit code: 0 is "stored", 75 "try again", and nothing that may work later is ever called an error of the mail's.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { isKind, MaildeskError, sentence, temporary, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type EmailRow, emailJson, reasonText } from "./email-rows.ts";
import { byteSize } from "./explanation.ts";
import { mailboxNamed } from "./mailbox-named.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

interface IngestOptions {
  mailbox?: string;
  state?: "open" | "closed";
  answer?: boolean;
  storeOnly?: boolean;
}

const batchMails = 50;
const batchBytes = 16 * 1024 * 1024;
const inputBytesMax = 200 * 1024 * 1024;
const rowsAtOnce = 500;
const failedShown = 50;
const waitRoundsMax = 100;
const waitMs = 200;
const badDataCode = 65;

export function registerIngest(program: Command, cli: Cli): void {
  verb(
    program,
    "ingest <paths...>",
    "Take mails from files, folders, mbox or Maildir as history that nobody is told of; - takes one live mail from an MTA.",
    [
      "ingest old-mail.mbox --state closed",
      "ingest ~/Maildir export/*.eml --mailbox support",
      "ingest - < mail.eml",
      "ingest mail.eml --answer",
    ],
  )
    .option("--mailbox <name>", "as if it came in by this mailbox (default: the first)")
    .addOption(
      new Option("--state <state>", "the state of tickets that are made").choices(["open", "closed"]).default("open"),
    )
    .option("--answer", "treat files as live mail that came in now: senders are answered")
    .option("--store-only", "store, and leave the judging to `process` or the worker")
    .action(async (paths: string[], options: IngestOptions) => {
      if (!paths.includes("-")) return await cli.withDesk(async (desk) => await ingestFiles(cli, desk, paths, options));
      if (paths.length > 1) throw usage("Standard input (-) stands alone.");
      await ingestInput(cli, options);
    });
}

/** One live mail. Once it is stored the MTA may forget it, whatever happens to it then. */
async function ingestInput(cli: Cli, options: IngestOptions): Promise<void> {
  let stored = false;
  try {
    await cli.withDesk(async ({ app, isDryRun }) => {
      const mailbox = mailboxNamed(app, options.mailbox);
      const raw = await app.readStandardInput(process.stdin, inputBytesMax);
      if (isDryRun) return cli.out.note(`${byteSize(raw.length)} would be stored: nothing was changed (--dry-run).`);
      const mail = app.newMail(raw, app.clock.now(), "live", options.state === "closed");
      const [row] = await app.spool.store(mailbox, null, [mail], null);
      stored = true;
      if (row === undefined || options.storeOnly === true) return;
      await app.processor.handle(row.id);
      if (cli.out.isJson) cli.out.json((await app.lists.emailRows([row.id])).map(emailJson));
    });
  } catch (error) {
    if (stored) return cli.out.note(`Stored; judging it is left to the worker: ${sentence(error)}`);
    throw forMta(error);
  }
}

/** What an administrator can mend may work later: the MTA keeps the mail and comes again (sysexits.h, EX_TEMPFAIL). */
function forMta(error: unknown): unknown {
  if (isKind(error, "data") || isKind(error, "temporary")) return error;
  const detail = error instanceof MaildeskError ? {} : { remedy: error instanceof Error ? (error.stack ?? "") : "" };
  return temporary(sentence(error), { cause: error, ...detail });
}

interface Stored {
  ids: string[];
  /** Where each came from, in the same order. */
  origins: string[];
  /** Mails that had their end already, and were not stored again. */
  before: { id: string; origin: string }[];
  bytes: number;
  unreadable: number;
}

async function ingestFiles(
  cli: Cli,
  desk: DeskSession,
  paths: readonly string[],
  options: IngestOptions,
): Promise<void> {
  const { app, isDryRun } = desk;
  const mailbox = mailboxNamed(app, options.mailbox);
  const progress = openProgress(cli.out);
  const stored = await storeAll(cli, app, mailbox, paths, options, isDryRun, progress);
  const total = stored.ids.length;
  if (stored.unreadable > 0) cli.exitWith(badDataCode);
  if (isDryRun)
    return cli.out.note(
      `${counted(total, "mail")} (${byteSize(stored.bytes)}) would be stored: nothing was changed (--dry-run).`,
    );
  if (options.storeOnly !== true && total > 0) await judge(app, stored.ids, progress);
  progress.end();
  if (cli.out.isJson) return await showJson(cli.out, app, stored);
  const known =
    stored.before.length === 0 ? "" : `; ${counted(stored.before.length, "mail")} stored before and left alone`;
  const later = options.storeOnly === true ? ", to be judged by `process` or the worker" : "";
  cli.out.note(`${counted(total, "mail")} of ${byteSize(stored.bytes)} stored${later}${known}.`);
  if (options.storeOnly !== true && total > 0) await showSummary(cli.out, app, stored);
}

async function storeAll(
  cli: Cli,
  app: App,
  mailbox: string,
  paths: readonly string[],
  options: IngestOptions,
  isDryRun: boolean,
  progress: Progress,
): Promise<Stored> {
  const stored: Stored = { ids: [], origins: [], before: [], bytes: 0, unreadable: 0 };
  let origins: string[] = [];
  let batch: ReturnType<App["newMail"]>[] = [];
  let bytes = 0;
  const flush = async () => {
    const rows = isDryRun
      ? batch.map(() => ({ id: "", fresh: true }))
      : await app.spool.store(mailbox, null, batch, null);
    for (const [index, { id, fresh }] of rows.entries()) {
      const origin = origins[index] ?? "";
      if (fresh) stored.origins.push(origin);
      if (fresh) stored.ids.push(id);
      else stored.before.push({ id, origin });
    }
    batch = [];
    origins = [];
    bytes = 0;
    progress.say(`${stored.ids.length} stored`);
  };
  const refused = (why: string) => {
    stored.unreadable++;
    cli.out.note(`maildesk: ${why}`);
  };
  for (const path of paths) {
    try {
      for await (const { origin, raw, receivedAtMs } of app.readMails([path], {
        skipped: (at, why) => refused(`${at}: ${why}.`),
      })) {
        const live = options.answer === true;
        batch.push(
          app.newMail(
            raw,
            live ? app.clock.now() : receivedAtMs,
            live ? "live" : "history",
            options.state === "closed",
          ),
        );
        origins.push(origin);
        stored.bytes += raw.length;
        bytes += raw.length;
        if (batch.length >= batchMails || bytes >= batchBytes) await flush();
      }
    } catch (error) {
      if (!isKind(error, "data")) throw error;
      refused(sentence(error));
    }
  }
  if (batch.length > 0) await flush();
  return stored;
}

/** Until each has its end, or waits for a later try; what a worker beside this one has in hand is waited for a while. */
async function judge(app: App, ids: readonly string[], progress: Progress): Promise<void> {
  const never = new AbortController().signal;
  for (let round = 0; round < waitRoundsMax; round++) {
    await app.process(never, (handled) => progress.say(`${ids.length} stored, ${handled} judged`));
    const left = await pendingOf(app, ids);
    if (!left.some((row) => row.nextAttemptAt <= app.clock.now())) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

async function pendingOf(app: App, ids: readonly string[]): Promise<EmailRow[]> {
  const left: EmailRow[] = [];
  for await (const rows of rowsInParts(app, ids)) left.push(...rows.filter((row) => row.status === "pending"));
  return left;
}

async function* rowsInParts(app: App, ids: readonly string[]): AsyncGenerator<EmailRow[]> {
  for (let start = 0; start < ids.length; start += rowsAtOnce)
    yield await app.lists.emailRows(ids.slice(start, start + rowsAtOnce));
}

async function showJson(out: Output, app: App, { ids, origins, before }: Stored): Promise<void> {
  const rows: object[] = [];
  for await (const part of rowsInParts(app, ids))
    for (const row of part) rows.push({ ...emailJson(row), file: origins[rows.length] ?? null });
  for (const { id, origin } of before)
    for (const row of await app.lists.emailRows([id]))
      rows.push({ ...emailJson(row), file: origin, storedBefore: true });
  out.json(rows);
}

async function showSummary(out: Output, app: App, { ids, origins }: Stored): Promise<void> {
  const counts = new Map<string, { status: string; reason: string; count: number }>();
  const failed: string[] = [];
  let at = 0;
  for await (const part of rowsInParts(app, ids)) {
    for (const row of part) {
      const key = `${row.status} ${row.reason ?? ""}`;
      const line = counts.get(key) ?? { status: row.status, reason: row.reason ?? "", count: 0 };
      counts.set(key, { ...line, count: line.count + 1 });
      if (row.status === "failed" || row.error !== null)
        failed.push(`${row.id} (${origins[at] ?? ""}): ${reasonText(row)}`);
      at++;
    }
  }
  out.table(
    [...counts.values()].sort((a, b) => b.count - a.count),
    [
      { head: "MAILS", value: (row) => row.count, right: true },
      { head: "STATUS", value: (row) => row.status },
      { head: "REASON", value: (row) => row.reason },
    ],
  );
  for (const line of failed.slice(0, failedShown)) out.note(line);
  if (failed.length > failedShown)
    out.note(`and ${failed.length - failedShown} more: maildesk email list --status failed`);
}

interface Progress {
  say(text: string): void;
  end(): void;
}

/** One line that is written over, on a terminal only. */
function openProgress(out: Output): Progress {
  const shown = process.stderr.isTTY === true && !out.isJson;
  return {
    say(text) {
      if (shown) process.stderr.write(`\r\u001b[K${text}`);
    },
    end() {
      if (shown) process.stderr.write("\r\u001b[K");
    },
  };
}
