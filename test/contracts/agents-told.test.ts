// What agents are mailed of by what commands and mails do (AGT-4, TIC-2): who is given a ticket, two who answer at once, what an
// agent's mail did not do, and how often.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, mailText, type SeenMail } from "../journeys/mail-text.ts";
import { type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

const [ina, joe] = ["ina@desk.example", "joe@desk.example"];

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("agents-told");
  for (const agent of [ina, joe]) await desk.done("agent", "add", agent);
  await desk.done("settings", "set", "notify.unassigned=none", "mail.history=none");
});
afterAll(() => desk.close());

const seen = new Map<string, number>();
/** What an agent got since the last look, the words of each. */
async function got(agent: string): Promise<SeenMail[]> {
  await desk.deliver();
  const mails = await desk.mailsTo(agent);
  const fresh = mails.slice(seen.get(agent) ?? 0);
  seen.set(agent, mails.length);
  return fresh;
}
let people = 0;
/** A ticket of which agents were told what there was to tell. */
async function ticket(): Promise<string> {
  const number = await desk.mail(mailText({ from: `ann${++people}@acme.example`, text: "It burns." }));
  for (const agent of [ina, joe]) await got(agent);
  return String(number);
}
const say = (agent: string, what: "reply" | "note", number: string, text: string) =>
  desk.done("--as", agent, "ticket", what, number, "--text", text);

describe("who is given a ticket", () => {
  it("is mailed with its last message, also as one of a team, and not for what they take themselves", async () => {
    const number = await ticket();
    expect([await got(ina), await got(joe)]).toEqual([[], []]);
    await desk.done("--as", joe, "ticket", "assign", number, ina);
    const [given] = await got(ina);
    expect(given?.body).toContain("It burns.");
    expect(given?.body).toContain("You are told because it was given to you.");
    const rows = await desk.json<{ to: string; why: string | null }[]>("outbox", "list");
    expect(rows.find(({ to }) => to === ina)?.why).toBe("it was given to you");
    expect(rows.find(({ to }) => to.endsWith("@acme.example"))?.why).toBe("requester of the ticket");
    expect(await got(joe)).toEqual([]);
    await desk.done("--as", joe, "ticket", "assign", number, joe);
    expect(await got(joe)).toEqual([]);
    await desk.done("team", "add", `Team ${number}`);
    await desk.done("team", "member", "add", `Team ${number}`, ina);
    await desk.done("ticket", "assign", number, `Team ${number}`);
    expect((await got(ina)).map(({ body }) => body)).toEqual([
      expect.stringContaining(`it was given to your team Team ${number}`),
    ]);
  });
});

describe("two agents who answer at once", () => {
  it("are both told", async () => {
    const number = await ticket();
    await say(ina, "reply", number, "We come at ten.");
    await say(joe, "reply", number, "We come at noon.");
    const [toIna, toJoe] = [await got(ina), await got(joe)];
    expect(toIna.map(({ body }) => body)).toEqual([expect.stringContaining("We come at noon.")]);
    expect(toJoe.map(({ body }) => body)).toEqual([expect.stringContaining("We come at ten.")]);
  });

  it("are both told also where the first answer had left, and the second agent had not heard of it", async () => {
    const number = await ticket();
    await say(ina, "reply", number, "We come at ten.");
    expect([await got(ina), await got(joe)]).toEqual([[], []]);
    await say(joe, "reply", number, "We come at noon.");
    expect((await got(ina)).map(({ body }) => body)).toEqual([expect.stringContaining("We come at noon.")]);
    const [crossed, ...more] = await got(joe);
    expect(crossed?.body).toContain("We come at ten.");
    expect(crossed?.body.replaceAll(" \r\n", " ")).toContain("you both answered: look whether the answers agree");
    expect(more).toEqual([]);
  });
});

describe("an agent's choice", () => {
  it("counts: all, a followed project, none", async () => {
    const number = await ticket();
    await desk.done("project", "add", "Roof");
    await desk.done("ticket", "set", number, "project=Roof");
    await desk.done("agent", "follow", joe, "Roof");
    await desk.done("agent", "set", ina, "hears=all");
    await desk.done("ticket", "note", number, "--text", "Look at it.");
    expect([(await got(ina)).length, (await got(joe)).length]).toEqual([1, 1]);
    await desk.done("agent", "unfollow", joe, "Roof");
    await desk.done("agent", "set", ina, "hears=none");
    await desk.done("ticket", "note", number, "--text", "Look again.");
    expect([await got(ina), await got(joe)]).toEqual([[], []]);
    await desk.done("agent", "set", ina, "hears=own");
  });

  it("is not asked of who was deactivated, whose mails that wait are not sent either", async () => {
    const number = await ticket();
    await desk.done("agent", "add", "tim@desk.example");
    await desk.done("ticket", "assign", number, "tim@desk.example");
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("ticket", "note", number, "--text", "For Tim.");
    await desk.deliver();
    await desk.done("agent", "deactivate", "tim@desk.example");
    await desk.done("settings", "set", "mail.sending=on");
    expect(await got("tim@desk.example")).toEqual([]);
    expect(await desk.out()).toContain("tim@desk.example suppressed");
  });
});

describe("what an agent's mail did not do", () => {
  it("is told to them at most five times an hour, as an absence note would answer it for ever", async () => {
    const number = await ticket();
    await desk.done("ticket", "assign", number, ina);
    let [last] = await got(ina);
    for (let round = 0; round < 8; round++) {
      if (last === undefined) break;
      await desk.mail(answer(last, { from: ina, text: `I am away, round ${round}.` }));
      [last] = await got(ina);
      if (last !== undefined) expect(last.body.replaceAll(" \r\n", " ")).toContain("was not sent to any customer");
    }
    expect(last).toBeUndefined();
    const refusals = (await desk.out()).filter((one) => one === `${ina} suppressed`);
    expect(refusals).toHaveLength(1);
    const { messages } = await desk.show(Number(number));
    expect(messages.filter(({ visibility }) => visibility === "internal")).toHaveLength(6);
  });
});
