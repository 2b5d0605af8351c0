// What happens to the BullMQ queue when its PostgreSQL is stopped, restarted, not there at start, or refuses: pushes
// never hang, workers carry on once it is back, each trouble is one sentence, and no error goes unhandled.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openBullmq } from "../../dist/queue/open-bullmq.js";
import { freePort } from "../servers/free-port.ts";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { endedWell, fates, queueInProcess } from "./queue-in-process.ts";

type Queue = ReturnType<typeof openBullmq>;

const logged: string[] = [];
const line = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
const log = { info: line, warn: line, error: line };
const open: Queue[] = [];
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.remove());
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.close()));
  logged.length = 0;
});

function queue(url: string, prefix = "desk"): Queue {
  const opened = openBullmq({ url, prefix, log });
  open.push(opened);
  return opened;
}

async function until(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end && !(await condition())) await pause(20);
  expect(await condition()).toBe(true);
}

/** Pushes until it is taken, as sweep does. */
const pushUntilTaken = (q: Queue, id: string) =>
  until(() =>
    q.push("process", [id]).then(
      () => true,
      () => false,
    ),
  );

test("desks on one server keep to themselves, in a schema each, and what is done is removed", async () => {
  const url = await postgres.database();
  const [one, two] = [queue(url, "desk-1"), queue(url, "desk-2")];
  const worked: string[] = [];
  one.work("process", async (id) => void worked.push(`one ${id}`), 1);
  two.work("process", async (id) => void worked.push(`two ${id}`), 1);
  await one.push("process", ["a", "b"]);
  await two.push("process", ["a"]);
  await until(() => worked.length === 3);
  await Promise.all([one.idle(), two.idle()]);
  expect(worked.sort()).toEqual(["one a", "one b", "two a"]);
  const left = "select (select count(*) from desk_1.job) + (select count(*) from desk_2.job) as jobs";
  await until(async () => Number((await postgres.query(left, url))[0]?.jobs) === 0);
  const inPublic = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
  expect(await postgres.query(inPublic, url)).toEqual([{ count: "0" }]);
});

test("while it is stopped a push is refused, and once it is back pushes and workers go on by themselves", async () => {
  const q = queue(await postgres.database());
  const worked: string[] = [];
  q.work("process", async (id) => void worked.push(id), 1);
  await q.push("process", ["before"]);
  await until(() => worked.length === 1);
  await postgres.stop("immediate");
  await expect(q.push("process", ["lost"])).rejects.toMatchObject({
    kind: "temporary",
    code: "connection",
    message: expect.stringContaining(`PostgreSQL at 127.0.0.1:${postgres.port}`),
  });
  await expect(q.check()).rejects.toMatchObject({ kind: "temporary", remedy: expect.any(String) });
  await postgres.restart();
  await pushUntilTaken(q, "after");
  await until(() => worked.includes("after"));
});

test("a worker that began while it was away works once it is there", async () => {
  const url = await postgres.database();
  await postgres.stop();
  const q = queue(url);
  const worked: string[] = [];
  q.work("process", async (id) => void worked.push(id), 1);
  await expect(q.push("process", ["lost"])).rejects.toMatchObject({ kind: "temporary", code: "connection" });
  await postgres.restart();
  await pushUntilTaken(q, "after");
  await until(() => worked.includes("after"));
});

test("a server that was never there, a login it refuses and a missing database are one sentence each", async () => {
  const [port, base] = [await freePort(), `127.0.0.1:${postgres.port}`];
  const troubles: [string, object][] = [
    [`postgres://desk:s3cret@127.0.0.1:${port}/desk`, { kind: "temporary", code: "connection" }],
    [`postgres://nobody:s3cret@${base}/postgres`, { kind: "operator", code: "EAUTH" }],
    [`postgres://postgres:s3cret@${base}/nowhere`, { kind: "operator", code: "database" }],
  ];
  for (const [url, expected] of troubles) {
    const q = queue(url);
    q.work("process", async () => undefined, 1);
    for (const attempt of [q.check(), q.push("process", ["a"])]) {
      const error = await attempt.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ ...expected, remedy: expect.any(String) });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("s3cret");
    }
  }
  expect(logged.join("\n")).not.toContain("s3cret");
});

test.each(fates)(
  "a process whose PostgreSQL is %s ends by itself after close, with a clean stdout and no unhandled error",
  async (fate) => {
    const url = await postgres.database();
    const ended = await queueInProcess(url, fate, () => postgres.stop());
    if (fate !== "up") await postgres.restart();
    expect(ended).toEqual(endedWell);
  },
);

test("a server that hangs does not hang who pushes", async () => {
  const q = queue(await postgres.database());
  await q.push("process", ["a"]);
  // The whole family, since a connection's own process answers for it.
  const sessions = await postgres.query("select pid from pg_stat_activity where pid <> pg_backend_pid()");
  const pids = [...sessions.map(({ pid }) => Number(pid)), Number(postgres.pid())];
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  try {
    await expect(q.push("process", ["b"])).rejects.toMatchObject({ kind: "temporary", code: "connection" });
  } finally {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  }
  await pushUntilTaken(q, "c");
});
