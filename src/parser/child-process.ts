// One child process and its life: started by the first mail, watched while it works, killed when one mail takes too much
// time or memory, replaced when it has grown or served long. It is given a few mails at a time, for waking a process costs
// more than telling it of one mail more; the sheet tells which mail it died of.
import { type ChildProcess, fork } from "node:child_process";
import { temporary } from "../errors.ts";
import { residentBytes } from "./resident-memory.ts";
import type { Call, Done } from "./serve.ts";
import { openSheet, type Sheet, type SheetAnswer, type Span, sheetFull } from "./sheet.ts";

export interface ChildOptions {
  /** Absolute path of the program. */
  script: string;
  timeMs: number;
  memoryBytes: number;
}

/**
 * What became of one mail of a call: an answer; an error, temporary with `code` time, memory or crash for the one that
 * the process died of, `busy` where no process would start, operator where the disk is full; `unread` for those behind it.
 */
export type Outcome = SheetAnswer | { kind: "error"; error: Error } | { kind: "unread" };

export interface Child {
  /** One outcome for each mail, in their order. The next call after a death gets a new process. */
  call(method: string, mails: readonly Buffer[], part?: number): Promise<Outcome[]>;
  /** How many mails of the running call are answered. */
  answered(): number;
  /** Process id while the process lives, else null. */
  pid(): number | null;
  close(): Promise<void>;
}

const mailsMax = 20_000;
/** One that ever grew beyond this is replaced once it is idle, for V8 gives memory back late. */
const idleBytesMax = 150 * 1024 * 1024;
const watchEveryMs = 200;
/** V8's space for young objects: room for what one mail needs, and no more. */
const youngMegabytes = 8;
/** The share of the memory that V8's heap may take; the rest is for Buffers. */
const heapShare = 0.6;

interface Reader {
  process: ChildProcess;
  sheet: Sheet;
  mails: number;
  killedFor: "time" | "memory" | null;
  /** Its sheet is read after its death, too. */
  inCall: boolean;
  ended: boolean;
  gone: Promise<void>;
}

/** A child that is not started yet. */
export function openChild(options: ChildOptions): Child {
  let reader: Reader | null = null;

  async function retire(): Promise<void> {
    const old = reader;
    reader = null;
    old?.process.kill("SIGKILL");
    await old?.gone;
  }

  /** Null where the child died before it began to read. */
  async function tryCall(method: string, mails: readonly Buffer[], part: number): Promise<Outcome[] | null> {
    if (reader === null || reader.ended) reader = start(options);
    const mine = reader;
    mine.inCall = true;
    try {
      mine.sheet.clear();
      const { spans, refusal } = place(mine.sheet, mails);
      if (refusal !== null && spans.length === 0) return outcomesOf(mails, [], 1, refusal);
      const { death, failed, peakBytes } = await work(mine, { method, mails: spans, part }, options);
      const answers = mine.sheet.answers();
      const { begun } = mine.sheet.progress();
      mine.mails += spans.length;
      const isOdd = death === null && failed === null && answers.length < spans.length;
      if (mine === reader && (isOdd || mine.mails >= mailsMax || peakBytes > idleBytesMax)) void retire();
      if (death !== null && begun === 0) return null;
      return outcomesOf(
        mails,
        answers,
        // Who lives and answers too little must name one all the same, or the handful would come back for ever.
        death === null ? answers.length + 1 : begun,
        death ?? (failed === null ? crash("its answer is none") : sheetFull(failed)),
      );
    } finally {
      mine.inCall = false;
      if (mine.ended) mine.sheet.close();
    }
  }

  return {
    async call(method, mails, part = 0) {
      const outcomes = (await tryCall(method, mails, part)) ?? (await tryCall(method, mails, part));
      if (outcomes !== null) return outcomes;
      const error = temporary("The process that reads mails ends before it reads any.", { code: "busy" });
      return mails.map(() => ({ kind: "error", error }));
    },
    answered: () => (reader?.inCall === true ? reader.sheet.progress().answered : 0),
    pid: () => (reader?.ended === false ? (reader.process.pid ?? null) : null),
    close: retire,
  };
}

/** Puts as many mails on the sheet as there is room for on the disk. */
function place(sheet: Sheet, mails: readonly Buffer[]): { spans: Span[]; refusal: Error | null } {
  const spans: Span[] = [];
  try {
    for (const raw of mails) spans.push(sheet.add(raw));
    return { spans, refusal: null };
  } catch (error) {
    return { spans, refusal: error as Error }; // add throws errors only
  }
}

/** What was answered, then what went wrong for the mail that was in hand, and nothing about those behind it. */
function outcomesOf(mails: readonly Buffer[], answers: readonly SheetAnswer[], begun: number, error: Error): Outcome[] {
  return mails.map((_, index) => {
    const wasInHand = index === answers.length && index < begun;
    return answers[index] ?? (wasInHand ? { kind: "error", error } : { kind: "unread" });
  });
}

function start({ script, memoryBytes }: ChildOptions): Reader {
  const sheet = openSheet();
  const heapMegabytes = Math.floor((memoryBytes * heapShare) / 1024 / 1024);
  const child = fork(script, [], {
    // What the child prints, as V8 does when it dies, is nobody's to read.
    stdio: ["ignore", "ignore", "ignore", "ipc", sheet.fd],
    execArgv: [`--max-old-space-size=${heapMegabytes}`, `--max-semi-space-size=${youngMegabytes}`],
    env: {},
  });
  let release = () => {};
  const gone = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reader: Reader = { process: child, sheet, mails: 0, killedFor: null, inCall: false, ended: false, gone };
  const end = () => {
    if (reader.ended) return;
    reader.ended = true;
    if (!reader.inCall) sheet.close();
    release();
  };
  child.once("exit", end);
  child.on("error", () => child.pid === undefined && end()); // it could not be started
  return reader;
}

/** Has the mails read; resolves in any case, with the reason where the child died over them. */
async function work(reader: Reader, call: Call, options: ChildOptions): Promise<Done & { death: Error | null }> {
  const stopWatching = watch(reader, options);
  try {
    return { ...(await ask(reader, call)), death: null };
  } catch (error) {
    return { death: failureOf(reader.killedFor, error as Ended, options), failed: null, peakBytes: 0 };
  } finally {
    stopWatching();
  }
}

/** How the process ended, as Node tells it, or that it could not be started. */
type Ended = { code: number | null; signal: string | null } | Error;

/** Resolves to the child's answer; rejects with Ended where there will be none. */
function ask({ process: child }: Reader, call: Call): Promise<Done> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off("message", onMessage).off("exit", onExit).off("error", reject);
    };
    const onMessage = (message: unknown) => {
      settle();
      resolve(message as Done); // our own program sends nothing else
    };
    const onExit = (code: number | null, signal: string | null) => {
      settle();
      reject({ code, signal });
    };
    child.on("message", onMessage).on("exit", onExit).on("error", reject);
    child.send(call, () => {}); // a child that can't be told ends, and that is heard
  });
}

/** Kills the child when one mail takes too much; returns how to stop. */
function watch(reader: Reader, { timeMs, memoryBytes }: ChildOptions): () => void {
  const { process: child, sheet } = reader;
  let watching = true;
  let answered = 0;
  let since = performance.now();
  const kill = (reason: "time" | "memory") => {
    reader.killedFor ??= reason;
    child.kill("SIGKILL");
  };
  const look = setInterval(async () => {
    const count = sheet.progress().answered;
    if (count !== answered) since = performance.now();
    answered = count;
    if (performance.now() - since > timeMs) kill("time");
    const resident = child.pid === undefined ? null : await residentBytes(child.pid);
    if (watching && resident !== null && resident > memoryBytes) kill("memory");
  }, watchEveryMs);
  return () => {
    watching = false;
    clearInterval(look);
  };
}

/** What killed the process. V8 out of heap ends with SIGABRT. */
function failureOf(killedFor: Reader["killedFor"], ended: Ended, { timeMs, memoryBytes }: ChildOptions): Error {
  if (ended instanceof Error)
    return temporary(`The process that reads mails cannot be started: ${ended.message}.`, { code: "busy" });
  const cause = `exit code ${ended.code}, signal ${ended.signal}`;
  if (killedFor === "time")
    return temporary(`Reading this mail took longer than ${timeMs / 1000} s.`, { code: "time", cause });
  if (killedFor === "memory" || ended.signal === "SIGABRT" || ended.code === 134) {
    const megabytes = Math.round(memoryBytes / 1024 / 1024);
    return temporary(`Reading this mail took more than ${megabytes} MB.`, { code: "memory", cause });
  }
  return crash(cause);
}

const crash = (cause: string) =>
  temporary("The process that read this mail ended unexpectedly.", { code: "crash", cause });
