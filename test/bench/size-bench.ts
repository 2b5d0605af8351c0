// `npm run bench -- --only=size`: whether a mail costs the same on a desk with 100,000 and with 1,000,000 tickets as on a
// small one, on SQLite and on PostgreSQL, and by which indexes the statements of a worker find their rows there. The same
// mails come to all desks of one round. The small desk is the smallest on which each of them has the outcome that it has on
// the large ones: everybody has written before, and every conversation that is answered is there. One engine after the other,
// as the large desks of both don't fit into the memory of the machine, and would push each other out of the system's cache.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { type BenchDesk, type Measured, makeDesk, measureWorkers, run, settle } from "./bench-desk.ts";
import { type BenchRun, type Box, isLeftOut, isQuick, openBench, say } from "./bench-run.ts";
import { everybody, fillDesk, filledThreads, firstMails } from "./fill-desk.ts";
import { writeMails } from "./mail-folder.ts";
import { benchMails } from "./mails.ts";
import { openOutside } from "./outside.ts";
import { withTokensAndTags } from "./plan-mails.ts";
import { type Plan, plansOf, readCounted, shownPlan } from "./plans.ts";
import { median, medians, ratio, shownRates } from "./rates.ts";

const sizes = isQuick
  ? { desks: [everybody, 20_000], news: 200, rounds: 1, planned: 100 }
  : { desks: [everybody, 100_000, 1_000_000], news: 1_000, rounds: 5, planned: 200 };
/** `--largest=100000`: in a quarter of the time. */
const ticketsMax = Number(process.env.BENCH_LARGEST || Number.POSITIVE_INFINITY);
const desks = sizes.desks.filter((tickets) => tickets === everybody || tickets <= ticketsMax);
const seed = 20_260_401;
const answeredThreads = 300;
const settings = { fsync: "on", shared_buffers: "256MB", max_wal_size: "4GB" };
/** In memory there is what a desk at work has there: the first round, which finds none of it, does not count. */
const coldRounds = 1;
const engines = ["SQLite", "PostgreSQL"] as const;
type Engine = (typeof engines)[number];

interface Filled {
  engine: Engine;
  tickets: number;
  desk: BenchDesk;
  box: Box;
  runs: Measured[];
}

describe.skipIf(isLeftOut("size"))("a large desk", () => {
  let bench: BenchRun;
  let postgres: PostgresServer;
  beforeAll(async () => {
    bench = await openBench();
    postgres = await startPostgres(settings);
    say("one worker with the embedded queue; mail.sending is off, acknowledgements are composed");
  });

  afterAll(async () => {
    await postgres.remove();
    await bench.remove();
  });

  it.each(engines)(
    "on %s reads no large table whole for a mail, which costs what it costs on a small one",
    async (engine) => {
      const filled: Filled[] = [];
      const emptied: Filled[] = [];
      for (const tickets of desks) filled.push(await filledDesk(engine, tickets));
      const largest = filled.filter(({ tickets }) => tickets === desks.at(-1));
      const scans: Plan[] = [];
      for (const one of largest) scans.push(...(await plansOn(one)));
      for (const { desk } of filled) if (desk.database.startsWith("postgres")) await analyze(desk.database);
      for (let round = 1 - coldRounds; round <= sizes.rounds; round += 1) {
        const news = benchMails({
          seed: seed + round,
          name: `news-${round}`,
          count: sizes.news,
          threads: filledThreads(everybody, answeredThreads),
        });
        const folder = writeMails(join(bench.folder, `news-${round}`), news);
        const empty = await newDesk(engine, `empty-${round}`);
        const turns = [...filled, empty];
        // Whoever comes second finds a machine in another state, so they take turns.
        for (const one of round % 2 === 1 ? turns : turns.toReversed()) {
          const measured = await measure(one, () => folder.deliver(one.box.maildir));
          say(`  round ${round}, ${shownDesk(one)} ${shownCost([measured])}`);
          if (round > 0) one.runs.push(measured);
        }
        if (round > 0) emptied.push(empty);
        rmSync(empty.desk.folder, { recursive: true, force: true });
        rmSync(join(bench.folder, `news-${round}`), { recursive: true, force: true });
      }
      tell(engine, filled, emptied);
      for (const { desk } of filled) rmSync(desk.folder, { recursive: true, force: true });
      expect(scans.map((plan) => shownPlan(plan, sizes.planned))).toEqual([]);
    },
  );

  function tell(engine: Engine, filled: readonly Filled[], emptied: readonly Filled[]): void {
    say("an empty desk is told for comparison: there the people are new and the answers find no ticket");
    const small = medians(filled[0]?.runs ?? []);
    const smallServer = serverMs(filled[0]?.runs ?? []);
    say(`${engine}, empty desk: ${shownCost(emptied.flatMap(({ runs }) => runs))}`);
    for (const one of filled) {
      const { mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail } = ratio(medians(one.runs), small);
      const server = engine === "SQLite" ? "" : `, server's CPU ${(serverMs(one.runs) / smallServer).toFixed(2)}`;
      say(`${shownDesk(one)} ${shownCost(one.runs)}`);
      say(
        `  to the small desk: mails/s ${mailsPerSecond.toFixed(2)} (at least 0.9), CPU per mail ${cpuMsPerMail.toFixed(2)} (at most 1.1; second half ${laterCpuMsPerMail.toFixed(2)})${server}`,
      );
    }
  }

  /** A desk on which the program made one ticket, and that has as many as asked for. */
  async function filledDesk(engine: Engine, tickets: number): Promise<Filled> {
    const one = await newDesk(engine, `desk-${tickets}`);
    const files = firstMails().map((raw, index) => {
      const file = join(one.desk.folder, `first-${index}.eml`);
      writeFileSync(file, raw);
      return file;
    });
    await run(one.desk, ["ingest", "--answer", ...files]);
    await run(one.desk, ["deliver"]);
    const startedAt = Date.now();
    // Until it is asked to, PostgreSQL must not find out what was loaded.
    if (engine === "PostgreSQL") await autovacuum("off");
    await fillDesk(one.desk.database, tickets);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
    say(`${engine} desk with ${tickets} tickets: filled in ${seconds} s, ${await sizeMb(one.desk.database)} MB`);
    return { ...one, tickets };
  }

  async function newDesk(engine: Engine, name: string): Promise<Filled> {
    const box = bench.newMailbox();
    const database = engine === "PostgreSQL" ? { database: await postgres.database() } : {};
    const desk = makeDesk(join(bench.folder, `${name}-${engine}`), { boxes: [box], acknowledge: true, ...database });
    await settle(desk);
    return { engine, tickets: 0, desk, box, runs: [] };
  }

  const measure = ({ desk, engine }: Filled, deliver: () => void): Promise<Measured> =>
    measureWorkers(desk, {
      count: sizes.news,
      deliver,
      ...(engine === "PostgreSQL" ? { servers: { PostgreSQL: postgres.pid() ?? 0 } } : {}),
    });

  /** The plans of all that a worker asks for some mails, sending included; resolves to those that read a large table whole. */
  async function plansOn(one: Filled): Promise<Plan[]> {
    const { desk, engine, box } = one;
    const file = join(desk.folder, "statements.json");
    const threads = filledThreads(everybody, answeredThreads);
    const mails = benchMails({ seed, name: "planned", count: sizes.planned, threads });
    const folder = writeMails(join(desk.folder, "planned"), await withTokensAndTags(desk.database, mails));
    await run(desk, ["settings", "set", "mail.sending=on"]);
    const count = folder.mails.length;
    const deliver = () => folder.deliver(box.maildir);
    await measureWorkers(desk, { count, deliver, statements: file, isSent: true });
    await settle(desk);
    const counted = readCounted(file);
    const plans = [{ when: "as it is", plans: await plansOf(desk.database, counted) }];
    if (engine === "PostgreSQL") {
      await analyze(desk.database);
      plans[0] = { when: "filled a moment ago, without statistics", plans: plans[0]?.plans ?? [] };
      plans.push({ when: "after VACUUM ANALYZE", plans: await plansOf(desk.database, counted) });
      await autovacuum("on");
    }
    const runs = counted.reduce((sum, { runs: ran }) => sum + ran, 0);
    say(
      `${shownDesk(one)} ${(runs / count).toFixed(1)} statements a mail of ${counted.length} texts, all loops and transactions counted`,
    );
    for (const { when, plans: found } of plans) {
      say(`${engine}, ${when}:`);
      for (const plan of found) say(`  ${shownPlan(plan, count)}`);
    }
    return plans.flatMap(({ plans: found }) => found.filter(({ scans }) => scans.length > 0));
  }

  async function autovacuum(state: "on" | "off"): Promise<void> {
    await postgres.query(`alter system set autovacuum = ${state}`);
    await postgres.query("select pg_reload_conf()");
  }
});

const shownDesk = ({ engine, tickets }: Filled): string =>
  `${engine.padEnd(10)} ${tickets === 0 ? "empty" : String(tickets).padStart(7)} tickets:`;

const serverMs = (runs: readonly Measured[]): number =>
  median(runs.map((one) => one.serverCpuMsPerMail.PostgreSQL ?? 0));

function shownCost(runs: readonly Measured[]): string {
  const server = serverMs(runs);
  return `${shownRates(medians(runs))}${server === 0 ? "" : `; PostgreSQL ${server.toFixed(2)} ms`}`;
}

async function analyze(url: string): Promise<void> {
  const desk = await openOutside(url);
  await desk.run("vacuum analyze").finally(() => desk.close());
}

async function sizeMb(url: string): Promise<number> {
  const desk = await openOutside(url);
  const bytes = desk.isPostgres
    ? "select pg_database_size(current_database())"
    : "select page_count * page_size from pragma_page_count, pragma_page_size";
  return Math.round((await desk.number(bytes).finally(() => desk.close())) / 1024 / 1024);
}
