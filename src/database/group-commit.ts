// The only place that begins a transaction on SQLite. All writes go through one connection and are committed in groups:
// decisions that arrive together share one commit, each behind a savepoint of its own, so that one which fails takes
// nobody along. A commit waits for the disk where somebody outside relies on it (a cursor that moves, a mail that is
// handed over, a person who is told "done"); leases, numbers, decisions about mail and what is composed of them need not
// wait: the log is written in order, so the next commit that waits covers them, and until then a power failure only
// makes the same mail be decided again.
import type BetterSqlite from "better-sqlite3";
import type { Kysely } from "kysely";
import { isKind, operator, systemCode, temporary } from "../errors.ts";
import type { Writes } from "./open.ts";
import type { Schema } from "./schema.ts";
import { isBusy, prepareKept } from "./sqlite.ts";

type Tx = Kysely<Schema>;

const groupMax = 256;
/** Work that need not wait for the disk waits for company as long as more keeps coming: the pages of a commit are shared. */
const gatherMs = 2;
const gatherMsMax = 10;
const busyRetriesMax = 300;

/** Statements about the transaction itself. */
const words = ["begin immediate", "commit", "rollback", "savepoint job", "release job", "rollback to job"] as const;
type Say = (word: (typeof words)[number]) => void;

interface Job {
  durable: boolean;
  run(tx: Tx): Promise<void>;
  settle(error: unknown): void;
}

/** `db` speaks on `connection`, and nobody else writes on either. */
export function groupCommit(db: Tx, connection: BetterSqlite.Database): Writes {
  const statements = new Map(words.map((word) => [word, prepareKept(connection, word)]));
  const say: Say = (word) => void statements.get(word)?.run();
  const waiting: Job[] = [];
  let running = false;
  let durable = true;
  const drain = async () => {
    running = true;
    while (waiting.length > 0) {
      await gather(waiting);
      const jobs = waiting.splice(0, groupMax);
      const wanted = jobs.some((job) => job.durable);
      try {
        if (wanted !== durable) connection.exec(`pragma synchronous = ${wanted ? "FULL" : "NORMAL"}`);
        durable = wanted;
      } catch (error) {
        for (const job of jobs) job.settle(diskError(error));
        continue;
      }
      await runGroup(db, say, jobs);
    }
    running = false;
  };
  const add = <T>(work: (tx: Tx) => Promise<T>, isDurable: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      let result: T | undefined;
      waiting.push({
        durable: isDurable,
        async run(tx) {
          result = await work(tx);
        },
        settle(error) {
          if (error === undefined)
            resolve(result as T); // run assigned it
          else reject(error);
        },
      });
      if (!running) void drain();
    });
  const writeSoon: Writes["writeSoon"] = (work) => add(work, false);
  return { write: (work) => add(work, true), writeSoon, writeOne: writeSoon };
}

async function gather(waiting: readonly Job[]): Promise<void> {
  let before = 0;
  for (let waited = 0; waited < gatherMsMax && waiting.length > before; waited += gatherMs) {
    if (waiting.length >= groupMax || waiting.some((job) => job.durable)) return;
    before = waiting.length;
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
  }
}

/** All jobs in one transaction; each that fails is rolled back alone. If the commit itself fails, all failed. */
async function runGroup(db: Tx, say: Say, jobs: Job[]): Promise<void> {
  const outcomes = new Map<Job, unknown>();
  try {
    await begin(say);
    try {
      for (const job of jobs) outcomes.set(job, await runJob(db, say, job));
      say("commit");
    } catch (error) {
      try {
        say("rollback");
      } catch {
        // SQLite ended the transaction by itself, as on a full disk
      }
      throw error;
    }
  } catch (error) {
    for (const job of jobs) job.settle(diskError(error));
    return;
  }
  for (const job of jobs) job.settle(outcomes.get(job));
}

async function runJob(tx: Tx, say: Say, job: Job): Promise<unknown> {
  say("savepoint job");
  try {
    await job.run(tx);
    say("release job");
    return undefined;
  } catch (error) {
    // A full disk may have ended the whole transaction: then the group fails, and for that reason.
    try {
      say("rollback to job");
    } catch {
      throw error;
    }
    say("release job");
    return isKind(error, "conflict") ? error : diskError(error);
  }
}

/** Waits for another process's write without spending anybody's attempt. */
async function begin(say: Say): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      say("begin immediate");
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt >= busyRetriesMax) {
        throw temporary("Another process keeps the database locked.", { code: "busy", cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 5 + (attempt % 20)));
    }
  }
}

function diskError(error: unknown): unknown {
  const code = systemCode(error) ?? "";
  if (code === "SQLITE_FULL" || code.startsWith("SQLITE_IOERR")) {
    return operator("The database's disk is full or failing.", {
      code,
      cause: error,
      remedy: "Make room on the disk; nothing was lost.",
    });
  }
  return error;
}
