// What stands under `mailboxes:` in maildesk.yaml: addresses, where mail comes from, what happens to it there.
import { parseAddress } from "./address/email.ts";
import type { MailboxConfig } from "./config.ts";
import { readEndpoint } from "./config-endpoint.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { isOn, momentOf, type Reading, textOf } from "./config-scalar.ts";
import { type RawMailbox, sourceForms } from "./config-shape.ts";
import { ccPolicies } from "./desk/copied.ts";
import { readDuration } from "./desk/settings.ts";
import { didYouMean } from "./errors-did-you-mean.ts";

const mailboxesMax = 200;
const pollMsMin = 1_000;
const pollMsMax = 86_400_000;
const nameCharsMax = 64;

export function readMailboxes(reading: Reading, raw: readonly RawMailbox[]): MailboxConfig[] {
  if (raw.length > mailboxesMax)
    throw reading.problem(["mailboxes"], `mailboxes has ${raw.length} entries; at most ${mailboxesMax} are possible.`);
  const mailboxes = raw.map((one, at) => readMailbox(reading, ["mailboxes", at], one));
  refuseTwins(reading, mailboxes);
  return mailboxes;
}

function readMailbox(reading: Reading, key: readonly ConfigKey[], raw: RawMailbox): MailboxConfig {
  const address = addressOf(reading, [...key, "address"], textOf(reading, [...key, "address"], raw.address));
  const name = (raw.name === undefined ? address : textOf(reading, [...key, "name"], raw.name)).trim();
  if (name === "" || name.length > nameCharsMax || /\p{Cc}/u.test(name))
    throw reading.problem([...key, "name"], `${nameOf(key)}.name is no name. Write a short word such as support.`);
  return {
    name,
    address,
    aliases: (raw.aliases ?? []).map((alias, at) =>
      addressOf(reading, [...key, "aliases", at], textOf(reading, [...key, "aliases", at], alias)),
    ),
    displayName: raw.displayName === undefined ? "" : textOf(reading, [...key, "displayName"], raw.displayName).trim(),
    plusAddressing: isOn(reading, [...key, "plusAddressing"], raw.plusAddressing, true),
    acknowledge: isOn(reading, [...key, "acknowledge"], raw.acknowledge, true),
    defaultOrganization: textOf(reading, [...key, "defaultOrganization"], raw.defaultOrganization ?? "").trim(),
    team: textOf(reading, [...key, "team"], raw.team ?? "").trim(),
    cc: ccOf(reading, [...key, "cc"], raw.cc ?? "known"),
    authservId: textOf(reading, [...key, "authservId"], raw.authservId ?? "")
      .trim()
      .toLowerCase(),
    source: sourceOf(reading, [...key, "source"], raw.source),
    after: afterOf(reading, [...key, "after"], raw.after ?? "seen"),
    start: startOf(reading, [...key, "start"], raw.start ?? "1d"),
    pollEveryMs: pollOf(reading, [...key, "pollEvery"], raw.pollEvery ?? "60s"),
  };
}

/** The name alone, by which people call it; null where it can't be read. */
export function readMailboxName(reading: Reading, key: readonly ConfigKey[], raw: RawMailbox): string | null {
  try {
    return textOf(reading, key, raw.name ?? raw.address).trim();
  } catch {
    return null;
  }
}

function sourceOf(reading: Reading, key: readonly ConfigKey[], raw: RawMailbox["source"]): MailboxConfig["source"] {
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

function ccOf(reading: Reading, key: readonly ConfigKey[], raw: string): MailboxConfig["cc"] {
  const text = textOf(reading, key, raw).trim().toLowerCase();
  const found = ccPolicies.find((one) => one === text);
  if (found !== undefined) return found;
  throw reading.problem(
    key,
    `${nameOf(key)} "${text}" is not known${didYouMean(text, [...ccPolicies])}. Write known, follow, note or ignore.`,
  );
}

function startOf(reading: Reading, key: readonly ConfigKey[], raw: string): MailboxConfig["start"] {
  const text = textOf(reading, key, raw).trim();
  if (text === "all") return { kind: "all" };
  if (text === "now") return { kind: "age", ms: 0 };
  const ms = readDuration(text);
  if (ms !== null) return { kind: "age", ms };
  const atMs = momentOf(text);
  if (atMs !== null) return { kind: "since", atMs };
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
      [["mailboxes", at, "address"], `address:${mailbox.address.toLowerCase()}`, mailbox.address],
      [["mailboxes", at, "name"], `name:${mailbox.name.toLowerCase()}`, `the name ${mailbox.name}`],
      ...mailbox.aliases.map((alias, index): [ConfigKey[], string, string] => [
        ["mailboxes", at, "aliases", index],
        `address:${alias.toLowerCase()}`,
        alias,
      ]),
    ];
    for (const [key, claim, what] of claims) {
      const other = seen.get(claim);
      if (other !== undefined)
        throw reading.problem(key, `${nameOf(key)}: ${what} stands at ${other} already. Give each mailbox its own.`);
      seen.set(claim, nameOf(key));
    }
  }
}
