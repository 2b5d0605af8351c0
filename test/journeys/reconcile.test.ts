// `maildesk reconcile`: a mail that lies on the server and was never stored is found however old it is, and fetched once;
// what was left alone at first contact stays alone (OPS-7).
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openJourney } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const dayMs = 86_400_000;
type Desk = Awaited<ReturnType<typeof openJourney>>;

async function reconcile(desk: Desk, ...flags: string[]) {
  const { code, stdout } = await desk.cli(["reconcile", "--json", ...flags]);
  return { code, found: JSON.parse(stdout) as Record<string, unknown>[] };
}

/** Two mails read, an old one left alone, and one that no poll sees, as its UID is far below the trailing window. */
async function deskWithGap(): Promise<Desk> {
  const desk = await openJourney("embedded");
  const receivedAtMs = Date.now() - 30 * dayMs;
  await desk.deliver(mailText({ from: "old@acme.example", date: new Date(receivedAtMs) }), {
    receivedAtMs,
    left: true,
  });
  for (const name of ["ann", "bob"]) await desk.deliver(mailText({ from: `${name}@acme.example` }));
  await desk.pass();
  await desk.deliver(mailText({ from: "cleo@acme.example" }));
  await desk.app.database.write(async (tx) => {
    await tx.updateTable("mailbox").set({ lastUid: 5_000 }).execute();
  });
  await desk.pass();
  expect(await desk.emails()).toHaveLength(2);
  return desk;
}

it("finds what no poll sees, fetches it once, and leaves alone what was left alone", async () => {
  const desk = await deskWithGap();
  const before = await desk.everything();
  const [first = ""] = readdirSync(join(desk.maildir(), "cur")).sort();
  const counts = { mailbox: "support", onServer: 4, stored: 2, gone: 0, withheld: 0, error: null };
  expect(await reconcile(desk, "--dry-run")).toEqual({
    code: 1,
    found: [{ ...counts, missing: 1, filled: 0, dryRun: true }],
  });
  expect(await desk.everything()).toEqual(before);

  expect(await reconcile(desk)).toEqual({ code: 0, found: [{ ...counts, missing: 1, filled: 1, dryRun: false }] });
  await desk.pass();
  expect((await desk.emails()).map(({ sender }) => sender).join()).toMatch(/ann@.*bob@.*cleo@/);
  expect(desk.smtp.received.map(({ to }) => to).sort()).toEqual([
    "ann@acme.example",
    "bob@acme.example",
    "cleo@acme.example",
  ]);

  // Another client takes one away: nobody's loss.
  rmSync(join(desk.maildir(), "cur", first));
  const after = await reconcile(desk);
  expect(after).toMatchObject({ code: 0, found: [{ onServer: 3, missing: 0, filled: 0 }] });
  expect((await desk.cli(["reconcile"])).stdout).toMatch(/^support: 3 mails on the server.*, nothing is missing\.\n$/);
  expect(await desk.emails()).toHaveLength(3);
});

it("waits for a worker's poll, beside which it does no harm", async () => {
  const desk = await deskWithGap();
  desk.run();
  const both = await Promise.all([reconcile(desk), reconcile(desk)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  await desk.settled();
  expect(await desk.emails()).toHaveLength(3);
  expect(both.reduce((sum, { found }) => sum + Number(found[0]?.filled), 0)).toBe(1);
});

it("says in one sentence why it can't compare: never read, renumbered, no such mailbox", async () => {
  const desk = await openJourney("embedded");
  expect(await desk.cli(["reconcile"])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^support: The mailbox support was never read[\s\S]*`maildesk poll support`\.\n$/),
  });
  await desk.deliver(mailText({ from: "ann@acme.example" }));
  await desk.pass();
  await desk.renumber();
  const before = await desk.everything();
  expect(await desk.cli(["reconcile"])).toMatchObject({
    code: 69,
    stderr: expect.stringMatching(/^support: The folder of support was renumbered[\s\S]*doubles nothing\.\n$/),
  });
  expect(await desk.everything()).toEqual(before);
  expect(await desk.cli(["reconcile", "suport"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("support"),
  });
});
