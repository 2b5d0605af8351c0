// Slots of schedules on a real database, as several processes reach for them with clocks of their own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../dist/database/open.js";
import { recoverDead } from "../../dist/database/recover.js";
import { openSchedules } from "../../dist/database/schedules.js";
import { openTicker, type Schedule, slotAt } from "../../dist/worker/schedule.js";
import { databaseOf } from "../servers/test-database.ts";

const hourMs = 3_600_000;
const start = Date.UTC(2026, 10, 25, 2, 30);
const silent = { info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

let folder = "";
let now = start;
let open: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "maildesk-schedules-"));
  now = start;
});
afterEach(async () => {
  for (const database of open) await database.close();
  open = [];
  rmSync(folder, { recursive: true });
});

/** A process of its own on the same file. */
async function worker(name: string) {
  const database = await openDatabase({ url: await databaseOf(folder), migrate: true, now: () => now });
  open.push(database);
  return { database, schedules: openSchedules(database, name), clock: { now: () => now }, log: silent };
}

type Worker = Awaited<ReturnType<typeof worker>>;

const hourly = (run: Schedule["run"]): Schedule => ({ name: "hourly", everyMs: hourMs, offsetMs: 0, run });
const ticker = (one: Worker, run: Schedule["run"]) => openTicker(one, [hourly(run)]);

describe("a slot", () => {
  it.each([
    [24 * hourMs, 2 * hourMs, "2026-11-25T02:00"],
    [24 * hourMs, 3 * hourMs, "2026-11-24T03:00"],
    [hourMs, 0, "2026-11-25T02:00"],
    [60_000, 0, "2026-11-25T02:30"],
  ])("every %i ms, %i ms into the day, is that of %s", (everyMs, offsetMs, slot) => {
    expect(slotAt({ everyMs, offsetMs }, start)).toBe(slot);
  });

  it("runs once though three workers reach for it at the same moment, again and again, and start anew", async () => {
    let runs = 0;
    const run = async () => {
      runs += 1;
    };
    const workers = [await worker("a"), await worker("b"), await worker("c")];
    const ticks = workers.map((one) => ticker(one, run));
    for (let round = 0; round < 3; round++) await Promise.all(ticks.map((tick) => tick(never)));
    await ticker(await worker("d"), run)(never);
    expect(runs).toBe(1);
    now += hourMs;
    await Promise.all(ticks.map((tick) => tick(never)));
    expect(runs).toBe(2);
  });

  it("that was missed while nobody ran is made up for once, not for each hour", async () => {
    let runs = 0;
    const tick = ticker(await worker("a"), async () => {
      runs += 1;
    });
    await tick(never);
    now += 50 * hourMs;
    await tick(never);
    await tick(never);
    expect(runs).toBe(2);
  });

  it("is not run again by a worker whose clock is ten minutes late, once a later one was taken", async () => {
    now = Date.UTC(2026, 10, 25, 2, 55);
    const late = (await worker("late")).schedules;
    expect(await late.claim("hourly", "2026-11-25T03:00", now)).toMatchObject({ fence: 1 });
    expect(await late.claim("hourly", "2026-11-25T02:00", now)).toBe("done");
  });

  it("of a killed worker is taken by another, at once where it is known to be dead, else when the lease ran out", async () => {
    const [dead, other] = [await worker("dead"), await worker("other")];
    const lease = await dead.schedules.claim("hourly", "2026-11-25T02:00", now);
    if (typeof lease === "string") throw new Error(lease);
    expect(await other.schedules.claim("hourly", "2026-11-25T02:00", now)).toBe("held");
    expect(await recoverDead(other.database, (owner) => owner === "dead", now, false)).toBe(1);
    const again = await other.schedules.claim("hourly", "2026-11-25T02:00", now);
    expect(again).toMatchObject({ fence: 2 });
    // Should it live after all, it finds its fence taken and must let go.
    expect(await dead.schedules.extend(lease, now)).toBe(false);
    await dead.schedules.done(lease, now);
    expect(await dead.schedules.claim("hourly", "2026-11-25T02:00", now)).toBe("held");
    now += hourMs;
    expect(await dead.schedules.claim("hourly", "2026-11-25T02:00", now)).toMatchObject({ fence: 3 });
  });

  it("that failed is tried again after a while, and one that a stopped worker left at once", async () => {
    let tries = 0;
    const one = await worker("a");
    const failing = ticker(one, async () => {
      tries += 1;
      if (tries === 1) throw new Error("the disk is full");
    });
    await failing(never);
    await failing(never);
    expect(tries).toBe(1);
    expect(await one.database.read.selectFrom("slot").selectAll().execute()).toMatchObject([
      { error: "the disk is full", doneAt: null },
    ]);
    now += 31_000;
    await failing(never);
    expect(tries).toBe(2);

    now += hourMs;
    const stop = new AbortController();
    await ticker(one, async (go) => {
      stop.abort();
      expect(await go()).toBe(false);
    })(stop.signal);
    let ran = false;
    await ticker(await worker("b"), async () => {
      ran = true;
    })(never);
    expect(ran).toBe(true);
  });

  it("that is long past is forgotten, but never the last of a schedule", async () => {
    const { schedules, database } = await worker("a");
    for (const slot of ["2026-11-25T00:00", "2026-11-25T01:00"]) await schedules.claim("hourly", slot, now);
    await schedules.forget(now + hourMs);
    expect(await database.read.selectFrom("slot").select("slot").execute()).toEqual([{ slot: "2026-11-25T01:00" }]);
  });
});
