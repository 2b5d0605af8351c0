// One desk for a measurement: a folder with maildesk.yaml, the real worker as a process of its own, and a look into its
// database to see when the last mail became a ticket. mail.sending is off: acknowledgements are decided, written and
// composed, but nothing is handed to a mail server.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import BetterSqlite from "better-sqlite3";
import { type StartedProcess, startProcess, waitUntil } from "../servers/process.ts";
import { treeCpuMs, treeResidentBytes } from "./process-tree.ts";
import type { Rates } from "./rates.ts";

const command = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
const lookEveryMs = 100;
const looksPerSample = 5;
const batchMsMax = 300_000;
const outputShown = 2000;

export interface BenchSource {
  port: number;
  user: string;
  password: string;
}

export interface BenchDesk {
  folder: string;
  database: string;
}

/** What one batch of mails cost. */
export interface Measured extends Rates {
  samples: Sample[];
}

/** The worker and its children together, at one moment. */
export interface Sample {
  /** Mails of the batch that are filed. */
  decided: number;
  cpuMs: number;
  residentBytes: number;
}

/** Writes the configuration; the database comes into being with the first start, or with `settle`. */
export function makeDesk(folder: string, source: BenchSource, acknowledge: boolean): BenchDesk {
  mkdirSync(folder, { recursive: true });
  const lines = [
    "database: sqlite:./maildesk.db",
    "queue: embedded",
    "outgoing: maildir:./sent",
    "secret: a-secret-for-the-benchmark-only",
    "mailboxes:",
    "  - address: support@example.com",
    `    source: { url: "imap://127.0.0.1:${source.port}/INBOX", user: ${source.user}, password: ${source.password} }`,
    "    start: all",
    `    acknowledge: ${acknowledge}`,
  ];
  writeFileSync(join(folder, "maildesk.yaml"), `${lines.join("\n")}\n`);
  return { folder, database: join(folder, "maildesk.db") };
}

/** Makes the tables and turns sending off. */
export const settle = (desk: BenchDesk): Promise<void> => run(desk, ["settings", "set", "mail.sending=off"]);

/** Runs one command of maildesk in the desk's folder to its end. */
export async function run(desk: BenchDesk, args: string[]): Promise<void> {
  const started = await startProcess(process.execPath, [command, ...args], { cwd: desk.folder });
  const said = () => `maildesk ${args.join(" ")}: ${started.output().slice(-outputShown)}`;
  await waitUntil(() => started.exitCode() !== null, said);
  if (started.exitCode() !== 0) throw new Error(said());
}

/**
 * Starts the worker on its empty mailbox, waits until it has looked once, delivers and measures until the last of
 * `count` mails has its end and what must be told of them is composed. Starting the worker does not count.
 */
export async function measureWorker(desk: BenchDesk, count: number, deliver: () => void): Promise<Measured> {
  const looker = openLooker(desk);
  const startedAt = Date.now();
  const worker = await startProcess(process.execPath, [...nodeOptions(desk), command, "worker"], { cwd: desk.folder });
  try {
    const said = () => `the worker does not poll: ${worker.output().slice(-outputShown)}`;
    await waitUntil(() => looker.polledAt() >= startedAt, said);
    await pause(1000); // the first sweep, and what is compiled late
    const deliveredAt = Date.now();
    const before = treeCpuMs(worker.pid);
    deliver();
    const samples = await sampled(worker, looker, count);
    const cpuMs = treeCpuMs(worker.pid) - before;
    return { ...looker.rate(count, deliveredAt), cpuMsPerMail: cpuMs / count, ...laterHalf(samples, count), samples };
  } finally {
    await worker.stop();
    looker.close();
  }
}

/** Looks at the worker until nothing is left to do. */
async function sampled(worker: StartedProcess, looker: Looker, count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const end = Date.now() + batchMsMax;
  const sample = () => {
    const decided = looker.filed();
    samples.push({ decided, cpuMs: treeCpuMs(worker.pid), residentBytes: treeResidentBytes(worker.pid) });
    return decided;
  };
  for (let look = 1; ; look += 1) {
    if (worker.exitCode() !== null || Date.now() > end)
      throw new Error(`${looker.filed()} of ${count} mails were filed: ${worker.output().slice(-outputShown)}`);
    if (look % looksPerSample === 0 && sample() === count && looker.isIdle()) break;
    if (looker.isIdle() && looker.filed() === count) break;
    await pause(lookEveryMs);
  }
  sample();
  return samples;
}

/** What a mail costs once the code is compiled: the second half of the batch alone. */
function laterHalf(samples: readonly Sample[], count: number): Pick<Measured, "laterCpuMsPerMail"> {
  const half = samples.find((sample) => sample.decided >= count / 2);
  const last = samples.at(-1);
  if (half === undefined || last === undefined || last.decided === half.decided)
    return { laterCpuMsPerMail: Number.NaN };
  return { laterCpuMsPerMail: (last.cpuMs - half.cpuMs) / (last.decided - half.decided) };
}

type Looker = ReturnType<typeof openLooker>;

/** Looks into a desk's database from outside, with questions that cost the machine next to nothing. */
function openLooker(desk: BenchDesk) {
  const database = new BetterSqlite(desk.database, { readonly: true });
  const prepared = (sql: string) => {
    const statement = database.prepare(sql).pluck();
    return (...values: unknown[]): number => Number(statement.get(...values) ?? 0);
  };
  const lastBefore = (database.prepare(`select max("id") from "email"`).pluck().get() as string | null) ?? "";
  const isNew = `"id" > '${lastBefore}'`; // ids sort by the time at which they were made
  // Asked all the time, so it must be answered by an index: a scan would compete with what is measured.
  const filed = prepared(`select count(*) from "email" where "status" = 'filed' and ${isNew}`);
  const firstStored = prepared(`select min("storedAt") from "email" where ${isNew}`);
  const storedAt = prepared(`select count(*) from "email" where ${isNew} and "storedAt" = ?`);
  const lastDecided = prepared(`select max("decidedAt") from "email" where ${isNew}`);
  const busy = prepared(
    `select exists (select 1 from "email" where "status" = 'pending') or exists (select 1 from "notice" where "state" = 'waiting')`,
  );
  return {
    polledAt: prepared(`select max("lastPollAt") from "mailbox"`),
    filed: () => filed(),
    isIdle: () => busy() === 0,
    /** The clock starts when the first batch is stored: its mails were fetched before, so they are not counted. */
    rate(count: number, since: number): Pick<Measured, "mailsPerSecond"> {
      if (filed() !== count) throw new Error(`${filed()} of ${count} mails were filed`);
      const first = firstStored();
      if (first < since) throw new Error("a mail was stored before it was delivered");
      return { mailsPerSecond: ((count - storedAt(first)) * 1000) / (lastDecided() - first) };
    },
    close: () => database.close(),
  };
}

/** `BENCH_PROFILE=1 npm run bench` leaves V8's profiles of worker and children beside each desk. */
function nodeOptions({ folder }: BenchDesk): string[] {
  return process.env.BENCH_PROFILE
    ? ["--cpu-prof", `--cpu-prof-dir=${join(process.env.BENCH_PROFILE, folder.split("/").at(-1) ?? "")}`]
    : [];
}
