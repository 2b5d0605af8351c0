// The command: one list of nouns, one place that catches, one place that prints. Every error ends here as a sentence,
// its remedy and an exit code of sysexits.h (src/errors.ts).
import { Command, CommanderError } from "commander";
import { version } from "../app-version.ts";
import { exitCode, MaildeskError, sentence, systemCode } from "../errors.ts";
import { registerAgent } from "./agent.ts";
import { registerAlerts } from "./alerts.ts";
import { registerBackup } from "./backup.ts";
import { registerCompletion } from "./completion.ts";
import { type Cli, type GlobalFlags, openCli, type Surroundings } from "./context.ts";
import { registerConversation } from "./conversation.ts";
import { registerCustomer } from "./customer.ts";
import { registerDoctor } from "./doctor.ts";
import { registerDump } from "./dump.ts";
import { registerEmail } from "./email.ts";
import { registerField } from "./field.ts";
import { registerIngest } from "./ingest.ts";
import { registerInit } from "./init.ts";
import { registerInspect } from "./inspect.ts";
import { registerLoad } from "./load.ts";
import { registerLog } from "./log.ts";
import { registerMailbox } from "./mailbox.ts";
import { registerMessage } from "./message.ts";
import { registerOrganization } from "./org.ts";
import { registerOutbox } from "./outbox.ts";
import { type Print, printOfProcess } from "./output.ts";
import { registerProject } from "./project.ts";
import { registerReconcile } from "./reconcile.ts";
import { registerRestore } from "./restore.ts";
import { registerRetention } from "./retention.ts";
import { registerRun } from "./run.ts";
import { registerSearch } from "./search.ts";
import { registerSecret } from "./secret.ts";
import { registerSettings } from "./settings.ts";
import { registerShow } from "./show.ts";
import { registerStatus } from "./status.ts";
import { registerTag } from "./tag.ts";
import { registerTeam } from "./team.ts";
import { registerTemplate } from "./template.ts";
import { registerTicket } from "./ticket.ts";
import { registerTicketStatus } from "./ticket-status.ts";
import { registerType } from "./type.ts";
import { registerUndo } from "./undo.ts";
import { registerView } from "./view.ts";

/** In the order of --help: what a newcomer needs first stands first. */
const nouns: readonly ((program: Command, cli: Cli) => void)[] = [
  registerInit,
  registerDoctor,
  registerStatus,
  registerShow,
  registerSearch,
  registerTicket,
  registerConversation,
  registerMessage,
  registerProject,
  registerCustomer,
  registerOrganization,
  registerAgent,
  registerTeam,
  registerType,
  registerTicketStatus,
  registerTag,
  registerField,
  registerView,
  registerTemplate,
  registerSecret,
  registerSettings,
  registerMailbox,
  registerEmail,
  registerOutbox,
  registerAlerts,
  registerRetention,
  registerRun,
  registerReconcile,
  registerIngest,
  registerInspect,
  registerLog,
  registerUndo,
  registerBackup,
  registerRestore,
  registerDump,
  registerLoad,
  registerCompletion,
];

const usageCode = 64;
const unavailableCode = 69;
const bugCode = 70;

const diskTrouble: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "this user's share of the disk is used up",
  EIO: "the disk fails",
};

/** Runs one command; resolves to the exit code and rejects never. */
export async function main(argv: string[], around: Surroundings = {}): Promise<number> {
  const print = around.print ?? printOfProcess;
  const isLost = print === printOfProcess ? watchOutput() : () => false;
  let code = 0;
  const exitWith = (wanted: number) => {
    code = wanted;
  };
  try {
    await build(exitWith, { ...around, print }).parseAsync(argv, { from: "user" });
    return isLost() ? unavailableCode : code;
  } catch (error) {
    return isLost() && (systemCode(error) ?? "") in diskTrouble ? unavailableCode : report(error, print);
  }
}

/**
 * `maildesk org list | head -1`: a reader that has enough is no error, nor is a terminal that was closed. A full or broken disk
 * behind standard output is one, said once however often it is met. Behind standard error there is nobody to tell, and a worker
 * goes on. Returns whether anything printed was lost.
 */
function watchOutput(): () => boolean {
  let lost = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      const code = systemCode(error) ?? "";
      if (code === "EPIPE" || (code === "EIO" && stream.isTTY === true)) return;
      const why = diskTrouble[code];
      if (why === undefined) throw error;
      if (stream !== process.stdout) return;
      if (!lost) process.stderr.write(`maildesk: What it prints can't be written: ${why} (${code}).\n`);
      lost = true;
      process.exitCode = unavailableCode; // heard after the command's own end as well
    });
  }
  return () => lost;
}

function build(exitWith: (code: number) => void, around: Surroundings & { print: Print }): Command {
  const program = new Command("maildesk")
    .description("A helpdesk that lives in the mailbox.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .option(
      "--config <file>",
      "the configuration (default: MAILDESK_CONFIG, ./maildesk.yaml, /etc/maildesk/maildesk.yaml)",
    )
    .option("--json", "print JSON for machines")
    .option(
      "--as <agent>",
      "act as this agent, or as operator (default: MAILDESK_AGENT, else by agents.users in maildesk.yaml)",
    )
    .option("--yes", "answer yes to what would be asked")
    .option("--dry-run", "show what would change, and change nothing")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: around.print.out,
      writeErr: around.print.err,
      outputError: (text, write) =>
        write(text.replace(/^error: (.)/, (_, first: string) => `maildesk: ${first.toUpperCase()}`)),
    })
    .exitOverride();
  const flags = () => program.opts<GlobalFlags>();
  const again = async (argv: readonly string[]) => {
    await build(exitWith, around).parseAsync([...flagsAsTyped(flags()), ...argv], { from: "user" });
  };
  const cli = openCli(flags, { exitWith, again }, around);
  for (const register of nouns) register(program, cli);
  return program;
}

function flagsAsTyped({ config, json, as, yes, dryRun }: GlobalFlags): string[] {
  const typed = [config === undefined ? [] : [`--config=${config}`], as === undefined ? [] : [`--as=${as}`]];
  return [...typed.flat(), ...(json ? ["--json"] : []), ...(yes ? ["--yes"] : []), ...(dryRun ? ["--dry-run"] : [])];
}

function report(error: unknown, print: Print): number {
  // Commander printed its own sentence, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
  if (error instanceof MaildeskError) {
    print.err(`maildesk: ${sentence(error)}\n`);
    return exitCode(error);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print.err(`maildesk: This is a mistake of maildesk itself; please report it.\n${stack}\n`);
  return bugCode;
}
