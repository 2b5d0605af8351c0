// Ten kills at moments that nobody chose, while three hundred mails are read, filed and answered; and a mail's reader
// killed under its work. FAULTS_SEED repeats a run.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { seeded } from "../bench/random.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import {
  childrenOf,
  expectNothingLostOrDoubled,
  mailFrom,
  onePassOfEach,
  openFaultDesk,
  startWorker,
  workToTheEnd,
} from "./fault-desk.ts";

const mails = 300;
const kills = 10;
/** A worker lives until that many steps more are done, at most, and not longer than this. */
const stepsMax = 160;
const lifeMsMax = 4_000;

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

it(`${kills} kills at random moments lose and double none of ${mails} mails`, { timeout: 300_000 }, async () => {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
  console.log(`random kills: FAULTS_SEED=${seed}`);
  const random = seeded(seed);
  const desk = await openFaultDesk(imap, "embedded");
  onTestFinished(desk.remove);
  for (let number = 0; number < mails; number += 1) {
    const sender = `Person ${number} <p${number}@company-${number % 40}.example>`;
    await desk.deliver(mailFrom(sender, `Question ${number}`, `q${number}@company-${number % 40}.example`));
  }
  const count = (sql: string) => desk.countOf(sql);
  const done = async () => ({
    stored: await count(`"email"`),
    decided: await count(`"email" where "decidedAt" is not null`),
    sent: desk.sink.received.length,
  });
  const progress: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const worker = await startWorker(desk);
    const steps = async () => Object.values(await done()).reduce((sum, value) => sum + value, 0);
    const [until, end] = [(await steps()) + random.below(stepsMax), Date.now() + lifeMsMax];
    while ((await steps()) < until && Date.now() < end) await pause(5);
    await pause(random.below(20));
    await worker.stop("SIGKILL");
    expect(worker.exitCode(), worker.output()).toBe("SIGKILL");
    progress.push(Object.values(await done()).join("/"));
  }
  console.log(`mails stored/decided/sent at each kill: ${progress.join(" ")}`);
  await workToTheEnd(desk, mails, {}, 100_000);
  await expectNothingLostOrDoubled(desk, mails);
  expect(await count(`"ticket"`)).toBe(mails);
  expect(await desk.rows(`select "kind", count(*) as "n" from "outbox" group by 1`)).toEqual([
    { kind: "acknowledgement", n: mails },
  ]);
  const doubtful = await count(`"outbox" where "status" = 'uncertain'`);
  // At most what was being handed over at the moment of a kill: four at once.
  expect(doubtful).toBeLessThanOrEqual(kills * 4);
  expect(desk.sink.received.length).toBeGreaterThanOrEqual(mails - doubtful);
});

it("a mail whose reader is killed is read by another one", async () => {
  const desk = await openFaultDesk(imap, "embedded");
  onTestFinished(desk.remove);
  await desk.deliver(mailFrom("Ann <ann@acme.example>", "Printer", "one@acme.example"));
  await desk.expectEnd(0, ["poll"]);
  const pass = await desk.start(["process"]);
  await waitUntil(
    () => childrenOf(pass.pid).length > 0,
    () => `no reader was started: ${pass.output()}`,
  );
  for (const child of childrenOf(pass.pid)) process.kill(child, "SIGKILL");
  await waitUntil(
    () => pass.exitCode() !== null,
    () => "process does not end",
  );
  expect(pass.exitCode(), pass.output()).toBe(0);
  // At once where it was killed before it began, else at the next try.
  expect(await desk.rows(`select "attempts" from "email" where "status" in ('filed', 'pending')`)).toEqual([
    { attempts: 1 },
  ]);
  await onePassOfEach(desk, { shiftMs: 5 * 60_000 });
  await expectNothingLostOrDoubled(desk, 1);
  expect(desk.sink.received.length).toBe(1);
});

it("a killed worker leaves no reader behind", async () => {
  const desk = await openFaultDesk(imap, "embedded");
  onTestFinished(desk.remove);
  await desk.deliver(mailFrom("Ann <ann@acme.example>", "Printer", "one@acme.example"));
  const worker = await desk.start(["worker"]);
  await waitUntil(
    () => childrenOf(worker.pid).length > 0,
    () => `no reader was started: ${worker.output()}`,
  );
  const readers = childrenOf(worker.pid);
  await worker.stop("SIGKILL");
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await waitUntil(
    () => !readers.some(isAlive),
    () => "a reader lives on without its worker",
  );
});
