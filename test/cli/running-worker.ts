// The real worker as a service runs it: spawned in a desk's folder, with JSON lines on stderr, which a test waits for.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../servers/process.ts";
import { databaseEnv } from "../servers/test-database.ts";

export type LogLine = Record<string, unknown> & { time: string; level: string; event: string };

export interface RunningWorker {
  /** Everything on stderr so far. */
  stderr(): string;
  /** The whole lines so far; one that is no JSON object throws. */
  lines(): LogLine[];
  /** Resolves to the first line of that event that fits. */
  until(event: string, fits?: (line: LogLine) => boolean): Promise<LogLine>;
  signal(name: NodeJS.Signals): void;
  /** Resolves to the exit code, or to the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
const running = new Set<ChildProcess>();

/** Ends what a failed test left behind. */
export function killWorkers(): void {
  for (const child of running) child.kill("SIGKILL");
}

export function startWorker(cwd: string, env: Record<string, string> = {}): RunningWorker {
  const child = spawn(process.execPath, [bin, "worker", "--log", "json"], {
    cwd,
    env: { PATH: process.env.PATH, ...databaseEnv(cwd), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return code ?? signal;
  });
  const lines = (): LogLine[] =>
    text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  return {
    stderr: () => text,
    lines,
    async until(event, fits = () => true) {
      const found = () => lines().find((line) => line.event === event && fits(line));
      await waitUntil(
        async () => found() !== undefined || child.exitCode !== null,
        () => `The worker did not say ${event}:\n${text}`,
      );
      const line = found();
      if (line === undefined) throw new Error(`The worker ended without ${event}:\n${text}`);
      return line;
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}
