// The first lines of an agent's mail that are commands (MAIL-15): `#close`, `#assign NAME`, `#note`, `#priority 3`,
// `#project NAME`, `#reopen`, one to a line, above the words. What looks like one and is none stops the mail: an agent who
// mistyped #note must not be quoted to a customer. Names are resolved by the facts; here is only what was written.
import { didYouMean } from "../errors-did-you-mean.ts";

export type AgentCommand =
  | { kind: "note" | "close" | "reopen" }
  | { kind: "assign" | "project"; name: string }
  | { kind: "priority"; priority: number };

export interface AgentCommands {
  commands: AgentCommand[];
  /** The words below them. */
  rest: string;
  /** What is wrong with a line that begins like a command, as a clause; null where nothing is. */
  wrong: string | null;
}

const commandsMax = 20;
const nameCharsMax = 200;
const plain = ["note", "close", "reopen"] as const;
const known = ["#note", "#close", "#reopen", "#assign", "#priority", "#project"];

/** `#` and a letter begin a command; "# Heading" and "#12" do not. */
export function readCommands(text: string): AgentCommands {
  if (!/^\s*#\p{L}/u.test(text)) return { commands: [], rest: text, wrong: null };
  const lines = text.split("\n");
  const commands: AgentCommand[] = [];
  let at = 0;
  for (; at < lines.length && commands.length < commandsMax; at++) {
    const line = (lines[at] ?? "").trim();
    if (line === "") continue;
    if (!/^#\p{L}/u.test(line)) break;
    const command = readCommand(line);
    if (typeof command === "string") return { commands: [], rest: text, wrong: command };
    commands.push(command);
  }
  return { commands, rest: lines.slice(at).join("\n").trim(), wrong: null };
}

function readCommand(line: string): AgentCommand | string {
  const [, word = "", argument = ""] = /^#([\p{L}\p{N}_-]+)\s*(.*)$/u.exec(line) ?? [];
  const verb = word.toLowerCase();
  const shown = `#${word.slice(0, 30)}`;
  const alone = plain.find((one) => one === verb);
  if (alone !== undefined)
    return argument === ""
      ? { kind: alone }
      : `after ${shown} nothing may stand on the line, and there stands "${argument.slice(0, 60)}"`;
  if (verb === "assign" || verb === "project") {
    const name = argument.replace(/^["'<]|[>"']$/g, "").trim();
    return name === "" || name.length > nameCharsMax ? `${shown} needs a name` : { kind: verb, name };
  }
  if (verb === "priority" || verb === "prio")
    return /^[0-5]$/.test(argument)
      ? { kind: "priority", priority: Number(argument) }
      : `${shown} needs a number from 0 to 5`;
  return `${shown} is no command${didYouMean(`#${verb}`, known)}`;
}
