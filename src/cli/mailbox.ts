// `maildesk mailbox`: the mailboxes of the configuration, and whether they can be reached (MAIL-1, MAIL-2).
import type { Command } from "commander";
import type { App } from "../app.ts";
import { exitCode, sentence, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli } from "./context.ts";
import { mailboxColumns, mailboxJson, mailboxRows, sourceText } from "./mailbox-rows.ts";
import { type ListOptions, listOptions, noun, verb } from "./verb.ts";

type MailboxConfig = App["config"]["mailboxes"][number];

export function registerMailbox(program: Command, cli: Cli): void {
  const mailbox = noun(program, "mailbox", "The mailboxes that maildesk reads.");
  listOptions(
    verb(mailbox, "list", "List mailboxes with their last poll and their error.", [
      "mailbox list",
      "mailbox list --json",
    ]),
  ).action((options: ListOptions) =>
    cli.withDesk(async ({ app }) => {
      const rows = await mailboxRows(app);
      const shown = rows.slice(0, options.limit ?? rows.length);
      cli.out.list(shown, rows.length, {
        columns: mailboxColumns,
        id: (row) => row.name,
        json: mailboxJson,
        none: "There are no mailboxes.",
        ids: options.ids,
        csv: options.csv,
      });
    }),
  );
  verb(mailbox, "test [name]", "Connect to a mailbox, or to all, and say what is there; nothing is read or changed.", [
    "mailbox test",
    "mailbox test support",
  ]).action((name: string | undefined) => cli.withDesk(async ({ app }) => await test(app, cli, name)));
}

async function test(app: App, cli: Cli, name: string | undefined): Promise<void> {
  const wanted = name === undefined ? app.config.mailboxes : [knownMailbox(app, name)];
  const results = await Promise.all(wanted.map((mailbox) => checkMailbox(app, mailbox)));
  if (cli.out.isJson)
    cli.out.json(results.map(({ name: of, text, error }) => ({ name: of, ok: error === null, text })));
  else
    for (const result of results)
      cli.out.line(`${result.error === null ? "ok    " : "failed"}  ${result.name}  ${result.text}`);
  const failed = results.find((result) => result.error !== null);
  if (failed !== undefined) cli.exitWith(exitCode(failed.error));
}

/** Whether the mailbox can be reached, in one sentence either way. */
export async function checkMailbox(
  app: App,
  mailbox: MailboxConfig,
): Promise<{ name: string; text: string; error: unknown }> {
  const { name } = mailbox;
  try {
    const fetched = app.fetchMailbox(mailbox);
    const text =
      fetched === null ? "only `maildesk ingest` fills it" : `${sourceText(mailbox)}: ${await fetched.source.check()}`;
    return { name, text, error: null };
  } catch (error) {
    return { name, text: sentence(error), error };
  }
}

export function knownMailbox({ config }: App, name: string): MailboxConfig {
  const found = config.mailboxes.find(
    (one) => one.name.toLowerCase() === name.toLowerCase() || one.address.toLowerCase() === name.toLowerCase(),
  );
  if (found !== undefined) return found;
  const names = config.mailboxes.map((one) => one.name);
  throw usage(`There is no mailbox "${name}"${didYouMean(name, names)}.`, {
    remedy: `Configured: ${names.join(", ") || "none"}.`,
  });
}
