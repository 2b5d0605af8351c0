// The disk under the desk is full: a small tmpfs that the mails of a morning fill. Nothing that was stored is lost, what was
// not stays on the server unread, and once there is room all goes on by itself (OPS-4). Linux, and root for the mount.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { tempFolder } from "../servers/temp-folder.ts";
import {
  expectNothingLostOrDoubled,
  isSettled,
  mailFrom,
  openFaultDesk,
  startWorker,
  workToTheEnd,
} from "./fault-desk.ts";

const mails = 60;
const mailBytes = 100_000;
/** Room for the tables, their log and a part of the mails. */
const [tight, ample] = ["3m", "200m"];

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

function mount(folder: string, options: string): void {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    throw new Error(`A full disk is played by a small tmpfs: run this test as root, on Linux. ${String(error)}`);
  }
}

it(`a disk that ${mails} mails fill: what has no room stays on the server, and all is filed once there is room`, async (context) => {
  const disk = tempFolder("full");
  context.onTestFinished(disk.remove);
  mount(disk.path, `size=${tight},mode=700`);
  context.onTestFinished(() => void execFileSync("umount", ["-l", disk.path]));
  const desk = await openFaultDesk(imap, "embedded", {}, { folder: disk.path });
  context.onTestFinished(desk.remove);
  const padding = `${"x".repeat(78)}\n`.repeat(mailBytes / 79);
  const worker = await startWorker(desk);
  for (let at = 0; at < mails; at += 1) {
    const mail = mailFrom(`P${at} <p${at}@acme${at}.example>`, `Question ${at}`, `q${at}@acme${at}.example`);
    await desk.deliver(`${mail}${padding}`);
  }
  await waitUntil(
    async () =>
      /disk is full/.test(worker.output()) ||
      (await desk.countOf(`"mailbox" where "error" like '%disk is full%'`).catch(() => 0)) === 1,
    () => `it does not notice: ${worker.output()}`,
  );
  const stored = await desk.countOf(`"email"`);
  expect(stored).toBeLessThan(mails);
  expect(desk.seen()).toBeLessThanOrEqual(stored);
  expect(worker.exitCode(), worker.output()).toBeNull();
  await desk.expectEnd(0, ["email", "list"]);

  mount(disk.path, `remount,size=${ample}`);
  // What was being handed over when there was no room for the answer is in doubt after the worker that knows it is gone.
  await waitUntil(
    async () => (await desk.countOf(`"email" where "status" = 'filed'`)) === mails,
    async () => `${await desk.countOf(`"email" where "status" = 'filed'`)} are filed: ${worker.output()}`,
    100_000,
  );
  await worker.stop();
  expect(worker.exitCode(), worker.output()).toBe(0);
  if (!(await isSettled(desk, mails))) await workToTheEnd(desk, mails, {}, 100_000);
  await expectNothingLostOrDoubled(desk, mails);
  expect(await desk.countOf(`"ticket"`)).toBe(mails);
  const uncertain = await desk.countOf(`"outbox" where "status" = 'uncertain'`);
  expect(desk.sink.received.length).toBeGreaterThanOrEqual(mails - uncertain);
});
