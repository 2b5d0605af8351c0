// What was said before somebody came: it goes to them with the next public message, once, by names and without what is
// internal or flagged (SHA-3).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mailText } from "../journeys/mail-text.ts";
import { type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("history");
  await desk.done("settings", "set", "acknowledge.enabled=off");
  await desk.done("agent", "add", "ina@desk.example", "--name", "Ina");
});
afterAll(() => desk.close());

let tickets = 0;
/** Two public messages and a note. */
async function ticket(): Promise<number> {
  const number =
    (await desk.mail(mailText({ from: `Ann Archer <ann${++tickets}@acme.example>`, text: "It burns." }))) ?? 0;
  await desk.done("ticket", "note", String(number), "--text", "They always say that.");
  await desk.done("--as", "ina@desk.example", "ticket", "reply", String(number), "--text", "We bring water.");
  await desk.deliver();
  return number;
}
const reply = async (number: number, text: string) => {
  await desk.done("ticket", "reply", String(number), "--text", text);
  await desk.deliver();
};
const plain = (body: string) => body.slice(0, body.indexOf("<html") < 0 ? undefined : body.indexOf("<html"));

describe("a requester who is added by hand", () => {
  it("gets the earlier public messages with the next one, and once", async () => {
    const number = await ticket();
    const said = await desk.done("ticket", "requester", "add", String(number), "bob@acme.example");
    expect(said).toContain("The 2 earlier public messages go to them with the next one.");
    await reply(number, "It is out.");
    await reply(number, "All is well.");
    const [first, second] = (await desk.mailsTo("bob@acme.example")).map(({ body }) => plain(body));
    expect(first).toMatch(
      /It is out\.[\s\S]*On .*, Ina wrote:\s+> We bring water\.[\s\S]*On .*, Ann Archer wrote:\s+> It burns\./,
    );
    expect(first).not.toContain("They always say that.");
    expect(first).not.toContain("@acme.example, ");
    expect(second).toContain("All is well.");
    expect(second).not.toContain("It burns.");
  });

  it.each([
    [["--history", "none"], "are not sent to them"],
    [[], "are not sent to them"],
  ])("gets none with %j, where notify.history is none", async (flags, sentence) => {
    await desk.done("settings", "set", "notify.history=none");
    const number = await ticket();
    const who = `cy${number}@acme.example`;
    expect(await desk.done("ticket", "requester", "add", String(number), who, ...flags)).toContain(sentence);
    await desk.done("settings", "unset", "notify.history");
    await reply(number, "It is out.");
    expect((await desk.mailsTo(who))[0]?.body).not.toContain("It burns.");
  });

  it("gets them with the next message where the first was taken back before it left", async () => {
    const number = await ticket();
    await desk.done("ticket", "requester", "add", String(number), "dan@acme.example");
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("ticket", "reply", String(number), "--text", "A mistake.");
    await desk.deliver();
    await desk.done("undo");
    await desk.done("settings", "set", "mail.sending=on");
    await reply(number, "It is out.");
    const [mail] = await desk.mailsTo("dan@acme.example");
    expect(mail?.body).toContain("It burns.");
    expect(mail?.body).not.toContain("A mistake.");
  });

  it("gets no message that was flagged meanwhile", async () => {
    const number = await ticket();
    await desk.done("ticket", "requester", "add", String(number), "eli@acme.example");
    await desk.done("message", "flag", (await desk.show(number)).messages[0]?.id ?? "");
    await reply(number, "It is out.");
    const [mail] = await desk.mailsTo("eli@acme.example");
    expect(mail?.body).toContain("We bring water.");
    expect(mail?.body).not.toContain("It burns.");
  });

  it("is taken off again by undo, and then hears nothing", async () => {
    const number = await ticket();
    await desk.done("ticket", "requester", "add", String(number), "fay@acme.example");
    await desk.done("undo");
    await reply(number, "It is out.");
    expect(await desk.mailsTo("fay@acme.example")).toEqual([]);
  });
});

describe("a follower who is added by hand", () => {
  it("gets none, unless somebody says so", async () => {
    const number = await ticket();
    expect(await desk.done("ticket", "follower", "add", String(number), "gil@acme.example")).toContain("are not sent");
    const said = await desk.done("ticket", "follower", "add", String(number), "hal@acme.example", "--history", "full");
    expect(said).toContain("The 2 earlier public messages go to them");
    await reply(number, "It is out.");
    expect((await desk.mailsTo("gil@acme.example"))[0]?.body).not.toContain("It burns.");
    expect((await desk.mailsTo("hal@acme.example"))[0]?.body).toContain("It burns.");
  });
});
