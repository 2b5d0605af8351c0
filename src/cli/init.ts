// The first minute: a configuration that works without any server. Nothing that exists is ever overwritten, and no
// password is taken from the command line, where other users and the shell's history would see it (OPS-1, OPS-11).
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import { conflict, operator, systemCode, usage } from "../errors.ts";
import type { Cli } from "./context.ts";
import { verb } from "./verb.ts";

interface InitOptions {
  mailbox?: string;
  address?: string;
  folder?: string;
}

interface Way {
  kind: "imap" | "maildir";
  /** The URL without user and password. */
  url: string;
  user: string | null;
}

const defaultAddress = "support@desk.example";
const secretBytes = 32;
const names = { config: "maildesk.yaml", secret: "maildesk.secret", password: "imap.password" };

export function registerInit(program: Command, cli: Cli): void {
  verb(program, "init", "Write a configuration that works without any server.", [
    "init",
    "init --mailbox imaps://support@mail.example.com/INBOX --address support@example.com",
  ])
    .option("--mailbox <url>", "where mail comes from: imaps://user@host/INBOX or maildir:./path")
    .option("--address <address>", "the desk's address")
    .option("--folder <dir>", "write there instead of here")
    .action(async (options: InitOptions) => {
      const { sourceWay } = await import("../app.ts");
      const folder = resolve(options.folder ?? ".");
      const way: Way =
        options.mailbox === undefined
          ? { kind: "maildir", url: "maildir:./data/inbox", user: null }
          : sourceWay(options.mailbox);
      const address = addressOf(options, way);
      const path = join(folder, names.config);
      if (existsSync(path)) {
        throw conflict(`${shown(path)} exists already, and nothing was changed.`, {
          remedy: "Edit it, or name another place with --folder.",
        });
      }
      const written = await writeAll(folder, configText(address, way), way);
      if (cli.out.isJson) cli.out.json({ config: path, address, files: written });
      else for (const text of farewell(written, way, address, options)) cli.out.line(text);
    });
}

function addressOf(options: InitOptions, way: Way): string {
  const given =
    options.address ?? (way.user?.includes("@") === true ? way.user : way.kind === "imap" ? null : defaultAddress);
  if (given === null)
    throw usage("Which address does this mailbox have?", { remedy: "Add --address support@example.com." });
  const parsed = parseAddress(given);
  if (!parsed.ok) throw usage(parsed.text);
  return parsed.address;
}

/** All of it or nothing: what was written before a failure is taken away again. */
async function writeAll(folder: string, config: string, way: Way): Promise<string[]> {
  const { loadConfig } = await import("../app.ts");
  const written: string[] = [];
  const write = (name: string, text: string, mode: number) => {
    const path = join(folder, name);
    if (name !== names.config && existsSync(path)) return; // a secret that is there already stays
    writeFileSync(path, text, { flag: "wx", mode });
    written.push(path);
  };
  try {
    mkdirSync(folder, { recursive: true });
    for (const box of way.kind === "maildir" ? ["data/inbox", "data/sent"] : ["data/sent"]) {
      for (const part of ["new", "cur", "tmp"]) mkdirSync(join(folder, box, part), { recursive: true });
    }
    chmodSync(join(folder, "data"), 0o700);
    write(names.secret, `${randomBytes(secretBytes).toString("hex")}\n`, 0o600);
    if (way.kind === "imap") write(names.password, "", 0o600);
    write(names.config, config, 0o644);
    loadConfig({ path: join(folder, names.config) });
    return written;
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    const code = systemCode(error);
    if (code === "EEXIST")
      throw conflict(`${shown(join(folder, names.config))} exists already, and nothing was changed.`);
    if (code === null) throw error;
    throw operator(`maildesk can't write into ${folder} (${code}).`, {
      remedy: "Choose another place with --folder.",
      cause: error,
    });
  }
}

function configText(address: string, way: Way): string {
  const quote = (text: string) => (/^[A-Za-z0-9][\w.@+-]*$/.test(text) ? text : JSON.stringify(text));
  const source =
    way.kind === "maildir"
      ? `    source: ${quote(way.url)}\n`
      : `    source:\n      url: ${quote(way.url)}\n      user: ${quote(way.user ?? address)}\n      password: { file: ./${names.password} }\n`;
  return `# How maildesk reaches the world. All keys with their meaning: config/maildesk.example.yaml in the package.
database: sqlite:./data/maildesk.db # or postgres://user@host/db, for workers on several machines
queue: embedded # or postgres://user@host/db (it may be the same), or redis://host:6379: for more than one worker
secret: { file: ./${names.secret} }

# Mail is written into this folder and nothing leaves. The real thing:
#   outgoing: { url: smtps://mail.example.com, user: ${quote(address)}, password: { file: ./smtp.password } }
outgoing: maildir:./data/sent

mailboxes:
  - name: support
    address: ${quote(address)}
${source}    start: 1d # or now, all, 2026-01-31: what the first contact takes
    after: seen # or keep, delete, move:Folder: what happens on the server to a stored mail
`;
}

/** Passwords are of no use there. */
const wantsOauth = (url: string): boolean => /\b(?:office365|outlook|gmail|googlemail)\.com\b/i.test(url);

function farewell(written: readonly string[], way: Way, address: string, options: InitOptions): string[] {
  const elsewhere = options.folder === undefined ? [] : [`  cd ${relative(".", resolve(options.folder)) || "."}`];
  const prepare =
    way.kind === "imap"
      ? [
          `Write the password of ${way.user ?? address} into ${names.password}, and how mail leaves under \`outgoing:\`.`,
          ...(wantsOauth(way.url)
            ? ["That server wants OAuth 2.0 instead of a password: config/oauth.md in the package says how."]
            : []),
        ]
      : options.address === undefined
        ? [`The desk's address is ${address}: change it in ${names.config} when you have a real one.`]
        : [];
  const steps =
    way.kind === "imap"
      ? [
          "  maildesk doctor        is everything reachable?",
          "  maildesk worker        fetch, file and answer until stopped",
          "  maildesk ticket list",
        ]
      : [
          "  maildesk doctor               is everything reachable?",
          "  maildesk ingest - < mail.eml  file a mail, as if it had arrived",
          "  maildesk ticket list",
        ];
  return [`Wrote ${written.map(shown).join(", ")} and the folder data.`, ...prepare, "Next:", ...elsewhere, ...steps];
}

const shown = (path: string): string => relative(".", path) || path;
