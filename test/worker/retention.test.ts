// Removal by age on a real desk: step by step, nothing that somebody still needs, and the rest goes on as if nothing was.
import { afterEach, describe, expect, it } from "vitest";
import { openRetention } from "../../dist/database/retention.js";
import { runRetention } from "../../dist/worker/retain.js";
import { rawMail } from "./raw-mail.ts";
import { type RunningDesk, runningDesk } from "./running-desk.ts";

const dayMs = 86_400_000;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function openDesk(settings: Record<string, number>) {
  const desk = await runningDesk();
  cleanUp.push(() => desk.close());
  await desk.database.write(async (tx) => {
    for (const [id, value] of Object.entries(settings))
      await tx
        .insertInto("setting")
        .values({ id, value: JSON.stringify(value), version: 1 })
        .execute();
  });
  return desk;
}

const run = (desk: RunningDesk, { go = async () => true, dryRun = false } = {}) =>
  runRetention(
    { retention: openRetention(desk.database), desk: desk.desk, clock: desk.clock, log: desk.base.log },
    go,
    dryRun,
  );
const removed = async (desk: RunningDesk, more = {}) =>
  Object.fromEntries((await run(desk, more)).map((one) => [one.kind, one.removed]));
const raws = async (desk: RunningDesk) =>
  (await desk.read.selectFrom("emailRaw").select("id").orderBy("id").execute()).map(({ id }) => id);
const close = (desk: RunningDesk) =>
  desk.database.write((tx) => tx.updateTable("ticket").set({ state: "closed", status: "closed" }).execute());
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => rawMail(`m${at}`, { from: `p${at % 9}@acme.example` }));

describe("originals", () => {
  it("go in many steps, and those that are young, wait, failed, are held or on open tickets stay", async () => {
    const desk = await openDesk({ "retention.rawDays": 30, "limits.mailsPerSenderPerHour": 1000 });
    await desk.store(many(450));
    await desk.process();
    await close(desk);
    const [open] = await desk.store([rawMail("open", { from: "olga@acme.example" })]);
    await desk.process();
    const [failed, held, pending] = await desk.store(["x", "y", rawMail("waits", { from: "w@acme.example" })]);
    await desk.database.write(async (tx) => {
      await tx
        .updateTable("email")
        .set({ status: "failed", reason: "bug" })
        .where("id", "=", failed ?? "")
        .execute();
      await tx
        .updateTable("email")
        .set({ status: "held", reason: "empty" })
        .where("id", "=", held ?? "")
        .execute();
    });
    desk.clock.advance(40 * dayMs);
    const [young] = await desk.store([rawMail("young", { from: "y@acme.example" })]);
    const foretold = await run(desk, { dryRun: true });
    expect(foretold.find(({ kind }) => kind === "raw")).toMatchObject({ days: 30, removed: 450 });
    expect(await raws(desk)).toHaveLength(455);
    const steps: number[] = [];
    const go = async () => {
      steps.push((await raws(desk)).length);
      return true;
    };
    expect(await removed(desk, { go })).toEqual({ held: 0, raw: 450, outbox: 0, log: 0 });
    expect(steps.slice(0, 3)).toEqual([455, 255, 55]);
    expect((await raws(desk)).sort()).toEqual([open, failed, held, pending, young].sort());
    expect(await removed(desk)).toEqual({ held: 0, raw: 0, outbox: 0, log: 0 });
    const rows = await desk.emails();
    expect(rows.filter(({ rawGoneAt }) => rawGoneAt !== null)).toHaveLength(450);
    expect(rows.every(({ status, digest }) => status !== "filed" || digest !== null)).toBe(true);
    expect(await desk.spool.retry(rows.map(({ id }) => id))).toBe(2); // the failed and the held one
  });

  it("that a stopped run left go with the next one", async () => {
    const desk = await openDesk({ "retention.rawDays": 30 });
    await desk.store(many(250));
    await desk.process();
    await close(desk);
    desk.clock.advance(40 * dayMs);
    let steps = 0;
    expect(await removed(desk, { go: async () => ++steps <= 1 })).toMatchObject({ raw: 200 });
    expect(await raws(desk)).toHaveLength(50);
    expect(await removed(desk)).toMatchObject({ raw: 50 });
  });

  it("gone, a copy is still known and a reply still finds its ticket", async () => {
    const desk = await openDesk({ "retention.rawDays": 30, "retention.outboxDays": 30, "retention.logDays": 30 });
    const first = rawMail("first", { from: "ann@acme.example" });
    await desk.store([first]);
    await desk.deliver();
    await desk.process();
    await desk.deliver();
    expect(desk.sent).toHaveLength(1);
    await close(desk);
    desk.clock.advance(20 * dayMs);
    const before = desk.clock.now();
    desk.clock.advance(20 * dayMs);
    const result = await removed(desk);
    expect(result).toMatchObject({ held: 0, raw: 1, outbox: 1 });
    expect(result.log).toBeGreaterThan(0);
    for (const table of ["commitLog", "changeLog", "changeLogRow", "emailRaw", "outboxRaw"] as const)
      expect(
        await desk.read
          .selectFrom(table)
          .select((eb) => eb.fn.countAll().as("n"))
          .execute(),
      ).toEqual([{ n: 0 }]);
    expect(before).toBeLessThan(desk.clock.now());
    await desk.store([
      `Received: from elsewhere\n${first}`,
      rawMail("second", { from: "ann@acme.example", inReplyTo: "first" }),
    ]);
    await desk.process();
    expect((await desk.emails()).map(({ reason, ticketNumber }) => [reason, ticketNumber])).toEqual([
      ["new-ticket", 1],
      ["duplicate", null],
      [expect.stringMatching(/^(reply|follow-up)$/), expect.any(Number)],
    ]);
  });
});

describe("held mail", () => {
  it("that somebody asks for at the same moment is theirs", async () => {
    const desk = await openDesk({});
    await desk.store([Buffer.alloc(0)]);
    await desk.process();
    const [{ id = "" } = {}] = await desk.emails();
    let commit = () => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const retrying = desk.database.write(async (tx) => {
      await tx.updateTable("email").set({ status: "pending", reason: null }).where("id", "=", id).execute();
      setImmediate(commit); // on SQLite the other one waits outside, on PostgreSQL for this row
      await committed;
    });
    const removing = openRetention(desk.database).remove("held", [id], desk.clock.now());
    await retrying;
    expect(await removing).toBe(0);
    expect((await desk.emails())[0]).toMatchObject({ id, status: "pending" });
  });

  it("is ignored after its time, and says what it was", async () => {
    const desk = await openDesk({ "retention.heldDays": 10 });
    const [id] = await desk.store(["\n"]);
    await desk.process();
    expect((await desk.emails())[0]).toMatchObject({ status: "held", reason: "no-sender" });
    desk.clock.advance(9 * dayMs);
    expect(await removed(desk)).toMatchObject({ held: 0 });
    desk.clock.advance(2 * dayMs);
    expect(await removed(desk)).toMatchObject({ held: 1 });
    const [row] = await desk.emails();
    expect(row).toMatchObject({ id, status: "ignored", reason: "expired", rawGoneAt: null });
    expect(JSON.parse(row?.trace ?? "[]").at(-1)).toEqual({
      step: "retention",
      text: "it was held (no-sender) for longer than retention.heldDays, and nobody asked for it",
    });
    expect(await desk.spool.retry([id ?? ""])).toBe(1);
  });
});
