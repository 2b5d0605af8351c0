// The same mail by several ways, again after a restart, again under new UIDs: it counts once. And different mails that
// claim the same Message-ID: each counts (MAIL-2, MAIL-5).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, mailText } from "./mail-text.ts";

const ann = "ann@acme.example";

describe.each(queues)("one mail counts once, on the %s queue", (queue) => {
  it("though it lies in two mailboxes with Received lines of its own in each", async () => {
    const desk = await openJourney(queue, { mailboxes: [{ name: "support" }, { name: "sales" }] });
    const mail = {
      from: ann,
      to: "support@desk.example, sales@desk.example",
      messageId: "both@acme.example",
      date: new Date(),
    };
    for (const mailbox of ["support", "sales"]) {
      const received = `Received: from mx.acme.example by ${mailbox}.desk.example with ESMTP id ${mailbox}; ${mail.date.toUTCString()}`;
      await desk.deliver(mailText({ ...mail, above: [`Return-Path: <bounce-${mailbox}@acme.example>`, received] }), {
        mailbox,
      });
    }
    desk.run();
    await desk.settled();

    expect((await desk.emails()).map((email) => email.reason).sort()).toEqual(["duplicate", "new-ticket"]);
    expect(await desk.tickets()).toHaveLength(1);
    expect(await desk.messages()).toHaveLength(1);
    expect(desk.sentTo(ann)).toHaveLength(1);
  });

  it("and nine different mails that share three Message-IDs are nine", async () => {
    const desk = await openJourney(queue);
    for (let at = 0; at < 9; at += 1) {
      await desk.deliver(
        mailText({
          from: `person${at}@acme.example`,
          messageId: `claimed-${at % 3}@acme.example`,
          text: `My number is ${at}.`,
        }),
      );
    }
    desk.run();
    await desk.settled();

    expect((await desk.emails()).map((email) => `${email.status} ${email.reason}`)).toEqual(
      Array(9).fill("filed new-ticket"),
    );
    expect((await desk.messages()).map((message) => message.newText).sort()).toEqual(
      Array.from({ length: 9 }, (_, at) => `My number is ${at}.`),
    );
    expect(await desk.tickets()).toHaveLength(9);
  });

  it("though it is polled again, and the whole program is started anew", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.deliver(mailText({ from: ann }));
    await desk.settled();
    const [told] = desk.sentTo(ann);
    if (told === undefined) throw new Error("nobody was told");
    await desk.deliver(answer(told, { from: ann }));
    await desk.settled();
    const before = await desk.everything();

    await desk.polledAgain();
    expect(await desk.everything()).toEqual(before);
    await desk.restart();
    await desk.polledAgain();
    await desk.settled();
    expect(await desk.everything()).toEqual(before);
    expect(desk.smtp.received).toHaveLength(1);
  });

  it("though the server numbers its mails anew: nothing is doubled and nobody is mailed again", async () => {
    const desk = await openJourney(queue);
    desk.run();
    for (const from of [ann, "bob@acme.example", "carla@gmail.com"]) await desk.deliver(mailText({ from }));
    await desk.settled();
    const [told] = desk.sentTo(ann);
    if (told === undefined) throw new Error("nobody was told");
    await desk.deliver(answer(told, { from: ann }));
    await desk.settled();
    const { email, ...before } = await desk.everything();

    await desk.renumber();
    await desk.settled();
    const { email: emails, ...after } = await desk.everything();
    expect(after).toEqual(before);
    expect(email).toHaveLength(4);
    expect(emails).toHaveLength(8);
    expect((await desk.emails()).slice(4).map((one) => one.reason)).toEqual(Array(4).fill("duplicate"));
    expect(desk.smtp.received).toHaveLength(3);
  });
});
