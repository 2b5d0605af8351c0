// `maildesk backup`: a copy of one moment while everybody goes on working (OPS-8).
import type { Command } from "commander";
import { usage } from "../errors.ts";
import { countsJson, spoken, withProgress } from "./archive-progress.ts";
import type { Cli } from "./context.ts";
import { byteSize } from "./explanation.ts";
import { verb } from "./verb.ts";

export function registerBackup(program: Command, cli: Cli): void {
  verb(
    program,
    "backup <file>",
    "Copy the desk, as it is at this moment, into a file that is checked before it gets its name; workers go on meanwhile. Keep maildesk.yaml and its secret with it: without the secret the answers of customers are not known again.",
    ["backup /var/backups/maildesk-$(date +%F).backup", "backup nightly.backup --force"],
  )
    .summary("Copy the desk into a file, while workers run.")
    .option("--force", "replace a file that is there, once the new copy is whole")
    .action(async (file: string, options: { force?: boolean }) => {
      if (file === "-")
        throw usage("A backup is a file, since it is read back before it counts.", {
          remedy: "`maildesk dump -` writes everything to standard output.",
        });
      if (cli.flags().dryRun === true) throw usage("backup changes nothing in the desk: there is nothing to try.");
      await withProgress(cli, "Copied", (call) =>
        cli.withDesk(async (desk) => {
          desk.mustAdminister();
          const { format, bytes, rows } = await desk.app.archive.backup(file, {
            ...call,
            force: options.force === true,
          });
          if (cli.out.isJson) cli.out.json({ file, format, bytes, ...countsJson(rows) });
          else cli.out.note(`${file}: ${byteSize(bytes)}, ${spoken(rows)}; read back and in order.`);
        }),
      );
    });
}
