// `maildesk reconcile`: whether everything that a mailbox holds was stored, and what is missing fetched (OPS-7).
import type { Command } from "commander";
import type { App } from "../app.ts";
import { exitCode, type MaildeskError, sentence, temporary } from "../errors.ts";
import type { Cli } from "./context.ts";
import { mailboxesNamed } from "./mailbox-named.ts";
import { counted } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";
import { verb } from "./verb.ts";

type MailboxConfig = App["config"]["mailboxes"][number];

type Done = Extract<Awaited<ReturnType<App["reconcile"]>>, { kind: "done" }>;
type Result = Omit<Done, "kind"> & { mailbox: string; error: MaildeskError | null };

export function registerReconcile(program: Command, cli: Cli): void {
  verb(
    program,
    "reconcile [mailboxes...]",
    "Compare all mails on the server with all that were stored, and fetch what is missing; --dry-run only counts. Exits with 1 where anything is still missing.",
    ["reconcile", "reconcile support --dry-run", "reconcile --json"],
  ).action(async (names: string[]) => {
    const dryRun = cli.flags().dryRun === true;
    const stop = stopSignal(() => {});
    try {
      await cli.withDesk(async ({ app }) => {
        const results: Result[] = [];
        for (const mailbox of mailboxesNamed(app, names)) {
          if (stop.signal.aborted) break;
          const result = await reconcileOne(app, mailbox, dryRun, stop.signal);
          results.push(result);
          if (result.error !== null) cli.out.note(`${result.mailbox}: ${sentence(result.error)}`);
          else if (!cli.out.isJson) cli.out.line(reconcileLine(result, dryRun));
        }
        if (cli.out.isJson)
          cli.out.json(
            results.map(({ error, ...rest }) => ({ ...rest, dryRun, error: error === null ? null : sentence(error) })),
          );
        const code = Math.max(0, ...results.map(codeOf));
        if (code > 0) cli.exitWith(code);
      });
    } finally {
      stop.release();
    }
  });
}

async function reconcileOne(app: App, mailbox: MailboxConfig, dryRun: boolean, signal: AbortSignal): Promise<Result> {
  const reconciled = await app.reconcile(mailbox, dryRun, signal);
  const nothing = { onServer: 0, stored: 0, gone: 0, missing: 0, filled: 0, withheld: 0 };
  const named = { mailbox: mailbox.name, ...nothing, error: null };
  if (reconciled === null) return named;
  if (reconciled.kind === "error") return { ...named, error: reconciled.error };
  if (reconciled.kind === "busy")
    return {
      ...named,
      error: temporary("Another process is reading it.", { remedy: "Try again when it is through." }),
    };
  const { kind: _kind, ...found } = reconciled;
  return { ...named, ...found };
}

/** What is missing after all: in a dry run everything that is. */
const codeOf = ({ error, missing, filled }: Result): number =>
  error !== null ? exitCode(error) : missing > filled ? 1 : 0;

function reconcileLine({ mailbox, onServer, gone, missing, filled, withheld }: Result, dryRun: boolean): string {
  const says = [`${counted(onServer, "mail")} on the server`];
  if (gone > 0) says.push(`${gone} more stored and gone from it`);
  if (missing === 0) says.push("nothing is missing");
  else if (dryRun) says.push(`${missing} missing here; without --dry-run they are fetched`);
  else says.push(`${missing} ${missing === 1 ? "was" : "were"} missing here`, `${filled} stored now`);
  if (withheld > 0) says.push(`${withheld} not handed over by the server: \`maildesk email list --status failed\``);
  return `${mailbox}: ${says.join(", ")}.`;
}
