// The words that may stand where the cursor is: found by walking the command as it is declared, so that a new verb or flag
// completes by itself. Names come from the desk; where it can't be asked, the rest still does.
import type { Argument, Command, Option } from "commander";
import { type Completer, completerOf, type Names } from "./completion-names.ts";

export interface Word {
  word: string;
  /** One sentence about it; "" where the word says it. */
  text: string;
}

/** What was typed before the cursor, as far as it says where the cursor is. */
interface Place {
  command: Command;
  /** The verb as typed after `maildesk`: `org domain add`. */
  verb: string;
  /** How many arguments it has already. */
  given: number;
  /** Flags that were typed. */
  used: ReadonlySet<string>;
  /** The option whose value comes now. */
  pending: Option | null;
  /** After `--` everything is an argument. */
  noFlags: boolean;
  config: string | undefined;
}

const wordsMax = 200;

/** `words`: all after `maildesk`, up to and with the one under the cursor, which may be empty. */
export async function completions(
  program: Command,
  words: readonly string[],
  namesFor: (config: string | undefined) => Names,
): Promise<Word[]> {
  const begin = words.at(-1) ?? "";
  const place = walk(program, words.slice(0, -1));
  const found = await wordsAt(program, place, begin, namesFor(place.config));
  const fitting = found.filter(({ word }) => word.toLowerCase().startsWith(begin.toLowerCase()));
  return [...new Map(fitting.map((one) => [one.word, one])).values()].slice(0, wordsMax);
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  const path: string[] = [];
  const used = new Set<string>();
  let given = 0;
  let pending: Option | null = null;
  let noFlags = false;
  let config: string | undefined;
  for (const word of words) {
    if (pending !== null) {
      if (pending.long === "--config") config = word;
      pending = null;
    } else if (!noFlags && word === "--") noFlags = true;
    else if (!noFlags && word.startsWith("-") && word.length > 1) {
      const [name = "", value] = word.split(/=(.*)/s);
      const option = optionsOf(program, command).find(({ short, long }) => name === long || name === short);
      used.add(option?.long ?? name);
      if (option?.long === "--config") config = value;
      if (option !== undefined && takesValue(option) && value === undefined) pending = option;
    } else {
      const next = given === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (next === undefined) given += 1;
      else {
        command = next;
        path.push(word);
      }
    }
  }
  return { command, verb: path.join(" "), given, used, pending, noFlags, config };
}

const takesValue = (option: Option): boolean => option.required || option.optional;

const optionsOf = (program: Command, command: Command): readonly Option[] =>
  command === program ? program.options : [...command.options, ...program.options];

async function wordsAt(program: Command, place: Place, begin: string, names: Names): Promise<Word[]> {
  const { command, verb, pending, given, noFlags } = place;
  if (pending !== null) return await values(pending.argChoices, completerOf(verb, pending.long ?? ""), begin, names);
  const flag = noFlags ? null : /^(--[a-z-]+)=(.*)$/s.exec(begin);
  if (flag !== null) {
    const option = optionsOf(program, command).find(({ long }) => long === flag[1]);
    if (option === undefined) return [];
    const found = await values(option.argChoices, completerOf(verb, flag[1] ?? ""), flag[2] ?? "", names);
    return found.map(({ word, text }) => ({ word: `${flag[1]}=${word}`, text }));
  }
  const flags = noFlags ? [] : flagsOf(program, place);
  if (begin.startsWith("-") && !noFlags) return flags;
  const verbs = given > 0 ? [] : command.createHelp().visibleCommands(command).filter(isReal).map(verbOf);
  const argument = argumentAt(command, given);
  const completer = argument === undefined ? null : completerOf(verb, argument.name());
  const found = argument === undefined ? [] : await values(argument.argChoices, completer, begin, names);
  const all = [...verbs, ...found];
  // A verb that takes no more words may still take flags.
  return all.length === 0 && argument === undefined ? flags : all;
}

/** `help` repeats --help. */
const isReal = (command: Command): boolean => command.name() !== "help";

const verbOf = (command: Command): Word => ({ word: command.name(), text: command.description() });

function argumentAt(command: Command, given: number): Argument | undefined {
  const known = command.registeredArguments;
  const lastOne = known.at(-1);
  return known[given] ?? (lastOne?.variadic === true ? lastOne : undefined);
}

/** Those of the verb, then the global ones; what was typed is not offered again, unless it may be given several times. */
function flagsOf(program: Command, { command, used }: Place): Word[] {
  return optionsOf(program, command)
    .filter(({ long, hidden }) => long !== undefined && long !== null && !hidden && (!used.has(long) || isMany(long)))
    .map(({ long, description }) => ({ word: long ?? "", text: description }));
}

const many: ReadonlySet<string> = new Set(["--domain", "--address", "--choice", "--field", "--attach", "--tag"]);
const isMany = (long: string): boolean => many.has(long);

async function values(
  choices: readonly string[] | undefined,
  completer: Completer | null,
  begin: string,
  names: Names,
): Promise<Word[]> {
  const found = choices ?? (await completer?.(begin, names)) ?? [];
  return found.map((word) => ({ word, text: "" }));
}
