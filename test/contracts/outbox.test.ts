// The way out as a state machine: queued -> sending -> handing -> sent, every step behind a fence, whatever is in doubt
// said so, and never a second mail where one may have left (invariant 7, OPS-5).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { queuedMail } from "./outbox-row.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("outbox");
});
afterAll(() => desk.close());

const leaseMs = 15 * 60_000;
const now = () => desk.clock.now();
const acquire = (id: string) => desk.outbox.acquire(id, now());
const take = async (id: string) => (await acquire(id)) ?? expect.fail(`${id} could not be taken`);
const row = (id: string) => desk.read.selectFrom("outbox").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
const statusOf = async (id: string) => (await row(id)).status;
const accepted = { response: "250 2.0.0 queued as ABC", messageId: null };

describe("an outgoing mail", () => {
  it("goes its way: queued, sending, handing, sent, with the server's answer", async () => {
    const { id, mail } = await queuedMail(desk);
    expect(await statusOf(id)).toBe("queued");
    expect(await desk.outbox.due(now(), 500)).toContain(id);
    const held = await take(id);
    expect(held).toMatchObject({
      to: mail.to,
      mailFrom: mail.mailFrom,
      messageId: mail.messageId,
      raw: mail.raw,
      refusal: null,
      attempts: 1,
    });
    expect([await statusOf(id), (await desk.outbox.due(now(), 500)).includes(id)]).toEqual(["sending", false]);
    expect(await desk.outbox.handing(held, now())).toBe(true);
    expect(await statusOf(id)).toBe("handing");
    await desk.outbox.sent(held, accepted, now());
    expect(await row(id)).toMatchObject({ status: "sent", response: accepted.response, reason: null });
    expect(await acquire(id)).toBeNull();
  });

  it("is one worker's, of many who try at once", async () => {
    const { id } = await queuedMail(desk);
    const takers = await Promise.all(Array.from({ length: 16 }, () => acquire(id)));
    expect(takers.filter((one) => one !== null)).toHaveLength(1);
  });

  it("is handed over once: who lost the lease is told so before the last byte", async () => {
    const { id } = await queuedMail(desk);
    const old = await take(id);
    desk.clock.advance(leaseMs + 1);
    expect((await desk.outbox.recover(now(), false)).uncertain).toBe(0);
    expect(await desk.outbox.handing(old, now())).toBe(false);
    const fresh = await take(id);
    expect(await desk.outbox.handing(old, now())).toBe(false);
    expect(await desk.outbox.handing(fresh, now())).toBe(true);
    expect(await desk.outbox.handing(fresh, now())).toBe(false);
    await desk.outbox.end(old, "failed", "stale");
    await desk.outbox.release(old, now(), "stale", false);
    expect(await statusOf(id)).toBe("handing");
    await desk.outbox.end(fresh, "failed", "550 no such user");
    expect(await row(id)).toMatchObject({ status: "failed", reason: "550 no such user" });
  });

  it("that is given back is due at its time, with the reason, and with or without the attempt", async () => {
    const { id } = await queuedMail(desk);
    const at = now() + 60_000;
    await desk.outbox.release(await take(id), at, "450 try later", false);
    expect(await row(id)).toMatchObject({ status: "queued", attempts: 1, reason: "450 try later", nextAttemptAt: at });
    expect(await acquire(id)).toBeNull();
    desk.clock.advance(60_001);
    await desk.outbox.release(await take(id), now(), "the login was refused", true);
    expect(await row(id)).toMatchObject({ attempts: 1 });
  });

  it("that the server refused after the last byte may be given back", async () => {
    const { id } = await queuedMail(desk);
    const mail = await take(id);
    await desk.outbox.handing(mail, now());
    await desk.outbox.release(mail, now(), "451 local error", false);
    expect(await statusOf(id)).toBe("queued");
  });

  it("keeps the same bytes and the same Message-ID at every attempt", async () => {
    const { id } = await queuedMail(desk);
    const first = await take(id);
    await desk.outbox.release(first, now(), "later", false);
    const second = await take(id);
    expect([second.raw, second.messageId, second.to]).toEqual([first.raw, first.messageId, first.to]);
  });
});

describe("a lease that ran out", () => {
  const stuck = async (handing: boolean) => {
    const { id } = await queuedMail(desk);
    const mail = await take(id);
    if (handing) await desk.outbox.handing(mail, now());
    desk.clock.advance(leaseMs + 1);
    return { id, mail };
  };

  it("before anything was handed over is queued again", async () => {
    const { id } = await stuck(false);
    await desk.outbox.recover(now(), false);
    expect(await row(id)).toMatchObject({
      status: "queued",
      reason: expect.stringContaining("before anything was handed over"),
    });
  });

  it("while it was handed over is uncertain, and taken by nobody", async () => {
    const { id } = await stuck(true);
    expect(await desk.outbox.recover(now(), false)).toEqual({ queued: 0, uncertain: 1 });
    expect([await statusOf(id), await acquire(id)]).toEqual(["uncertain", null]);
  });

  it("while it was handed over is queued where the desk prefers a second mail", async () => {
    const { id } = await stuck(true);
    expect(await desk.outbox.recover(now(), true)).toEqual({ queued: 0, uncertain: 1 });
    expect(await statusOf(id)).toBe("queued");
  });

  it.each([false, true])("is certain all the same once the server's answer comes (resend: %s)", async (resend) => {
    const { id, mail } = await stuck(true);
    await desk.outbox.recover(now(), resend);
    await desk.outbox.sent(mail, accepted, now());
    expect([await statusOf(id), await acquire(id)]).toEqual(["sent", null]);
  });

  it("leaves alone what still runs, and what ended", async () => {
    const { id } = await queuedMail(desk);
    const mail = await take(id);
    await desk.outbox.recover(now(), true);
    expect(await statusOf(id)).toBe("sending");
    await desk.outbox.handing(mail, now());
    await desk.outbox.sent(mail, accepted, now());
    desk.clock.advance(leaseMs + 1);
    await desk.outbox.recover(now(), true);
    expect(await statusOf(id)).toBe("sent");
  });
});

describe("the Message-ID that a relay gave the mail", () => {
  it("leads to the conversation too, once", async () => {
    const { id, ticket, mail } = await queuedMail(desk);
    const held = await take(id);
    await desk.outbox.handing(held, now());
    await desk.outbox.sent(held, { ...accepted, messageId: "relay-1@relay.example" }, now());
    const rows = await desk.read
      .selectFrom("reference")
      .select(["key", "kind"])
      .where("conversationId", "=", ticket.conversationId)
      .orderBy("key")
      .execute();
    expect(rows).toEqual([mail.messageId, "relay-1@relay.example"].sort().map((key) => ({ key, kind: "sent" })));
  });
});

describe("sending as a whole", () => {
  it("pauses with its reason until somebody mends it, and goes on", async () => {
    expect(await desk.outbox.pause()).toBeNull();
    await desk.outbox.setPause({ untilMs: 5, error: "535 bad password" });
    const since = async () => (await desk.read.selectFrom("condition").selectAll().executeTakeFirst())?.sinceAt;
    const began = await since();
    desk.clock.advance(1_000);
    await desk.outbox.setPause({ untilMs: 6, error: "535 still bad" });
    expect(await since()).toBe(began);
    expect(await desk.outbox.pause()).toEqual({ untilMs: 6, error: "535 still bad" });
    await desk.outbox.setPause(null);
    expect(await desk.outbox.pause()).toBeNull();
  });
});
