// Redis forgets everything, or is away for a while: the rows know what is due, so nothing is lost and nothing doubled
// (OPS-4).
import { describe, expect, it } from "vitest";
import { waitUntil } from "../servers/process.ts";
import { openJourney, redisServer } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const people = (count: number) => Array.from({ length: count }, (_, at) => `person${at}@acme${at}.example`).sort();

describe("Redis", () => {
  it("may be emptied while a hundred mails wait: all are filed and acknowledged, each once", async () => {
    const desk = await openJourney("redis");
    const redis = await redisServer();
    for (const from of people(100)) await desk.deliver(mailText({ from }));
    desk.run();
    let flushed = 0;
    const stored = async () => (await desk.emails()).length;
    await waitUntil(
      async () => (await stored()) > 0,
      () => "nothing is stored",
    );
    for (let look = 0; look < 20; look += 1) {
      const waiting = (await desk.emails()).filter((email) => email.status === "pending").length;
      if (waiting === 0) break;
      await redis.flushAll();
      flushed += waiting;
    }
    await desk.settled();

    expect(flushed).toBeGreaterThan(0);
    expect((await desk.emails()).map((email) => email.reason)).toEqual(Array(100).fill("new-ticket"));
    expect(await desk.tickets()).toHaveLength(100);
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual(people(100));
  });

  it("may be away: mail is stored meanwhile, and filed when it is back", async () => {
    const desk = await openJourney("redis");
    const redis = await redisServer();
    desk.run();
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    await desk.settled();

    await redis.stop();
    for (const from of people(10)) await desk.deliver(mailText({ from }));
    await waitUntil(
      async () => (await desk.emails()).length === 11,
      () => "without Redis nothing is stored",
    );
    await redis.restart();
    await desk.settled();
    expect(await desk.tickets()).toHaveLength(11);
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual(["ann@acme.example", ...people(10)].sort());
  });

  it("may be away when the worker starts", async () => {
    const desk = await openJourney("redis");
    const redis = await redisServer();
    await redis.stop();
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    desk.run();
    await waitUntil(
      async () => (await desk.emails()).length === 1,
      () => "without Redis nothing is stored",
    );
    await redis.restart();
    await desk.settled();
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);
  });
});
