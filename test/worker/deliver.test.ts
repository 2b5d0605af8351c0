// Sending one mail at a time: every kind of failure with what becomes of the mail, and that nothing is sent twice, to
// somebody who may not read it, or with an address of somebody else in it (invariants 5 to 8, OPS-5, PEERS 5 and 12).
import { afterEach, describe, expect, it } from "vitest";
import { operator, permanent, temporary } from "../../dist/errors.js";
import { write } from "../contracts/ticket-in-desk.ts";
import { rawMail } from "./raw-mail.ts";
import { type RunningDesk, runningDesk } from "./running-desk.ts";

let one: RunningDesk;
afterEach(() => one.close());

const outbox = () => one.read.selectFrom("outbox").selectAll().orderBy("id").execute();
const dayMs = 86_400_000;

/** One acknowledgement that is queued; the transport does as told. */
async function waitingMail(send: RunningDesk["transport"]["send"]): Promise<void> {
  one = await runningDesk();
  one.transport.send = send;
  await one.store([rawMail("first")]);
  await one.process();
}

const beforeHanding = (error: unknown) => async () => Promise.reject(error);
const afterHanding = (error: unknown) => async (_envelope: unknown, _raw: unknown, handing: () => Promise<void>) => {
  await handing();
  throw error;
};

describe("a mail that was not sent because", () => {
  const cases: [string, RunningDesk["transport"]["send"], { status: string; attempts: number; later: boolean }][] = [
    [
      "the server asks for patience",
      beforeHanding(temporary("451 try later", { code: "451" })),
      { status: "queued", attempts: 1, later: true },
    ],
    [
      "the server asks for patience after the last byte",
      afterHanding(temporary("451 try later", { code: "451" })),
      { status: "queued", attempts: 1, later: true },
    ],
    [
      "the server refuses it",
      beforeHanding(permanent("550 no such user", { code: "550" })),
      { status: "failed", attempts: 1, later: false },
    ],
    [
      "the server refuses it after the last byte",
      afterHanding(permanent("554 spam", { code: "554" })),
      { status: "failed", attempts: 1, later: false },
    ],
    [
      "there is no connection",
      beforeHanding(temporary("ECONNREFUSED", { code: "connection" })),
      { status: "queued", attempts: 0, later: true },
    ],
    [
      "the connection broke before the last byte",
      beforeHanding(new Error("socket hang up")),
      { status: "queued", attempts: 1, later: true },
    ],
    [
      "the connection broke after the last byte",
      afterHanding(temporary("socket closed", { code: "uncertain" })),
      { status: "uncertain", attempts: 1, later: false },
    ],
    [
      "something unknown happened after the last byte",
      afterHanding(new TypeError("x is not a function")),
      { status: "uncertain", attempts: 1, later: false },
    ],
  ];
  it.each(cases)("%s", async (_why, send, { status, attempts, later }) => {
    await waitingMail(send);
    await one.deliver();
    const [mail] = await outbox();
    expect(mail).toMatchObject({ status, attempts, reason: expect.any(String) });
    if (status === "queued") expect((mail?.nextAttemptAt ?? 0) > one.clock.now()).toBe(later);
  });

  it("the login was refused pauses sending as a whole, costs no attempt, and goes on once it is mended", async () => {
    let mended = false;
    await waitingMail(async (_envelope, _raw, handing) => {
      if (!mended) throw operator("535 bad password", { code: "535" });
      await handing();
      return { response: "250 ok", messageId: null };
    });
    await one.deliver();
    expect([await one.outbox.pause(), (await outbox())[0]]).toMatchObject([
      { error: "535 bad password" },
      { status: "queued", attempts: 0 },
    ]);
    mended = true;
    await one.deliver();
    expect((await outbox())[0]?.status).toBe("queued");
    one.clock.advance(61_000);
    await one.deliver();
    expect([await one.outbox.pause(), (await outbox())[0]?.status]).toEqual([null, "sent"]);
  });

  it("it stayed so for five days is given up", async () => {
    await waitingMail(beforeHanding(temporary("451 try later", { code: "451" })));
    await one.deliver();
    one.clock.advance(5 * dayMs + 1);
    await one.deliver();
    expect((await outbox())[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("given up after 2 attempts"),
    });
  });

  it("it may have been, is sent again only where the desk says so", async () => {
    await waitingMail(afterHanding(temporary("socket closed", { code: "uncertain" })));
    await write(one, [{ table: "setting", id: "mail.uncertain", before: null, after: { value: "resend" } }]);
    await one.deliver();
    expect((await outbox())[0]).toMatchObject({
      status: "queued",
      reason: expect.stringContaining("may have been sent already"),
    });
  });
});

describe("a worker that lost its lease", () => {
  it("hands nothing over, and leaves the mail to the one who holds it", async () => {
    await waitingMail(async (_envelope, raw, handing) => {
      one.clock.advance(15 * 60_000 + 1);
      await one.outbox.recover(one.clock.now(), false);
      const [mail] = await outbox();
      await one.outbox.acquire(mail?.id ?? "", one.clock.now());
      await handing();
      one.sent.push({ from: "", to: "", raw: String(raw) });
      return { response: "250 ok", messageId: null };
    });
    await one.deliver();
    expect(one.sent).toEqual([]);
    expect((await outbox())[0]).toMatchObject({ status: "sending", fence: 2 });
  });
});

describe("sending that is switched off", () => {
  it("holds everything, and then it leaves once", async () => {
    one = await runningDesk();
    await write(one, [{ table: "setting", id: "mail.sending", before: null, after: { value: false } }]);
    await one.store([rawMail("first")]);
    await one.process();
    await one.deliver();
    expect([one.sent.length, (await outbox())[0]?.status]).toEqual([0, "queued"]);
    await write(one, [{ table: "setting", id: "mail.sending", before: { value: false }, after: { value: true } }]);
    await one.deliver();
    await one.deliver();
    expect(one.sent).toHaveLength(1);
  });
});

describe("what several workers deliver at once", () => {
  it("reaches everybody once", async () => {
    one = await runningDesk({ workers: 3 });
    const count = 20;
    await one.store(Array.from({ length: count }, (_, at) => rawMail(`m${at}`, { from: `p${at}@acme.example` })));
    await one.process();
    await one.deliver();
    await one.deliver();
    expect(one.sent.map((mail) => mail.to).sort()).toEqual(
      Array.from({ length: count }, (_, at) => `p${at}@acme.example`).sort(),
    );
    expect(new Set((await outbox()).map((row) => row.messageId)).size).toBe(count);
  });
});

describe("a customer's answer that the others are told", () => {
  /** Ann asks, Bob of the same organization answers, Ann is told. */
  async function told(answer: Parameters<typeof rawMail>[1]): Promise<string> {
    one = await runningDesk();
    await one.store([rawMail("first")]);
    await one.process();
    await one.deliver();
    one.sent.length = 0;
    await one.store([rawMail("answer", { from: "bob@acme.example", inReplyTo: "first", ...answer })]);
    await one.process();
    await one.deliver();
    expect(one.sent.map((mail) => mail.to)).toEqual(["ann@acme.example"]);
    return one.sent[0]?.raw ?? "";
  }

  it.each([
    ["a display name", "Bob <bob@acme.example>"],
    ["no display name", "bob@acme.example"],
    ["the address itself as the display name", '"bob@acme.example" <bob@acme.example>'],
  ])("shows nobody's address: %s", async (_what, from) => {
    const raw = await told({ from });
    expect(raw).toContain("words of answer");
    expect(raw).not.toMatch(/bob@/i);
  });

  it("carries no token of somebody else, though it quotes one", async () => {
    one = await runningDesk();
    await one.store([rawMail("probe", { from: "bob@acme.example" })]);
    await one.process();
    await one.deliver();
    const token = /Reply-To: <?([^>\s]+)>?/i.exec(one.sent[0]?.raw ?? "")?.[1] ?? expect.fail("a reply address");
    await one.store([rawMail("first", { inReplyTo: "probe" })]);
    await one.process();
    one.sent.length = 0;
    await one.store([
      rawMail("quote", { from: "Bob <bob@acme.example>", inReplyTo: "first", text: `answer me at ${token} please` }),
    ]);
    await one.process();
    await one.deliver();
    const mail = one.sent.find(({ to, raw }) => to === "ann@acme.example" && raw.includes("answer me at"));
    expect(mail?.raw).not.toContain(token.slice(token.indexOf("+") + 1, token.indexOf("@")));
    expect(mail?.raw).toContain("[reply address]");
  });

  it("is not sent once the reader was blocked, though it was queued before", async () => {
    one = await runningDesk();
    await one.store([rawMail("first")]);
    await one.process();
    await write(one, [{ table: "setting", id: "mail.sending", before: null, after: { value: false } }]);
    await one.deliver();
    const ann = await one.read.selectFrom("customer").select("id").executeTakeFirstOrThrow();
    await write(one, [
      { table: "customer", id: ann.id, before: { state: "active" }, after: { state: "blocked" } },
      { table: "setting", id: "mail.sending", before: { value: false }, after: { value: true } },
    ]);
    await one.deliver();
    expect([one.sent.length, (await outbox())[0]]).toMatchObject([
      0,
      { status: "suppressed", reason: "the customer is blocked" },
    ]);
  });
});

describe("acknowledgements to one address", () => {
  it("are five within the hour, also where all its mails came in one poll", async () => {
    one = await runningDesk();
    await one.store(Array.from({ length: 12 }, (_, at) => rawMail(`m${at}`)));
    await one.process();
    await one.deliver();
    expect(one.sent).toHaveLength(5);
    expect(
      (await outbox())
        .filter((row) => row.status === "suppressed")
        .every((row) => row.reason?.includes("5 mails of this kind within the hour")),
    ).toBe(true);
    expect(await one.tickets()).toHaveLength(12);
  });
});

describe("our own mails that come back", () => {
  it("are known by their mark, whoever they seem to be from, and end there", async () => {
    one = await runningDesk();
    await one.store([rawMail("first")]);
    await one.process();
    await one.deliver();
    const raw = one.sent[0]?.raw ?? "";
    await one.store([
      raw,
      raw.replace(/^From: .*$/m, "From: ann@acme.example"),
      raw.replace(/^Message-ID:\s+<[^>]+>/im, "Message-ID: <other@relay.example>"),
    ]);
    await one.process();
    expect((await one.emails()).slice(1).map((row) => row.reason)).toEqual(["own-mail", "own-mail", "own-mail"]);
  });
});
