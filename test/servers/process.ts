// Starting a real program for a test, waiting until it is ready, and ending it by its pid, also if the tests die first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

export interface StartedProcess {
  pid: number;
  /** What it wrote to stdout and stderr so far, at most the last 64 KB. */
  output(): string;
  /** Null while it runs. */
  exitCode(): number | NodeJS.Signals | null;
  /** Resolves when the process is gone; after `graceMs` it is killed. Children that outlive it are killed as well. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const outputCharsMax = 64 * 1024;
const running = new Set<ChildProcess>();

// A test run that dies half-way must not leave servers behind.
process.once("exit", () => {
  for (const child of running) signalGroup(child, "SIGTERM");
});

// Each program leads a process group of its own, so that the children it made end with it.
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // all gone already
  }
}

/** Starts a program; rejects if it cannot be started at all. */
export async function startProcess(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<StartedProcess> {
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "spawn");
  running.add(child);
  child.once("exit", () => running.delete(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputCharsMax);
    });
  }
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exitCode: () => child.exitCode ?? child.signalCode,
    async stop(signal = "SIGTERM", graceMs = 10_000) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
        await gone;
        clearTimeout(killer);
      }
      signalGroup(child, "SIGKILL");
    },
  };
}

/** Resolves as soon as `ready` resolves to true; rejects with `describe()` after `timeoutMs`. Errors of `ready` count as false. */
export async function waitUntil(
  ready: () => Promise<boolean> | boolean,
  describe: () => Promise<string> | string,
  timeoutMs = 30_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    try {
      if (await ready()) return;
    } catch {
      // not ready yet
    }
    await pause(25);
  }
  throw new Error(await describe());
}
