// How to reach the world: maildesk.yaml and the environment, checked with errors that name the line and the remedy.
// The only reader of process.env. How the desk behaves is not here but in the settings (src/desk/settings.ts).
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type ActingAgent, type AgentsConfig, mappedAgent, readAgents } from "./config-agents.ts";
import { readAlerts } from "./config-alerts.ts";
import { isImapScheme } from "./config-endpoint.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { readMailboxes, readMailboxName } from "./config-mailbox.ts";
import type { OauthConfig } from "./config-oauth.ts";
import {
  readChildren,
  readDatabase,
  readKeys,
  readLog,
  readMetrics,
  readOutgoing,
  readQueue,
  readWeb,
} from "./config-read.ts";
import type { Reading } from "./config-scalar.ts";
import { type RawConfig, sourceForms } from "./config-shape.ts";
import { pathOf, readUrl, schemeOf, withoutPassword } from "./config-url.ts";
import type { CcPolicy } from "./desk/copied.ts";
import { configuration, usage } from "./errors.ts";
import type { AfterFetch } from "./ports.ts";

/** A secret's value, read anew at each call, so that a mended password is noticed without a restart. */
export type Secret = () => Promise<string>;

export interface ImapSourceConfig {
  kind: "imap";
  host: string;
  port: number;
  secure: "tls" | "starttls" | "none";
  user: string;
  /** Null where the login is by access tokens: exactly one of the two is there. */
  password: Secret | null;
  oauth: OauthConfig | null;
  folder: string;
  allowInvalidCertificates: boolean;
}

export type SourceConfig = ImapSourceConfig | { kind: "maildir"; path: string } | { kind: "none" };

export interface SmtpOutgoingConfig {
  kind: "smtp";
  host: string;
  port: number;
  secure: "tls" | "starttls" | "opportunistic" | "none";
  user: string | null;
  password: Secret | null;
  oauth: OauthConfig | null;
  ratePerMinute: number | null;
  allowInvalidCertificates: boolean;
}

export interface MailboxConfig {
  name: string;
  address: string;
  aliases: string[];
  displayName: string;
  plusAddressing: boolean;
  acknowledge: boolean;
  /** Id or name; "none" for no organization, "" for that of the setting customers.defaultOrganization. */
  defaultOrganization: string;
  /** The team that hears of what is assigned to nobody; "" for every agent. */
  team: string;
  /** What becomes of those in To and Cc of a customer's mail. */
  cc: CcPolicy;
  /** Whose Authentication-Results are believed (RFC 8601); "" for nobody's. */
  authservId: string;
  source: SourceConfig;
  after: AfterFetch;
  /** First contact: take what arrived in the last `ms`, everything, or since a moment (UTC milliseconds). */
  start: { kind: "all" } | { kind: "age"; ms: number } | { kind: "since"; atMs: number };
  pollEveryMs: number;
}

/** Who is told when something is wrong. */
export type AlertsConfig =
  /** By mail; `route` null: the way that all mail leaves by. */
  | { kind: "mail"; to: string[]; from: string; route: Config["outgoing"] | null }
  /** `folder` is where the program runs. */
  | { kind: "command"; program: string; args: string[]; folder: string };

export interface Config {
  /** The file that was read; null where everything came from the environment and defaults. */
  path: string | null;
  /** `sqlite:` and an absolute path, or `postgres://user:password@host/db`, which may end in `?schema=NAME`. */
  database: string;
  queue: { kind: "embedded" } | { kind: "redis" | "postgres"; url: string };
  outgoing: SmtpOutgoingConfig | { kind: "maildir"; path: string };
  mailboxes: MailboxConfig[];
  /** Signing keys for tokens; the first signs, all verify. At least one. */
  keys: { id: number; secret: Buffer }[];
  parser: { children: number };
  log: { format: "text" | "json"; level: LogLevel };
  /** Where /healthz and /metrics answer while the worker runs; null for nowhere. */
  metrics: { host: string; port: number } | null;
  /** Where the pages for customers are, and where a worker answers for them (null: another one does); null for nowhere. */
  web: { address: string; listen: { host: string; port: number } | null } | null;
  /** As whom the users of this machine act. */
  agents: AgentsConfig;
  /** Null: nobody is told. */
  alerts: AlertsConfig | null;
}

export type LogLevel = "info" | "warn" | "error" | "silent";

export const configName = "maildesk.yaml";
const systemPath = "/etc/maildesk/maildesk.yaml";
const overrides = {
  database: "MAILDESK_DATABASE",
  queue: "MAILDESK_QUEUE",
  outgoing: "MAILDESK_OUTGOING",
  secret: "MAILDESK_SECRET",
  metrics: "MAILDESK_METRICS",
} as const;

/** Where this worker answers for the pages of `web:`; off where another one does. */
const webListen = "MAILDESK_WEB_LISTEN";

export interface LoadOptions {
  /** --config: a file, or a folder that holds maildesk.yaml. */
  path?: string | undefined;
  /** Instead of process.env and the working folder, for tests. */
  env?: Readonly<Record<string, string | undefined>>;
  folder?: string;
}

/** The file as it is written, and how each of its keys is read. `mayRun`: also by programs that give a value. */
function openFile(options: LoadOptions, mayRun: boolean) {
  const env = options.env ?? process.env;
  const working = options.folder ?? process.cwd();
  const path = findFile(options.path, env, working);
  const file = path === null ? nothing(env) : readConfigFile(path, shownPath(path, working));
  const { raw } = file;
  const inFile: Reading = {
    source: { env, folder: path === null ? working : dirname(path), mayRun },
    problem: file.problem,
  };
  // An override counts from where the command runs, as any path typed there does.
  const from = <K extends keyof typeof overrides, T>(
    name: K,
    read: (reading: Reading, key: readonly string[], value: RawConfig[K]) => T,
  ): T => {
    const over = env[overrides[name]];
    if (over === undefined || over === "") return read(inFile, [name], raw[name]);
    const source = { env: {}, folder: working };
    return read({ source, problem: (_, text) => configuration(text) }, [overrides[name]], escapeVariables(over));
  };
  const { [webListen]: listen = "" } = env;
  const overWeb = {
    reading: { source: { env: {}, folder: working }, problem: (_: unknown, text: string) => configuration(text) },
    ...{ key: [webListen], raw: escapeVariables(listen) },
  };
  return { path, file, raw, inFile, from, overWeb: listen === "" ? null : overWeb };
}

/**
 * Where the database is, and no more of the configuration. Rejects: configuration; also where a command would tell it, for
 * who asks stands at a keyboard and may not start programs of the administrator's.
 */
export const databasePlace = (options: LoadOptions = {}): string =>
  openFile(options, false).from("database", readDatabase);

/** What the mailboxes are called; whose name a command would tell, or is not to be had, is left out. */
export function mailboxNames(options: LoadOptions = {}): string[] {
  const { raw, inFile } = openFile(options, false);
  return (raw.mailboxes ?? []).flatMap((one, at) => readMailboxName(inFile, ["mailboxes", at], one) ?? []);
}

/** The whole configuration, checked. Rejects: configuration, with file, line and remedy in one sentence. */
export function loadConfig(options: LoadOptions = {}): Config {
  const { path, file, raw, inFile, from, overWeb } = openFile(options, true);
  if (path !== null && (raw.mailboxes ?? []).length === 0) {
    throw file.problem(
      ["mailboxes"],
      "mailboxes is empty. Write at least one mailbox: `- { address: support@example.com, source: maildir:./data/inbox }`.",
    );
  }
  const mailboxes = readMailboxes(inFile, raw.mailboxes ?? []);
  return {
    path,
    database: from("database", readDatabase),
    queue: from("queue", readQueue),
    outgoing: from("outgoing", readOutgoing),
    mailboxes,
    keys: from("secret", readKeys),
    parser: { children: readChildren(inFile, raw.parser) },
    log: readLog(inFile, raw.log),
    metrics: from("metrics", readMetrics),
    web: readWeb(inFile, raw.web, overWeb),
    agents: readAgents(inFile, raw.agents),
    alerts: readAlerts(inFile, raw.alerts, mailboxes),
  };
}

/** A variable's own text is taken as it is: a `${` in it is no reference. */
const escapeVariables = (text: string): string => text.replaceAll("${", () => "$${");

function findFile(
  asked: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  working: string,
): string | null {
  const named = asked ?? (env.MAILDESK_CONFIG || undefined);
  if (named !== undefined) {
    const path = resolve(working, named);
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, configName) : path;
  }
  return [join(working, configName), systemPath].find((path) => existsSync(path)) ?? null;
}

/** Without a file everything must come from the environment; then at least the database is named there. */
function nothing(env: Readonly<Record<string, string | undefined>>): ConfigFile {
  if ((env[overrides.database] ?? "") === "") {
    throw configuration(`There is no ${configName} here, and none at ${systemPath}.`, {
      remedy: "`maildesk init` writes one; --config or MAILDESK_CONFIG name one that lies elsewhere.",
    });
  }
  return {
    raw: {},
    problem: (_, text) => configuration(`${text} (There is no ${configName}; MAILDESK_SECRET would do.)`),
  };
}

function shownPath(path: string, working: string): string {
  const near = relative(working, path);
  return near.startsWith("..") || near === "" ? path : near === basename(path) ? basename(path) : near;
}

/** What `init --mailbox` was given, taken apart; a password in it is refused, as arguments are seen by others (OPS-11). */
export function sourceWay(text: string): { kind: "imap" | "maildir"; url: string; user: string | null } {
  const trimmed = text.trim();
  if (schemeOf(trimmed) === "maildir" && pathOf(trimmed) !== "") return { kind: "maildir", url: trimmed, user: null };
  const read = readUrl(trimmed);
  if (!read.ok || !isImapScheme(read.url.scheme)) {
    throw usage(`"${withoutPassword(trimmed)}" is no mailbox that maildesk can read.`, {
      remedy: `Write ${sourceForms}.`,
    });
  }
  if (read.url.password !== null) {
    throw usage("Leave the password out of the command: the shell's history and other users would see it.", {
      remedy: "It belongs into the file that init names, or into a variable.",
    });
  }
  if (read.url.user === null) throw usage(`"${trimmed}" names no user.`, { remedy: "Write imaps://user@host/INBOX." });
  const scheme = `${read.url.scheme}://`;
  return { kind: "imap", url: scheme + trimmed.slice(trimmed.lastIndexOf("@") + 1), user: read.url.user };
}

/** The agent in whose name the command acts where --as does not say so (AGT-2); null for nobody. */
export function actingAgent({ agents }: Pick<Config, "agents">): ActingAgent | null {
  const ref = process.env.MAILDESK_AGENT ?? "";
  return ref === "" ? mappedAgent(agents) : { ref, user: null };
}

/** The editor of the person at the terminal; null where none is set. */
export const editorCommand = (): string | null => process.env.VISUAL || process.env.EDITOR || null;

/** What a program that maildesk starts finds in its environment: all but what is meant for maildesk. */
export const programEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MAILDESK_")));

const secretKeys: ReadonlySet<string> = new Set(["password", "clientSecret", "refreshToken"]);

/** The configuration as it may be shown: no password, no key, no login in a URL. */
export function redactConfig(config: Config): Record<string, unknown> {
  const { queue, keys, alerts, ...others } = config;
  const rest = {
    ...others,
    alerts: alerts?.kind === "command" ? { ...alerts, args: alerts.args.map(() => "***") } : alerts,
  };
  const shown = JSON.parse(
    JSON.stringify(rest, (key, value: unknown) => (secretKeys.has(key) && value !== null ? "***" : value)),
  ) as Record<string, unknown>; // plain data again
  return {
    ...shown,
    database: withoutPassword(config.database),
    queue: queue.kind === "embedded" ? queue : { ...queue, url: withoutPassword(queue.url) },
    keys: keys.map(({ id }) => ({ id, secret: "***" })),
  };
}
