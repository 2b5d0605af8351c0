// A mailbox with a wrong password, two workers and an administrator: one alert by a route of its own, one when it is mended,
// and nobody ever answers either (OPS-12).
import { expect, it } from "vitest";
import { openApp } from "../../dist/app.js";
import { slotAt } from "../../dist/worker/schedule.js";
import { waitUntil } from "../servers/process.ts";
import { startSmtpSink } from "../servers/smtp-sink.ts";
import { openJourney } from "./desk.ts";
import { seenMail } from "./mail-text.ts";

const minuteMs = 60_000;

it("a refused password is told once by two workers, and once more when it is mended", async () => {
  const route = await startSmtpSink();
  const desk = await openJourney("embedded", {
    mailboxes: [{ name: "support", password: "wrong" }, { name: "sales" }],
    config: { alerts: { to: ["admin@elsewhere.example"], route: `smtp://127.0.0.1:${route.port}` } },
  });
  const log = { info() {}, warn() {}, error() {} };
  const other = await openApp(desk.app.config, { log, clock: desk.app.clock, sweepEveryMs: 200 });
  const stop = new AbortController();
  /** A minute later one of the two has looked at the desk. */
  const lookedAgain = async () => {
    desk.skip(minuteMs);
    const slot = slotAt({ everyMs: minuteMs, offsetMs: 0 }, desk.app.clock.now());
    await waitUntil(
      async () =>
        (await desk.slots()).some((one) => one.schedule === "alerts" && one.slot >= slot && one.doneAt !== null),
      () => `nobody looked at ${slot}`,
    );
  };
  try {
    desk.run();
    const second = other.work(stop.signal);
    await waitUntil(
      async () => (await desk.mailbox("support"))?.needsPerson === 1,
      () => "support does not fail",
    );
    for (let minute = 0; minute < 3; minute++) await lookedAgain();
    await route.waitFor(1);
    desk.mendPassword("support");
    await waitUntil(
      async () => {
        await desk.cli(["poll", "support"]); // does nothing while a worker reads it
        return (await desk.mailbox("support"))?.failingSince === null;
      },
      () => "support still fails",
      90_000,
    );
    for (let minute = 0; minute < 4; minute++) await lookedAgain();
    await route.waitFor(2);
    stop.abort();
    await second;
    const [raised, cleared] = route.received.map(seenMail);
    expect(raised?.header("Subject")).toBe("[maildesk] mailbox support cannot be read");
    expect(raised?.body).toMatch(/refused the password[\s\S]*maildesk mailbox test support/);
    expect(raised?.body).not.toContain("wrong");
    expect(cleared?.header("Subject")).toBe("[maildesk] mailbox support is read again");
    expect(route.received.map(({ from, to }) => [from, to])).toEqual([
      ["support@desk.example", "admin@elsewhere.example"],
      ["support@desk.example", "admin@elsewhere.example"],
    ]);
    expect(route.received[0]?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    // Somebody's rule forwards it to the desk: it knows its own mail.
    await desk.deliver(Buffer.from(route.received[0]?.raw ?? "", "latin1"), { mailbox: "sales" });
    await desk.settled();
    expect((await desk.emails()).map(({ reason }) => reason)).toEqual(["own-mail"]);
    expect(await desk.outbox()).toEqual([]);
    const list = JSON.parse(await desk.command("alerts", "list", "--json"));
    expect(list).toMatchObject([
      { kind: "mailbox", subject: "support", phase: "cleared", status: "told", to: "admin@elsewhere.example" },
      { kind: "mailbox", subject: "support", phase: "raised", status: "told", attempts: 1, error: null },
    ]);
  } finally {
    stop.abort();
    await other.close();
    await route.stop();
  }
});
