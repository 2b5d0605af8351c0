// Mails that belong together and come in one poll, in any order, to eight workers at once: one organization, one ticket,
// one acknowledgement (ORG-6, MAIL-9).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

describe.each(queues)("mails that arrive at once, on the %s queue", (queue) => {
  it("found one organization, though eight people of a new domain write for the first time", async () => {
    const desk = await openJourney(queue);
    const people = Array.from({ length: 8 }, (_, at) => `person${at}@acme.example`);
    for (const from of people) await desk.deliver(mailText({ from, subject: `From ${from}` }));
    desk.run();
    await desk.settled();

    const organizations = await desk.organizations();
    expect(organizations).toMatchObject([{ name: "acme.example" }]);
    const customers = await desk.customers();
    expect(customers.map((one) => one.address).sort()).toEqual(people);
    expect(new Set(customers.map((one) => one.organizationId))).toEqual(new Set([organizations[0]?.id]));
    expect(await desk.tickets()).toHaveLength(8);
    expect(new Set((await desk.tickets()).map((ticket) => ticket.number)).size).toBe(8);
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual(people);
  });

  it.each([
    ["the newest first", [5, 4, 3, 2, 1, 0]],
    ["shuffled", [3, 0, 5, 1, 4, 2]],
    ["the first one last", [1, 2, 3, 4, 5, 0]],
  ])("become one ticket, though a thread of six names only In-Reply-To and comes %s", async (_, order) => {
    const desk = await openJourney(queue);
    const from = "ann@acme.example";
    const id = (at: number) => `six-${at}@acme.example`;
    for (const at of order) {
      const parent = at === 0 ? {} : { inReplyTo: id(at - 1) };
      await desk.deliver(
        mailText({ from, subject: `Step ${at}`, messageId: id(at), text: `This is step ${at}.`, ...parent }),
      );
    }
    desk.run();
    await desk.settled();

    // Not even a ticket that was made first and became part of another: a cited mail that waits goes first.
    expect((await desk.everything()).ticket).toHaveLength(1);
    const messages = await desk.messages();
    expect(messages.map((message) => message.newText).sort()).toEqual(
      [0, 1, 2, 3, 4, 5].map((at) => `This is step ${at}.`),
    );
    expect(new Set(messages.map((message) => message.ticket)).size).toBe(1);
    expect(desk.sentTo(from)).toHaveLength(1);
    expect(desk.smtp.received).toHaveLength(1);
  });
});
