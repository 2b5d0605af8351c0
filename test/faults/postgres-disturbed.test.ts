// The desk's PostgreSQL is disturbed under real workers: its connections are cut, it is restarted, it crashes and forgets what
// need not have been on the disk, it is away when they start. Each mail is filed and told of once (OPS-4).
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { type StartedProcess, waitUntil } from "../servers/process.ts";
import {
  expectNothingLostOrDoubled,
  type FaultDesk,
  isSettled,
  mailFrom,
  openFaultDesk,
  startWorker,
  workToTheEnd,
} from "./fault-desk.ts";

const mails = 60;
const waitMs = 110_000;

let imap: Dovecot;
let postgres: PostgresServer;

beforeAll(async () => {
  [imap, postgres] = await Promise.all([startDovecot(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([imap.remove(), postgres.remove()]);
});

async function withMails({ onTestFinished }: TestContext, queue: string): Promise<FaultDesk> {
  const database = await postgres.database();
  const desk = await openFaultDesk(imap, queue === "embedded" ? queue : database, {}, { database });
  onTestFinished(desk.remove);
  for (let at = 0; at < mails; at += 1)
    await desk.deliver(mailFrom(`P${at} <p${at}@acme${at}.example>`, `Question ${at}`, `q${at}@acme${at}.example`));
  return desk;
}

const filed = (desk: FaultDesk) => desk.countOf(`"email" where "status" = 'filed'`);

/** Disturbs whenever some more mails are filed, so that work is under way each time. */
async function whileWorking(
  desk: FaultDesk,
  workers: StartedProcess[],
  disturb: () => Promise<unknown>,
  times: number,
) {
  for (let time = 1; time <= times; time += 1) {
    await waitUntil(
      async () => (await filed(desk)) >= ((time - 0.5) * mails) / times,
      () => `it does not go on: ${workers.map(({ output }) => output()).join("\n")}`,
      waitMs,
    );
    await disturb();
  }
}

/**
 * The workers file all, and stop in good order. What one of them could not give back while the database was away, its
 * successor frees, which spares the test the wait for the lease.
 */
async function expectEachOnce(desk: FaultDesk, workers: StartedProcess[]): Promise<void> {
  const end = Date.now() + waitMs / 4;
  await waitUntil(
    async () => (await isSettled(desk, mails)) || Date.now() > end,
    () => "the database does not come back",
    waitMs,
  );
  for (const worker of workers) {
    await worker.stop("SIGTERM", 30_000);
    expect(worker.exitCode(), worker.output()).toBe(0);
  }
  if (!(await isSettled(desk, mails))) await workToTheEnd(desk, mails, {}, waitMs);
  await expectNothingLostOrDoubled(desk, mails);
  expect(await desk.countOf(`"ticket"`)).toBe(mails);
  const uncertain = await desk.countOf(`"outbox" where "status" = 'uncertain'`);
  expect(desk.sink.received.length).toBeGreaterThanOrEqual(mails - uncertain);
  expect(await desk.countOf(`"outbox" where "status" = 'sent'`)).toBe(mails - uncertain);
}

describe.each(["embedded", "postgres"])("PostgreSQL under two workers, with the %s queue", (queue) => {
  it("cuts all connections, six times", { timeout: 400_000 }, async (context) => {
    const desk = await withMails(context, queue);
    const workers = [await startWorker(desk), await startWorker(desk)];
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and backend_type = 'client backend'`;
    await whileWorking(desk, workers, () => postgres.query(cut), 6);
    await expectEachOnce(desk, workers);
  });

  it("is restarted, and crashes, in the middle of the work", { timeout: 400_000 }, async (context) => {
    const desk = await withMails(context, queue);
    const workers = [await startWorker(desk), await startWorker(desk)];
    const modes = ["fast", "immediate", "immediate"] as const;
    let restarts = 0;
    await whileWorking(desk, workers, () => postgres.restart(modes[restarts++]), modes.length);
    await expectEachOnce(desk, workers);
  });
});

it("a worker that starts while PostgreSQL is away ends and says so, and works when it is started again", async (context) => {
  const desk = await withMails(context, "embedded");
  await postgres.stop();
  const early = await desk.start(["worker"]);
  await waitUntil(
    () => early.exitCode() !== null,
    () => `it does not end: ${early.output()}`,
  );
  await postgres.restart();
  expect(early.output()).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+\/\w+ /);
  expect([69, 75]).toContain(early.exitCode());
  await expectEachOnce(desk, [await startWorker(desk)]);
});
