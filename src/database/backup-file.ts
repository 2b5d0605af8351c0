// Copies of a SQLite desk as the command meets them: made and read through in a child process, so that this one hears signals and
// can say how far it is, and nothing goes on behind its back once it was told to stop.
import { type ChildProcess, fork } from "node:child_process";
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import BetterSqlite from "better-sqlite3";
import { temporary } from "../errors.ts";
import type { CopyAnswer } from "./copy-child.ts";
import { keep, prepareKept } from "./sqlite.ts";

export interface CopyOptions {
  /** Once aborted, the child is killed; the call rejects with code ABORT_ERR when it is gone. */
  signal: AbortSignal;
  /** Is told now and then which share of the database is copied, 0 to 1. */
  copied(share: number): void;
}

const script = fileURLToPath(new URL("./copy-child.js", import.meta.url));
const lookEveryMs = 200;
/** A terminal sends them to the child as well, which may hear them first. */
const stopSignals: ReadonlySet<string | null> = new Set(["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Copies a database into `to`, an empty file, and reads every page of the copy; resolves to what is wrong with it, or null.
 * Rejects with what SQLite says, SQLITE_FULL where the disk is; temporary where the child died.
 */
export async function copyDatabase(path: string, to: string, { signal, copied }: CopyOptions): Promise<string | null> {
  const { size } = await stat(path);
  const look = setInterval(async () => {
    const found = await stat(to).catch(() => null);
    if (found !== null && size > 0) copied(Math.min(1, found.size / size));
  }, lookEveryMs);
  try {
    return await inChild([to, path], signal);
  } finally {
    clearInterval(look);
  }
}

/** Reads every page of a database; what is wrong with it, or null. Rejects as `copyDatabase` does. */
export const faultOf = async (path: string, signal: AbortSignal): Promise<string | null> =>
  await inChild([path], signal);

async function inChild(args: readonly string[], signal: AbortSignal): Promise<string | null> {
  const child = fork(script, [String(process.pid), ...args], {
    signal,
    killSignal: "SIGKILL",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: [],
    env: {},
  });
  const { answer, ended } = await answerOf(child);
  if (signal.aborted || (answer === null && stopSignals.has(ended)))
    throw Object.assign(new Error("the copy was stopped"), { code: "ABORT_ERR" });
  if (answer === null)
    throw temporary(`The process that reads the database ended unexpectedly (${ended ?? "no answer"}).`, {
      remedy: "Look whether this machine has memory left, and try again.",
    });
  if ("fault" in answer) return answer.fault;
  throw Object.assign(new Error(answer.message), answer.code === null ? {} : { code: answer.code });
}

interface Ended {
  answer: CopyAnswer | null;
  /** The signal that ended it. */
  ended: string | null;
}

/** Resolves when the child is gone; rejects where it could not be started. */
const answerOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve, reject) => {
    let answer: CopyAnswer | null = null;
    child.on("message", (message) => {
      answer = message as CopyAnswer; // our own program sends nothing else
    });
    child.on("error", (error) => {
      if (child.pid !== undefined) return; // it was killed, and its end is heard
      reject(temporary(`The process that reads the database cannot be started: ${error.message}.`, { cause: error }));
    });
    child.on("close", (_, ended) => resolve({ answer, ended }));
  });

/** Whether a database file is a desk's; false for one that can't be read. */
export function isDeskFile(path: string): boolean {
  try {
    const connection = keep(new BetterSqlite(path, { readonly: true, fileMustExist: true }));
    try {
      return prepareKept(connection, `select 1 from "sqlite_master" where "name" = 'changeLogRow'`).get() !== undefined;
    } finally {
      connection.close();
    }
  } catch {
    return false;
  }
}
