// What happens to the BullMQ queue when Redis is emptied, stopped, restarted, full, wrong or never there, and when a
// worker is killed: pushes never hang, workers carry on once Redis is back, and no error goes unhandled.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openBullmq } from "../../dist/queue/open-bullmq.js";
import { freePort } from "../servers/free-port.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { endedWell, fates, queueInProcess } from "./queue-in-process.ts";

type Queue = ReturnType<typeof openBullmq>;

const adapter = new URL("../../dist/queue/open-bullmq.js", import.meta.url).href;
const logged: string[] = [];
const line = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
const log = { info: line, warn: line, error: line };
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  logged.length = 0;
});

async function server(options?: Parameters<typeof startRedis>[0]): Promise<RedisServer> {
  const redis = await startRedis(options);
  open.push(() => redis.remove());
  return redis;
}

function queue(url: string, more: { lockMs?: number; stalledMs?: number } = {}): Queue {
  const q = openBullmq({ url, prefix: "desk", log, ...more });
  open.push(() => q.close());
  return q;
}

async function until(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end && !(await condition())) await pause(20);
  expect(await condition()).toBe(true);
}

/** Pushes until it is taken, as sweep does. */
async function pushUntilTaken(q: Queue, id: string): Promise<void> {
  await until(() =>
    q.push("process", [id]).then(
      () => true,
      () => false,
    ),
  );
}

test("Redis emptied under an idle worker and under a running handler: later pushes are worked, the same id too", async () => {
  const redis = await server();
  const q = queue(redis.url);
  const worked: string[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  q.work(
    "process",
    async (id) => {
      if (id === "held") await held;
      worked.push(id);
    },
    2,
  );
  await q.push("process", ["a"]);
  await q.idle();
  await redis.flushAll();
  await q.push("process", ["a", "held"]);
  await until(() => worked.length === 2);
  await redis.flushAll();
  await q.push("process", ["b"]);
  await until(() => worked.includes("b"));
  release();
  await until(() => worked.includes("held"));
  await q.push("process", ["held"]);
  await until(() => worked.filter((id) => id === "held").length === 2);
  await q.idle();
});

test("while Redis is stopped a push is refused within seconds, and once it is back pushes and workers go on", async () => {
  const redis = await server();
  const q = queue(redis.url);
  const worked: string[] = [];
  q.work("process", async (id) => void worked.push(id), 1);
  await q.push("process", ["before"]);
  await q.idle();
  await redis.stop();
  for (let n = 0; n < 3; n += 1) {
    const began = Date.now();
    await expect(q.push("process", ["lost"])).rejects.toMatchObject({
      kind: "temporary",
      code: "connection",
      message: expect.stringContaining(`127.0.0.1:${redis.port}`),
    });
    expect(Date.now() - began).toBeLessThan(5_000);
  }
  await expect(q.check()).rejects.toMatchObject({ kind: "temporary", remedy: expect.any(String) });
  // Longer than BullMQ blocks for a job, which in some of its versions left a worker deaf for good (its issue 4585).
  await pause(8_000);
  await redis.restart();
  await pushUntilTaken(q, "after");
  await until(() => worked.includes("after"));
  expect(logged.length).toBeLessThan(10);
});

test("Redis stopped while a handler runs: the handler ends, and the next ids are worked when it is back", async () => {
  const redis = await server();
  const q = queue(redis.url);
  const worked: string[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  q.work(
    "process",
    async (id) => {
      if (id === "held") await held;
      worked.push(id);
    },
    1,
  );
  await q.push("process", ["held"]);
  await until(async () => (await redis.command("LLEN desk:process:active")) === ":1");
  await redis.stop();
  release();
  await until(() => worked.includes("held"));
  await redis.restart();
  await pushUntilTaken(q, "next");
  await until(() => worked.includes("next"));
});

test("a Redis that hangs does not hang who pushes", async () => {
  const redis = await server();
  const q = queue(redis.url);
  await q.push("process", ["a"]);
  const pid = redis.pid();
  expect(pid).not.toBeNull();
  process.kill(Number(pid), "SIGSTOP");
  try {
    await expect(q.push("process", ["b"])).rejects.toMatchObject({ kind: "temporary", code: "connection" });
  } finally {
    process.kill(Number(pid), "SIGCONT");
  }
  await pushUntilTaken(q, "c");
});

test("a killed worker's id is worked by another after its lock ran out, also if it was pushed meanwhile, and once", async () => {
  const redis = await server();
  const script = `
    const { openBullmq } = await import(${JSON.stringify(adapter)});
    const log = { info() {}, warn() {}, error() {} };
    const q = openBullmq({ url: ${JSON.stringify(redis.url)}, prefix: "desk", log, lockMs: 1000, stalledMs: 500 });
    q.work("process", async () => { console.log("begun"); await new Promise(() => {}); }, 1);
    await q.push("process", ["row"]);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  const q = queue(redis.url, { lockMs: 1_000, stalledMs: 500 });
  const worked: string[] = [];
  await q.push("process", ["row"]);
  q.work("process", async (id) => void worked.push(id), 1);
  await until(() => worked.length >= 2);
  await q.idle();
  // Once for the job that came back, once for the push that came while it was held.
  expect(worked).toEqual(["row", "row"]);
  await q.push("process", ["row"]);
  await q.idle();
  expect(worked).toEqual(["row", "row", "row"]);
});

test("a Redis that was never there: check and push say so without the password, and close comes back", async () => {
  const port = await freePort();
  const q = openBullmq({ url: `redis://desk:s3cret@127.0.0.1:${port}/1`, prefix: "desk", log });
  q.work("process", async () => undefined, 1);
  for (const attempt of [q.check(), q.push("process", ["a"])]) {
    const error = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "temporary", code: "connection" });
    expect(error).toHaveProperty("message", expect.stringContaining(`Redis at 127.0.0.1:${port}`));
    expect(error).toHaveProperty("remedy", expect.stringContaining("Start it"));
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("s3cret");
  }
  await q.close();
  expect(logged.join("\n")).not.toContain("s3cret");
});

test("a wrong password and a Redis that evicts are for the administrator", async () => {
  const locked = await server({ password: "right" });
  await expect(queue(locked.url).check()).rejects.toMatchObject({ kind: "operator", code: "EAUTH" });
  const wrong = queue(`redis://:wr0ng@127.0.0.1:${locked.port}`);
  const error = await wrong.check().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: "operator", code: "EAUTH" });
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("wr0ng");
  expect(await queue(`redis://:right@127.0.0.1:${locked.port}`).check()).toMatch(/^Redis at /);

  const evicting = await server({ evicting: true });
  await expect(queue(evicting.url).check()).rejects.toMatchObject({
    kind: "operator",
    code: "eviction",
    remedy: expect.stringContaining("noeviction"),
  });
});

test("a full Redis refuses pushes for the administrator to see, and all goes on when it has room again", async () => {
  const redis = await server();
  const q = queue(redis.url);
  const worked: string[] = [];
  q.work("process", async (id) => void worked.push(id), 1);
  await q.push("process", ["a"]);
  await q.idle();
  await redis.command("CONFIG SET maxmemory 1");
  await expect(q.push("process", ["b"])).rejects.toMatchObject({ kind: "operator", code: "full" });
  await redis.command("CONFIG SET maxmemory 0");
  await q.push("process", ["c"]);
  await until(() => worked.includes("c"));
});

test("a Redis that turned into a replica is asked now and then, not in a tight loop, and worked again as a master", async () => {
  const redis = await server();
  const q = queue(redis.url);
  const worked: string[] = [];
  q.work(
    "process",
    async (id) => {
      await pause(20);
      worked.push(id);
    },
    1,
  );
  await q.push("process", ["a", "b", "c", "d"]);
  await until(() => worked.length === 1);
  await redis.command("REPLICAOF 127.0.0.1 1");
  await pause(1_000);
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.command("INFO stats"))?.[1]);
  const before = await commands();
  await pause(2_000);
  expect((await commands()) - before).toBeLessThan(200);
  await expect(q.push("process", ["e"])).rejects.toMatchObject({ kind: "temporary" });
  await redis.command("REPLICAOF NO ONE");
  await q.push("process", ["f"]);
  await until(() => worked.includes("d") && worked.includes("f"));
});

test.each(fates)(
  "a process whose Redis is %s ends by itself after close, with a clean stdout and no unhandled error",
  async (fate) => {
    const redis = await server({ evicting: true });
    expect(await queueInProcess(redis.url, fate, () => redis.stop())).toEqual(endedWell);
  },
);
