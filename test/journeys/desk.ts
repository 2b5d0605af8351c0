// A whole desk for one journey: its mailboxes on a real Dovecot, an SMTP server that keeps what it takes, Redis or
// PostgreSQL where the story asks for it, a maildesk.yaml, and the program in this process. It waits for conditions and never for time,
// and its end checks that nothing is left behind: no lease, no connection, no child, no error in the log.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { waitUntil } from "../servers/process.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { type SinkOptions, type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";
import { type Box, boxOf, type JourneyMailbox, openBoxes, passwordFile, writeConfig } from "./desk-config.ts";
import { openProgram, type Program } from "./desk-program.ts";
import { deskRows } from "./desk-rows.ts";
import { type SeenMail, seenMail } from "./mail-text.ts";

export type QueueKind = "embedded" | "redis" | "postgres";
export const queues: readonly QueueKind[] = ["embedded", "redis"];

export interface JourneyOptions {
  /** Default: one, "support", support@desk.example. */
  mailboxes?: JourneyMailbox[];
  /** Another server than the file's own, as one that takes access tokens. */
  imap?: Dovecot;
  /** How mail leaves through the SMTP server at this port; default: without a login. */
  outgoing?: (port: number) => object;
  /** Kept as it is, so that a test can change the server's mind while it runs. */
  sink?: SinkOptions;
  /** Other keys of maildesk.yaml. */
  config?: object;
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
const logLinesShown = 20;

let dovecot: Promise<Dovecot> | null = null;
let redis: Promise<RedisServer> | null = null;
let postgres: Promise<PostgresServer> | null = null;
let openDesks = 0;
/** Handles of this process before the first desk of a test was opened. */
let handlesBefore = 0;

afterAll(async () => {
  await (await dovecot)?.remove();
  await (await redis)?.remove();
  await (await postgres)?.remove();
});

/** The file's own servers, started when a story first asks for them and stopped after its last. */
export const imapServer = (): Promise<Dovecot> => (dovecot ??= startDovecot());
export const redisServer = (): Promise<RedisServer> => (redis ??= startRedis());
export const postgresServer = (): Promise<PostgresServer> => (postgres ??= startPostgres());

/** Opens a new desk; it is closed and checked when the test ends. */
export async function openJourney(queue: QueueKind, options: JourneyOptions = {}) {
  const imap = options.imap ?? (await imapServer());
  const queueUrl = await urlOf(queue);
  if (openDesks === 0) handlesBefore = handles();
  openDesks += 1;
  const sink = options.sink ?? {};
  let smtp = await startSmtpSink(sink);
  const boxes = openBoxes(imap, options.mailboxes ?? [{ name: "support" }]);
  const outgoing = options.outgoing?.(smtp.port) ?? `smtp://127.0.0.1:${smtp.port}`;
  const folder = await writeConfig(boxes, queueUrl, outgoing, options.config);
  const program = await openProgram(folder.path);
  const { cli, pass, restart, run, skip, stop } = program;
  const rows = deskRows(() => program.app);
  onTestFinished(async () => {
    try {
      await closed(program, rows.leases);
    } finally {
      await smtp.stop();
      folder.remove();
      openDesks -= 1;
    }
    if (openDesks === 0) await noHandleLeft();
  });

  return {
    ...rows,
    ...mailWays(imap, boxes, rows),
    ...waits(program, boxes, rows),
    ...{ cli, pass, restart, run, skip, stop, log: program.log },
    get app() {
      return program.app;
    },
    /** The SMTP server of this desk; another one after `restartSmtp`. */
    get smtp(): SmtpSink {
      return smtp;
    },
    async stopSmtp() {
      await smtp.stop();
    },
    async restartSmtp() {
      smtp = await startSmtpSink({ ...sink, port: smtp.port });
    },
    /** What this person was sent, the oldest first. */
    sentTo: (address: string): SeenMail[] => smtp.received.filter((mail) => mail.to === address).map(seenMail),
    /** Puts the right password where the configuration reads it at each login. */
    mendPassword(mailbox: string) {
      const { user } = boxOf(boxes, mailbox);
      writeFileSync(join(folder.path, passwordFile(mailbox)), imap.user(user).password);
    },
    /** The command, where nothing but success will do; resolves to its stdout. */
    async command(...args: string[]): Promise<string> {
      const result = await cli(args);
      expect(result, args.join(" ")).toMatchObject({ code: 0 });
      return result.stdout;
    },
  };
}

async function urlOf(queue: QueueKind): Promise<string> {
  if (queue === "redis") return (await redisServer()).url;
  return queue === "postgres" ? (await postgresServer()).database() : queue;
}

/** What happens on the mailboxes' server. */
function mailWays(imap: Dovecot, boxes: readonly Box[], rows: ReturnType<typeof deskRows>) {
  return {
    /** Puts a mail into a mailbox, as its server does. */
    async deliver(raw: Buffer | string, { mailbox, receivedAtMs, left = false }: Delivery = {}) {
      const box = boxOf(boxes, mailbox);
      await imap.deliver(box.user, raw, receivedAtMs === undefined ? {} : { receivedAtMs });
      if (!left) box.delivered += 1;
    },
    /** The server numbers the mailbox anew; all its mails are expected once more. */
    async renumber(mailbox?: string) {
      const box = boxOf(boxes, mailbox);
      box.oldValidity = (await rows.mailbox(box.name))?.uidValidity ?? null;
      await imap.renumber(box.user);
    },
    /** The folder on the server in which a mailbox's mails lie. */
    maildir: (mailbox?: string): string => imap.user(boxOf(boxes, mailbox).user).maildir,
  };
}

function waits(program: Program, boxes: readonly Box[], rows: ReturnType<typeof deskRows>) {
  const lastLines = () => [...program.log, ...program.errors].slice(-logLinesShown).join("\n");
  return {
    /** Resolves when every delivered mail has its end and nothing is due to be told or sent. */
    async settled() {
      let reason: string | null = "it was not looked at";
      const look = async () => {
        reason = await rows.underWay(boxes, program.app.clock.now());
        return reason === null || program.failure() !== null;
      };
      await waitUntil(look, () => `not settled: ${reason}\n${lastLines()}`, settleMs);
      if (program.failure() !== null) throw program.failure();
    },
    /** Resolves when the running worker has begun and ended another look at every mailbox. */
    async polledAgain() {
      // The end of the first look may be that of one which had begun before.
      for (const { name } of [...boxes, ...boxes]) {
        const before = (await rows.mailbox(name))?.lastPollAt ?? 0;
        const again = async () => ((await rows.mailbox(name))?.lastPollAt ?? 0) > before;
        await waitUntil(again, () => `${name} is not polled again\n${lastLines()}`);
      }
    },
  };
}

async function closed(program: Program, leases: () => Promise<string[]>): Promise<void> {
  await program.stop();
  const held = await leases();
  const pids = program.app.parser.pids();
  await program.app.close();
  expect(held).toEqual([]);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(program.errors).toEqual([]);
}

const noHandleLeft = () =>
  waitUntil(
    () => handles() <= handlesBefore,
    () => `${handles() - handlesBefore} handles too many: ${process.getActiveResourcesInfo()}`,
  );

/** Sockets and children of this process that keep it alive. */
const handles = (): number =>
  process.getActiveResourcesInfo().filter((kind) => /TCPSocketWrap|TCPServerWrap|ProcessWrap/.test(kind)).length;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
