// `maildesk doctor`: is everything reachable, and what to do where it is not. It looks, and changes nothing but what
// any command would: it makes the database, or brings its tables to this version (OPS-1).
import type { Command } from "commander";
import type { App } from "../app.ts";
import { configuration, exitCode, MaildeskError, operator, sentence } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli } from "./context.ts";
import { checkMailbox } from "./mailbox.ts";
import { restoredText } from "./restore.ts";
import { cell } from "./table.ts";
import { verb } from "./verb.ts";

type MailboxConfig = App["config"]["mailboxes"][number];

interface Check {
  check: string;
  ok: boolean;
  /** It works, and a person must see to it soon. */
  isWarning: boolean;
  text: string;
  code: number;
}

const nodeWanted = [20, 19] as const;
const failedCode = 1;
const tinyMail =
  "From: Ann <ann@example.com>\r\nTo: desk@example.com\r\nSubject: Hello\r\nMessage-ID: <doctor@example.com>\r\n\r\nDoes anybody read this?\r\n";

export function registerDoctor(program: Command, cli: Cli): void {
  verb(program, "doctor", "Check the configuration and every connection, and say what to do.", [
    "doctor",
    "doctor --json",
  ]).action(async () => {
    const checks: Check[] = [];
    const seen = (one: Check) => {
      checks.push(one);
      if (!cli.out.isJson)
        cli.out.line(
          `${one.isWarning ? "warn  " : one.ok ? "ok    " : "FAILED"}  ${one.check.padEnd(14)}  ${cell(
            one.text
              .split("\n")
              .map((line) => line.trim())
              .join(" "),
          )}`,
        );
    };
    await examine(cli, seen);
    const failed = checks.filter((one) => !one.ok);
    if (cli.out.isJson)
      cli.out.json({
        ok: failed.length === 0,
        checks: checks.map(({ check, ok, isWarning, text }) => ({ check, ok, warning: isWarning, text })),
      });
    const codes = new Set(failed.map((one) => one.code));
    const [only] = codes;
    if (failed.length > 0) cli.exitWith(codes.size === 1 && only !== undefined ? only : failedCode);
  });
}

async function examine(cli: Cli, seen: (check: Check) => void): Promise<void> {
  seen(await attempt("node", async () => nodeVersion()));
  const { loadConfig, openApp } = await import("../app.ts");
  const silent = { info() {}, warn() {}, error() {} };
  let config: App["config"] | null = null;
  seen(
    await attempt("configuration", async () => {
      config = loadConfig({ path: cli.flags().config });
      return `${config.path ?? "from the environment"}, ${config.mailboxes.length} mailbox${config.mailboxes.length === 1 ? "" : "es"}`;
    }),
  );
  if (config === null) return;
  let opened: App | null = null;
  const database = await attempt("database", async () => {
    opened = await openApp(config as unknown as App["config"], { log: silent }); // assigned above, which the compiler can't see
    return await opened.database.check();
  });
  seen(database);
  const app = opened as App | null; // the same
  if (app === null) return;
  try {
    const { outgoing } = app.config;
    const running = [
      attempt("disk", app.machine.disk),
      attempt("clock", app.machine.clock),
      attempt("parser", async () => `reads a mail: ${(await app.parser.parse(Buffer.from(tinyMail))).subject}`),
      attempt("queue", async () => (await app.queue()).check()),
      ...app.oauth.accounts.map(({ name, login }) => checkToken(name, login)),
      ...app.config.mailboxes.map((mailbox) =>
        attempt(`in ${mailbox.name}`, async () => {
          const { text, error } = await checkMailbox(app, mailbox);
          if (error !== null) throw error;
          return `${text}${isOpenText(mailbox) ? " (the login travels unencrypted: write imap+starttls:// or imaps://)" : ""}`;
        }),
      ),
      attempt(
        "out",
        async () =>
          `${outgoing.kind === "maildir" ? `maildir:${outgoing.path}, nothing leaves this machine` : `${outgoing.host}:${outgoing.port}`}: ${await app.transport.check()}`,
      ),
      attempt("sending", () => sendingState(app)),
      ...app.config.mailboxes
        .filter(({ defaultOrganization }) => !["", "none"].includes(defaultOrganization.toLowerCase()))
        .map((mailbox) => attempt(`org ${mailbox.name}`, () => defaultOf(app, mailbox))),
      attempt("metrics", app.machine.metrics),
      attempt("web", app.machine.web),
      attempt("alerts", () => app.alerts.check()),
    ];
    for (const check of running) seen(await check);
  } finally {
    await app.close();
  }
}

/** Off by a person's wish is in order; off since a restore waits for one. */
async function sendingState({ desk, lists }: App): Promise<string> {
  if ((await desk.settings())["mail.sending"]) return "on";
  const restoredAt = await lists.restoredAt();
  if (restoredAt === null) return "off: nothing leaves until mail.sending is on";
  throw operator(`Sending is ${restoredText(restoredAt)}.`);
}

/** The organization that maildesk.yaml names for newcomers by this mailbox whom no domain places. */
async function defaultOf({ lists }: App, { name, defaultOrganization }: MailboxConfig): Promise<string> {
  const found = await lists.organizationNamed(defaultOrganization);
  if (found !== null) return `newcomers whom no domain places join ${found.name}`;
  const near = didYouMean(defaultOrganization, await lists.organizationNames(defaultOrganization));
  throw configuration(
    `There is no organization "${defaultOrganization}"${near}, the defaultOrganization of the mailbox ${name}: newcomers whom no domain places join none.`,
    {
      remedy: `Name one in maildesk.yaml, by id or name, or make it: maildesk org add ${JSON.stringify(defaultOrganization)}`,
    },
  );
}

/** A login by access tokens: whether the endpoint gives one, and what is going to end. */
async function checkToken(name: string, login: App["oauth"]["accounts"][number]["login"]): Promise<Check> {
  let warning: string | null = null;
  const check = await attempt(`token ${name}`, async () => {
    const { text, warning: ending } = await login.check();
    warning = ending;
    return ending === null ? text : `${text}. ${ending}`;
  });
  return { ...check, isWarning: warning !== null };
}

const localHosts = new Set(["localhost", "127.0.0.1", "::1"]);

const isOpenText = ({ source }: MailboxConfig): boolean =>
  source.kind === "imap" && source.secure === "none" && !localHosts.has(source.host);

async function attempt(check: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { check, ok: true, isWarning: false, text: await look(), code: 0 };
  } catch (error) {
    const code = error instanceof MaildeskError && error.kind === "temporary" ? failedCode : exitCode(error);
    return { check, ok: false, isWarning: false, text: sentence(error), code };
  }
}

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = nodeWanted;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return process.versions.node;
  throw operator(`Node.js ${process.versions.node} is too old.`, {
    remedy: `Install ${wantedMajor}.${wantedMinor} or newer.`,
  });
}
