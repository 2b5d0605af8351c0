// The way out breaks under the worker: the connection drops before or after the last dot, the server refuses one recipient
// and not the other, or thinks for longer than the lease. What had not left is sent once; what may have left is
// `uncertain` and not sent again (invariant 7, OPS-5).
import { afterAll, beforeAll, expect, it, type TestContext, vi } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { freePort } from "../servers/free-port.ts";
import { waitUntil } from "../servers/process.ts";
import type { SinkOptions } from "../servers/smtp-sink.ts";
import { startTcpProxy } from "../servers/tcp-proxy.ts";
import {
  expectNothingLostOrDoubled,
  type FaultDesk,
  mailFrom,
  onePassOfEach,
  openFaultDesk,
  startWorker,
} from "./fault-desk.ts";

const laterMs = 2 * 60_000;
const waitMs = 100_000;
/** Many commands one after the other. */
vi.setConfig({ testTimeout: 300_000 });

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

async function behindProxy({ onTestFinished }: TestContext, sinkOptions: SinkOptions = {}) {
  const port = await freePort();
  const proxy = await startTcpProxy(port);
  const desk = await openFaultDesk(imap, "embedded", { ...sinkOptions, port }, { smtpPort: proxy.port });
  onTestFinished(async () => {
    await desk.remove();
    await proxy.close();
  });
  return { proxy, desk };
}

const outbox = async (desk: FaultDesk) =>
  await desk.rows<{ to: string; status: string; attempts: number; reason: string | null }>(
    `select "toAddress" as "to", "status", "attempts", "reason" from "outbox" order by 1`,
  );

/** Runs the worker until this is true of the outbox. */
async function workUntil(desk: FaultDesk, ready: (rows: Awaited<ReturnType<typeof outbox>>) => boolean): Promise<void> {
  const worker = await startWorker(desk);
  await waitUntil(
    async () => ready(await outbox(desk)),
    async () => `${JSON.stringify(await outbox(desk))}\n${worker.output()}`,
    waitMs,
  );
  await worker.stop();
  expect(worker.exitCode(), worker.output()).toBe(0);
}

const write = async (desk: FaultDesk, ...people: string[]) => {
  for (const person of people)
    await desk.deliver(mailFrom(`X <${person}@acme.example>`, `Of ${person}`, `of-${person}@acme.example`));
};

it("a connection that drops in the middle of DATA costs a minute, and the mail is sent once", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  await write(desk, "ann");
  await onePassOfEach(desk);
  desk.file("large.bin", "0123456789abcdef".repeat(500_000));
  await desk.expectEnd(0, ["agent", "add", "dora@desk.example"]);
  const words = ["--text", "See the file.", "--attach", "large.bin", "--yes", "--as", "dora@desk.example"];
  await desk.expectEnd(0, ["ticket", "reply", "1", ...words]);
  let drops = 0;
  proxy.hangUpOn((text) => /^MIME-Version/m.test(text) && ++drops <= 1);
  const answer = () => desk.rows(`select "status", "attempts" from "outbox" where "kind" = 'message'`);
  await workUntil(desk, (rows) => rows.some(({ status, reason }) => status === "queued" && reason !== null));
  expect(await answer()).toEqual([{ status: "queued", attempts: 0 }]);
  expect(desk.sink.received.length).toBe(1);
  await onePassOfEach(desk, { shiftMs: laterMs });
  expect(await answer()).toEqual([{ status: "sent", attempts: 1 }]);
  await expectNothingLostOrDoubled(desk, 1);
  expect(desk.sink.received.length).toBe(2);
});

it("a connection that drops with the last dot on its way leaves a doubt, though the server never got it", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  await write(desk, "ann");
  proxy.hangUpOn((text) => /(^|\r\n)\.\r\n$/.test(text));
  await workUntil(desk, ([row]) => row?.status === "uncertain");
  await onePassOfEach(desk, { shiftMs: laterMs });
  expect(await outbox(desk)).toMatchObject([{ status: "uncertain", attempts: 1 }]);
  await expectNothingLostOrDoubled(desk, 1);
  expect(desk.sink.received.length).toBe(0);
});

it("a connection that drops after the last dot, before the answer, leaves a doubt and no second mail", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  // One mail alone: whatever else is on its way is cut as well, and may not have come so far.
  await write(desk, "ann");
  let answers = 0;
  proxy.rewrite((text) => {
    if (!/^250 .*queued as/m.test(text) || ++answers > 1) return text;
    setImmediate(proxy.cut);
    return "";
  });
  await workUntil(desk, (rows) => rows.length === 1 && rows.every(({ status, reason }) => status === "sent" || reason));
  await onePassOfEach(desk, { shiftMs: laterMs });
  await expectNothingLostOrDoubled(desk, 1);
  expect(desk.sink.received.map(({ to }) => to)).toEqual(["ann@acme.example"]);
  expect((await outbox(desk)).map(({ status }) => status)).toEqual(["uncertain"]);
});

it("codes of 4xx and 5xx concern their recipient alone: later, or never, and the others are sent once", async (context) => {
  const { desk } = await behindProxy(context);
  await write(desk, "451", "550", "ann", "data451", "data554", "zoe");
  await workUntil(desk, (rows) => rows.length === 6 && rows.every(({ status, reason }) => status === "sent" || reason));
  const fates = async () =>
    Object.fromEntries((await outbox(desk)).map((row) => [row.to.split("@")[0], [row.status, row.attempts]]));
  expect(await fates()).toEqual({
    "451": ["queued", 1],
    "550": ["failed", 1],
    ann: ["sent", 1],
    data451: ["queued", 1],
    data554: ["failed", 1],
    zoe: ["sent", 1],
  });
  await onePassOfEach(desk, { shiftMs: laterMs });
  expect(await fates()).toMatchObject({
    "451": ["queued", 2],
    data451: ["queued", 2],
    "550": ["failed", 1],
    ann: ["sent", 1],
  });
  await onePassOfEach(desk, { shiftMs: 6 * 86_400_000 });
  expect(await fates()).toMatchObject({ "451": ["failed", 3], data451: ["failed", 3] });
  await expectNothingLostOrDoubled(desk, 6);
  expect(desk.sink.received.map(({ to }) => to).sort()).toEqual(["ann@acme.example", "zoe@acme.example"]);
});

it("a server that answers the last dot only after the lease ran out: in doubt meanwhile, sent once it says so", async (context) => {
  let answer = () => {};
  const thinking = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { desk } = await behindProxy(context, { onData: () => thinking });
  await write(desk, "ann");
  const worker = await startWorker(desk);
  await waitUntil(
    () => desk.sink.received.length === 1,
    () => worker.output(),
  );
  await desk.change(`update "outbox" set "leaseUntil" = 1`);
  await waitUntil(
    async () => (await outbox(desk))[0]?.status === "uncertain",
    async () => `${JSON.stringify(await outbox(desk))} ${worker.output()}`,
  );
  await onePassOfEach(desk);
  expect(await outbox(desk)).toMatchObject([{ status: "uncertain", attempts: 1 }]);
  answer();
  await waitUntil(
    async () => (await outbox(desk))[0]?.status === "sent",
    async () => `${JSON.stringify(await outbox(desk))} ${worker.output()}`,
  );
  await worker.stop();
  await expectNothingLostOrDoubled(desk, 1);
  expect(desk.sink.received.length).toBe(1);
});

it("a server so slow before the last dot that another process takes the mail: the first one lets no dot out", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  await write(desk, "ann");
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let invited = 0;
  proxy.rewrite(async (text) => {
    if (text.startsWith("354") && ++invited === 1) await held;
    return text;
  });
  const worker = await startWorker(desk);
  await waitUntil(
    () => invited === 1,
    () => worker.output(),
  );
  await desk.change(`update "outbox" set "leaseUntil" = 1`);
  await desk.expectEnd(0, ["deliver"]);
  await waitUntil(
    async () => (await outbox(desk))[0]?.status === "sent",
    async () => JSON.stringify(await outbox(desk)),
  );
  goOn();
  await waitUntil(
    () => worker.output().includes("Another worker holds this mail"),
    () => worker.output(),
  );
  await worker.stop();
  await expectNothingLostOrDoubled(desk, 1);
  expect(await outbox(desk)).toMatchObject([{ status: "sent", attempts: 2 }]);
  expect(desk.sink.received.length).toBe(1);
});
