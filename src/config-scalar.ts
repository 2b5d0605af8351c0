// Single values of maildesk.yaml: text from wherever it comes, a switch, a number, one of a few words. Each complaint
// names the key, and repeats only what the file itself shows: never a value of the environment, a file or a command.
import { type ConfigKey, nameOf } from "./config-file.ts";
import { withoutPassword } from "./config-url.ts";
import { type RawValue, readValue, type ValueSource } from "./config-value.ts";
import type { MaildeskError } from "./errors.ts";
import { didYouMean } from "./errors-did-you-mean.ts";

/** What reading needs besides the raw values: where they come from and how to complain. */
export interface Reading {
  source: ValueSource;
  problem(key: readonly ConfigKey[], text: string): MaildeskError;
}

const onOff = ["true", "false", "yes", "no", "on", "off"];

/** The value of a key as text; the complaint of a missing file or variable names the key. */
export function textOf({ source, problem }: Reading, key: readonly ConfigKey[], raw: RawValue): string {
  try {
    return readValue(raw, source);
  } catch (error) {
    throw problem(key, `${nameOf(key)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function isOn(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: string | undefined,
  otherwise: boolean,
): boolean {
  if (raw === undefined) return otherwise;
  const text = textOf(reading, key, raw).trim().toLowerCase();
  const at = onOff.indexOf(text);
  if (at < 0) throw reading.problem(key, `${nameOf(key)} "${text}" is not known. Write true or false.`);
  return at % 2 === 0;
}

export function wholeNumber(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: string,
  min: number,
  max: number,
): number {
  const text = textOf(reading, key, raw).trim();
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw reading.problem(key, `${nameOf(key)} "${text}" is no whole number from ${min} to ${max}.`);
}

/** One of a few words. */
export function pick<T extends string>(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: string,
  known: readonly T[],
): T {
  const text = textOf(reading, key, raw).trim();
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw reading.problem(
    key,
    `${nameOf(key)} "${text}" is not known${didYouMean(text, known)}. Write ${orList(known)}.`,
  );
}

/** ISO 8601; a date alone is its midnight in UTC. Date.parse would take 31 February for 3 March. */
export function momentOf(text: string): number | null {
  const day = /^(\d{4}-\d{2}-\d{2})(?:T|$)/.exec(text)?.[1];
  const dayMs = day === undefined ? Number.NaN : Date.parse(day);
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day ?? "")) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}

const orList = (words: readonly string[]): string => `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;

/** ` "imap:/x"`, what the file itself shows of a value; "" for one that came from elsewhere. */
export const shown = (raw: unknown): string =>
  typeof raw === "string" ? ` "${withoutPassword(raw).slice(0, 80)}"` : "";
