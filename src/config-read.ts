// What the words of maildesk.yaml mean: URLs, durations, addresses, secrets. Each complaint says what to write instead
// and repeats only what the file itself shows, never a value that came from the environment, a file or a command.
import { parseAddress } from "./address/email.ts";
import type { Config, MailboxConfig } from "./config.ts";
import { readEndpoint } from "./config-endpoint.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { outgoingForms, type RawConfig, type RawMailbox, sourceForms } from "./config-shape.ts";
import { pathOf, schemeOf, withoutPassword } from "./config-url.ts";
import { locate, type RawValue, readValue, type ValueSource } from "./config-value.ts";
import { readDuration } from "./desk/settings.ts";
import type { MaildeskError } from "./errors.ts";
import { didYouMean } from "./errors-did-you-mean.ts";

/** What reading needs besides the raw values: where they come from and how to complain. */
export interface Reading {
  source: ValueSource;
  problem(key: readonly ConfigKey[], text: string): MaildeskError;
}

const keyBytesMin = 16;
const mailboxesMax = 200;
const childrenMax = 64;
const pollMsMin = 1_000;
const pollMsMax = 86_400_000;
const nameCharsMax = 64;
const onOff = ["true", "false", "yes", "no", "on", "off"];

export const defaults = {
  database: "sqlite:./data/maildesk.db",
  queue: "embedded",
  outgoing: "maildir:./data/sent",
  children: 2,
};

/** The value of a key as text; the complaint of a missing file or variable names the key. */
export function textOf({ source, problem }: Reading, key: readonly ConfigKey[], raw: RawValue): string {
  try {
    return readValue(raw, source);
  } catch (error) {
    throw problem(key, `${nameOf(key)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function readDatabase(reading: Reading, key: readonly ConfigKey[], raw: RawValue | undefined): string {
  const text = textOf(reading, key, raw ?? defaults.database);
  const scheme = schemeOf(text);
  if (scheme === "postgres" || scheme === "postgresql") {
    throw reading.problem(
      key,
      `${nameOf(key)}: this version runs on SQLite only. Write sqlite:./data/maildesk.db.`,
    );
  }
  const path = scheme === "sqlite" ? pathOf(text) : "";
  if (path === "" || path === ":memory:")
    throw reading.problem(
      key,
      `${nameOf(key)} ${shown(raw)} is no database that maildesk can use. Write sqlite:./data/maildesk.db.`,
    );
  return `sqlite:${locate(path, reading.source)}`;
}

export function readQueue(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawValue | undefined,
): Config["queue"] {
  const text = textOf(reading, key, raw ?? defaults.queue);
  if (text === "embedded") return { kind: "embedded" };
  const scheme = schemeOf(text);
  if ((scheme === "redis" || scheme === "rediss") && URL.canParse(text)) return { kind: "redis", url: text };
  if (scheme === "postgres" || scheme === "postgresql") {
    throw reading.problem(
      key,
      `${nameOf(key)}: this version runs on the embedded queue or on Redis only. Write embedded or redis://host:6379.`,
    );
  }
  throw reading.problem(
    key,
    `${nameOf(key)} ${shown(raw)} is no queue that maildesk knows. Write embedded or redis://host:6379.`,
  );
}

export function readOutgoing(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawConfig["outgoing"],
): Config["outgoing"] {
  const endpoint = readEndpoint(reading, key, raw ?? defaults.outgoing, outgoingForms);
  if (endpoint.kind === "maildir" || endpoint.kind === "smtp") return endpoint;
  throw reading.problem(key, `${nameOf(key)} is a way in, not a way out. Write ${outgoingForms}.`);
}

export function readKeys(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawConfig["secret"],
): Config["keys"] {
  if (raw === undefined)
    throw reading.problem(
      key,
      "secret is missing. Write secret: { file: ./maildesk.secret } and put a long random line into that file.",
    );
  if (!Array.isArray(raw)) return [{ id: 1, secret: keyOf(reading, key, raw) }];
  if (raw.length === 0)
    throw reading.problem(
      key,
      "secret is an empty list. Write at least one { id, secret }; the first signs, all verify.",
    );
  const keys = raw.map((one, at) => ({
    id: wholeNumber(reading, [...key, at, "id"], one.id, 0, 255),
    secret: keyOf(reading, [...key, at, "secret"], one.secret),
  }));
  const twice = keys.findIndex((one, at) => keys.findIndex((other) => other.id === one.id) < at);
  if (twice >= 0)
    throw reading.problem(
      [...key, twice, "id"],
      `secret[${twice}].id ${keys[twice]?.id} is used twice. Give each key a number of its own.`,
    );
  return keys;
}

function keyOf(reading: Reading, key: readonly ConfigKey[], raw: RawValue): Buffer {
  const secret = Buffer.from(textOf(reading, key, raw).trim(), "utf8");
  if (secret.length >= keyBytesMin) return secret;
  throw reading.problem(
    key,
    `${nameOf(key)} has ${secret.length} characters. Write at least ${keyBytesMin} random ones, such as those of \`openssl rand -hex 32\`.`,
  );
}

export function readMailboxes(reading: Reading, raw: readonly RawMailbox[]): MailboxConfig[] {
  if (raw.length > mailboxesMax)
    throw reading.problem(
      ["mailboxes"],
      `mailboxes has ${raw.length} entries; at most ${mailboxesMax} are possible.`,
    );
  const mailboxes = raw.map((one, at) => readMailbox(reading, ["mailboxes", at], one));
  refuseTwins(reading, mailboxes);
  return mailboxes;
}

function readMailbox(reading: Reading, key: readonly ConfigKey[], raw: RawMailbox): MailboxConfig {
  const address = addressOf(reading, [...key, "address"], textOf(reading, [...key, "address"], raw.address));
  const name = (raw.name === undefined ? address : textOf(reading, [...key, "name"], raw.name)).trim();
  if (name === "" || name.length > nameCharsMax || /\p{Cc}/u.test(name))
    throw reading.problem(
      [...key, "name"],
      `${nameOf(key)}.name is no name. Write a short word such as support.`,
    );
  return {
    name,
    address,
    aliases: (raw.aliases ?? []).map((alias, at) =>
      addressOf(reading, [...key, "aliases", at], textOf(reading, [...key, "aliases", at], alias)),
    ),
    displayName:
      raw.displayName === undefined ? "" : textOf(reading, [...key, "displayName"], raw.displayName).trim(),
    plusAddressing: isOn(reading, [...key, "plusAddressing"], raw.plusAddressing, true),
    acknowledge: isOn(reading, [...key, "acknowledge"], raw.acknowledge, true),
    source: sourceOf(reading, [...key, "source"], raw.source),
    after: afterOf(reading, [...key, "after"], raw.after ?? "seen"),
    start: startOf(reading, [...key, "start"], raw.start ?? "1d"),
    pollEveryMs: pollOf(reading, [...key, "pollEvery"], raw.pollEvery ?? "60s"),
  };
}

function sourceOf(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawMailbox["source"],
): MailboxConfig["source"] {
  // Without a source only `ingest` fills the mailbox.
  if (raw === undefined || raw === "none") return { kind: "none" };
  const endpoint = readEndpoint(reading, key, raw, sourceForms);
  if (endpoint.kind !== "smtp") return endpoint;
  throw reading.problem(key, `${nameOf(key)} is a way out, not a way in. Write ${sourceForms}.`);
}

function addressOf(reading: Reading, key: readonly ConfigKey[], text: string): string {
  const parsed = parseAddress(text);
  if (parsed.ok) return parsed.address;
  throw reading.problem(key, `${nameOf(key)}: ${parsed.text}`);
}

function afterOf(reading: Reading, key: readonly ConfigKey[], raw: string): MailboxConfig["after"] {
  const text = textOf(reading, key, raw).trim();
  if (text === "seen" || text === "keep" || text === "delete") return { kind: text };
  const folder = /^move:\s*(\S.*)$/.exec(text)?.[1];
  if (folder !== undefined) return { kind: "move", folder };
  throw reading.problem(
    key,
    `${nameOf(key)} "${text}" is not known${didYouMean(text, ["seen", "keep", "delete"])}. Write seen, keep, delete or move:Folder.`,
  );
}

function startOf(reading: Reading, key: readonly ConfigKey[], raw: string): MailboxConfig["start"] {
  const text = textOf(reading, key, raw).trim();
  if (text === "all") return { kind: "all" };
  if (text === "now") return { kind: "age", ms: 0 };
  const ms = readDuration(text);
  if (ms !== null) return { kind: "age", ms };
  const atMs = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return { kind: "since", atMs };
  throw reading.problem(
    key,
    `${nameOf(key)} "${text}" is no moment. Write a duration such as 1d, now, all or a date such as 2026-01-31.`,
  );
}

function pollOf(reading: Reading, key: readonly ConfigKey[], raw: string): number {
  const text = textOf(reading, key, raw);
  const ms = readDuration(text);
  if (ms !== null && ms >= pollMsMin && ms <= pollMsMax) return ms;
  throw reading.problem(key, `${nameOf(key)} "${text}" is no duration from 1s to 1d. Write one such as 60s.`);
}

/** One address is one mailbox's, as an answer must know where it leaves. */
function refuseTwins(reading: Reading, mailboxes: readonly MailboxConfig[]): void {
  const seen = new Map<string, string>();
  for (const [at, mailbox] of mailboxes.entries()) {
    const claims: [ConfigKey[], string, string][] = [
      [["mailboxes", at, "name"], `name:${mailbox.name.toLowerCase()}`, `the name ${mailbox.name}`],
      [["mailboxes", at, "address"], `address:${mailbox.address.toLowerCase()}`, mailbox.address],
      ...mailbox.aliases.map((alias, index): [ConfigKey[], string, string] => [
        ["mailboxes", at, "aliases", index],
        `address:${alias.toLowerCase()}`,
        alias,
      ]),
    ];
    for (const [key, claim, what] of claims) {
      const other = seen.get(claim);
      if (other !== undefined)
        throw reading.problem(
          key,
          `${nameOf(key)}: ${what} stands at ${other} already. Give each mailbox its own.`,
        );
      seen.set(claim, nameOf(key));
    }
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

export function readChildren(reading: Reading, raw: RawConfig["parser"]): number {
  return raw?.children === undefined
    ? defaults.children
    : wholeNumber(reading, ["parser", "children"], raw.children, 1, childrenMax);
}

export function readLog(reading: Reading, raw: RawConfig["log"]): Config["log"] {
  const format = pick(reading, ["log", "format"], raw?.format ?? "text", ["text", "json"] as const);
  const level = pick(reading, ["log", "level"], raw?.level ?? "info", [
    "info",
    "warn",
    "error",
    "silent",
  ] as const);
  return { format, level };
}

function pick<T extends string>(
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
    `${nameOf(key)} "${text}" is not known${didYouMean(text, known)}. Write ${known.join(", ")}.`,
  );
}

/** What the file itself shows of a value; "" for one that came from elsewhere. */
export const shown = (raw: unknown): string =>
  (typeof raw === "string" ? `"${withoutPassword(raw).slice(0, 80)}"` : "").trim();
