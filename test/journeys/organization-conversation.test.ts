// The desk writes to all customers of an organization at once (ORG-14): each gets a mail of their own, what one answers is for
// the agents or for everybody, and who is not of the organization any more when it is told hears nothing.
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, mailText } from "./mail-text.ts";

const [ann, bob, cleo, dan] = ["ann@acme.example", "bob@acme.example", "cleo@acme.example", "dan@other.example"];

async function acme(queue: (typeof queues)[number]) {
  const desk = await openJourney(queue);
  desk.run();
  await desk.command("org", "add", "Acme", "--domain", "acme.example");
  for (const address of [ann, bob, cleo, dan]) await desk.command("customer", "add", address);
  const open = async (...more: string[]) =>
    (
      await desk.command("conversation", "new", "--org", "Acme", "--subject", "Works on Sunday", "--yes", ...more)
    ).trim();
  const show = async (id: string) =>
    JSON.parse(await desk.command("conversation", "show", id, "--json")) as {
      waitingSince: string | null;
      messages: { direction: string; newText: string; from: string; flag: string | null }[];
    };
  return { desk, open, show };
}

describe("a conversation with an organization", () => {
  it.each(queues)(
    "on the %s queue reaches each of its customers by a mail of their own, and an answer reaches agents only",
    async (queue) => {
      const { desk, open, show } = await acme(queue);
      const id = await open("--text", "The service rests.");
      await desk.settled();
      expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual([ann, bob, cleo]);
      const [toAnn, toBob] = [desk.sentTo(ann)[0], desk.sentTo(bob)[0]];
      if (toAnn === undefined || toBob === undefined) throw new Error("somebody was not told");
      for (const [mail, others] of [
        [toAnn, [bob, cleo]],
        [toBob, [ann, cleo]],
      ] as const) {
        expect(mail.header("Subject")).toBe("Works on Sunday");
        expect(mail.body).toContain("The service rests.");
        for (const other of others) expect(mail.raw).not.toContain(other);
      }
      expect(toAnn.answerTo).not.toBe(toBob.answerTo);

      await desk.deliver(answer(toBob, { from: `Bob <${bob}>`, text: "Not on Sunday, please." }));
      await desk.settled();
      expect(desk.smtp.received).toHaveLength(3);
      expect(await desk.tickets()).toEqual([]);
      expect(await show(id)).toMatchObject({
        waitingSince: expect.any(String),
        messages: [
          { direction: "out", newText: "The service rests." },
          { direction: "in", newText: "Not on Sunday, please.", from: bob, flag: null },
        ],
      });

      await desk.command("conversation", "reply", id, "--text", "Saturday, then.", "--yes");
      await desk.settled();
      const again = desk.sentTo(bob)[1];
      expect(again?.header("Subject")).toBe("Re: Works on Sunday");
      expect(again?.references).toContain(toBob.messageId);
      expect(again?.body).not.toContain("Not on Sunday");
      expect(desk.sentTo(ann)[1]?.body).not.toContain("Not on Sunday");
      expect(await show(id)).toMatchObject({ waitingSince: null });
    },
  );

  it("is shared where it was made so: an answer reaches all others once, and the one who wrote it not", async () => {
    const { desk, open } = await acme("embedded");
    await open("--text", "Where shall we meet?", "--shared");
    await desk.settled();
    const toBob = desk.sentTo(bob)[0];
    if (toBob === undefined) throw new Error("Bob was not told");
    await desk.deliver(answer(toBob, { from: `Bob <${bob}>`, text: "In the garden." }));
    await desk.settled();
    expect([ann, bob, cleo, dan].map((person) => desk.sentTo(person).length)).toEqual([2, 1, 2, 0]);
    const told = desk.sentTo(cleo)[1];
    expect(told?.body).toContain("Bob wrote:");
    expect(told?.body).toContain("In the garden.");
    expect(told?.raw).not.toContain(bob);
  });

  it("keeps what machines and strangers answer from everybody", async () => {
    const { desk, open, show } = await acme("embedded");
    const id = await open("--text", "Where shall we meet?", "--shared");
    await desk.settled();
    const toBob = desk.sentTo(bob)[0];
    if (toBob === undefined) throw new Error("Bob was not told");
    const away = answer(toBob, { from: bob, text: "I am away.", headers: ["Auto-Submitted: auto-replied"] });
    await desk.deliver(away);
    await desk.deliver(answer(toBob, { from: dan, text: "I found this mail." }));
    await desk.deliver(mailText({ from: ann, subject: "Something else" }));
    await desk.settled();
    expect((await show(id)).messages.slice(1).map(({ flag, newText }) => [newText, flag])).toEqual(
      expect.arrayContaining([
        ["I am away.", "a machine wrote it"],
        ["I found this mail.", "its sender has no part in the conversation"],
      ]),
    );
    // A stranger's mail is for somebody to look at.
    expect(await show(id)).toMatchObject({ waitingSince: expect.any(String) });
    expect((await desk.tickets()).map(({ subject }) => subject)).toEqual(["Something else"]);
    expect([bob, cleo, dan].map((person) => desk.sentTo(person).length)).toEqual([1, 1, 0]);
  });

  it("is told to those who are customers of the organization then, and taken back within the hold", async () => {
    const { desk, open } = await acme("embedded");
    await desk.command("settings", "set", "mail.hold=1h");
    await open("--text", "Nobody shall read this.");
    expect(await desk.command("undo", "--yes")).toContain("1 message reached nobody.");
    await open("--text", "The service rests.");
    await desk.command("customer", "move", cleo, "none");
    await desk.command("customer", "move", dan, "Acme");
    await desk.command("settings", "set", "mail.hold=0");
    await desk.skip(3_600_000);
    await desk.settled();
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual([ann, bob, dan]);
  });

  it("becomes a ticket of who answered, on which the rest is said between them alone", async () => {
    const { desk, open, show } = await acme("embedded");
    const id = await open("--text", "Where shall we meet?", "--shared");
    await desk.settled();
    const toBob = desk.sentTo(bob)[0];
    if (toBob === undefined) throw new Error("Bob was not told");
    await desk.deliver(answer(toBob, { from: bob, text: "My printer burns." }));
    await desk.settled();
    const before = desk.smtp.received.length;
    expect((await desk.command("conversation", "to-ticket", id, "--customer", bob)).trim()).toBe("#1");
    expect((await show(id)).messages).toHaveLength(1);
    await desk.command("ticket", "reply", "1", "--text", "We bring water.", "--yes");
    await desk.settled();
    expect(desk.smtp.received.slice(before).map((mail) => mail.to)).toEqual([bob]);
    const onTicket = desk.sentTo(bob).at(-1);
    if (onTicket === undefined) throw new Error("Bob was not answered");
    expect(onTicket.header("Subject")).toBe("Re: [#1] Works on Sunday");
    await desk.deliver(answer(onTicket, { from: bob, text: "Thank you." }));
    await desk.settled();
    expect(desk.smtp.received).toHaveLength(before + 1);
    expect((await desk.messages()).at(-1)).toMatchObject({ newText: "Thank you." });
    expect((await show(id)).messages).toHaveLength(1);
  });
});
