// A desk of its own for tests of the command: a temporary folder with the configuration that `init` writes, and the real
// program in bin/, spawned. What it prints is what people and scripts see.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject } from "vitest";
import { tempFolder } from "../servers/temp-folder.ts";
import { databaseEnv, databaseOf } from "../servers/test-database.ts";

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

export interface DeskFolder {
  path: string;
  /** Runs `maildesk ...args` in the folder; `input` becomes standard input. */
  run(args: string[], options?: { input?: string | Buffer; env?: Record<string, string> }): Promise<Said>;
  /** The same, expected to end well; resolves to what it printed as JSON. */
  json<T>(...args: string[]): Promise<T>;
  /** Writes a file into the folder; resolves its path. */
  file(name: string, content: string | Buffer): string;
  remove(): void;
}

const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

/** Without `init`, the folder is empty and there is no configuration; `like` another desk, it has all that one holds now. */
export async function deskFolder({
  init = true,
  like,
}: {
  init?: boolean;
  like?: DeskFolder;
} = {}): Promise<DeskFolder> {
  const folder = tempFolder("cli");
  await databaseOf(folder.path, like?.path);
  const elsewhere = databaseEnv(folder.path);
  const desk: DeskFolder = {
    path: folder.path,
    run: (args, { input = "", env = {} } = {}) => spawned(folder.path, args, input, { ...elsewhere, ...env }),
    async json(...args) {
      const said = await desk.run([...args, "--json"]);
      if (said.code !== 0) throw new Error(`maildesk ${args.join(" ")} ended with ${said.code}: ${said.stderr}`);
      return JSON.parse(said.stdout);
    },
    file(name, content) {
      const path = join(folder.path, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: folder.remove,
  };
  if (like !== undefined) cpSync(like.path, folder.path, { recursive: true });
  else if (init) {
    cpSync(inject("initialised"), folder.path, { recursive: true });
    // One for all, so that a desk can be moved to another folder.
    desk.file("maildesk.secret", "the secret of all desks in these tests");
  }
  return desk;
}

function spawned(cwd: string, args: string[], input: string | Buffer, env: Record<string, string>): Promise<Said> {
  const { MAILDESK_AGENT: _agent, MAILDESK_CONFIG: _config, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...inherited, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.on("error", () => {}); // a program that reads nothing may end first
    child.stdin.end(input);
  });
}

/** A command that must end well, with yes to whatever it asks. */
export async function doneIn(desk: DeskFolder, ...args: string[]): Promise<Said> {
  const said = await desk.run([...args, "--yes"]);
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said;
}

/** One that must end with this code; resolves to what it said, without the leading `maildesk: `. */
export async function refusedIn(desk: DeskFolder, code: number, ...args: string[]): Promise<string> {
  const said = await desk.run([...args, "--yes"]);
  expect(said.code, said.stdout + said.stderr).toBe(code);
  return said.stderr.replace(/^maildesk: /, "");
}

export interface MailWords {
  from?: string;
  to?: string;
  subject?: string;
  id?: string;
  text?: string;
  headers?: string[];
}

/** A plain mail as a server would hand it over. */
export function mailOf({
  from = "Ann Example <ann@acme.example>",
  to = "support@desk.example",
  subject = "The printer is on fire",
  id = "1@acme.example",
  text = "It burns.",
  headers = [],
}: MailWords): string {
  const head = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Message-ID: <${id}>`,
    "Date: Mon, 02 Nov 2026 10:00:00 +0000",
    ...headers,
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}\r\n`;
}
