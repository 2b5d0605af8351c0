// Redis is emptied, restarted, silent or away under real workers: the rows know what is due, so each mail is filed and told of
// once, and nothing waits for a person (OPS-4).
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type StartedProcess, waitUntil } from "../servers/process.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { startTcpProxy, type TcpProxy } from "../servers/tcp-proxy.ts";
import {
  expectNothingLostOrDoubled,
  type FaultDesk,
  isSettled,
  mailFrom,
  openFaultDesk,
  startWorker,
} from "./fault-desk.ts";

const mails = 60;
const settledMs = 100_000;

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

interface Scene {
  desk: FaultDesk;
  redis: RedisServer;
  proxy: TcpProxy;
}

async function scene({ onTestFinished }: TestContext): Promise<Scene> {
  const redis = await startRedis();
  const proxy = await startTcpProxy(redis.port);
  const desk = await openFaultDesk(imap, `redis://127.0.0.1:${proxy.port}`);
  onTestFinished(async () => {
    await desk.remove();
    await proxy.close();
    await redis.remove();
  });
  return { desk, redis, proxy };
}

async function deliver(desk: FaultDesk): Promise<void> {
  for (let at = 0; at < mails; at += 1)
    await desk.deliver(mailFrom(`P${at} <p${at}@acme${at}.example>`, `Question ${at}`, `q${at}@acme${at}.example`));
}

/** Two workers bring all to its end and stop in good order; each mail was filed and acknowledged once, and nothing is in doubt. */
async function expectEachOnce(desk: FaultDesk, workers: StartedProcess[]): Promise<void> {
  await waitUntil(
    async () => await isSettled(desk, mails),
    () => `not settled: ${workers.map(({ output }) => output()).join("\n")}`,
    settledMs,
  );
  for (const worker of workers) {
    await worker.stop("SIGTERM", 30_000);
    expect(worker.exitCode(), worker.output()).toBe(0);
  }
  await expectNothingLostOrDoubled(desk, mails);
  expect(await desk.countOf(`"ticket"`)).toBe(mails);
  expect(await desk.rows(`select "status", count(*) as "n" from "outbox" group by 1`)).toEqual([
    { status: "sent", n: mails },
  ]);
  expect(desk.sink.received.length).toBe(mails);
}

const filed = async (desk: FaultDesk) => await desk.countOf(`"email" where "status" = 'filed'`);

describe("Redis", { concurrent: true }, () => {
  it("is emptied again and again while mails wait", async (context) => {
    const { desk, redis } = await scene(context);
    const workers = [await startWorker(desk), await startWorker(desk)];
    await deliver(desk);
    let emptied = 0;
    while ((await filed(desk)) < mails && emptied < 40) {
      await redis.flushAll();
      emptied += 1;
      const before = await filed(desk);
      await waitUntil(
        async () => (await filed(desk)) > before,
        () => "",
        1_000,
      ).catch(() => undefined);
    }
    expect(emptied).toBeGreaterThan(1);
    await expectEachOnce(desk, workers);
  });

  it("is restarted, and comes back empty, three times", async (context) => {
    const { desk, redis } = await scene(context);
    const workers = [await startWorker(desk), await startWorker(desk)];
    await deliver(desk);
    for (const share of [0.1, 0.4, 0.7]) {
      await waitUntil(
        async () => (await filed(desk)) >= mails * share,
        async () => `only ${await filed(desk)} are filed`,
        settledMs,
      );
      await redis.restart();
    }
    await expectEachOnce(desk, workers);
  });

  it("falls silent on the connections that are open, and answers on new ones", async (context) => {
    const { desk, proxy } = await scene(context);
    const workers = [await startWorker(desk)];
    await desk.deliver(mailFrom("P0 <p0@acme0.example>", "Question 0", "q0@acme0.example"));
    await waitUntil(
      async () => await isSettled(desk, 1),
      () => "the first mail is not filed",
    );
    proxy.silence();
    for (let at = 1; at < mails; at += 1)
      await desk.deliver(mailFrom(`P${at} <p${at}@acme${at}.example>`, `Question ${at}`, `q${at}@acme${at}.example`));
    await waitUntil(
      async () => (await desk.countOf(`"email"`)) === mails,
      () => "without Redis nothing is stored",
    );
    // A network that forgot these connections refuses what comes on them in the end.
    proxy.cut();
    await expectEachOnce(desk, workers);
  });

  it("is away from before the workers start until all mail is stored", async (context) => {
    const { desk, redis } = await scene(context);
    await redis.stop();
    const workers = [await startWorker(desk), await startWorker(desk)];
    await deliver(desk);
    await waitUntil(
      async () => (await desk.countOf(`"email"`)) === mails,
      () => `without Redis nothing is stored: ${workers[0]?.output()}`,
    );
    expect(await filed(desk)).toBe(0);
    await redis.restart();
    await expectEachOnce(desk, workers);
  });
});
