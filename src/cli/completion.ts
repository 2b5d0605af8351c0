// `maildesk completion`: scripts for bash, zsh and fish, which ask the hidden verb `completion words` at each Tab (OPS-10).
import { type Command, Option } from "commander";
import { installing, type Shell, scripts, shells } from "./completion-script.ts";
import { completions, type Word } from "./completion-words.ts";
import type { Cli } from "./context.ts";
import { replacing, unquoted } from "./shell-words.ts";
import { cell } from "./table.ts";
import { noun } from "./verb.ts";

export function registerCompletion(program: Command, cli: Cli): void {
  const completion = noun(program, "completion", "Completion of words by Tab, for your shell.");
  for (const shell of shells)
    completion
      .command(shell)
      .description(`Print the completion script for ${shell}.`)
      .addHelpText("after", installing[shell])
      .action(() => cli.out.line(scripts[shell].trimEnd()));
  completion
    .command("words <shell> [words...]", { hidden: true })
    .description("Print what may stand for the last of these words, one a line.")
    .addOption(new Option("--breaks <signs>", "at which bash breaks words").default(""))
    .action(async (shell: Shell, typed: string[], { breaks }: { breaks: string }) => {
      const { namesOfDesk } = await import("../app-completion.ts");
      const words = shell === "bash" ? typed.map(unquoted) : typed;
      const found = await completions(program, words, (config) => (kind, begin) => namesOfDesk(config, kind, begin));
      const current = typed.at(-1) ?? "";
      for (const one of found.filter(isOneLine)) cli.out.line(lineFor(shell, one, current, breaks));
    });
}

/** A name that a shell would take for two lines is left out. */
const isOneLine = ({ word }: Word): boolean => !/[\p{Cc}\u2028\u2029]/u.test(word);

function lineFor(shell: Shell, { word, text }: Word, current: string, breaks: string): string {
  if (shell === "bash") return replacing(word, current, breaks);
  return shell === "fish" && text !== "" ? `${word}\t${cell(text)}` : word;
}
