// `npm run bench -- --only=workers`: what 1, 2 and 4 worker processes on one PostgreSQL bring, with Redis as the queue and
// on PostgreSQL alone, beside the bare loop of fetching and parsing the same mails. Four mailboxes, each read by one
// worker at a time; after each run the desk is looked through for anything that is missing or there twice.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { type RedisServer, startRedis } from "../servers/redis.ts";
import { measureBare } from "./bare-run.ts";
import { type Measured, makeDesk, measureWorkers, settle } from "./bench-desk.ts";
import { type BenchRun, isLeftOut, isQuick, openBench, say } from "./bench-run.ts";
import { countsOf, expectedOf, shownCounts } from "./desk-counts.ts";
import { type MailFolder, writeMails } from "./mail-folder.ts";
import { benchMails } from "./mails.ts";
import { median, medians, type Rates, ratio, shownRates } from "./rates.ts";

const sizes = isQuick ? { mails: 600, rounds: 1 } : { mails: 4_000, rounds: 3 };
const boxCount = 4;
const workerCounts = [1, 2, 4];
const seed = 20_260_301;
/** As a small server is set up; the disk is waited for. */
const settings = { fsync: "on", shared_buffers: "256MB" };

type QueueName = "Redis" | "PostgreSQL";

describe.skipIf(isLeftOut("workers"))("several workers", () => {
  let bench: BenchRun;
  let postgres: PostgresServer;
  let redis: RedisServer;
  let folder: MailFolder;

  beforeAll(async () => {
    bench = await openBench();
    postgres = await startPostgres(settings);
    redis = await startRedis();
    folder = writeMails(join(bench.folder, "mails"), benchMails({ seed, name: "workers", count: sizes.mails }));
    say(`${sizes.mails} mails of ${(folder.meanBytes / 1000).toFixed(0)} KB over ${boxCount} mailboxes, seed ${seed}`);
    say("database: postgres://; 2 parser children for each worker; mail.sending is off, acknowledgements are composed");
  });

  afterAll(async () => {
    await redis.remove();
    await postgres.remove();
    await bench.remove();
  });

  it("are compared with the bare loop, and nothing is there twice", async () => {
    const bareBox = bench.newMailbox();
    folder.deliver(bareBox.maildir);
    const bare: Rates[] = [];
    const runs = new Map<string, Measured[]>();
    for (let round = 1; round <= sizes.rounds; round += 1) {
      bare.push(await measureBare(bareBox));
      for (const queue of ["Redis", "PostgreSQL"] as const) {
        for (const workers of round % 2 === 1 ? workerCounts : workerCounts.toReversed()) {
          const name = `${workers} worker${workers === 1 ? " " : "s"}, queue on ${queue}`;
          const { measured, counted } = await onFreshDesk(queue, workers);
          say(`  round ${round}, ${name.padEnd(32)} ${shown(measured)}`);
          say(`           ${counted}`);
          runs.set(name, [...(runs.get(name) ?? []), measured]);
        }
      }
    }
    const limit = medians(bare);
    say(`bare limit, imapflow and mailparser  ${shownRates(limit)}`);
    for (const [name, measured] of runs) {
      const { mailsPerSecond, cpuMsPerMail } = ratio(medians(measured), limit);
      say(
        `${name.padEnd(32)} ${shownRates(medians(measured))}; ${shownServers(measured)}; to the bare limit: mails/s ${mailsPerSecond.toFixed(2)}, workers' CPU ${cpuMsPerMail.toFixed(2)}`,
      );
    }
  });

  async function onFreshDesk(queue: QueueName, workers: number): Promise<{ measured: Measured; counted: string }> {
    const boxes = Array.from({ length: boxCount }, () => bench.newMailbox());
    const database = await postgres.database();
    await redis.flushAll();
    const desk = makeDesk(join(bench.folder, `desk-${boxes[0]?.user}`), {
      boxes,
      acknowledge: true,
      database,
      queue: queue === "Redis" ? redis.url : database,
    });
    await settle(desk);
    const servers = {
      PostgreSQL: postgres.pid() ?? 0,
      ...(queue === "Redis" ? { Redis: redis.pid() ?? 0 } : {}),
    };
    const deliver = () => folder.deal(boxes.map((box) => box.maildir));
    const measured = await measureWorkers(desk, { count: sizes.mails, workers, servers, deliver });
    const counts = await countsOf(database);
    expect(counts).toMatchObject(expectedOf(folder.mails));
    for (const path of [desk.folder, ...boxes.map((box) => box.maildir)])
      rmSync(path, { recursive: true, force: true });
    await postgres.query(`drop database "${new URL(database).pathname.slice(1)}" with (force)`);
    return { measured, counted: shownCounts(counts) };
  }
});

const shown = (measured: Measured): string => `${shownRates(measured)}; ${shownServers([measured])}`;

/** Medians of what the servers took. */
function shownServers(runs: readonly Measured[]): string {
  const names = Object.keys(runs[0]?.serverCpuMsPerMail ?? {});
  return names
    .map((name) => `${name} ${median(runs.map((run) => run.serverCpuMsPerMail[name] ?? 0)).toFixed(2)} ms`)
    .join(", ");
}
