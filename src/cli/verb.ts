// How nouns and verbs are declared: each verb with one sentence and examples, the flags that all lists share, and
// K=V values. Everything here is about words on a command line; what they do is in the files of the nouns.
import { type Command, InvalidArgumentError } from "commander";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";

export const rowsDefault = 50;
/** What --json, --csv and --ids print where no --limit is given; beyond it the count on stderr says so. */
export const rowsMax = 100_000;

export function noun(program: Command, name: string, sentence: string): Command {
  return program.command(name).description(sentence);
}

/** A verb of a noun, or a noun without verbs. Examples are written without the leading `maildesk`. */
export function verb(parent: Command, usage: string, sentence: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  maildesk ${example}`).join("\n");
  return parent.command(usage).description(sentence).addHelpText("after", `\nExamples:\n${shown}`);
}

/** For an option that may be given several times. */
export const collect = (value: string, all: string[] | undefined): string[] => [...(all ?? []), value];

/**
 * Refuses two flags beside one another, in either order. To commander `--x` and `--no-x` are one option, of which the last
 * word would count without a word; so each is heard as it is read.
 */
export function excluding(command: Command, one: string, other: string): Command {
  const given = new Set<string>();
  for (const name of [one, other]) command.on(`option:${name}`, () => given.add(name));
  return command.hook("preAction", () => {
    if (given.size > 1) throw usage(`--${one} and --${other} exclude each other.`);
  });
}

export interface ListOptions {
  limit?: number;
  ids?: boolean;
  csv?: boolean;
}

/** Adds --limit, --ids and --csv to a verb that prints a list. */
export function listOptions(command: Command): Command {
  return command
    .option("--limit <n>", `at most so many rows (tables: ${rowsDefault})`, wholeNumber)
    .option("--ids", "print ids only, one a line")
    .option("--csv", "print CSV");
}

/** How many rows to read: what was asked for, a screenful for people, everything for machines. */
export function limitOf(options: ListOptions, isJson: boolean): number {
  return options.limit ?? (isJson || options.ids === true || options.csv === true ? rowsMax : rowsDefault);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 upwards.");
  return Number(text);
}

/** `name=Acme phone=` as a map; keys are checked against `known`, a key twice is refused. `K=` clears. */
export function readPairs(pairs: readonly string[], known: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw usage(`"${pair}" is not of the form KEY=VALUE.`, { remedy: `Known keys: ${known.join(", ")}.` });
    const typed = pair.slice(0, at).trim();
    const key = known.find((one) => one.toLowerCase() === typed.toLowerCase());
    if (key === undefined)
      throw usage(`There is no "${typed}" to set${didYouMean(typed, known)}.`, {
        remedy: `Known keys: ${known.join(", ")}.`,
      });
    if (values.has(key)) throw usage(`${key} is given twice.`);
    values.set(key, pair.slice(at + 1));
  }
  return values;
}

/** on, yes, true or off, no, false. */
export function readSwitch(key: string, text: string): boolean {
  const value = text.trim().toLowerCase();
  if (["on", "yes", "true"].includes(value)) return true;
  if (["off", "no", "false"].includes(value)) return false;
  throw usage(`${key} is a switch: write on or off, not "${text}".`);
}
