// The worker processes of one desk: each is started, killed with SIGKILL at a moment that the seed chose, and started again;
// and the children that read mails for them. It remembers what each kill hit.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../../bench/random.ts";
import type { StartedProcess } from "../../servers/process.ts";
import type { KillsDesk } from "./combination.ts";

/** What a killed process held at that moment. */
export interface Held {
  emails: number;
  sending: number;
  handing: number;
  mailboxes: number;
}

export interface Kill {
  what: "worker" | "reader";
  /** Process id of the worker, for a reader that of its parent. */
  pid: number;
  held: Held;
}

export interface Victims {
  kills: Kill[];
  /** Kills one process; resolves when its successor is started. */
  killOne(): Promise<void>;
  /** Ends all in good order; resolves to what was wrong with that: exit codes, children left behind, errors in the logs. */
  stop(): Promise<string[]>;
  /** For a run that failed. */
  abandon(): Promise<void>;
}

/** Shares of all kills. */
const readers = 0.35;
const aimed = 0.7;
/** An aimed kill waits at most this long for its victim to hold something, then lets it live this much longer at most. */
const aimMs = 4_000;
const aimedLaterMs = 20;
const aims = ["emails", "mailboxes", "sending", "handing", "anything"] as const;
const blindMs = 900;
const startMs = 60_000;

export async function startVictims(desk: KillsDesk, count: number, random: Random): Promise<Victims> {
  const kills: Kill[] = [];
  const wrong: string[] = [];
  const dead: { worker: StartedProcess; children: number[] }[] = [];
  const workers: StartedProcess[] = [];
  for (let number = 0; number < count; number += 1) workers.push(await desk.startWorker());

  const heldBy = async (pid: number): Promise<Held> => {
    const owner = `"leaseOwner" like '${hostname()}/${pid}/%'`;
    const [row] = await desk.database.rows<Held>(`select
      (select count(*) from "email" where "status" = 'pending' and "leaseUntil" > 0 and ${owner}) as "emails",
      (select count(*) from "outbox" where "status" = 'sending' and ${owner}) as "sending",
      (select count(*) from "outbox" where "status" = 'handing' and ${owner}) as "handing",
      (select count(*) from "mailbox" where ${owner}) as "mailboxes"`);
    if (row === undefined) throw new Error("the database gave no answer");
    return row;
  };
  const sum = (held: Held) => held.emails + held.sending + held.handing + held.mailboxes;

  /** Resolves once the victim holds what is aimed at, or does not for long. */
  async function holds(worker: StartedProcess, aim: (typeof aims)[number], isReader: boolean): Promise<void> {
    const end = Date.now() + aimMs;
    while (Date.now() < end && worker.exitCode() === null) {
      const held = await heldBy(worker.pid);
      const isThere = aim === "anything" ? sum(held) > 0 : held[aim] > 0;
      if (isThere && (!isReader || childrenOf(worker.pid).length > 0)) return;
      await pause(5);
    }
  }

  /** This one, or the next that works already; waits while none does. */
  async function started(first: number): Promise<number> {
    const end = Date.now() + startMs;
    while (Date.now() < end) {
      for (let step = 0; step < count; step += 1) {
        const worker = workers[(first + step) % count];
        if (worker?.exitCode() !== null || worker.output().includes("worker-started")) return (first + step) % count;
      }
      await pause(20);
    }
    return first;
  }

  return {
    kills,
    async killOne() {
      const isReader = random.next() < readers;
      const isAimed = random.next() < aimed;
      const at = isAimed ? await started(random.below(count)) : random.below(count);
      const laterMs = random.below(isAimed ? aimedLaterMs : blindMs);
      const worker = workers[at];
      if (worker === undefined) throw new Error(`there is no worker ${at}`);
      const aim = random.pick(aims);
      if (isAimed) await holds(worker, isReader ? "emails" : aim, isReader);
      await pause(laterMs);
      if (worker.exitCode() !== null) {
        wrong.push(`a worker ended by itself with ${worker.exitCode()}: ${worker.output().slice(-500)}`);
        workers[at] = await desk.startWorker();
        return;
      }
      const children = childrenOf(worker.pid);
      const [reader] = isReader ? children.slice(random.below(Math.max(1, children.length))) : [];
      if (isReader && reader !== undefined) {
        const held = await heldBy(worker.pid);
        if (killed(reader)) kills.push({ what: "reader", pid: worker.pid, held });
        return;
      }
      process.kill(worker.pid, "SIGKILL");
      while (worker.exitCode() === null) await pause(1);
      kills.push({ what: "worker", pid: worker.pid, held: await heldBy(worker.pid) });
      dead.push({ worker, children });
      workers[at] = await desk.startWorker();
    },
    async stop() {
      for (const worker of workers) {
        const end = Date.now() + startMs;
        while (!worker.output().includes("worker-started") && Date.now() < end) await pause(20);
        await worker.stop("SIGTERM", 30_000);
        if (worker.exitCode() !== 0)
          wrong.push(`a worker ended with ${worker.exitCode()}: ${worker.output().slice(-500)}`);
      }
      for (const { children } of dead)
        for (const child of children) if (isReading(child)) wrong.push(`reader ${child} outlived its worker`);
      for (const { output } of [...workers, ...dead.map(({ worker }) => worker)])
        for (const line of output().split("\n").slice(1)) if (isError(line)) wrong.push(line.slice(0, 500));
      for (const { worker } of dead) await worker.stop("SIGKILL");
      return wrong;
    },
    async abandon() {
      for (const worker of [...workers, ...dead.map((one) => one.worker)]) await worker.stop("SIGKILL");
    },
  };
}

/** Lines of the JSON log above a warning, and what is no such line at all; the last one of a killed process may be cut. */
const isError = (line: string): boolean => line.includes('"level":"error"') || (line !== "" && !line.startsWith("{"));

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // it ended by itself a moment ago
  }
}

/** A number may belong to another process by now. */
function isReading(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("bundle/child.js");
  } catch {
    return false;
  }
}
