// A project that two companies and a contractor follow (SHA-4 to SHA-7): what is said on it reaches each person once, an agent's
// answer on its ticket those who asked and those who follow, a customer's only whoever wants to hear all; and who leaves an
// organization hears nothing more, what waits included.
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, mailText } from "./mail-text.ts";

const [ann, bob] = ["ann@acme.example", "bob@acme.example"];
const gus = "gus@globex.example";
const eve = "eve@solo.example";
const everybody = [ann, bob, gus, eve];

async function office(queue: (typeof queues)[number]) {
  const desk = await openJourney(queue);
  desk.run();
  await desk.command("org", "add", "Acme", "--domain", "acme.example");
  for (const address of everybody) await desk.command("customer", "add", address);
  await desk.command("project", "add", "New office");
  await desk.command("project", "share", "New office", "Acme");
  await desk.command("project", "share", "New office", eve, "--level", "all");
  /** Who got how many mails since the last look. */
  const before = new Map<string, number>();
  const heard = () => {
    const people = everybody.filter((one) => desk.sentTo(one).length > (before.get(one) ?? 0));
    for (const one of everybody) before.set(one, desk.sentTo(one).length);
    return people;
  };
  return { desk, heard };
}

describe("a project", () => {
  it.each(queues)("on the %s queue tells all who follow it, each once and by a mail of their own", async (queue) => {
    const { desk, heard } = await office(queue);
    await desk.command("project", "share", "New office", ann, "--level", "posts");
    const text = "The walls stand.";
    await desk.command("project", "post", "New office", "--subject", "Walls", "--text", text, "--yes");
    await desk.settled();
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual([ann, bob, eve]);
    expect(heard()).toEqual([ann, bob, eve]);
    for (const other of [bob, eve]) expect(desk.sentTo(ann)[0]?.raw).not.toContain(other);
    await desk.command("project", "post", "New office", "--subject", "Costs", "--text", "Too high.", "--internal");
    await desk.settled();
    expect(heard()).toEqual([]);
    const got = desk.sentTo(bob)[0];
    if (got === undefined) throw new Error("Bob was not told");
    await desk.deliver(answer(got, { from: bob, text: "Wonderful." }));
    await desk.settled();
    expect(heard()).toEqual([]);
  });

  it("lets its followers hear of its tickets as much as they want to", async () => {
    const { desk, heard } = await office("embedded");
    await desk.deliver(mailText({ from: gus, subject: "The door sticks" }));
    await desk.settled();
    await desk.command("ticket", "set", "1", "project=New office");
    expect(heard()).toEqual([gus]); // acknowledged
    const audience = JSON.parse(await desk.command("ticket", "audience", "1", "--json")) as { recipients: number };
    expect(audience.recipients).toBe(4);
    await desk.command("ticket", "reply", "1", "--text", "We plane it.", "--yes");
    await desk.settled();
    expect(heard()).toEqual(everybody);
    const toBob = desk.sentTo(bob).at(-1);
    expect(toBob?.header("Subject")).toBe("[#1] The door sticks");
    expect(toBob?.raw).not.toContain(gus);

    const toGus = desk.sentTo(gus).at(-1);
    if (toGus === undefined || toBob === undefined) throw new Error("somebody was not told");
    await desk.deliver(answer(toGus, { from: gus, text: "It still sticks." }));
    await desk.settled();
    expect(heard()).toEqual([eve]);
    await desk.deliver(answer(toBob, { from: bob, text: "Ours too." }));
    await desk.settled();
    expect(heard()).toEqual([gus, eve]);
    expect((await desk.messages()).map(({ flag, newText }) => [newText, flag])).toContainEqual(["Ours too.", null]);

    await desk.command("ticket", "note", "1", "--text", "They are slow.");
    await desk.command("project", "close", "New office");
    await desk.command("ticket", "reply", "1", "--text", "Done.", "--yes");
    await desk.settled();
    // Bob heard and was heard as a follower, and there is nothing to follow any more.
    expect(heard()).toEqual([gus]);
  });

  it("is heard by membership: who leaves loses what waits, and who joins hears at once", async () => {
    const { desk, heard } = await office("embedded");
    await desk.stopSmtp();
    await desk.command("project", "post", "New office", "--subject", "Walls", "--text", "They stand.", "--yes");
    await desk.skip(60_000);
    await desk.command("customer", "move", bob, "none");
    await desk.command("customer", "move", gus, "Acme");
    await desk.restartSmtp();
    await desk.skip(3_600_000);
    await desk.settled();
    expect(heard()).not.toContain(bob);
    await desk.command("project", "post", "New office", "--subject", "Roof", "--text", "It is on.", "--yes");
    await desk.settled();
    expect(heard()).toEqual([ann, gus, eve]);
  });
});
