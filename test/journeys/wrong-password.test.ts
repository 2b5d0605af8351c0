// One mailbox has a wrong password: it pauses alone, says so, and goes on once the password is mended (MAIL-2).
import { describe, expect, it } from "vitest";
import { waitUntil } from "../servers/process.ts";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const pauseMs = 61_000;

describe.each(queues)("a wrong password, on the %s queue", (queue) => {
  it("pauses its own mailbox alone, is tried again, and costs no mail once it is mended", async () => {
    const mailboxes = [{ name: "support", password: "wrong" }, { name: "sales" }];
    const desk = await openJourney(queue, { mailboxes });
    const paused = () =>
      waitUntil(
        async () => ((await desk.mailbox("support"))?.pausedUntil ?? 0) > desk.app.clock.now(),
        () => "support is not paused",
      );
    desk.run();
    await desk.deliver(mailText({ from: "ann@acme.example" }), { mailbox: "sales" });
    await desk.settled();
    await paused();
    expect(await desk.mailbox("support")).toMatchObject({
      error: expect.stringContaining("refused the password"),
      uidValidity: null,
      needsPerson: 1,
    });
    const since = (await desk.mailbox("support"))?.failingSince;
    expect(since).toEqual(expect.any(Number));
    expect((await desk.mailbox("support"))?.error).not.toContain("wrong");
    expect(JSON.parse(await desk.command("mailbox", "list", "--json"))).toMatchObject([
      { name: "support", failingSince: new Date(Number(since)).toISOString(), needsPerson: true },
      { name: "sales", failingSince: null, needsPerson: false },
    ]);
    expect(await desk.mailbox("sales")).toMatchObject({ error: null, pausedUntil: null });

    desk.skip(pauseMs);
    await desk.restart();
    await paused();
    expect((await desk.mailbox("support"))?.failingSince).toBe(since);
    await desk.deliver(mailText({ from: "bob@acme.example" }), { mailbox: "sales" });
    await desk.settled();
    expect(await desk.emails()).toHaveLength(2);

    desk.mendPassword("support");
    await desk.deliver(mailText({ from: "carla@gmail.com" }), { mailbox: "support" });
    desk.skip(pauseMs);
    await desk.restart();
    await desk.settled();
    expect(await desk.mailbox("support")).toMatchObject({ error: null, pausedUntil: null, failures: 0 });
    expect(await desk.mailbox("support")).toMatchObject({ failingSince: null, needsPerson: 0 });
    expect((await desk.emails()).map((email) => email.mailbox)).toEqual(["sales", "sales", "support"]);
    expect(desk.sentTo("carla@gmail.com")).toHaveLength(1);
    // Three workers came and went: what the day asks for ran once.
    const slots = (await desk.slots()).filter((slot) => slot.schedule === "forget-slots");
    expect(slots).toMatchObject([{ fence: 1, doneAt: expect.any(Number) }]);
  });

  it("that is mended is noticed by `maildesk poll` at once", async () => {
    const desk = await openJourney(queue, { mailboxes: [{ name: "support", password: "wrong" }] });
    expect((await desk.cli(["poll"])).code).not.toBe(0);
    desk.mendPassword("support");
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    await desk.command("poll");
    await desk.command("process");
    await desk.command("deliver");
    await desk.settled();
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);
  });
});
