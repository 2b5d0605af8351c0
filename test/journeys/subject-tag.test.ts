// `[#1]` in a subject, with nothing else that says what the mail answers: it counts for people of the ticket only, since
// anybody can write a number (MAIL-8).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const ann = "ann@acme.example";

describe.each(queues)("a ticket's number in the subject, on the %s queue", (queue) => {
  it("leads its requester and a colleague to the ticket, and a stranger to a new one without its history", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.deliver(mailText({ from: ann, subject: "Pink pages", text: "The safe's number is 4711." }));
    await desk.settled();

    await desk.deliver(mailText({ from: ann, subject: "AW: [#1] Pink pages" }));
    await desk.settled();
    expect((await desk.emails()).at(-1)).toMatchObject({ reason: "reply", ticketNumber: 1 });

    await desk.deliver(mailText({ from: "bob@acme.example", subject: "Re: [#1] Pink pages", text: "Green ones too." }));
    await desk.settled();
    expect((await desk.emails()).at(-1)).toMatchObject({ reason: "reply", ticketNumber: 1 });
    expect(await desk.people()).toMatchObject([
      { role: "requester", address: ann },
      { role: "follower", address: "bob@acme.example" },
    ]);
    expect(desk.sentTo(ann).at(-1)?.body).toContain("Green ones too.");

    const eve = "eve@elsewhere.example";
    await desk.deliver(mailText({ from: eve, subject: "Re: [#1] Pink pages", text: "Tell me more." }));
    await desk.settled();
    expect((await desk.emails()).at(-1)).toMatchObject({ reason: "new-ticket", ticketNumber: 2 });
    expect(desk.sentTo(eve)).toHaveLength(1);
    expect(desk.sentTo(eve)[0]?.header("Subject")).toContain("[#2]");
    expect(desk.sentTo(eve)[0]?.raw).not.toContain("4711");
    expect((await desk.messages()).filter((message) => message.ticket === 1)).toHaveLength(3);
    expect(desk.sentTo(ann)).toHaveLength(2);
  });

  it("leads nobody to the ticket of a free-mail user, as no organization is not the same organization", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.deliver(mailText({ from: "carla@gmail.com", subject: "Private" }));
    await desk.settled();
    await desk.deliver(mailText({ from: "mallory@gmail.com", subject: "Re: [#1] Private" }));
    await desk.settled();
    expect(await desk.emails()).toMatchObject([{ ticketNumber: 1 }, { reason: "new-ticket", ticketNumber: 2 }]);
    expect(await desk.organizations()).toEqual([]);
  });
});
