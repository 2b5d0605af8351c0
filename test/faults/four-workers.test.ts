// A thousand mails in one mailbox, answers among them, and four workers that share them: each mail is filed once, each person,
// company and ticket is there once, and each acknowledgement is sent once. On PostgreSQL with Redis as the queue, and on
// PostgreSQL alone.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDesk, startWorkers } from "../bench/bench-desk.ts";
import { countsOf, type DeskCounts, expectedOf, shownCounts } from "../bench/desk-counts.ts";
import { openLooker } from "../bench/looker.ts";
import { type MailFolder, writeMails } from "../bench/mail-folder.ts";
import { benchMails } from "../bench/mails.ts";
import { openOutside } from "../bench/outside.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { type StartedProcess, waitUntil } from "../servers/process.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";

const mailCount = 1_000;
const boxCount = 1;
const workerCount = 4;
const seed = 20_260_401;
/** Smaller than usual ones: what is asked is not how fast it is. */
const attachmentBytes = 900;
const endsWithinMs = 300_000;

let scratch: TempFolder;
let dovecot: Dovecot;
let postgres: PostgresServer;
let redis: RedisServer;
let mails: MailFolder;

beforeAll(async () => {
  scratch = tempFolder("four");
  dovecot = await startDovecot();
  postgres = await startPostgres();
  redis = await startRedis();
  const generated = benchMails({ seed, name: "four", count: mailCount, attachmentBytes });
  mails = writeMails(join(scratch.path, "mails"), generated);
});

afterAll(async () => {
  await redis.remove();
  await postgres.remove();
  await dovecot.remove();
  scratch.remove();
});

describe.each(["Redis", "PostgreSQL"] as const)("four workers on PostgreSQL, with %s as their queue", (queue) => {
  let sink: SmtpSink;
  let database: string;
  let counts: DeskCounts;
  let workers: StartedProcess[];

  beforeAll(async () => {
    sink = await startSmtpSink();
    database = await postgres.database();
    const boxes = Array.from({ length: boxCount }, (_, at) => dovecot.user(`${queue}-${at}`.toLowerCase()));
    const desk = makeDesk(join(scratch.path, queue), {
      boxes: boxes.map(({ user, password }) => ({ port: dovecot.port, user, password })),
      acknowledge: true,
      database,
      queue: queue === "Redis" ? redis.url : database,
      outgoing: `smtp://127.0.0.1:${sink.port}`,
      children: 1,
    });
    workers = await startWorkers(desk, workerCount);
    try {
      mails.deal(boxes.map(({ maildir }) => maildir));
      const looker = await openLooker(database);
      const isDone = async () => (await looker.filed()) >= mailCount && (await looker.isIdle(true));
      await waitUntil(isDone, () => workers.map((worker) => worker.output().slice(-1000)).join("\n"), endsWithinMs);
      await looker.close();
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
    counts = await countsOf(database);
    console.log(`four workers, queue on ${queue}: ${shownCounts(counts)}; ${sink.received.length} mails left the desk`);
  }, endsWithinMs);

  afterAll(() => sink.stop());

  it("file every mail once, as one message, and make no person, company or ticket twice", () => {
    expect(counts).toEqual(expectedOf(mails.mails));
  });

  it("send every acknowledgement once, and nobody a message twice", async () => {
    const received = sink.received.map(({ to, raw }) => `${to} ${/^Message-ID:\s*<(.*?)>/im.exec(raw)?.[1]}`);
    expect(new Set(received).size).toBe(received.length);
    const desk = await openOutside(database);
    const sent = await desk.rows(`select "toAddress", "messageId" from "outbox" where "status" = 'sent'`);
    const others = await desk.number(`select count(*) from "outbox" where "status" not in ('sent', 'suppressed')`);
    await desk.close();
    expect(sent.map(({ toAddress, messageId }) => `${toAddress} ${messageId}`).sort()).toEqual(received.sort());
    expect(others).toBe(0);
    const acknowledged = sink.received.filter(({ raw }) => /^Auto-Submitted: auto-replied/im.test(raw));
    expect(acknowledged).toHaveLength(counts.tickets);
  });

  it("take part, all of them, and end in peace", () => {
    expect(workers.map((worker) => worker.exitCode())).toEqual(workers.map(() => 0));
  });
});
