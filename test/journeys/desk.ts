// A whole desk for one journey: its mailboxes on a real Dovecot, an SMTP server that keeps what it takes, Redis where
// the story asks for it, a maildesk.yaml, and the program in this process. It waits for conditions and never for time,
// and its end checks that nothing is left behind: no lease, no connection, no child, no error in the log.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, onTestFinished } from "vitest";
import { type App, loadConfig, openApp } from "../../dist/app.js";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { type SinkOptions, type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";
import { type Box, type JourneyMailbox, openBoxes, passwordFile, writeConfig } from "./desk-config.ts";
import { deskRows } from "./desk-rows.ts";
import { type SeenMail, seenMail } from "./mail-text.ts";

export type QueueKind = "embedded" | "redis";
export const queues: readonly QueueKind[] = ["embedded", "redis"];

export interface JourneyOptions {
  /** Default: one, "support", support@desk.example. */
  mailboxes?: JourneyMailbox[];
  /** Kept as it is, so that a test can change the server's mind while it runs. */
  sink?: SinkOptions;
  /** The log may hold errors at the end. */
  mayFail?: boolean;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Delivery {
  /** Default: the first mailbox. */
  mailbox?: string;
  receivedAtMs?: number;
  /** It is too old to be taken, so nobody waits for it. */
  left?: boolean;
}

export type Journey = Awaited<ReturnType<typeof openJourney>>;

const settleMs = 90_000;
const launcher = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

let dovecot: Promise<Dovecot> | null = null;
let redis: Promise<RedisServer> | null = null;
let openDesks = 0;
/** Handles of this process before the first desk of a test was opened. */
let handlesBefore = 0;

afterAll(async () => {
  await (await dovecot)?.remove();
  await (await redis)?.remove();
});

/** The file's own servers, started when a story first asks for them and stopped after its last. */
export const imapServer = (): Promise<Dovecot> => (dovecot ??= startDovecot());
export const redisServer = (): Promise<RedisServer> => (redis ??= startRedis());

/** Opens a new desk; it is closed and checked when the test ends. */
export async function openJourney(queue: QueueKind, options: JourneyOptions = {}) {
  const [imap, redisUrl] = [await imapServer(), queue === "redis" ? (await redisServer()).url : null];
  if (openDesks === 0) handlesBefore = handles();
  openDesks += 1;
  const sink = options.sink ?? {};
  let smtp = await startSmtpSink(sink);
  const boxes = openBoxes(imap, options.mailboxes ?? [{ name: "support" }]);
  const folder = writeConfig(boxes, queue === "redis" ? `${redisUrl}` : "embedded", smtp.port);
  const config = loadConfig({ path: folder.path, env: {} });
  const log: string[] = [];
  const errors: string[] = [];
  let aheadMs = 0;
  let app = await open();
  let running: { stop: AbortController; ended: Promise<void>; failure: unknown } | null = null;

  function open(): Promise<App> {
    const line = (event: string, fields: Record<string, unknown> = {}) => `${event} ${JSON.stringify(fields)}`;
    const note = (event: string, fields?: Record<string, unknown>) => void log.push(line(event, fields));
    const error = (event: string, fields?: Record<string, unknown>) => void errors.push(line(event, fields));
    const clock = { now: () => Date.now() + aheadMs };
    return openApp(config, { log: { info: note, warn: note, error }, clock, processConcurrency: 8, sweepEveryMs: 200 });
  }

  async function stop(): Promise<void> {
    if (running === null) return;
    const { stop: abort, ended } = running;
    abort.abort();
    await ended;
    running = null;
  }

  async function underWay(): Promise<string | null> {
    if (running?.failure !== undefined && running.failure !== null) throw running.failure;
    return await rows.underWay(boxes, app.clock.now());
  }

  const rows = deskRows(() => app);
  const journey = {
    ...rows,
    imap,
    get app() {
      return app;
    },
    /** The SMTP server of this desk; another one after `restartSmtp`. */
    get smtp(): SmtpSink {
      return smtp;
    },
    log,
    user: (mailbox: string) => boxOf(boxes, mailbox).user,
    /** Puts a mail into a mailbox, as its server does. */
    async deliver(raw: Buffer | string, { mailbox, receivedAtMs, left = false }: Delivery = {}) {
      const box = boxOf(boxes, mailbox);
      await imap.deliver(box.user, raw, receivedAtMs === undefined ? {} : { receivedAtMs });
      if (!left) box.delivered += 1;
    },
    /** The server numbers the mailbox anew; all its mails are expected once more. */
    async renumber(mailbox?: string) {
      const box = boxOf(boxes, mailbox);
      const known = await rows.mailbox(box.name);
      await imap.renumber(box.user);
      box.oldValidity = known?.uidValidity ?? null;
    },
    /** Starts the worker beside the test. */
    run() {
      const abort = new AbortController();
      const started = { stop: abort, ended: Promise.resolve(), failure: null as unknown };
      started.ended = app.work(abort.signal).catch((failure: unknown) => {
        started.failure = failure;
      });
      running = started;
    },
    stop,
    /** One pass of each, as cron does it. */
    async pass() {
      for (const mailbox of config.mailboxes) await app.poll(mailbox);
      await app.process();
      await app.deliver();
    },
    /** Ends the program and starts it again on the same files; a worker that ran runs again. */
    async restart() {
      const wasRunning = running !== null;
      await stop();
      await app.close();
      app = await open();
      if (wasRunning) journey.run();
    },
    /** Resolves when every delivered mail has its end and nothing is due to be told or sent. */
    async settled() {
      let reason: string | null = "";
      const look = async () => {
        reason = await underWay();
        return reason === null;
      };
      await waitUntil(look, () => `not settled: ${reason}\n${[...log, ...errors].slice(-20).join("\n")}`, settleMs);
    },
    /** Resolves when the running worker has begun and ended another look at every mailbox. */
    async polledAgain() {
      for (let look = 0; look < 2; look += 1) {
        for (const { name } of boxes) {
          const before = (await rows.mailbox(name))?.lastPollAt ?? 0;
          const again = async () => ((await rows.mailbox(name))?.lastPollAt ?? 0) > before;
          await waitUntil(again, () => `${name} is not polled again\n${log.slice(-20).join("\n")}`);
        }
      }
    },
    /** The desk's clock jumps; the machine's own stays. */
    skip(ms: number) {
      aheadMs += ms;
    },
    async stopSmtp() {
      await smtp.stop();
    },
    async restartSmtp() {
      smtp = await startSmtpSink({ ...sink, port: smtp.port });
    },
    /** What this person was sent, the oldest first. */
    sentTo: (address: string): SeenMail[] =>
      smtp.received.filter((mail) => mail.to === address).map(seenMail),
    /** Writes the password that the configuration reads at each login. */
    setPassword: (mailbox: string, password: string) =>
      writeFileSync(join(folder.path, passwordFile(mailbox)), password),
    password: (mailbox: string) => imap.user(boxOf(boxes, mailbox).user).password,
    /** The real command on the same desk. */
    cli(args: string[], input = ""): Promise<CliResult> {
      return new Promise((resolve) => {
        const env = { PATH: process.env["PATH"] };
        const child = execFile(process.execPath, [launcher, "--config", folder.path, ...args], { env }, (_, stdout, stderr) =>
          resolve({ code: child.exitCode ?? -1, stdout, stderr }),
        );
        child.stdin?.end(input);
      });
    },
    /** The same, where nothing but success will do. */
    async command(...args: string[]): Promise<string> {
      const result = await journey.cli(args);
      expect(result, args.join(" ")).toMatchObject({ code: 0 });
      return result.stdout;
    },
  };

  onTestFinished(async () => {
    try {
      await stop();
      const leases = await rows.leases();
      const pids = app.parser.pids();
      await app.close();
      expect(leases).toEqual([]);
      expect(pids.filter(isAlive)).toEqual([]);
      if (options.mayFail !== true) expect(errors).toEqual([]);
    } finally {
      await smtp.stop();
      folder.remove();
    }
    openDesks -= 1;
    const nothingLeft = () => handles() <= handlesBefore;
    if (openDesks === 0) await waitUntil(nothingLeft, () => `${handles() - handlesBefore} handles too many: ${process.getActiveResourcesInfo()}`);
  });
  return journey;
}

function boxOf(boxes: readonly Box[], name = boxes[0]?.name): Box {
  const box = boxes.find((one) => one.name === name);
  if (box === undefined) throw new Error(`There is no mailbox ${name}.`);
  return box;
}

/** Sockets and children of this process that keep it alive. */
const handles = (): number =>
  process.getActiveResourcesInfo().filter((kind) => /TCPSocketWrap|TCPServerWrap|ProcessWrap|Worker/.test(kind)).length;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
