// A stranger writes for the first time: what is made of it, and the one mail that they get for it.
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const ann = "ann@acme.example";

describe.each(queues)("a first mail, on the %s queue", (queue) => {
  it("becomes a ticket of a new customer, whose organization is named after the domain", async () => {
    const desk = await openJourney(queue);
    await desk.deliver(mailText({ from: `Ann Archer <${ann}>`, subject: "Pink pages", text: "Every page is pink." }));
    desk.run();
    await desk.settled();

    const [ticket] = await desk.tickets();
    const [organization] = await desk.organizations();
    expect(await desk.tickets()).toMatchObject([
      { number: 1, subject: "Pink pages", status: "new", organizationId: organization?.id },
    ]);
    expect(organization).toMatchObject({ name: "acme.example" });
    expect(await desk.domains()).toMatchObject([{ id: "acme.example", organizationId: organization?.id }]);
    expect(await desk.customers()).toMatchObject([
      { name: "Ann Archer", address: ann, organizationId: organization?.id },
    ]);
    expect(await desk.people()).toEqual([{ number: 1, role: "requester", address: ann }]);
    expect(await desk.messages()).toMatchObject([
      { ticket: 1, visibility: "public", direction: "in", newText: "Every page is pink." },
    ]);
    expect(await desk.emails()).toMatchObject([{ status: "filed", reason: "new-ticket", ticketId: ticket?.id }]);
  });

  it("is acknowledged once, by a mail that says it comes from a machine and whose answer address is signed", async () => {
    const desk = await openJourney(queue);
    await desk.deliver(
      mailText({ from: `Ann Archer <${ann}>`, subject: "Pink pages", messageId: "pink@acme.example" }),
    );
    desk.run();
    await desk.settled();

    expect(desk.sentTo(ann)).toHaveLength(1);
    const [told] = desk.sentTo(ann);
    expect(told?.header("Auto-Submitted")).toBe("auto-replied");
    expect(told?.header("From")).toContain("support@desk.example");
    expect(told?.header("To")).toContain(ann);
    expect(told?.header("Subject")).toBe("Re: [#1] Pink pages");
    expect(told?.answerTo).toMatch(/^support\+[a-z2-7]{24,}@desk\.example$/);
    expect(told?.header("In-Reply-To")).toBe("<pink@acme.example>");
    expect(told?.references.at(-1)).toBe("pink@acme.example");
    expect(told?.references[0]).toMatch(/^[a-z2-7]{24,}\.thread@desk\.example$/);
    expect(told?.envelope.from).toMatch(/^support\+[a-z2-7]{24,}@desk\.example$/);
    expect(told?.body).toContain("the number 1");
    expect(await desk.outbox()).toMatchObject([
      { kind: "acknowledgement", status: "sent", attempts: 1, toAddress: ann },
    ]);
  });

  it("is filed and acknowledged by one pass of each, as cron runs them, and a second pass changes nothing", async () => {
    const desk = await openJourney(queue);
    await desk.deliver(mailText({ from: ann }));
    await desk.pass();
    await desk.settled();
    expect(desk.sentTo(ann)).toHaveLength(1);
    const before = await desk.everything();
    await desk.pass();
    expect(await desk.everything()).toEqual(before);
    expect(desk.smtp.received).toHaveLength(1);
  });
});
