// The way out is away, says "later", or says "never": each mail leaves once or is given up, and none waits for another
// (OPS-5). The desk's clock jumps over the pauses between two attempts.
import { describe, expect, it } from "vitest";
import type { SinkOptions } from "../servers/smtp-sink.ts";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const [ann, bob] = ["ann@acme.example", "bob@acme.example"];
const laterMs = 61_000;

describe.each(queues)("a way out in trouble, on the %s queue", (queue) => {
  it("that is away costs no attempt, and each mail leaves once when it is back", async () => {
    const desk = await openJourney(queue);
    await desk.stopSmtp();
    desk.run();
    for (const from of [ann, bob]) await desk.deliver(mailText({ from }));
    await desk.settled();
    expect((await desk.outbox()).map((mail) => [mail.status, mail.attempts])).toEqual([
      ["queued", 0],
      ["queued", 0],
    ]);

    await desk.restartSmtp();
    desk.skip(laterMs);
    await desk.settled();
    expect((await desk.outbox()).map((mail) => mail.status)).toEqual(["sent", "sent"]);
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual([ann, bob]);
  });

  it.each([
    ["before it takes the mail", { refuseSender: 451 }],
    [
      "after the last dot",
      { onData: () => Promise.reject(Object.assign(new Error("4.3.0 try later"), { responseCode: 451 })) },
    ],
  ] satisfies [string, SinkOptions][])("that says 451 %s is asked again, and takes it once", async (_, trouble) => {
    const sink: SinkOptions = { ...trouble };
    const desk = await openJourney(queue, { sink });
    desk.run();
    await desk.deliver(mailText({ from: ann }));
    await desk.settled();
    expect(await desk.outbox()).toMatchObject([
      { status: "queued", attempts: 1, reason: expect.stringContaining("451") },
    ]);

    delete sink.refuseSender;
    delete sink.onData;
    const refused = desk.smtp.received.length;
    desk.skip(laterMs);
    await desk.settled();
    expect(await desk.outbox()).toMatchObject([{ status: "sent", attempts: 2 }]);
    expect(desk.smtp.received.length - refused).toBe(1);
    const ids = desk.sentTo(ann).map((mail) => mail.messageId);
    expect(new Set(ids).size).toBe(1);
  });

  it("that says 550 to one recipient fails that mail, and the others are sent", async () => {
    const desk = await openJourney(queue);
    desk.run();
    const people = [ann, "550@acme.example", bob, "data554@acme.example", "carla@gmail.com"];
    for (const from of people) await desk.deliver(mailText({ from }));
    await desk.settled();

    const fates = new Map((await desk.outbox()).map((mail) => [mail.toAddress, mail.status]));
    expect(fates).toEqual(
      new Map([
        [ann, "sent"],
        ["550@acme.example", "failed"],
        [bob, "sent"],
        ["data554@acme.example", "failed"],
        ["carla@gmail.com", "sent"],
      ]),
    );
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual([ann, bob, "carla@gmail.com"]);
    desk.skip(laterMs);
    await desk.settled();
    expect(desk.smtp.received).toHaveLength(3);
  });
});
