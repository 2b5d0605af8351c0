// One child process and its life: started by the first mail, watched while it works, killed when a mail takes too much
// time or memory, replaced when it has grown or served long. One mail at a time.
import { type ChildProcess, fork } from "node:child_process";
import { temporary } from "../errors.ts";
import { residentBytes } from "./resident-memory.ts";
import { openScratch, type Scratch } from "./scratch.ts";
import type { Answer, Call } from "./serve.ts";

export interface ChildOptions {
  /** Absolute path of the program. */
  script: string;
  timeMs: number;
  memoryBytes: number;
}

export interface Child {
  /**
   * Null where the child found nothing to answer. Rejects temporary: `code` time, memory or crash when the call killed
   * the process. The next call gets a new one.
   */
  call(method: string, raw: Buffer, part?: number): Promise<Buffer | null>;
  /** Process id while the process lives, else null. */
  pid(): number | null;
  close(): Promise<void>;
}

const callsMax = 20_000;
/** Over this an idle child is replaced, for V8 gives memory back late. */
const idleBytesMax = 150 * 1024 * 1024;
const watchEveryMs = 200;
/** V8's space for young objects: room for what one mail needs, and no more. */
const youngMegabytes = 8;
/** The share of the memory that V8's heap may take; the rest is for Buffers. */
const heapShare = 0.6;

interface Reader {
  process: ChildProcess;
  sheet: Scratch;
  calls: number;
  killedFor: "time" | "memory" | null;
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

  return {
    async call(method, raw, part = 0) {
      if (reader === null || reader.ended) reader = start(options);
      const mine = reader;
      mine.calls += 1;
      mine.sheet.write(raw);
      const stopWatching = watch(mine, options);
      try {
        const { bytes, residentBytes, bug } = await ask(mine, { method, bytes: raw.length, part }, options);
        if (bug !== undefined) throw new Error(`the reader of mails made a mistake: ${bug}`);
        const result = bytes === null ? null : mine.sheet.read(bytes);
        if (mine.calls >= callsMax || residentBytes > idleBytesMax) void retire();
        return result;
      } finally {
        stopWatching();
      }
    },
    pid: () => (reader?.ended === false ? (reader.process.pid ?? null) : null),
    close: retire,
  };
}

function start({ script, memoryBytes }: ChildOptions): Reader {
  const sheet = openScratch();
  const heapMegabytes = Math.floor((memoryBytes * heapShare) / 1024 / 1024);
  const child = fork(script, [], {
    // What the child prints, as V8 does when it dies, is nobody's to read.
    stdio: ["ignore", "ignore", "ignore", "ipc", sheet.fd],
    execArgv: [`--max-old-space-size=${heapMegabytes}`, `--max-semi-space-size=${youngMegabytes}`],
    env: {},
  });
  const reader: Reader = { process: child, sheet, calls: 0, killedFor: null, ended: false, gone: Promise.resolve() };
  reader.gone = new Promise<void>((resolve) => {
    const end = () => {
      if (!reader.ended) sheet.close();
      reader.ended = true;
      resolve();
    };
    child.once("exit", end);
    child.once("error", () => child.pid === undefined && end()); // it could not be started
  });
  return reader;
}

/** Resolves to the child's answer; rejects where the child ends before it answers. */
function ask(reader: Reader, call: Call, options: ChildOptions): Promise<Answer> {
  const { process: child } = reader;
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onError);
    };
    const onMessage = (message: unknown) => {
      settle();
      resolve(message as Answer); // our own program sends nothing else
    };
    const onExit = (code: number | null, signal: string | null) => {
      settle();
      reject(failureOf(reader.killedFor, code, signal, options));
    };
    const onError = (error: Error) => {
      settle();
      reject(temporary(`The process that reads mails cannot be started: ${error.message}.`, { code: "busy" }));
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.on("error", onError);
    child.send(call, (error) => {
      if (error !== null && reader.ended) onExit(child.exitCode, child.signalCode);
    });
  });
}

/** Kills the child when one mail takes too much; returns how to stop. */
function watch(reader: Reader, { timeMs, memoryBytes }: ChildOptions): () => void {
  const { process: child } = reader;
  const kill = (reason: "time" | "memory") => {
    reader.killedFor ??= reason;
    child.kill("SIGKILL");
  };
  const late = setTimeout(() => kill("time"), timeMs);
  let watching = true;
  const look = setInterval(async () => {
    const resident = child.pid === undefined ? null : await residentBytes(child.pid);
    if (watching && resident !== null && resident > memoryBytes) kill("memory");
  }, watchEveryMs);
  return () => {
    watching = false;
    clearTimeout(late);
    clearInterval(look);
  };
}

/** What killed the process. V8 out of heap ends with SIGABRT. */
function failureOf(
  killedFor: Reader["killedFor"],
  code: number | null,
  signal: string | null,
  { timeMs, memoryBytes }: ChildOptions,
): Error {
  const cause = `exit code ${code}, signal ${signal}`;
  if (killedFor === "time")
    return temporary(`Reading this mail took longer than ${timeMs / 1000} s.`, { code: "time", cause });
  if (killedFor === "memory" || signal === "SIGABRT" || code === 134) {
    const megabytes = Math.round(memoryBytes / 1024 / 1024);
    return temporary(`Reading this mail took more than ${megabytes} MB.`, { code: "memory", cause });
  }
  return temporary("The process that read this mail ended unexpectedly.", { code: "crash", cause });
}
