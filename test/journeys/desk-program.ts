// The program of a journey: the app in this process with a clock that can jump, its worker beside the test, and the real
// command on the same configuration.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type App, loadConfig, openApp } from "../../dist/app.js";

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export type Program = Awaited<ReturnType<typeof openProgram>>;

interface Worker {
  stop: AbortController;
  ended: Promise<void>;
}

const launcher = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

/** Loads the configuration in this folder and opens the app; nothing runs yet. */
export async function openProgram(folder: string) {
  const config = loadConfig({ path: folder, env: {} });
  const log: string[] = [];
  const errors: string[] = [];
  let aheadMs = 0;
  let worker: Worker | null = null;
  let failure: unknown = null;

  const into =
    (lines: string[]) =>
    (event: string, fields: Record<string, unknown> = {}) =>
      void lines.push(`${event} ${JSON.stringify(fields)}`);
  const open = (): Promise<App> =>
    openApp(config, {
      log: { info: into(log), warn: into(log), error: into(errors) },
      clock: { now: () => Date.now() + aheadMs },
      processConcurrency: 8,
      sweepEveryMs: 200,
    });
  let app = await open();

  /** Starts the worker beside the test. */
  function run(): void {
    const stop = new AbortController();
    const ended = app.work(stop.signal).catch((error: unknown) => {
      failure = error;
    });
    worker = { stop, ended };
  }

  /** Ends the worker, as a signal does: what is in hand is finished. */
  async function stop(): Promise<void> {
    worker?.stop.abort();
    await worker?.ended;
    worker = null;
  }

  return {
    config,
    log,
    errors,
    get app() {
      return app;
    },
    /** Why the worker ended by itself; null where it did not. */
    failure: () => failure,
    run,
    stop,
    /** One pass of each, as cron does it. */
    async pass() {
      for (const mailbox of config.mailboxes) await app.poll(mailbox);
      await app.process();
      await app.deliver();
    },
    /** Ends the program and starts it again on the same files; a worker that ran runs again. */
    async restart() {
      const ran = worker !== null;
      await stop();
      await app.close();
      app = await open();
      if (ran) run();
    },
    /** The desk's clock jumps; the machine's own stays. */
    skip(ms: number) {
      aheadMs += ms;
    },
    /** The real command on the same desk. */
    cli(args: string[], input = ""): Promise<CliResult> {
      const whole = [launcher, "--config", folder, ...args];
      return new Promise((resolve) => {
        const child = execFile(process.execPath, whole, { env: { PATH: process.env.PATH } }, (_, stdout, stderr) =>
          resolve({ code: child.exitCode ?? -1, stdout, stderr }),
        );
        child.stdin?.end(input);
      });
    },
  };
}
