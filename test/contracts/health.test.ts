// What /healthz and /metrics say of a real database in trouble, of loops that hang, and of a clock that is wrong; and that
// whoever asks often costs no more than whoever asks seldom.
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { clockAheadMs, mustAgree } from "../../dist/app-clock.js";
import { openDeskHealth } from "../../dist/database/health.js";
import type { Schema } from "../../dist/database/schema.js";
import { serverTime } from "../../dist/database/server-time.js";
import { openEventCounts } from "../../dist/health/event-counts.js";
import { exposition } from "../../dist/health/exposition.js";
import { kept } from "../../dist/health/kept.js";
import { type HealthOptions, openHealth } from "../../dist/health/open-health.js";
import { openPulse } from "../../dist/health/pulse.js";
import { freePort } from "../servers/free-port.ts";
import { startPostgres } from "../servers/postgres.ts";
import { newDesk } from "./desk-in-folder.ts";
import { newMail, unfetched } from "./spool-mail.ts";

const minuteMs = 60_000;

async function desk(over: Partial<HealthOptions> = {}) {
  const made = await newDesk("health");
  let steadyMs = 0;
  const pulses = openPulse(() => steadyMs);
  const port = await freePort();
  const health = await openHealth({
    host: "127.0.0.1",
    port,
    desk: openDeskHealth(made.database),
    pulses,
    counts: openEventCounts(),
    mailboxes: ["support"],
    version: "1.2.3",
    now: () => made.clock.now(),
    clockAheadMs: () => null,
    ...over,
  });
  onTestFinished(async () => {
    await health.close();
    await made.close().catch(() => {}); // a test may have closed it
  });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { code: response.status, text: await response.text() };
  };
  return {
    ...made,
    pulses,
    get,
    pass: (ms: number) => {
      steadyMs += ms;
    },
    async health() {
      const { code, text } = await get("/healthz");
      return { code, ...JSON.parse(text) };
    },
  };
}

/** What Prometheus would read: the value by name and labels. Throws where the page is not in its format. */
function parsed(page: string): Map<string, number> {
  const values = new Map<string, number>();
  let announced = "";
  for (const line of page.split("\n").slice(0, -1)) {
    const type = /^# TYPE ([a-z_]+) (?:gauge|counter)$/.exec(line)?.[1];
    if (type !== undefined) announced = type;
    if (line.startsWith("#")) continue;
    const sample = /^([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (-?[\d.e+-]+)$/.exec(line);
    if (sample?.[1] !== announced) throw new Error(`out of place: ${line}`);
    const key = `${sample[1]}${sample[2]}`;
    if (values.has(key)) throw new Error(`twice: ${key}`);
    values.set(key, Number(sample[3]));
  }
  return values;
}

describe("/healthz", () => {
  it("fails when a loop is quiet for longer than it meant to be, and mends when it turns again", async () => {
    const { pulses, pass, health } = await desk();
    pulses.turned("sweep", 1_000);
    pulses.turned("watch support", 15 * minuteMs);
    pass(10 * minuteMs);
    expect(await health()).toMatchObject({
      code: 503,
      status: "failing",
      failing: ['the loop "sweep" has not turned for 600 s'],
    });
    pulses.turned("sweep", 1_000);
    expect(await health()).toMatchObject({ code: 200, status: "ok" });
    pass(10 * minuteMs);
    pulses.ended("sweep");
    expect((await health()).failing).toEqual(['the loop "watch support" has not turned for 1200 s']);
  });

  it("fails when the database does not answer, and /metrics says so too", async () => {
    const { database, health, get } = await desk();
    await database.close();
    expect(await health()).toMatchObject({ code: 503, failing: ["the database does not answer"] });
    const { code, text } = await get("/metrics");
    expect(code).toBe(200);
    expect(parsed(text).get("maildesk_database_up")).toBe(0);
    expect(parsed(text).get("process_resident_memory_bytes")).toBeGreaterThan(1e7);
  });

  it("fails while the clock is wrong", async () => {
    const { health } = await desk({ clockAheadMs: () => 605_000 });
    expect((await health()).failing).toEqual(["this machine's clock is 605 s ahead of the database's"]);
  });

  it("is degraded, and no reason to restart, by what a person must mend; a server's words are not repeated", async () => {
    const { spool, outbox, clock, health, get } = await desk();
    const state = await spool.leaseMailbox("support", "one", clock.now() + minuteMs);
    if (state === null) throw new Error("no lease");
    const until = clock.now() + minuteMs;
    await spool.saveMailbox({ ...state, error: "NO geheim", pausedUntilMs: until, failures: 3 }, "one");
    await outbox.setPause({ untilMs: until, error: "535 geheim" });
    const report = await health();
    expect(report).toMatchObject({ code: 200, status: "degraded", failing: [] });
    expect(report.degraded).toEqual([
      "mailbox support cannot be read; `maildesk status` says why",
      "sending is paused; `maildesk status` says why",
    ]);
    const { text } = await get("/metrics");
    expect(parsed(text).get('maildesk_mailbox_failures{mailbox="support"}')).toBe(3);
    expect(parsed(text).get("maildesk_sending_paused")).toBe(1);
    expect(JSON.stringify(report) + text).not.toContain("geheim");
  });
});

describe("/metrics", () => {
  it("counts what waits and what failed, by reason, and leaves out mailboxes that nobody configured", async () => {
    const { spool, clock, get } = await desk();
    const cursor = { uidValidity: "1", lastUid: 9 };
    await spool.leaseMailbox("old", "one", clock.now() + minuteMs);
    await spool.store("old", "1", [newMail({ uid: 8 }), unfetched(9)], cursor, "one");
    clock.advance(90_000);
    const values = parsed((await get("/metrics")).text);
    expect(values.get('maildesk_mails{status="pending",reason=""}')).toBe(1);
    expect(values.get('maildesk_mails{status="failed",reason="not-fetched"}')).toBe(1);
    expect(values.get("maildesk_mail_oldest_waiting_seconds")).toBeGreaterThanOrEqual(90);
    expect([...values.keys()].filter((key) => key.includes('"old"'))).toEqual([]);
  });

  it("survives any name of a mailbox", () => {
    const label = 'a "b" \\ c\nd';
    const page = exposition([
      { name: "m", help: "one\ntwo \\", type: "gauge", samples: [{ labels: { mailbox: label }, value: 0.5 }] },
      { name: "none", help: "", type: "gauge", samples: [] },
    ]);
    expect([...parsed(page)]).toEqual([['m{mailbox="a \\"b\\" \\\\ c\\nd"}', 0.5]]);
  });
});

describe("an answer that is kept", () => {
  it("is asked for once by a thousand callers, and less often the longer it takes", async () => {
    let now = 0;
    let asked = 0;
    const ask = kept(
      async () => {
        now += 300;
        return ++asked;
      },
      () => now,
    );
    expect(new Set(await Promise.all(Array.from({ length: 1_000 }, ask)))).toEqual(new Set([1]));
    now += 29_000; // a hundred times 300 ms, but for a second
    expect(await ask()).toBe(1);
    now += 1_000;
    expect(await ask()).toBe(2);
  });
});

describe("the clock of a database server", () => {
  it("is compared with this machine's, and a worker that is ten minutes off is refused in one sentence", async () => {
    const server = await startPostgres();
    const pool = new pg.Pool({ connectionString: await server.database() });
    const read = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(async () => {
      await read.destroy();
      await server.remove();
    });
    const health = {
      ping: never,
      counts: never,
      lastCommitAt: never,
      mustKnowTables: never,
      serverTime: () => serverTime(read),
    };
    const shifted = (ms: number) => ({ now: () => Date.now() + ms });
    expect(await clockAheadMs(health, shifted(0))).toBeNull();
    await expect(mustAgree(health, shifted(10 * minuteMs))).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringMatching(/^This machine's clock is 10 min ahead of the database server's; /),
      remedy: expect.stringContaining("NTP"),
    });
    await expect(mustAgree(health, shifted(-10 * minuteMs))).rejects.toThrow("10 min behind");
  });
});

const never = () => Promise.reject(new Error("nobody asks"));
