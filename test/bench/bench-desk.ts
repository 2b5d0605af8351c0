// One desk for a measurement: a folder with maildesk.yaml, the real worker as a process of its own, and a look into its
// database to see when the last mail became a ticket. mail.sending is off: acknowledgements are decided, written and
// composed, but nothing is handed to a mail server.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import BetterSqlite from "better-sqlite3";
import { startProcess, waitUntil } from "../servers/process.ts";
import { treeCpuMs, treeResidentBytes } from "./process-tree.ts";

const command = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
const lookEveryMs = 50;
const sampleEveryMs = 500;

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
export interface Measured {
  mailsPerSecond: number;
  cpuMsPerMail: number;
  /** Resident memory of worker and children together, and how many mails were decided by then. */
  memory: { decided: number; bytes: number }[];
}

/** Writes the configuration; the database comes into being with the first start, or with `settle`. */
export function makeDesk(folder: string, source: BenchSource): BenchDesk {
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
  ];
  writeFileSync(join(folder, "maildesk.yaml"), `${lines.join("\n")}\n`);
  return { folder, database: join(folder, "maildesk.db") };
}

/** Makes the tables and turns sending off. */
export async function settle(desk: BenchDesk): Promise<void> {
  const made = await startProcess(process.execPath, [command, "process"], { cwd: desk.folder });
  await waitUntil(
    () => made.exitCode() !== null,
    () => `maildesk process does not end: ${made.output()}`,
  );
  if (made.exitCode() !== 0) throw new Error(`maildesk process failed: ${made.output()}`);
  const database = new BetterSqlite(desk.database);
  database.prepare(`insert into "setting" ("id", "value", "version") values ('mail.sending', 'false', 1)`).run();
  database.close();
}

/**
 * Starts the worker on its empty mailbox, waits until it has looked once, delivers and measures until the last of
 * `count` mails has its end and what must be told of them is composed. Starting the worker does not count.
 */
export async function measureWorker(desk: BenchDesk, count: number, deliver: () => void): Promise<Measured> {
  const database = new BetterSqlite(desk.database, { readonly: true });
  const one = (sql: string, ...values: unknown[]): number =>
    Number(
      database
        .prepare(sql)
        .pluck()
        .get(...values) ?? 0,
    );
  const before = one(`select count(*) from "email"`);
  const startedAt = Date.now();
  const worker = await startProcess(process.execPath, [...nodeOptions(desk), command, "worker"], { cwd: desk.folder });
  const alive = (what: string) => () => `${what}: ${worker.output().slice(-2000)}`;
  try {
    await waitUntil(
      () => one(`select max("lastPollAt") from "mailbox"`) >= startedAt,
      alive("the worker does not poll"),
    );
    await pause(1000); // the first sweep, and what is compiled late
    const cpuBefore = treeCpuMs(worker.pid);
    const startedBatchAt = Date.now();
    deliver();
    const memory: Measured["memory"] = [];
    let sampledAt = 0;
    const decided = () =>
      one(`select count(*) from "email" where "storedAt" >= ? and "decidedAt" is not null`, startedBatchAt);
    const ended = () =>
      one(`select count(*) from "email"`) === before + count &&
      one(`select count(*) from "email" where "status" = 'pending'`) === 0 &&
      one(`select count(*) from "notice" where "state" = 'waiting'`) === 0;
    await waitUntil(
      async () => {
        if (worker.exitCode() !== null) throw new Error("the worker ended");
        if (Date.now() - sampledAt >= sampleEveryMs) {
          sampledAt = Date.now();
          memory.push({ decided: decided(), bytes: treeResidentBytes(worker.pid) });
        }
        const done = ended();
        if (!done) await pause(lookEveryMs);
        return done;
      },
      alive("the mails do not come to their end"),
      600_000,
    );
    const cpuMs = treeCpuMs(worker.pid) - cpuBefore;
    memory.push({ decided: decided(), bytes: treeResidentBytes(worker.pid) });
    const filed = one(`select count(*) from "email" where "storedAt" >= ? and "status" = 'filed'`, startedBatchAt);
    if (filed !== count) throw new Error(`${filed} of ${count} mails were filed`);
    // The clock starts when the first batch is stored: its mails were fetched before, so they are not counted.
    const firstStored = one(`select min("storedAt") from "email" where "storedAt" >= ?`, startedBatchAt);
    const mails = count - one(`select count(*) from "email" where "storedAt" = ?`, firstStored);
    const ms = one(`select max("decidedAt") from "email" where "storedAt" >= ?`, startedBatchAt) - firstStored;
    return { mailsPerSecond: (mails * 1000) / ms, cpuMsPerMail: cpuMs / count, memory };
  } finally {
    await worker.stop();
    database.close();
  }
}

/** `BENCH_PROFILE=1 npm run bench` leaves V8's profiles of worker and children beside each desk. */
function nodeOptions({ folder }: BenchDesk): string[] {
  return process.env.BENCH_PROFILE
    ? ["--cpu-prof", `--cpu-prof-dir=${join(process.env.BENCH_PROFILE, folder.split("/").at(-1) ?? "")}`]
    : [];
}
