// What stands under `alerts:` in maildesk.yaml: who is told when something is wrong, by mail or by a program. A mailbox of
// this desk is nobody to tell: its mail would be read by the desk itself, which ignores what it wrote.
import { parseAddress } from "./address/email.ts";
import type { AlertsConfig, MailboxConfig } from "./config.ts";
import { readEndpoint } from "./config-endpoint.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { type Reading, textOf } from "./config-scalar.ts";
import { alertForms, outgoingForms, type RawConfig } from "./config-shape.ts";
import type { RawValue } from "./config-value.ts";

const recipientsMax = 20;
const argumentsMax = 100;

export function readAlerts(
  reading: Reading,
  raw: RawConfig["alerts"],
  mailboxes: readonly MailboxConfig[],
): AlertsConfig | null {
  if (raw === undefined || typeof raw === "string") return null;
  const key = ["alerts"];
  const { to, command, route, from } = raw;
  if ((to === undefined) === (command === undefined))
    throw reading.problem(
      key,
      `alerts ${to === undefined ? "names nobody to tell" : "has both `to` and `command`"}. Write ${alertForms}.`,
    );
  if (command !== undefined) {
    if (route !== undefined || from !== undefined)
      throw reading.problem(key, "alerts.route and alerts.from are for mail only. Leave them out beside `command`.");
    return programOf(reading, command);
  }
  return {
    kind: "mail",
    to: recipientsOf(reading, to ?? [], mailboxes),
    from: senderOf(reading, from, mailboxes),
    route: route === undefined ? null : routeOf(reading, route),
  };
}

function programOf(reading: Reading, command: readonly string[]): AlertsConfig {
  const key = ["alerts", "command"];
  const [program = "", ...args] = command.map((part, at) => textOf(reading, [...key, at], part));
  if (program === "" || args.length > argumentsMax || command.some((part) => part.includes("\0")))
    throw reading.problem(key, "alerts.command names no program. Write [program, argument, ..].");
  return { kind: "command", program, args, folder: reading.source.folder };
}

function recipientsOf(reading: Reading, to: readonly RawValue[], mailboxes: readonly MailboxConfig[]): string[] {
  if (to.length === 0 || to.length > recipientsMax)
    throw reading.problem(["alerts", "to"], `alerts.to has ${to.length} addresses. Write 1 to ${recipientsMax}.`);
  const own = new Set(mailboxes.flatMap(({ address, aliases }) => [address, ...aliases]).map(keyOf));
  const addresses = to.map((one, at) => {
    const key = ["alerts", "to", at];
    const address = addressOf(reading, key, one);
    if (own.has(keyOf(address)))
      throw reading.problem(
        key,
        `${nameOf(key)} ${address} is a mailbox of this desk, which ignores its own mail. Write a person's address.`,
      );
    return address;
  });
  return addresses.filter((address, at) => addresses.findIndex((other) => keyOf(other) === keyOf(address)) === at);
}

/** The first mailbox's address unless another is named: the server lets the desk send by it. */
function senderOf(reading: Reading, from: RawValue | undefined, mailboxes: readonly MailboxConfig[]): string {
  if (from !== undefined) return addressOf(reading, ["alerts", "from"], from);
  const [first] = mailboxes;
  if (first === undefined) throw reading.problem(["alerts"], "alerts.from is missing. Write an address.");
  return first.address;
}

function routeOf(reading: Reading, route: NonNullable<Exclude<RawConfig["alerts"], string | undefined>["route"]>) {
  const key = ["alerts", "route"];
  const endpoint = readEndpoint(reading, key, route, outgoingForms);
  if (endpoint.kind === "imap")
    throw reading.problem(key, `alerts.route is a way in, not a way out. Write ${outgoingForms}.`);
  return endpoint;
}

function addressOf(reading: Reading, key: readonly ConfigKey[], raw: RawValue): string {
  const parsed = parseAddress(textOf(reading, key, raw));
  if (parsed.ok) return parsed.address;
  throw reading.problem(key, `${nameOf(key)}: ${parsed.text}`);
}

const keyOf = (address: string): string => {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.key : address;
};
