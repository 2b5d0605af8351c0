// The worker is killed with SIGKILL at every step of sending one mail: what had not left is sent once, and what may have
// left is `uncertain` and not sent again in silence (invariant 7, OPS-5).
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type StartedProcess, waitUntil } from "../servers/process.ts";
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
const taken: Fault = { armedBy: 'update "outbox" set .*"fence" = "fence"', at: commit, when: "after" };
const answered: Fault = { at: 'update "outbox" set .*"sentAt"', when: "before" };

const faults: Record<string, { fault: Fault; status: "sent" | "uncertain" }> = {
  "before it took the mail": { fault: { ...taken, when: "before" }, status: "sent" },
  "after it took the mail": { fault: taken, status: "sent" },
  "before `handing` is committed": {
    fault: { armedBy: '"status" = (\\?|\\$1), "leaseUntil" = (\\?|\\$2) where', at: commit, when: "before" },
    status: "sent",
  },
  "after the server's 250, before that is written down": { fault: answered, status: "uncertain" },
  "before the 250 is committed": {
    fault: { armedBy: answered.at, at: commit, when: "before" },
    status: "uncertain",
  },
  "after the 250 is committed": { fault: { armedBy: answered.at, at: commit, when: "after" }, status: "sent" },
};

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

async function withOneMail({ onTestFinished }: TestContext, desk: FaultDesk): Promise<FaultDesk> {
  onTestFinished(desk.remove);
  await desk.deliver(mailFrom("Ann <ann@acme.example>", "Printer", "one@acme.example"));
  return desk;
}

const outbox = async (desk: FaultDesk) => await desk.rows(`select "toAddress", "status" from "outbox"`);

async function expectOneMail(desk: FaultDesk, status: "sent" | "uncertain"): Promise<void> {
  await expectNothingLostOrDoubled(desk, 1);
  expect(await outbox(desk)).toEqual([{ toAddress: "ann@acme.example", status }]);
  expect(desk.sink.received.length).toBe(1);
}

describe("a worker that is killed", { concurrent: true }, () => {
  for (const [point, { fault, status }] of Object.entries(faults)) {
    it(`${point} leaves one mail at its recipient, which is ${status}`, async (context) => {
      const desk = await withOneMail(context, await openFaultDesk(imap, "embedded"));
      await desk.expectEnd("SIGKILL", ["worker"], { fault });
      await workToTheEnd(desk, 1);
      await onePassOfEach(desk);
      await expectOneMail(desk, status);
    });
  }

  it("between the last byte and the server's answer leaves one mail, which is uncertain", async (context) => {
    let worker: StartedProcess | null = null;
    const desk = await openFaultDesk(imap, "embedded", {
      async onData() {
        if (worker !== null && worker.exitCode() === null) await worker.stop("SIGKILL");
      },
    });
    await withOneMail(context, desk);
    const started = await desk.start(["worker"]);
    worker = started;
    await waitUntil(
      () => started.exitCode() === "SIGKILL",
      () => `it was not killed: ${started.output()}`,
    );
    expect(await outbox(desk)).toEqual([{ toAddress: "ann@acme.example", status: "handing" }]);
    await workToTheEnd(desk, 1);
    await onePassOfEach(desk);
    await expectOneMail(desk, "uncertain");
  });

  it("on another machine is in doubt only when its lease has run out", async (context) => {
    const desk = await withOneMail(context, await openFaultDesk(imap, "embedded"));
    await desk.expectEnd("SIGKILL", ["worker"], { fault: answered });
    await desk.moveLeasesElsewhere();
    await onePassOfEach(desk);
    expect(await outbox(desk)).toEqual([{ toAddress: "ann@acme.example", status: "handing" }]);
    await onePassOfEach(desk, { shiftMs: 16 * 60_000 });
    await expectOneMail(desk, "uncertain");
  });

  it("is not asked to send again what was in doubt until a person says so", async (context) => {
    const desk = await withOneMail(context, await openFaultDesk(imap, "embedded"));
    await desk.expectEnd("SIGKILL", ["worker"], { fault: answered });
    await onePassOfEach(desk);
    await expectOneMail(desk, "uncertain");
    const [row] = await desk.rows<{ id: string }>(`select "id" from "outbox"`);
    await desk.expectEnd(0, ["outbox", "resend", row?.id ?? "", "--yes"]);
    await onePassOfEach(desk);
    expect(await outbox(desk)).toEqual([{ toAddress: "ann@acme.example", status: "sent" }]);
    expect(desk.sink.received.length).toBe(2);
  });
});
