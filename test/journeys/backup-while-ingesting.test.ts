// A desk is copied while its worker takes mail in and answers it; it goes on for a while, and is lost. What is restored
// from the copy knows every mail in the end, sends nothing a second time, and gives no number twice (OPS-8).
import { renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type FaultDesk, isSettled, mailFrom, openFaultDesk, startWorker } from "../faults/fault-desk.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { onPostgres } from "../servers/test-database.ts";

/** So many are answered before the copy is made, and so many arrive after it; others come while it is made. */
const beforeCopy = 15;
const afterCopy = 15;
const betweenMs = 50;
/** The server that takes the answers is slow, so that some wait when the copy is made. */
const answerMs = 40;

let imap: Dovecot;
beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

const mailOf = (number: number) =>
  mailFrom(`Person ${number} <p${number}@c${number}.example>`, `Question ${number}`, `q${number}@c${number}.example`);

const said = async (desk: FaultDesk, args: string[]) => {
  const started = await desk.start(args);
  await waitUntil(
    () => started.exitCode() !== null,
    () => `maildesk ${args[0]} does not end`,
  );
  expect(started.exitCode(), started.output()).toBe(0);
  return started.output();
};

/** Moves the database away, as after an accident from which only the copy is left. */
async function lose(desk: FaultDesk): Promise<void> {
  if (onPostgres) return await desk.change("alter schema maildesk rename to lost");
  for (const end of ["", "-wal", "-shm"]) {
    try {
      renameSync(join(desk.folder, `maildesk.db${end}`), join(desk.folder, `lost.db${end}`));
    } catch {
      // SQLite took it away itself
    }
  }
}

const numbers = async (desk: FaultDesk): Promise<number[]> =>
  (await desk.rows<{ number: number }>(`select "number" from "ticket" order by "number"`)).map(({ number }) => number);

const statuses = (desk: FaultDesk) =>
  desk.rows<{ status: string; n: number }>(`select "status", count(*) as "n" from "outbox" group by 1 order by 1`);

/** Resolves once the running worker has judged this many mails and made mails of all that is to be told. */
const judged = (desk: FaultDesk, count: number, output: () => string) =>
  waitUntil(
    async () =>
      (await desk.countOf(`"email" where "status" = 'filed' and "afterDone" = 1`)) === count &&
      (await desk.countOf(`"notice" where "state" = 'waiting'`)) === 0,
    () => `not ${count} mails are judged:\n${output()}`,
    90_000,
  );

it("every mail is accounted for, and nothing is sent again", async () => {
  const desk = await openFaultDesk(imap, "embedded", { onData: () => pause(answerMs) });
  onTestFinished(desk.remove);
  const old = await startWorker(desk);
  let mails = 0;
  let isCopied = false;
  const deliverNext = async () => await desk.deliver(mailOf(mails++));
  const delivering = (async () => {
    while (!isCopied) {
      await deliverNext();
      await pause(betweenMs);
    }
    for (let more = 0; more < afterCopy; more += 1) await deliverNext();
  })();
  await waitUntil(
    () => desk.sink.received.length >= beforeCopy,
    () => `no mails: ${old.output()}`,
  );
  expect(await said(desk, ["backup", "desk.backup"])).toMatch(/^desk\.backup: .* tickets?, .*in order\.$/m);
  isCopied = true;
  await delivering;
  await waitUntil(
    () => isSettled(desk, mails),
    () => `not settled: ${old.output()}`,
    90_000,
  );
  await old.stop();
  const sent = desk.sink.received.map(({ to }) => to).sort();
  expect(sent).toHaveLength(mails);
  const given = await numbers(desk);
  await lose(desk);

  const restored = await said(desk, ["restore", "desk.backup"]);
  const inCopy = await desk.countOf(`"email"`);
  expect(inCopy).toBeGreaterThanOrEqual(beforeCopy);
  expect(inCopy).toBeLessThan(mails);
  const kept = await numbers(desk);
  const next = Number(/next new ticket is #(\d+)/.exec(restored)?.[1]);
  expect(next).toBeGreaterThan(Math.max(...given));

  expect(await said(desk, ["reconcile"])).toContain(`${mails} mails on the server`);
  const worker = await startWorker(desk);
  await judged(desk, mails, worker.output);
  expect(await desk.rows(`select count(distinct "sender") as "n" from "email"`)).toEqual([{ n: mails }]);
  const now = await numbers(desk);
  expect(now.slice(0, kept.length)).toEqual(kept);
  expect(now.slice(kept.length).every((number) => number >= next)).toBe(true);
  const outbox = await statuses(desk);
  expect(outbox.map(({ status }) => status)).toEqual(
    outbox.some(({ status }) => status === "sent") ? ["sent", "uncertain"] : ["uncertain"],
  );
  expect(outbox.reduce((sum, { n }) => sum + n, 0)).toBe(mails);
  expect(await said(desk, ["status"])).toMatch(/Sending +off.*! sending: off since the restore of .*mail\.sending=on/s);

  // Who writes now is answered, once a person turned sending on; and nobody else is.
  await deliverNext();
  await judged(desk, mails, worker.output);
  expect(desk.sink.received).toHaveLength(sent.length);
  await said(desk, ["settings", "set", "mail.sending=on"]);
  await waitUntil(
    () => isSettled(desk, mails),
    () => `not settled: ${worker.output()}`,
  );
  await worker.stop();
  expect(desk.sink.received.map(({ to }) => to).sort()).toEqual(
    [...sent, `p${mails - 1}@c${mails - 1}.example`].sort(),
  );
  if (!onPostgres) expect(await desk.rows(`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
  expect(await said(desk, ["status"])).not.toContain("since the restore");
});
