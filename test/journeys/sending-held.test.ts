// `mail.sending=off` holds every mail, and turning it on lets them go, each once (SHA-12).
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

describe.each(queues)("sending that is turned off, on the %s queue", (queue) => {
  it("files mail and holds what it has to say, until sending is turned on again", async () => {
    const desk = await openJourney(queue);
    const people = ["ann@acme.example", "bob@acme.example", "carla@gmail.com"];
    await desk.command("settings", "set", "mail.sending=off");
    desk.run();
    for (const from of people) await desk.deliver(mailText({ from }));
    await desk.settled();
    await desk.polledAgain();
    expect(await desk.tickets()).toHaveLength(3);
    expect((await desk.outbox()).map((mail) => [mail.status, mail.attempts])).toEqual(Array(3).fill(["queued", 0]));
    expect(desk.smtp.connections.total).toBe(0);

    await desk.command("settings", "set", "mail.sending=on");
    await desk.settled();
    expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual(people);
    expect((await desk.outbox()).map((mail) => mail.status)).toEqual(Array(3).fill("sent"));
  });
});
