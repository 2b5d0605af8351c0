// One desk for a measurement: a folder with maildesk.yaml, the real worker as one process or several, and a look into its
// database to see when the last mail became a ticket. mail.sending is off: acknowledgements are decided, written and
// composed, but nothing is handed to a mail server.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type StartedProcess, startProcess, waitUntil } from "../servers/process.ts";
import { type Looker, openLooker } from "./looker.ts";
import { treeCpuMs, treeResidentBytes } from "./process-tree.ts";
import type { Rates } from "./rates.ts";

export const command = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
export const counter = fileURLToPath(new URL("./count-statements.mjs", import.meta.url));
const lookEveryMs = 100;
const looksPerSample = 5;
const batchMsMax = 600_000;
const dayMsMax = 900_000;
const outputShown = 2000;

export interface BenchSource {
  port: number;
  user: string;
  password: string;
}

export interface BenchDesk {
  folder: string;
  /** As in maildesk.yaml, with an absolute path. */
  database: string;
  mailboxes: number;
}

export interface DeskOptions {
  boxes: readonly BenchSource[];
  acknowledge: boolean;
  /** A file in the folder, where nothing else is named. */
  database?: string;
  queue?: string;
  outgoing?: string;
  /** Reading children of each worker; as many as maildesk takes by itself unless given. */
  children?: number;
}

/** What one batch of mails cost. */
export interface Measured extends Rates {
  samples: Sample[];
  /** Processor time of each server that was named, in ms a mail. */
  serverCpuMsPerMail: Record<string, number>;
}

/** All workers and their children together, at one moment. */
export interface Sample {
  /** Mails of the batch that are filed. */
  decided: number;
  cpuMs: number;
  residentBytes: number;
}

export interface MeasureOptions {
  count: number;
  deliver(): void;
  /** Worker processes; one unless given. */
  workers?: number;
  /** Process ids of servers whose processor time is measured as well, by name. */
  servers?: Readonly<Record<string, number>>;
  /** A file for the texts of all statements and how often each ran (count-statements.mjs); that costs time. */
  statements?: string;
  /** Wait until all that is told has left as well. */
  isSent?: boolean;
}

/** Writes the configuration; the database comes into being with the first start, or with `settle`. */
export function makeDesk(folder: string, options: DeskOptions): BenchDesk {
  mkdirSync(folder, { recursive: true });
  const { boxes, acknowledge, database = `sqlite:${join(folder, "maildesk.db")}`, queue = "embedded" } = options;
  const mailboxes = boxes.map(({ port, user, password }, at) => ({
    name: `box-${at}`,
    address: at === 0 ? "support@example.com" : `support-${at}@example.com`,
    source: { url: `imap://127.0.0.1:${port}/INBOX`, user, password },
    start: "all",
    acknowledge,
  }));
  const outgoing = options.outgoing ?? "maildir:./sent";
  const parser = options.children === undefined ? {} : { parser: { children: options.children } };
  const config = { database, queue, outgoing, secret: "a-secret-for-the-benchmark-only", mailboxes, ...parser };
  writeFileSync(join(folder, "maildesk.yaml"), stringify(config));
  return { folder, database, mailboxes: boxes.length };
}

/** Makes the tables and turns sending off. */
export const settle = (desk: BenchDesk): Promise<void> => run(desk, ["settings", "set", "mail.sending=off"]);

/** Runs one command of maildesk in the desk's folder to its end. */
export async function run(desk: BenchDesk, args: string[]): Promise<void> {
  const started = await startProcess(process.execPath, [command, ...args], { cwd: desk.folder });
  const said = () => `maildesk ${args.join(" ")}: ${started.output().slice(-outputShown)}`;
  await waitUntil(() => started.exitCode() !== null, said, 120_000);
  if (started.exitCode() !== 0) throw new Error(said());
}

/** Starts workers of one desk; resolves once they all work. */
export async function startWorkers(desk: BenchDesk, count: number, statements?: string): Promise<StartedProcess[]> {
  const loaded = statements === undefined ? [] : ["--import", counter];
  const args = [...profiling(desk), ...loaded, command, "worker"];
  const env = statements === undefined ? process.env : { ...process.env, COUNT_STATEMENTS: statements };
  const workers: StartedProcess[] = [];
  for (let number = 0; number < count; number += 1)
    workers.push(await startProcess(process.execPath, args, { cwd: desk.folder, env }));
  for (const worker of workers)
    await waitUntil(
      () => worker.output().includes("worker-started"),
      () => `a worker does not start: ${worker.output().slice(-outputShown)}`,
      60_000,
    );
  return workers;
}

/**
 * Starts the workers on their empty mailboxes, waits until each was looked at, delivers and measures until the last of
 * `count` mails has its end and what must be told of them is composed. Starting does not count.
 */
export async function measureWorkers(desk: BenchDesk, options: MeasureOptions): Promise<Measured> {
  const { count, deliver, servers = {} } = options;
  const looker = await openLooker(desk.database);
  const startedAt = Date.now();
  const workers = await startWorkers(desk, options.workers ?? 1, options.statements);
  const cpuMs = () => workers.reduce((sum, worker) => sum + treeCpuMs(worker.pid), 0);
  const serverCpuMs = () => Object.entries(servers).map(([name, pid]) => [name, treeCpuMs(pid)] as const);
  try {
    await waitUntil(
      () => looker.havePolled(desk.mailboxes, startedAt),
      () => `the mailboxes are not read: ${workers.map((worker) => worker.output().slice(-outputShown)).join("\n")}`,
    );
    const isDayDone = () => looker.isDayDone();
    await waitUntil(isDayDone, () => "the disk use is still being measured", dayMsMax);
    await pause(1000); // the first sweep, and what is compiled late
    const deliveredAt = Date.now();
    const [before, serversBefore] = [cpuMs(), new Map(serverCpuMs())];
    deliver();
    const samples = await sampled(workers, looker, options, cpuMs);
    const spent = cpuMs() - before;
    const ofServers = serverCpuMs().map(([name, ms]) => [name, (ms - (serversBefore.get(name) ?? 0)) / count]);
    return {
      mailsPerSecond: await looker.mailsPerSecond(count, deliveredAt),
      cpuMsPerMail: spent / count,
      ...laterHalf(samples, count),
      serverCpuMsPerMail: Object.fromEntries(ofServers),
      samples,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await looker.close();
  }
}

/** Looks at the workers until nothing is left to do. */
async function sampled(
  workers: readonly StartedProcess[],
  looker: Looker,
  { count, isSent = false }: MeasureOptions,
  cpuMs: () => number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const end = Date.now() + batchMsMax;
  const sample = (decided: number) => {
    const residentBytes = workers.reduce((sum, worker) => sum + treeResidentBytes(worker.pid), 0);
    samples.push({ decided, cpuMs: cpuMs(), residentBytes });
  };
  for (let look = 1; ; look += 1) {
    const decided = await looker.filed();
    const gone = workers.find((worker) => worker.exitCode() !== null);
    if (gone !== undefined || Date.now() > end)
      throw new Error(`${decided} of ${count} mails were filed: ${(gone ?? workers[0])?.output().slice(-outputShown)}`);
    const isDone = decided === count && (await looker.isIdle(isSent));
    if (isDone || look % looksPerSample === 0) sample(decided);
    if (isDone) return samples;
    await pause(lookEveryMs);
  }
}

/** What a mail costs once the code is compiled: the second half of the batch alone. */
function laterHalf(samples: readonly Sample[], count: number): Pick<Measured, "laterCpuMsPerMail"> {
  const half = samples.find((sample) => sample.decided >= count / 2);
  const last = samples.at(-1);
  if (half === undefined || last === undefined || last.decided === half.decided)
    return { laterCpuMsPerMail: Number.NaN };
  return { laterCpuMsPerMail: (last.cpuMs - half.cpuMs) / (last.decided - half.decided) };
}

/** `BENCH_PROFILE=1 npm run bench` leaves V8's profiles of worker and children beside each desk. */
function profiling({ folder }: BenchDesk): string[] {
  return process.env.BENCH_PROFILE
    ? ["--cpu-prof", `--cpu-prof-dir=${join(process.env.BENCH_PROFILE, folder.split("/").at(-1) ?? "")}`]
    : [];
}
