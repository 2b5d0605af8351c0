// `maildesk retention`: what is too old by the settings, and its removal at once instead of at night (OPS-13). It asks
// nothing: who sets retention.rawDays has said so, and --dry-run shows what that means.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { byteSize } from "./explanation.ts";
import { type Column, isoTime, shortTime } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";
import { noun, verb } from "./verb.ts";

type Retained = Awaited<ReturnType<App["retention"]["run"]>>[number];

const words: Record<Retained["kind"], string> = {
  held: "held mail, becomes ignored",
  raw: "originals of mails",
  outbox: "bytes of outgoing mails",
  log: "commits of the log",
};

const columns: readonly Column<Retained>[] = [
  { head: "WHAT", value: ({ kind }) => words[kind] },
  { head: "KEPT", value: ({ days }) => (days === 0 ? "for ever" : `${days} days`) },
  { head: "OLDER THAN", value: ({ beforeMs }) => shortTime(beforeMs) },
  { head: "ROWS", value: ({ removed }) => removed, right: true },
  { head: "BYTES", value: ({ bytes }) => byteSize(bytes), right: true },
];

export function registerRetention(program: Command, cli: Cli): void {
  const retention = noun(program, "retention", "How long what is kept: the settings retention.*, all off until set.");
  verb(
    retention,
    "run",
    "Remove what is older than the settings say, as a worker does once a day; --dry-run only counts it.",
    ["retention run --dry-run", "settings set retention.rawDays=400 && maildesk retention run"],
  ).action(async () => {
    const stop = stopSignal();
    try {
      await cli.withDesk(async ({ app, isDryRun, mustAdminister }) => {
        if (!isDryRun) mustAdminister();
        const kinds = await app.retention.run(isDryRun, stop.signal);
        if (cli.out.isJson)
          cli.out.json({
            dryRun: isDryRun,
            kinds: kinds.map(({ beforeMs, ...rest }) => ({ ...rest, before: isoTime(beforeMs) })),
          });
        else if (isDryRun || kinds.some(({ removed }) => removed > 0)) cli.out.table(kinds, columns);
        if (kinds.every(({ days }) => days === 0) && (isDryRun || process.stderr.isTTY === true))
          cli.out.note("Everything is kept for ever: `maildesk settings list retention` shows what could be set.");
        else if (isDryRun) cli.out.note("Nothing was removed (--dry-run).");
        else if (kinds.some(({ removed }) => removed > 0) && app.config.database.startsWith("sqlite:"))
          cli.out.note(
            "SQLite keeps the room in its file and uses it again; to shrink the file, stop every worker and run `sqlite3 FILE VACUUM` (apt-get install sqlite3).",
          );
      });
    } finally {
      stop.release();
    }
  });
}
