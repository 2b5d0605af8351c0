// Machines that answer machines: two desks that write to each other, and a desk and an automatic responder. All of them
// fall silent, also where the marks of automatic mail are lost on the way (MAIL-10).
import { describe, expect, it } from "vitest";
import type { SinkOptions } from "../servers/smtp-sink.ts";
import { type Journey, openJourney, queues } from "./desk.ts";
import { answer, mailText, seenMail } from "./mail-text.ts";

const [one, other] = ["help@one.example", "help@other.example"];
const machineMarks = /^(Auto-Submitted|X-Auto-Response-Suppress|X-Maildesk-Token|Precedence):.*\r\n([ \t].*\r\n)*/gim;
const allTraces =
  /^(Auto-Submitted|X-Auto-Response-Suppress|X-Maildesk-Token|In-Reply-To|References|Reply-To|Subject):.*\r\n([ \t].*\r\n)*/gim;

/** Opens two desks; what either sends to the other's address lands in its mailbox, without what `lost` matches. */
async function openPair(
  queue: (typeof queues)[number],
  lost: RegExp | null,
): Promise<{ first: Journey; second: Journey; silent(): Promise<void> }> {
  const sinks: [SinkOptions, SinkOptions] = [{}, {}];
  const first = await openJourney(queue, { mailboxes: [{ name: "help", address: one }], sink: sinks[0] });
  const second = await openJourney(queue, { mailboxes: [{ name: "help", address: other }], sink: sinks[1] });
  let carried = 0;
  const carry =
    (to: Journey, domain: string): NonNullable<SinkOptions["onData"]> =>
    async (mail) => {
      if (!mail.to.endsWith(domain)) return;
      carried += 1;
      const raw = lost === null ? mail.raw : mail.raw.replace(lost, "");
      await to.deliver(Buffer.from(raw.replaceAll("\r\n", "\n"), "latin1"));
    };
  sinks[0].onData = carry(second, "@other.example");
  sinks[1].onData = carry(first, "@one.example");
  const silent = async () => {
    for (let before = -1; before !== carried; ) {
      before = carried;
      await first.settled();
      await second.settled();
    }
  };
  return { first, second, silent };
}

describe.each(queues)("machines that answer machines, on the %s queue", (queue) => {
  it.each([
    ["that keeps the marks of automatic mail", null, [1, 0]],
    ["that loses the marks of automatic mail", machineMarks, [1, 1]],
    ["that loses all marks, ids, subjects and answer addresses, by the limit for one address", allTraces, [5, 5]],
  ])("two desks fall silent on a way %s", async (_, lost, mails) => {
    const { first, second, silent } = await openPair(queue, lost);
    first.run();
    second.run();
    await first.deliver(mailText({ from: other, to: one }));
    await silent();

    expect([first.smtp.received.length, second.smtp.received.length]).toEqual(mails);
  });

  it.each([
    ["says so in Auto-Submitted", { headers: ["Auto-Submitted: auto-replied"] }, "auto-reply", "internal"],
    ["says so in X-Autoreply", { headers: ["X-Autoreply: yes"] }, "auto-reply", "internal"],
    ["says so in no header", {}, "reply", "public"],
  ])("a responder that %s gets one mail and no second", async (_, marks, reason, visibility) => {
    const sink: SinkOptions = {};
    const desk = await openJourney(queue, { sink });
    sink.onData = (mail) =>
      desk.deliver(answer(seenMail(mail), { from: mail.to, text: "Noted by the machine.", ...marks }));
    desk.run();
    await desk.deliver(mailText({ from: "ann@acme.example", subject: "Pink pages" }));
    await desk.settled();

    expect(desk.smtp.received).toHaveLength(1);
    expect((await desk.emails()).map((email) => email.reason)).toEqual(["new-ticket", reason]);
    expect((await desk.messages()).at(-1)).toMatchObject({ ticket: 1, visibility });
    expect(await desk.tickets()).toHaveLength(1);
  });
});
