// `maildesk restore`: an empty desk filled from a backup, with sending off, since nobody can know what the old desk sent
// after the backup was made (OPS-8).
import { basename } from "node:path";
import type { Command } from "commander";
import { countsJson, type RowCounts, spoken, withProgress } from "./archive-progress.ts";
import type { Cli } from "./context.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { verb } from "./verb.ts";

interface Restored {
  rows: RowCounts;
  uncertain: number;
  messages: number;
  pending: number;
  lastStoredAt: number | null;
  nextTicket: number;
}

const sendingOnCommand = "maildesk settings set mail.sending=on";

/** What `status` and `doctor` say until somebody turns sending on. */
export const restoredText = (at: number): string =>
  `off since the restore of ${shortTime(at)}: look at what may have been sent (maildesk outbox list --status uncertain), then ${sendingOnCommand}`;

export function registerRestore(program: Command, cli: Cli): void {
  verb(
    program,
    "restore <file>",
    "Fill this desk, which must be empty, from a backup. Sending is off afterwards, and what may have been sent since the backup is in doubt instead of being sent again; mails that came since are read from the mailboxes anew.",
    ["restore nightly.backup", "restore nightly.backup --dry-run"],
  )
    .summary("Fill an empty desk from a backup, sending off.")
    .action(async (file: string) => {
      await withProgress(cli, "Restored", (call) =>
        cli.withDesk(async (desk) => {
          desk.mustAdminister();
          const what = `restore ${basename(file)}`;
          const keep = !desk.isDryRun;
          const restored = await desk.app.archive.restore(file, { ...call, keep, by: desk.actor, what });
          if (cli.out.isJson) {
            const { rows, lastStoredAt, ...counts } = restored;
            const said = { ...counts, lastStoredAt: isoTime(lastStoredAt), dryRun: desk.isDryRun };
            cli.out.json({ file, ...countsJson(rows), ...said });
          } else if (keep) say(cli.out, restored);
          else cli.out.note(`${spoken(restored.rows)} would be restored: nothing was changed (--dry-run).`);
        }),
      );
    });
}

function say(out: Output, { rows, uncertain, messages, pending, lastStoredAt, nextTicket }: Restored): void {
  out.note(`Restored ${spoken(rows)}.`);
  if (lastStoredAt !== null) out.note(`The last mail in it was stored at ${shortTime(lastStoredAt)}.`);
  out.note(`The next new ticket is #${nextTicket}: numbers given since the backup are not given again.`);
  if (uncertain > 0)
    out.note(
      `${counted(uncertain, "outgoing mail")} may have been sent since: maildesk outbox list --status uncertain`,
    );
  if (messages > 0)
    out.note(`${counted(messages, "message")} had to be told yet; they become mails in doubt when a worker runs.`);
  if (pending > 0) out.note(`${counted(pending, "mail")} had to be judged yet; nobody is answered for them unasked.`);
  if ((rows.credential ?? 0) > 0)
    out.note(
      "A provider that replaces refresh tokens may not take the ones in it any more: where `maildesk doctor` says so, sign in anew and configure the new token.",
    );
  out.note("Now, with the old desk stopped:");
  out.note("  maildesk reconcile      fetches what the mailboxes hold and this desk lacks");
  out.note("  maildesk worker         files it; nothing leaves, sending is off");
  out.note(`  ${sendingOnCommand}    once you looked at what is in doubt`);
}
