// A mailbox that is full of old mails when the desk first sees it: nobody is mailed for them, and those that `start`
// leaves alone are left alone for ever (MAIL-3).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const dayMs = 86_400_000;
const oldPeople = Array.from({ length: 12 }, (_, at) => `old${at}@acme.example`);

async function deliverOld(desk: Awaited<ReturnType<typeof openJourney>>, left: boolean): Promise<void> {
  for (const [at, from] of oldPeople.entries()) {
    const receivedAtMs = Date.now() - (at + 2) * dayMs;
    await desk.deliver(mailText({ from, date: new Date(receivedAtMs) }), { receivedAtMs, left });
  }
}

describe.each(queues)("a mailbox of old mails, on the %s queue", (queue) => {
  it.each(["1d", "now"])(
    "is left alone with start: %s, at the first poll, at the next ones and after a restart",
    async (start) => {
      const desk = await openJourney(queue, { mailboxes: [{ name: "support", settings: { start } }] });
      await deliverOld(desk, true);
      desk.run();
      await desk.polledAgain();
      await desk.deliver(mailText({ from: "ann@acme.example" }));
      await desk.settled();

      const onlyAnn = async () => {
        expect(await desk.emails()).toMatchObject([
          { reason: "new-ticket", sender: expect.stringContaining("ann@acme.example") },
        ]);
        expect(desk.smtp.received.map((mail) => mail.to)).toEqual(["ann@acme.example"]);
      };
      await onlyAnn();
      await desk.polledAgain();
      await desk.restart();
      await desk.polledAgain();
      await desk.settled();
      await onlyAnn();
      expect(desk.log.filter((line) => line.includes('"left":12'))).toHaveLength(1);
    },
  );

  it("is left alone though the day window moves on and the server numbers its mails anew", async () => {
    const desk = await openJourney(queue);
    await deliverOld(desk, true);
    desk.run();
    await desk.polledAgain();
    await desk.renumber();
    await desk.polledAgain();
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    await desk.settled();
    expect(await desk.emails()).toHaveLength(1);
    expect(desk.smtp.received.map((mail) => mail.to)).toEqual(["ann@acme.example"]);
  });

  it("is filed whole with start: all, and nobody who wrote long ago is mailed", async () => {
    const desk = await openJourney(queue, { mailboxes: [{ name: "support", settings: { start: "all" } }] });
    await deliverOld(desk, false);
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    desk.run();
    await desk.settled();

    expect((await desk.emails()).map((email) => email.reason)).toEqual(Array(13).fill("new-ticket"));
    expect(await desk.tickets()).toHaveLength(13);
    expect(desk.smtp.received.map((mail) => mail.to)).toEqual(["ann@acme.example"]);
  });
});
