// `maildesk load`: an empty desk filled with a dump, all of it or nothing (OPS-8).
import type { Command } from "commander";
import { countsJson, fileNamed, spoken, withProgress } from "./archive-progress.ts";
import type { Cli } from "./context.ts";
import { verb } from "./verb.ts";

export function registerLoad(program: Command, cli: Cli): void {
  verb(
    program,
    "load <file>",
    "Fill this desk, which must be empty, with what `dump` wrote: a move, on to another engine or machine. What waited to be sent is sent from here, so the old desk must be stopped, and stopped before the dump. After an accident use `restore` instead.",
    ["load desk.jsonl", "load desk.jsonl.gz --dry-run", "load - < desk.jsonl"],
  )
    .summary("Fill an empty desk with a dump.")
    .action(async (name: string) => {
      const file = fileNamed(name);
      await withProgress(cli, "Loaded", (call) =>
        cli.withDesk(async (desk) => {
          desk.mustAdminister();
          const keep = !desk.isDryRun;
          const rows = await desk.app.archive.load(file, { ...call, keep });
          if (cli.out.isJson) cli.out.json({ file, ...countsJson(rows), dryRun: desk.isDryRun });
          if (!keep) return cli.out.note(`${spoken(rows)} would be loaded: nothing was changed (--dry-run).`);
          cli.out.note(`Loaded ${spoken(rows)}.`);
          cli.out.note(
            "Before a worker starts here, see that none runs on the old desk: both would read the same mailboxes and send the same mail.",
          );
        }),
      );
    });
}
