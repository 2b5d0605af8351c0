// A customer answers what the desk sent, by mail programs that keep more or less of it: the answer lands on the ticket
// and nobody is mailed for it (MAIL-8).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, bareAnswer, mailText, type SeenMail } from "./mail-text.ts";

const ann = "ann@acme.example";
const upperLocal = (address: string) => address.replace(/^[^@]+/, (local) => local.toUpperCase());

const programs: [string, (told: SeenMail) => string][] = [
  [
    "names our mail in References and goes to the mailbox itself",
    (told) => answer(told, { from: ann, to: "support@desk.example", subject: "So" }),
  ],
  [
    "names our mail in In-Reply-To alone",
    (told) => answer(told, { from: ann, to: "support@desk.example", subject: "So", references: [] }),
  ],
  ["names only its own first mail", () => mailText({ from: ann, subject: "So", references: ["first@acme.example"] })],
  ["keeps neither ids nor subject, and goes to the signed address", (told) => bareAnswer(told, { from: ann })],
  [
    "keeps neither ids nor subject, and writes the signed address in upper case",
    (told) => bareAnswer(told, { from: ann, to: upperLocal(told.answerTo) }),
  ],
  [
    "keeps neither ids nor subject, and has the signed address in Cc",
    (told) => bareAnswer(told, { from: ann, cc: told.answerTo, to: "bob@acme.example" }),
  ],
];

describe.each(queues)("an answer, on the %s queue", (queue) => {
  it("finds its ticket, whatever the customer's mail program keeps", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.deliver(mailText({ from: ann, subject: "Pink pages", messageId: "first@acme.example" }));
    await desk.settled();
    const [told] = desk.sentTo(ann);
    if (told === undefined) throw new Error("nobody was told");

    for (const [program, write] of programs) {
      await desk.deliver(write(told));
      await desk.settled();
      const latest = (await desk.emails()).at(-1);
      expect(latest, program).toMatchObject({ status: "filed", reason: "reply", ticketNumber: 1 });
    }
    expect(await desk.tickets()).toHaveLength(1);
    expect(await desk.messages()).toHaveLength(1 + programs.length);
    expect((await desk.messages()).every((message) => message.visibility === "public" && message.flag === null)).toBe(
      true,
    );
    expect(desk.smtp.received).toHaveLength(1);
  });

  it("of somebody who got hold of the signed address is filed, flagged, and shows nobody anything", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.deliver(mailText({ from: ann, text: "The safe's number is 4711." }));
    await desk.settled();
    const [told] = desk.sentTo(ann);
    if (told === undefined) throw new Error("nobody was told");
    await desk.deliver(bareAnswer(told, { from: "eve@elsewhere.example", text: "And the key?" }));
    await desk.settled();

    expect((await desk.emails()).at(-1)).toMatchObject({
      status: "filed",
      reason: "stranger",
      ticketNumber: 1,
    });
    expect((await desk.messages()).at(-1)).toMatchObject({
      ticket: 1,
      flag: "its sender has no part in the ticket",
    });
    expect(await desk.people()).toEqual([{ number: 1, role: "requester", address: ann }]);
    expect(desk.sentTo("eve@elsewhere.example")).toEqual([]);
    expect(desk.smtp.received).toHaveLength(1);
  });
});
