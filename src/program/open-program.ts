// A program of the administrator's that is told of what is wrong: one run for each alert, the text on its standard input,
// what it is about in its environment. No shell reads any of it.
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { operator, systemCode, temporary } from "../errors.ts";
import type { AlertWay } from "../ports-alerts.ts";

export interface ProgramConfig {
  program: string;
  args: readonly string[];
  /** Where it runs. */
  folder: string;
  /** What it finds in its environment besides the alert. */
  env: Readonly<Record<string, string | undefined>>;
}

const runMs = 60_000;
const saidBytesMax = 2_000;
/** How long its last words are waited for after its end. */
const pipesMs = 500;

/** The recipient of what a program is told. */
export const programRecipient = "command";

export function openProgram(config: ProgramConfig): AlertWay {
  return {
    recipients: [programRecipient],
    tell: (alert) =>
      run(config, `${alert.title}\n\n${alert.text}\n`, {
        MAILDESK_ALERT_ID: alert.id,
        MAILDESK_ALERT_KIND: alert.kind,
        MAILDESK_ALERT_SUBJECT: alert.subject,
        MAILDESK_ALERT_PHASE: alert.phase,
        MAILDESK_ALERT_DAY: alert.day,
        MAILDESK_ALERT_TITLE: alert.title,
      }),
    check: async () => `${await found(config)} may be run`,
    close: async () => {},
  };
}

/** Resolves to what it said last; any end but exit code 0 is tried again. */
function run(
  { program, args, folder, env }: ProgramConfig,
  input: string,
  more: Record<string, string>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: { ...env, ...more }, stdio: "pipe" });
    let said = "";
    const hear = (part: Buffer) => {
      said = (said + part.toString("utf8")).slice(-saidBytesMax);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const timer = setTimeout(() => child.kill("SIGKILL"), runMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(missing(program, error));
    });
    // One that leaves a child of its own behind has ended all the same.
    child.on("exit", () => setTimeout(() => child.stdout.destroy() && child.stderr.destroy(), pipesMs).unref());
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const last = said.trim().split("\n").at(-1) ?? "";
      if (code === 0) return resolve(last === "" ? "exit code 0" : last);
      const end = signal === null ? `exit code ${code}` : `${signal} after ${runMs / 1000} s at most`;
      reject(temporary(`The command that alerts are told to ended with ${end}${last === "" ? "" : `: ${last}`}`));
    });
    child.stdin.on("error", () => {}); // one that reads nothing may end first
    child.stdin.end(input);
  });
}

/** The program's path. Rejects: operator where there is none that may be run. */
async function found({ program, folder, env }: ProgramConfig): Promise<string> {
  const places = program.includes("/")
    ? [isAbsolute(program) ? program : join(folder, program)]
    : (env.PATH ?? "").split(delimiter).map((place) => join(place, program));
  let last: unknown = null;
  for (const path of places) {
    try {
      await access(path, constants.X_OK);
      return path;
    } catch (error) {
      last = error;
    }
  }
  throw missing(program, last);
}

const missing = (program: string, error: unknown) =>
  operator(`The program ${program} that alerts are told to cannot be run (${systemCode(error) ?? "not found"}).`, {
    cause: error,
    remedy: "Correct `alerts: { command: [...] }`, or make the file executable.",
  });
