// One child process and its life: started by the first mail, watched while it works, killed when a mail takes too much
// time or memory, replaced when it has grown or served long. One mail at a time. workerpool starts it and carries the
// calls; a pool of one, so that we know whom to watch and whom to kill.
import workerpool from "workerpool";
import { temporary } from "../errors.ts";
import { residentBytes } from "./resident-memory.ts";

export interface ChildOptions {
  /** Absolute path of the program. */
  script: string;
  timeMs: number;
  memoryBytes: number;
}

/** What the child sends back for each call; `residentBytes` is from now and then, 0 before it was first measured. */
export interface Answer<Result> {
  result: Result;
  /** 0 where it was not looked at this time. */
  residentBytes: number;
}

export interface Child {
  /** Rejects temporary: `code` time, memory or crash when the call killed the process. The next call gets a new one. */
  call<Result>(method: string, parameters: unknown[]): Promise<Result>;
  /** Process id while the process is known to live, else null. */
  pid(): number | null;
  close(): Promise<void>;
}

const callsMax = 2_000;
/** Over this an idle child is replaced, for V8 gives memory back late. */
const idleBytesMax = 150 * 1024 * 1024;
const watchEveryMs = 200;
/** How long a child that is told to end may take before it is killed. */
const goodbyeMs = 100;
/** V8's space for young objects; its default costs 30 MB more and saves no time here. */
const youngMegabytes = 2;
/** The share of the memory that V8's heap may take; the rest is for Buffers. */
const heapShare = 0.6;

/** A child that is not started yet. */
export function openChild(options: ChildOptions): Child {
  let pool: workerpool.Pool | null = null;
  let pid: number | null = null;
  let calls = 0;

  async function retire(): Promise<void> {
    const old = pool;
    pool = null;
    pid = null;
    calls = 0;
    await old?.terminate(true).catch(() => undefined); // it may be dead already, which is what we want
  }

  async function call<Result>(method: string, parameters: unknown[]): Promise<Result> {
    pool ??= startPool(options);
    calls += 1;
    const watch = openWatch(options.memoryBytes);
    if (pid !== null) watch.start(pid);
    const on = (event: { pid?: number }) => {
      if (event.pid === undefined) return; // a line that the child printed
      pid = event.pid;
      watch.start(event.pid);
    };
    try {
      const answer: Answer<Result> = await pool.exec(method, parameters, { on }).timeout(options.timeMs);
      if (calls >= callsMax || answer.residentBytes > idleBytesMax) void retire();
      return answer.result;
    } catch (error) {
      const failure = failureOf(error, watch.killed(), options);
      if (failure === null) throw error; // the child lives and reports a bug of ours
      void retire();
      throw failure;
    } finally {
      watch.stop();
    }
  }

  return { call, pid: () => pid, close: retire };
}

function startPool({ script, memoryBytes }: ChildOptions): workerpool.Pool {
  const heapMegabytes = Math.floor((memoryBytes * heapShare) / 1024 / 1024);
  return workerpool.pool(script, {
    workerType: "process",
    maxWorkers: 1,
    workerTerminateTimeout: goodbyeMs,
    emitStdStreams: true, // what the child prints goes to `on`, never to our own output
    forkOpts: {
      serialization: "advanced", // Buffers cross as bytes, not as JSON
      execArgv: [`--max-old-space-size=${heapMegabytes}`, `--max-semi-space-size=${youngMegabytes}`],
      env: {},
    },
  });
}

interface Watch {
  start(pid: number): void;
  stop(): void;
  /** True if this watch killed the process for its memory. */
  killed(): boolean;
}

function openWatch(memoryBytes: number): Watch {
  let timer: NodeJS.Timeout | undefined;
  let killed = false;
  const look = async (pid: number) => {
    const resident = await residentBytes(pid);
    // After stop() the number may belong to somebody else.
    if (timer === undefined || resident === null || resident <= memoryBytes) return;
    killed = true;
    process.kill(pid, "SIGKILL");
    clearInterval(timer);
  };
  return {
    start(pid) {
      timer = setInterval(() => void look(pid), watchEveryMs);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
    killed: () => killed,
  };
}

/** What killed the process, or null where it lives. V8 out of heap ends with SIGABRT. */
function failureOf(error: unknown, killedForMemory: boolean, { timeMs, memoryBytes }: ChildOptions): Error | null {
  if (error instanceof workerpool.Promise.TimeoutError) {
    return temporary(`Reading this mail took longer than ${timeMs / 1000} s.`, {
      code: "time",
      cause: error,
    });
  }
  const ended = error instanceof workerpool.TerminateError || String(error).includes("Worker terminated");
  if (!ended) return null;
  if (killedForMemory || /SIGABRT|exitCode: `134`/.test(String(error))) {
    const megabytes = Math.round(memoryBytes / 1024 / 1024);
    return temporary(`Reading this mail took more than ${megabytes} MB.`, { code: "memory", cause: error });
  }
  return temporary("The process that read this mail ended unexpectedly.", { code: "crash", cause: error });
}
