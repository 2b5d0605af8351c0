// The worker is killed with SIGKILL at every step between the mailbox and the ticket, and started again: each mail is
// stored once, filed once, and told of once (invariants 1 to 4).
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import {
  expectNothingLostOrDoubled,
  type Fault,
  type FaultDesk,
  mailFrom,
  onePassOfEach,
  openFaultDesk,
  workToTheEnd,
} from "./fault-desk.ts";

const commit = "^commit$";
const taken: Fault = { armedBy: 'update "email" set "leaseUntil" = .*"fence"', at: commit, when: "after" };
const undecided: Fault = { armedBy: 'insert into "commitLog"', at: commit, when: "before" };
const halfExpanded: Fault = { at: 'insert into "outbox"', when: "after" };

const faults: Record<string, Fault> = {
  "before mails and cursor are committed": { armedBy: 'insert into "emailRaw"', at: commit, when: "before" },
  "after they are committed, with nothing done on the server": {
    armedBy: 'insert into "emailRaw"',
    at: commit,
    when: "after",
  },
  "after the server was told, which is not written down": {
    at: 'update "email" set "afterDone"',
    when: "before",
  },
  "after a mail was taken": taken,
  "in the middle of a decision, between ticket and message": {
    armedBy: 'insert into "ticket"',
    at: 'insert into "message"',
    when: "before",
  },
  "just before a decision is committed": undecided,
  "just after a decision was committed": { ...undecided, when: "after" },
  "in the middle of an expansion": halfExpanded,
  "just after an expansion was committed": {
    armedBy: 'insert into "outboxMessage"',
    at: commit,
    when: "after",
  },
};

let imap: Dovecot;
let redis: RedisServer;

beforeAll(async () => {
  [imap, redis] = await Promise.all([startDovecot(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([imap.remove(), redis.remove()]);
});

async function withThreeMails({ onTestFinished }: TestContext, queue: string): Promise<FaultDesk> {
  const desk = await openFaultDesk(imap, queue);
  onTestFinished(desk.remove);
  await desk.deliver(mailFrom("Ann <ann@acme.example>", "Printer", "one@acme.example"));
  await desk.deliver(mailFrom("Ben <ben@other.example>", "Invoice", "two@other.example"));
  await desk.deliver(mailFrom("Ann <ann@acme.example>", "Re: Printer", "three@acme.example", "one@acme.example"));
  return desk;
}

async function expectTwoTickets(desk: FaultDesk): Promise<void> {
  await expectNothingLostOrDoubled(desk, 3);
  expect(await desk.rows(`select "subject" from "ticket" order by "subject"`)).toEqual([
    { subject: "Invoice" },
    { subject: "Printer" },
  ]);
  expect(await desk.rows(`select "toAddress", "status" from "outbox" order by 1`)).toEqual([
    { toAddress: "ann@acme.example", status: "sent" },
    { toAddress: "ben@other.example", status: "sent" },
  ]);
}

describe("a worker that is killed", { concurrent: true }, () => {
  it("after a mail was taken, on Redis, finishes it itself once Redis gives up on its past life", {
    timeout: 240_000,
  }, async (context) => {
    const desk = await withThreeMails(context, redis.url);
    await desk.expectEnd("SIGKILL", ["worker"], { fault: taken });
    // BullMQ keeps the ids of a silent worker for 45 seconds: it comes first, so that the others run meanwhile.
    await workToTheEnd(desk, 3, {}, 200_000);
    await expectTwoTickets(desk);
  });

  for (const [point, fault] of Object.entries(faults)) {
    it(`${point} finishes everything once after its restart`, async (context) => {
      const desk = await withThreeMails(context, "embedded");
      await desk.expectEnd("SIGKILL", ["worker"], { fault });
      await workToTheEnd(desk, 3);
      await expectTwoTickets(desk);
    });
  }

  const some = Object.entries(faults).filter(([, fault]) => [taken, undecided, halfExpanded].includes(fault));
  for (const [point, fault] of some) {
    it(`${point}, on Redis, leaves everything to whoever comes next`, async (context) => {
      const desk = await withThreeMails(context, redis.url);
      await desk.expectEnd("SIGKILL", ["worker"], { fault });
      await onePassOfEach(desk);
      await expectTwoTickets(desk);
    });
  }

  it("on another machine keeps its mails until their lease has run out", async (context) => {
    const desk = await withThreeMails(context, "embedded");
    await desk.expectEnd("SIGKILL", ["worker"], { fault: taken });
    await desk.moveLeasesElsewhere();
    const held = `select "id" from "email" where "leaseOwner" = 'elsewhere/1' and "status" = 'pending'`;
    const before = await desk.rows(held);
    expect(before.length).toBeGreaterThan(0);
    await onePassOfEach(desk);
    expect(await desk.rows(held)).toEqual(before);
    await onePassOfEach(desk, { shiftMs: 11 * 60_000 });
    // The answer may have gone first: nobody waits ten minutes for a mail that another machine keeps.
    await expectNothingLostOrDoubled(desk, 3);
    expect(await desk.countOf(`"ticket" where "mergedInto" is null`)).toBe(2);
  });
});

describe("a command for cron that is killed", { concurrent: true }, () => {
  it("`poll` stores what it had stored already no second time", async (context) => {
    const desk = await withThreeMails(context, "embedded");
    const fault: Fault = { armedBy: 'insert into "emailRaw"', at: commit, when: "after" };
    await desk.expectEnd("SIGKILL", ["poll"], { fault });
    await onePassOfEach(desk);
    await expectTwoTickets(desk);
  });

  it("`process` goes on where it was", async (context) => {
    const desk = await withThreeMails(context, "embedded");
    await desk.expectEnd(0, ["poll"]);
    await desk.expectEnd("SIGKILL", ["process"], { fault: undecided });
    await onePassOfEach(desk);
    await expectTwoTickets(desk);
  });

  it("`ingest` files the rest the next time, and what it had stored only once", async ({ onTestFinished }) => {
    const desk = await openFaultDesk(imap, "embedded");
    onTestFinished(desk.remove);
    const mails = Array.from({ length: 120 }, (_, n) =>
      mailFrom(`Person ${n} <p${n}@acme.example>`, `Old ${n}`, `old-${n}@acme.example`),
    );
    desk.file("old.mbox", mails.map((mail) => `From a@b Mon Jan  5 08:00:00 2026\n${mail}\n`).join(""));
    const fault: Fault = { at: 'insert into "emailRaw"', when: "after", nth: 75 };
    await desk.expectEnd("SIGKILL", ["ingest", "old.mbox"], { fault });
    expect(await desk.countOf(`"email"`)).toBe(50);
    await desk.expectEnd(0, ["ingest", "old.mbox"]);
    expect(await desk.rows(`select "status", "reason", count(*) as "n" from "email" group by 1, 2 order by 1`)).toEqual(
      [
        { status: "filed", reason: "new-ticket", n: 120 },
        { status: "ignored", reason: "duplicate", n: 50 },
      ],
    );
    expect(await desk.rows(`select count(*) as "n" from "ticket"`)).toEqual([{ n: 120 }]);
    expect(desk.sink.received).toEqual([]);
  });
});
