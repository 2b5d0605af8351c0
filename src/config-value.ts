// Where a value of maildesk.yaml comes from: the line itself, the environment (`${NAME}`), a file or a command.
// Passwords are read anew at each call, so that a mended one is noticed without a restart; nothing is ever printed.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { configuration, type MaildeskError, operator, systemCode } from "./errors.ts";

export type RawValue = string | { file: string } | { command: string };

export interface ValueSource {
  env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to this folder: that of the configuration file. */
  folder: string;
  /** False: a value that a command gives is refused instead. */
  mayRun?: boolean;
}

const commandMs = 30_000;
const valueBytesMax = 64 * 1024;
const placeholder = /\$(\$\{)|\$\{([^}]*)\}/g;

/** The value now. Rejects with configuration where a variable is missing, a file can't be read or a command fails. */
export function readValue(raw: RawValue, source: ValueSource): string {
  if (typeof raw === "string") return substitute(raw, source);
  if ("file" in raw) return readFile(substitute(raw.file, source), source);
  if (source.mayRun === false) throw configuration("A command gives the value, and none is run here.");
  try {
    return clean(
      execFileSync("/bin/sh", ["-c", raw.command], {
        ...commandOptions(source),
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  } catch (error) {
    throw configuration(`The command that gives the value failed${commandEnd(error)}.`, { cause: error });
  }
}

/** The same for a secret while the desk runs: what goes wrong is for a person to mend (operator). */
export async function readSecret(raw: RawValue, source: ValueSource, whose: string): Promise<string> {
  try {
    const value = typeof raw === "string" || "file" in raw ? readValue(raw, source) : await run(raw.command, source);
    if (value !== "") return value;
  } catch (error) {
    throw operator(`${whose}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      code: "password",
    });
  }
  const where = typeof raw === "object" && "file" in raw ? ` Write it into ${locate(raw.file, source)}.` : "";
  throw operator(`${whose} is empty.${where}`, { code: "password" });
}

/** `${NAME}` from the environment; `$${` is a plain `${`. */
export function substitute(text: string, { env }: ValueSource): string {
  return text.replace(placeholder, (_, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return "${";
    const value = name === undefined ? undefined : env[name.trim()];
    if (value === undefined)
      throw configuration(
        `The environment has no variable ${name ?? ""}: set it, or write the value into a file and name that.`,
      );
    return value;
  });
}

/** True where the whole text is one `${NAME}`: then the variable holds everything, a URL for example. */
export const isOneVariable = (text: string): boolean => /^\$\{[^}]*\}$/.test(text.trim());

/** An absolute path; `~/` is the home folder. */
export function locate(path: string, { folder }: ValueSource): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolve(folder, path);
}

function readFile(path: string, source: ValueSource): string {
  const full = locate(path, source);
  try {
    return clean(readFileSync(full));
  } catch (error) {
    throw readError(full, error);
  }
}

function readError(path: string, error: unknown): MaildeskError {
  const code = systemCode(error);
  const why =
    code === "ENOENT"
      ? "does not exist"
      : code === "EACCES"
        ? "may not be read by this user"
        : `cannot be read (${code ?? "unknown"})`;
  return configuration(`The file ${path} ${why}.`, { cause: error });
}

const commandOptions = ({ folder }: ValueSource) => ({
  cwd: folder,
  timeout: commandMs,
  maxBuffer: valueBytesMax,
});

function run(command: string, source: ValueSource): Promise<string> {
  return new Promise((done, fail) => {
    execFile("/bin/sh", ["-c", command], { ...commandOptions(source), encoding: "buffer" }, (error, stdout) => {
      if (error === null) done(clean(stdout));
      else fail(configuration(`The command that gives the value failed${commandEnd(error)}.`, { cause: error }));
    });
  });
}

function commandEnd(error: unknown): string {
  const { code, status, signal } = error as { code?: unknown; status?: unknown; signal?: unknown };
  if (typeof signal === "string") return ` (stopped by ${signal}, after ${commandMs / 1000} s at most)`;
  const exit = typeof status === "number" ? status : code;
  return typeof exit === "number" ? ` with exit code ${exit}` : "";
}

/** One line end after the value is the editor's or the command's, not the password's. */
const clean = (bytes: Buffer): string =>
  bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .replace(/\r?\n$/, "");
