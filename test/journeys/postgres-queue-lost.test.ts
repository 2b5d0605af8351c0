// The queue's PostgreSQL is stopped under a working desk: the rows know what is due, so nothing is lost and nothing
// doubled (OPS-4).
import { expect, it } from "vitest";
import { waitUntil } from "../servers/process.ts";
import { openJourney, postgresServer } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const people = Array.from({ length: 10 }, (_, at) => `person${at}@acme${at}.example`).sort();

it("the queue's PostgreSQL may be away: mail is stored meanwhile, and filed when it is back", async () => {
  const postgres = await postgresServer();
  const desk = await openJourney("postgres");
  desk.run();
  await desk.deliver(mailText({ from: "ann@acme.example" }));
  await desk.settled();
  expect(await desk.command("doctor")).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+, version \d/);

  await postgres.stop();
  for (const from of people) await desk.deliver(mailText({ from }));
  await waitUntil(
    async () => (await desk.emails()).length === 11,
    () => "without its queue nothing is stored",
  );
  await postgres.restart();
  await desk.settled();
  expect(await desk.tickets()).toHaveLength(11);
  expect(desk.smtp.received.map((mail) => mail.to).sort()).toEqual(["ann@acme.example", ...people].sort());
});
