// The mail server breaks under the worker: the connection is cut in the middle of a mail, the server is stopped and started,
// it is slow, it numbers its mails anew, another program marks them as read. Each mail is filed and told of once (OPS-4).
import { ImapFlow } from "imapflow";
import { afterAll, beforeAll, expect, it, type TestContext } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { startTcpProxy } from "../servers/tcp-proxy.ts";
import {
  expectNothingLostOrDoubled,
  type FaultDesk,
  isSettled,
  mailFrom,
  openFaultDesk,
  startWorker,
  workToTheEnd,
} from "./fault-desk.ts";

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

async function behindProxy({ onTestFinished }: TestContext, server: Dovecot = imap) {
  const proxy = await startTcpProxy(server.port);
  const desk = await openFaultDesk(server, "embedded", {}, { imapPort: proxy.port });
  onTestFinished(async () => {
    await proxy.close();
    await desk.remove();
  });
  return { proxy, desk };
}

async function deliver(desk: FaultDesk, count: number, first = 0): Promise<void> {
  for (let at = first; at < first + count; at += 1)
    await desk.deliver(
      mailFrom(`Person ${at} <p${at}@acme${at}.example>`, `Question ${at}`, `q${at}@acme${at}.example`),
    );
}

async function expectEachOnce(desk: FaultDesk, mails: number): Promise<void> {
  await expectNothingLostOrDoubled(desk, mails);
  expect(await desk.countOf(`"ticket"`)).toBe(mails);
  expect(desk.sink.received.map(({ to }) => to).sort()).toEqual(
    Array.from({ length: mails }, (_, at) => `p${at}@acme${at}.example`).sort(),
  );
}

const body = /BODY\[\] \{\d+\}/;

it("a connection that is cut in the middle of a mail, three times", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  await deliver(desk, 8);
  let cuts = 0;
  proxy.rewrite((text) => {
    if (cuts === 3 || !body.test(text)) return text;
    cuts += 1;
    setImmediate(proxy.cut);
    return text.slice(0, Math.floor(text.length * 0.6));
  });
  await workToTheEnd(desk, 8);
  expect(cuts).toBe(3);
  await expectEachOnce(desk, 8);
});

it("a server that is stopped while mails are fetched, and started again", async (context) => {
  const own = await startDovecot();
  context.onTestFinished(() => own.remove());
  const { proxy, desk } = await behindProxy(context, own);
  await deliver(desk, 60);
  let stopping: Promise<void> | null = null;
  proxy.rewrite(async (text) => {
    if (stopping === null && body.test(text)) stopping = own.stop();
    await stopping;
    return text;
  });
  const worker = await startWorker(desk);
  await waitUntil(
    async () => (await desk.countOf(`"mailbox" where "failures" > 0`)) === 1,
    () => `it does not notice: ${worker.output()}`,
  );
  expect(stopping).not.toBeNull();
  await own.restart();
  await worker.stop();
  await workToTheEnd(desk, 60);
  await expectEachOnce(desk, 60);
});

it("a server that says forty bytes at a time, while a second process polls and finds the lease run out", async (context) => {
  const { proxy, desk } = await behindProxy(context);
  await deliver(desk, 5);
  let bodies = 0;
  let isTaken = false;
  proxy.trickle(40, 2);
  // The first body is held back until another process has read the mailbox in between.
  proxy.rewrite(async (text) => {
    if (!body.test(text)) return text;
    bodies += 1;
    if (bodies === 1)
      await waitUntil(
        () => isTaken,
        () => "nobody else polls",
        60_000,
      );
    return text;
  });
  const worker = await startWorker(desk);
  await waitUntil(
    () => bodies === 1,
    () => `it does not fetch: ${worker.output()}`,
  );
  await desk.change(`update "mailbox" set "leaseUntil" = 1`);
  await desk.expectEnd(0, ["poll"]);
  expect(await desk.countOf(`"email"`)).toBe(5);
  isTaken = true;
  await waitUntil(
    () => worker.output().includes("Another process reads this mailbox meanwhile"),
    () => `the first one does not notice: ${worker.output()}`,
  );
  await worker.stop();
  await workToTheEnd(desk, 5);
  await expectEachOnce(desk, 5);
});

it("a server that numbers its mails anew between two polls of a worker, with new ones among them", async (context) => {
  const own = await startDovecot();
  context.onTestFinished(() => own.remove());
  const desk = await openFaultDesk(own, "embedded");
  context.onTestFinished(desk.remove);
  await deliver(desk, 5);
  await workToTheEnd(desk, 5);
  await expectEachOnce(desk, 5);
  await own.renumber(desk.box.user);
  await deliver(desk, 3, 5);
  const worker = await startWorker(desk);
  await waitUntil(
    async () => await isSettled(desk, 13),
    () => `not settled: ${worker.output()}`,
  );
  await worker.stop();
  expect(await desk.rows(`select "status", "reason", count(*) as "n" from "email" group by 1, 2 order by 1`)).toEqual([
    { status: "filed", reason: "new-ticket", n: 8 },
    { status: "ignored", reason: "duplicate", n: 5 },
  ]);
  expect(await desk.countOf(`"ticket"`)).toBe(8);
  expect(await desk.countOf(`"message"`)).toBe(8);
  expect(desk.sink.received.length).toBe(8);
  expect(await desk.countOf(`"mailbox" where "leaseOwner" is not null`)).toBe(0);
});

it("another program that marks mails as read before, and as unread after, they are fetched", async (context) => {
  const { desk } = await behindProxy(context);
  await deliver(desk, 4);
  const other = new ImapFlow({
    host: imap.host,
    port: imap.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: desk.box.user, pass: desk.box.password },
    logger: false,
  });
  await other.connect();
  await other.mailboxOpen("INBOX");
  await other.messageFlagsAdd("1:3", ["\\Seen"]);
  await workToTheEnd(desk, 4);
  await expectEachOnce(desk, 4);
  await other.messageFlagsRemove("1:4", ["\\Seen"]);
  await deliver(desk, 1, 4);
  await workToTheEnd(desk, 5);
  expect(await desk.countOf(`"ticket"`)).toBe(5);
  await other.messageFlagsAdd("1:*", ["\\Seen"], { uid: true });
  await other.logout();
  await expectEachOnce(desk, 5);
});
