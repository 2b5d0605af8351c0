// `maildesk dump`: everything that a desk holds as JSON lines, the same on either engine (OPS-8).
import type { Command } from "commander";
import { usage } from "../errors.ts";
import { countsJson, fileNamed, spoken, withProgress } from "./archive-progress.ts";
import type { Cli } from "./context.ts";
import { verb } from "./verb.ts";

export function registerDump(program: Command, cli: Cli): void {
  verb(
    program,
    "dump [file]",
    "Write everything that the desk holds as JSON lines, as it is at this moment. To move a desk, stop its worker first: what a worker does after the dump is not in it. A desk that goes on working is better kept by `backup`.",
    ["dump desk.jsonl", "dump - | gzip > desk.jsonl.gz", "dump - | ssh new maildesk load -"],
  )
    .summary("Write everything as JSON lines, to move the desk.")
    .option("--force", "replace a file that is there")
    .action(async (name = "-", options: { force?: boolean }) => {
      if (cli.flags().dryRun === true) throw usage("dump changes nothing in the desk: there is nothing to try.");
      const file = fileNamed(name);
      await withProgress(cli, "Dumped", (call) =>
        cli.withDesk(async (desk) => {
          desk.mustAdminister();
          const rows = await desk.app.archive.dump(file, { ...call, force: options.force === true });
          if (file !== null && cli.out.isJson) cli.out.json({ file, ...countsJson(rows) });
          else cli.out.note(`Dumped ${spoken(rows)}.`);
        }),
      );
    });
}
