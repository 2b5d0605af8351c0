// A fan-out that stands still: by hand, and by itself where too much leaves; what waits waits in the database, whoever looks,
// and goes on or is dropped by a person's word (SHA-9).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertFacts } from "../../dist/database/alert-facts.js";
import { mailText } from "../journeys/mail-text.ts";
import { type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("frozen");
  await desk.done("settings", "set", "acknowledge.enabled=off");
});
afterAll(() => desk.close());

let people = 0;
/** A ticket of somebody new; resolves to its number and their address. */
async function ticketOfOne(): Promise<{ number: number; address: string }> {
  const address = `one${++people}@acme.example`;
  return { number: (await desk.mail(mailText({ from: address }))) ?? 0, address };
}
const reply = (number: number, text: string) => desk.done("ticket", "reply", String(number), "--text", text);
const due = async () => [
  ...(await desk.app.outbox.due(desk.app.clock.now(), 100)),
  ...(await desk.app.outbox.dueConversations(desk.app.clock.now(), 100)),
];

describe("a ticket frozen by hand", () => {
  it("tells nobody anything, queued mails included, until it goes on", async () => {
    const { number, address } = await ticketOfOne();
    await desk.done("settings", "set", "mail.sending=off");
    await reply(number, "Queued.");
    await desk.deliver();
    await reply(number, "Waits.");
    expect(await desk.done("ticket", "freeze", String(number), "--reason", "wrong file", "--dry-run")).toContain(
      "+ freeze",
    );
    const said = await desk.done("ticket", "freeze", String(number), "--reason", "wrong file");
    expect(said).toContain(`#${number} tells nobody anything now; 1 message and 1 mail wait.`);
    await desk.done("settings", "set", "mail.sending=on");
    await desk.deliver(); // agents hear all the same
    expect(await due()).toEqual([]);
    expect(await desk.mailsTo(address)).toEqual([]);
    expect(await desk.show(number)).toMatchObject({
      frozen: true,
      freeze: { reason: "wrong file", notices: 1, mails: 1 },
    });
    expect(await desk.done("ticket", "show", String(number))).toContain(
      `wrong file; 1 message and 1 mail wait (maildesk ticket unfreeze ${number})`,
    );
    const status = await desk.json<{ frozen: object[]; problems: string[] }>("status");
    expect(status.frozen).toMatchObject([{ ticket: number, conversation: null, reason: "wrong file" }]);
    expect(status.problems.join()).toContain(`ticket #${number} is frozen: wrong file`);
    const { conditions } = await alertFacts(desk.app.database).facts();
    expect(conditions.map(({ id }) => id)).toEqual([`fan-out:${number}`]);
    expect(await desk.done("ticket", "freeze", String(number))).toContain("is frozen already");

    expect(await desk.done("ticket", "unfreeze", String(number))).toContain("tells its people again");
    await desk.deliver();
    await desk.deliver();
    expect(await desk.mailsTo(address)).toHaveLength(2);
    expect(await desk.done("ticket", "unfreeze", String(number))).toContain("is not frozen");
  });

  it("is taken back, and so is letting it go on", async () => {
    const { number } = await ticketOfOne();
    await desk.done("ticket", "freeze", String(number));
    await desk.done("undo");
    expect((await desk.show(number)).frozen).toBe(false);
    await desk.done("ticket", "freeze", String(number));
    await desk.done("ticket", "unfreeze", String(number));
    await desk.done("undo");
    expect((await desk.show(number)).frozen).toBe(true);
    await desk.done("ticket", "unfreeze", String(number));
  });

  it("goes on without what waited, where that is dropped", async () => {
    const { number, address } = await ticketOfOne();
    await desk.done("ticket", "freeze", String(number));
    await reply(number, "Never.");
    expect(await desk.done("ticket", "unfreeze", String(number), "--drop")).toContain("1 message and 0 mails dropped");
    await reply(number, "After.");
    await desk.deliver();
    const mails = await desk.mailsTo(address);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.body).toContain("After.");
  });

  it("does not stop a mail that a worker has in hand, and lets no other take one", async () => {
    const { number } = await ticketOfOne();
    await reply(number, "Now.");
    const [conversation = ""] = await desk.app.outbox.dueConversations(desk.app.clock.now(), 10);
    await desk.app.deliverer.handle(conversation, new AbortController().signal);
    const [mail = ""] = await desk.app.outbox.due(desk.app.clock.now(), 10);
    await desk.done("ticket", "freeze", String(number));
    expect(await desk.app.outbox.acquire(mail, desk.app.clock.now())).toBeNull();
    await desk.done("ticket", "unfreeze", String(number));
    expect(await desk.app.outbox.acquire(mail, desk.app.clock.now())).not.toBeNull();
  });
});

describe("a conversation without a ticket", () => {
  it("is frozen before its people are told, and told once it goes on", async () => {
    await desk.done("org", "add", "Many", "--domain", "many.example");
    for (const name of ["a", "b", "c"]) await desk.done("customer", "add", `${name}@many.example`);
    const made = await desk.json<{ id: string }>(
      ...["conversation", "new", "--org", "Many", "--subject", "Works", "--text", "It rests."],
    );
    expect(await desk.done("conversation", "freeze", made.id)).toContain('"Works" tells nobody anything now');
    await desk.deliver();
    expect(await desk.mailsTo("a@many.example")).toEqual([]);
    expect(await desk.json("conversation", "show", made.id)).toMatchObject({ freeze: { notices: 1, mails: 0 } });
    const { conditions } = await alertFacts(desk.app.database).facts();
    expect(conditions.map(({ id }) => id)).toEqual([`fan-out:${made.id}`]);
    await desk.done("conversation", "unfreeze", made.id);
    await desk.deliver();
    expect(await desk.mailsTo("a@many.example")).toHaveLength(1);
    expect(await desk.refused(64, "conversation", "freeze", "cnv_none")).toContain("There is no conversation");
  });
});

describe("more than limits.outgoingPerTicketPerHour", () => {
  beforeAll(() => desk.done("settings", "set", "limits.outgoingPerTicketPerHour=2"));
  afterAll(() => desk.done("settings", "unset", "limits.outgoingPerTicketPerHour"));

  /** Two customers on a ticket, of whom one writes and the other is told. */
  async function ticketOfTwo() {
    const { number, address } = await ticketOfOne();
    const other = `other${people}@acme.example`;
    await desk.done("ticket", "requester", "add", String(number), other, "--history", "none");
    const write = (text: string) => desk.mail(mailText({ from: address, subject: `Re: [#${number}]`, text }));
    return { number, other, write };
  }

  it("freezes what customers go on writing, and says so; once let go it counts anew", async () => {
    const { number, other, write } = await ticketOfTwo();
    for (const text of ["1", "2", "3"]) {
      await write(text);
      await desk.deliver();
    }
    expect(await desk.mailsTo(other)).toHaveLength(2);
    expect(await desk.show(number)).toMatchObject({
      frozen: true,
      freeze: { reason: "more than 2 mails within the hour", notices: 1 },
    });
    const [log] = await desk.json<{ id: string; kind: string; what: string }[]>("log", "list", "--limit", "1");
    expect(log).toMatchObject({ kind: "delivery", what: `froze #${number}: more than 2 mails within the hour` });
    expect(await desk.refused(64, "undo", log?.id ?? "")).toContain("only commands can be taken back");
    await desk.done("ticket", "unfreeze", String(number));
    await desk.deliver();
    expect(await desk.mailsTo(other)).toHaveLength(3);
    await write("4");
    await desk.deliver();
    expect((await desk.show(number)).frozen).toBe(false);
  });

  it("does not stop a few messages of agents, to however many they go, and stops a flood of them", async () => {
    const { number } = await ticketOfOne();
    const all = ["d", "e", "f", "g"].map((name) => `${name}@acme.example`);
    for (const one of all) await desk.done("ticket", "follower", "add", String(number), one);
    for (let at = 1; at <= 6; at++) {
      await reply(number, `To all, ${at}.`);
      await desk.deliver();
      expect((await desk.show(number)).frozen).toBe(false);
    }
    for (const one of all) expect(await desk.mailsTo(one)).toHaveLength(6);
    await reply(number, "To all, too often.");
    await desk.deliver();
    expect((await desk.show(number)).frozen).toBe(true);
    for (const one of all) expect(await desk.mailsTo(one)).toHaveLength(6);
  });

  it("is counted where mails are written, so that workers at once don't slip past", async () => {
    const { number, other, write } = await ticketOfTwo();
    for (const text of ["1", "2"]) {
      await write(text);
      await desk.deliver();
    }
    await write("3");
    const [conversation = ""] = await desk.app.outbox.dueConversations(desk.app.clock.now(), 10);
    const signal = new AbortController().signal;
    await Promise.all([1, 2, 3, 4].map(() => desk.app.deliverer.handle(conversation, signal)));
    expect(await desk.mailsTo(other, "sent", "queued")).toHaveLength(2);
    expect((await desk.show(number)).frozen).toBe(true);
  });
});
