// An agent answers by the command, the customer answers that by mail: one ticket, and nobody sees an address that is not
// their own (TIC-2, SHA-7).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, bareAnswer, mailText } from "./mail-text.ts";

const [ann, bob, dora] = ["ann@acme.example", "bob@acme.example", "dora@desk.example"];

describe.each(queues)("an agent's answer by the command, on the %s queue", (queue) => {
  it("reaches the customer, whose answer to it comes back to the same ticket and opens it again", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.command("agent", "add", dora, "--name", "Dora Desk");
    await desk.deliver(mailText({ from: `Ann Archer <${ann}>`, subject: "Pink pages" }));
    await desk.settled();

    await desk.command("ticket", "reply", "1", "--text", "Change the cartridge.", "--yes", "--as", dora);
    await desk.settled();
    expect(await desk.tickets()).toMatchObject([{ status: "waiting" }]);
    const told = desk.sentTo(ann).at(-1);
    if (told === undefined) throw new Error("nobody was told");
    expect(told.body).toContain("Change the cartridge.");
    expect(told.header("From")).toMatch(/^"?Dora Desk.*<support@desk\.example>$/);
    expect(told.header("Auto-Submitted")).toBe("");
    expect(told.raw).not.toContain(dora);

    await desk.deliver(answer(told, { from: ann, text: "That helped, thank you." }));
    await desk.settled();
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "open" }]);
    expect((await desk.messages()).map(({ direction, newText }) => [direction, newText])).toEqual([
      ["in", "Please come and bring water."],
      ["out", "Change the cartridge."],
      ["in", "That helped, thank you."],
    ]);

    await desk.command("ticket", "close", "1", "--as", dora);
    expect(await desk.tickets()).toMatchObject([{ status: "closed" }]);
    await desk.deliver(bareAnswer(told, { from: ann }));
    await desk.settled();
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "open", closedAt: null }]);
    expect(desk.sentTo(ann)).toHaveLength(2);
  });

  it("reaches two people of the ticket each in an envelope of their own, which shows nobody else", async () => {
    const desk = await openJourney(queue);
    desk.run();
    await desk.command("agent", "add", dora, "--name", "Dora Desk");
    await desk.deliver(mailText({ from: `Ann Archer <${ann}>`, subject: "Pink pages" }));
    await desk.settled();
    await desk.deliver(
      mailText({ from: `Bob Baker <${bob}>`, subject: "Re: [#1] Pink pages", text: "Mine are green." }),
    );
    await desk.settled();
    const sentBefore = desk.smtp.received.length;

    await desk.command("ticket", "reply", "1", "--text", "Change the cartridge.", "--yes", "--as", dora);
    await desk.settled();
    const told = desk.smtp.received.slice(sentBefore);
    expect(told.map((mail) => mail.to).sort()).toEqual([ann, bob]);
    for (const [person, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const mail = desk.sentTo(person).at(-1);
      expect(mail?.header("To")).toContain(person);
      expect(mail?.header("Cc")).toBe("");
      expect(mail?.raw).not.toContain(other);
      expect(mail?.body).toContain("Change the cartridge.");
    }
    const [toAnn, toBob] = [desk.sentTo(ann).at(-1), desk.sentTo(bob).at(-1)];
    expect(toAnn?.answerTo).not.toBe(toBob?.answerTo);
    expect(toAnn?.messageId).not.toBe(toBob?.messageId);
  });
});
