// What all queues promise to the loops, each clause over all: the one in the process, BullMQ on a real Redis and on a real PostgreSQL.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openBullmq } from "../../dist/queue/open-bullmq.js";
import { openEmbeddedQueue } from "../../dist/queue/open-embedded-queue.js";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";

type Queue = ReturnType<typeof openEmbeddedQueue>;

let redis: RedisServer;
let postgres: PostgresServer;
let postgresUrl = "";
let desks = 0;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  postgresUrl = await postgres.database();
});
afterAll(() => Promise.all([redis.remove(), postgres.remove()]));

const logged: { level: string; event: string; fields: unknown }[] = [];
const line = (level: string) => (event: string, fields?: unknown) => void logged.push({ level, event, fields });
const log = { info: line("info"), warn: line("warn"), error: line("error") };

const open: Queue[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.close()));
  logged.length = 0;
});

const kinds: [string, () => Queue][] = [
  ["embedded", () => openEmbeddedQueue({ log })],
  ["bullmq on redis", () => openBullmq({ url: redis.url, prefix: `desk${++desks}`, log })],
  ["bullmq on postgresql", () => openBullmq({ url: postgresUrl, prefix: `desk${++desks}`, log })],
];

function gate() {
  let release: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { passed, release: () => release() };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !condition(); tries += 1) await pause(10);
  expect(condition()).toBe(true);
}

describe.each(kinds)("%s", (_kind, openQueue) => {
  function queue(): Queue {
    const opened = openQueue();
    open.push(opened);
    return opened;
  }

  test("every id that was pushed is worked once, in its topic, also those pushed before anybody works", async () => {
    const q = queue();
    const worked: string[] = [];
    await q.push("process", ["eml_1", "eml_2"]);
    await q.push("deliver", ["out_1"]);
    q.work("process", async (id) => void worked.push(`process ${id}`), 2);
    q.work("deliver", async (id) => void worked.push(`deliver ${id}`), 2);
    await q.push("process", ["eml_3"]);
    await q.idle();
    expect(worked.sort()).toEqual(["deliver out_1", "process eml_1", "process eml_2", "process eml_3"]);
  });

  test("an id that waits already is not added twice, in one push or in several", async () => {
    const q = queue();
    const worked: string[] = [];
    await q.push("process", ["a", "b", "a"]);
    await q.push("process", ["b", "c"]);
    q.work("process", async (id) => void worked.push(id), 1);
    await q.idle();
    expect(worked.sort()).toEqual(["a", "b", "c"]);
  });

  test("an id that was worked is worked again when it is pushed again", async () => {
    const q = queue();
    let worked = 0;
    q.work("process", async () => void worked++, 1);
    for (let round = 1; round <= 5; round += 1) {
      await q.push("process", ["same"]);
      await q.idle();
      expect(worked).toBe(round);
    }
  });

  test("ids of any form are worked: integers, colons, Message-IDs", async () => {
    const q = queue();
    const ids = ["42", "a:b:c", "0:1", "<x@y.example>", "jörg", "0"];
    const worked: string[] = [];
    q.work("process", async (id) => void worked.push(id), 3);
    await q.push("process", ids);
    await q.idle();
    expect(worked.sort()).toEqual([...ids].sort());
  });

  test("pushes that come while an id is worked run it once more afterwards, never beside", async () => {
    const q = queue();
    const first = gate();
    let atOnce = 0;
    let atOnceMax = 0;
    let worked = 0;
    q.work(
      "process",
      async () => {
        atOnceMax = Math.max(atOnceMax, ++atOnce);
        worked += 1;
        if (worked === 1) await first.passed;
        atOnce -= 1;
      },
      4,
    );
    await q.push("process", ["row"]);
    await until(() => worked === 1);
    for (let n = 0; n < 3; n += 1) await q.push("process", ["row"]);
    await pause(50);
    expect(worked).toBe(1);
    first.release();
    await q.idle();
    expect(worked).toBe(2);
    expect(atOnceMax).toBe(1);
  });

  test("a handler that pushes its own id for later is worked again later", async () => {
    const q = queue();
    const times: number[] = [];
    q.work(
      "deliver",
      async (id) => {
        times.push(Date.now());
        if (times.length === 1) await q.push("deliver", [id], Date.now() + 300);
      },
      1,
    );
    await q.push("deliver", ["out_1"]);
    await until(() => times.length === 2);
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThanOrEqual(290);
  });

  test("no id is worked before its moment, idle does not wait for it, and then it is worked", async () => {
    const q = queue();
    const worked: { id: string; at: number }[] = [];
    q.work("deliver", async (id) => void worked.push({ id, at: Date.now() }), 2);
    const moment = Date.now() + 700;
    await q.push("deliver", ["later"], moment);
    await q.push("deliver", ["now", "also now"], Date.now() - 60_000);
    await q.idle();
    expect(worked.map(({ id }) => id).sort()).toEqual(["also now", "now"]);
    await until(() => worked.length === 3);
    expect(worked[2]?.id).toBe("later");
    expect(Number(worked[2]?.at)).toBeGreaterThanOrEqual(moment - 5);
  });

  test("a push for now brings an id forward that waits for a later moment, and it is worked once", async () => {
    const q = queue();
    const worked: string[] = [];
    await q.push("deliver", ["out_1"], Date.now() + 3_600_000);
    q.work("deliver", async (id) => void worked.push(id), 1);
    await q.idle();
    expect(worked).toEqual([]);
    await q.push("deliver", ["out_1"]);
    await q.push("deliver", ["out_1"], Date.now() + 3_600_000);
    await q.idle();
    await until(() => worked.length > 0);
    expect(worked).toEqual(["out_1"]);
  });

  test("never more than `concurrency` handlers run at once, and that many do", async () => {
    const q = queue();
    let atOnce = 0;
    let atOnceMax = 0;
    let ended = 0;
    q.work(
      "process",
      async () => {
        atOnceMax = Math.max(atOnceMax, ++atOnce);
        await pause(10);
        atOnce -= 1;
        ended += 1;
      },
      3,
    );
    await q.push(
      "process",
      Array.from({ length: 40 }, (_, n) => `eml_${n}`),
    );
    await q.idle();
    expect(ended).toBe(40);
    expect(atOnceMax).toBe(3);
  });

  test("a handler that fails is logged, is not tried again, and stops nobody", async () => {
    const q = queue();
    const worked: string[] = [];
    q.work(
      "process",
      async (id) => {
        worked.push(id);
        if (id !== "good") throw new Error(`no ${id}`);
      },
      1,
    );
    await q.push("process", ["bad", "worse", "good"]);
    await q.idle();
    expect(worked.sort()).toEqual(["bad", "good", "worse"]);
    const errors = logged.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([{ event: "queue.handler" }, { event: "queue.handler" }]);
    expect(errors.map(({ fields }) => (fields as { id: string }).id).sort()).toEqual(["bad", "worse"]);
    await q.push("process", ["bad"]);
    await q.idle();
    expect(worked.length).toBe(4);
  });

  test("close waits for the handlers that run, starts no other, and pushes after it are no error", async () => {
    const q = openQueue();
    const first = gate();
    const worked: string[] = [];
    q.work(
      "process",
      async (id) => {
        worked.push(`${id} begun`);
        await first.passed;
        worked.push(`${id} ended`);
      },
      1,
    );
    await q.push("process", ["a", "b"]);
    await until(() => worked.length === 1);
    let closed = false;
    const closing = q.close().then(() => {
      closed = true;
    });
    await pause(100);
    expect(closed).toBe(false);
    first.release();
    await closing;
    expect(worked).toHaveLength(2);
    await q.push("process", ["c"]);
    await pause(50);
    expect(worked).toHaveLength(2);
  });

  test("idle comes back at once where nobody works, and check says what the queue is", async () => {
    const q = queue();
    await q.push("deliver", ["nobody's"]);
    await q.idle();
    expect(await q.check()).toMatch(
      /^(in this process, 1 waiting|(Redis|PostgreSQL) at 127\.0\.0\.1:\d+, version \d.*)$/,
    );
  });

  test("ten thousand ids in one push are all worked", async () => {
    const q = queue();
    const worked = new Set<string>();
    q.work("process", async (id) => void worked.add(id), 20);
    await q.push(
      "process",
      Array.from({ length: 10_000 }, (_, n) => `eml_${n}`),
    );
    await q.idle();
    expect(worked.size).toBe(10_000);
  });
});

test("the embedded queue holds at most 100,000 ids a topic, drops the rest with one log line, and goes on", async () => {
  const q = openEmbeddedQueue({ log });
  open.push(q);
  const worked = new Set<string>();
  await q.push(
    "process",
    Array.from({ length: 100_005 }, (_, n) => `eml_${n}`),
  );
  expect(logged).toEqual([
    { level: "warn", event: "queue.full", fields: { topic: "process", dropped: 5, waiting: 100_000 } },
  ]);
  q.work("process", async (id) => void worked.add(id), 50);
  await q.idle();
  expect(worked.size).toBe(100_000);
});

test("two processes on one Redis share the ids and work none beside one another", async () => {
  const prefix = "shared";
  const [one, two] = [openBullmq({ url: redis.url, prefix, log }), openBullmq({ url: redis.url, prefix, log })];
  open.push(one, two);
  const worked: string[] = [];
  for (const q of [one, two]) {
    q.work(
      "process",
      async (id) => {
        await pause(2);
        worked.push(id);
      },
      2,
    );
  }
  const ids = Array.from({ length: 200 }, (_, n) => `eml_${String(n).padStart(3, "0")}`);
  await Promise.all([one.push("process", ids), two.push("process", ids)]);
  await Promise.all([one.idle(), two.idle()]);
  expect([...new Set(worked)].sort()).toEqual(ids);
});
