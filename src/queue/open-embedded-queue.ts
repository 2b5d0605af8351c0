// The queue inside the process: for one worker on one machine, with no server to install. It forgets everything when
// the process ends, which loses nothing, since the rows in the database know what is due and sweep pushes them again.
// It must never work one id twice at once, never forget a push that comes while its id is worked (the handler may have
// read the row before it changed), and never let a handler's error out.
import type { Clock, Log, Queue, Topic } from "../ports.ts";
import { waitingIds } from "./waiting-ids.ts";

type Handler = (id: string) => Promise<void>;

/** One topic: what waits, what is being worked, and who works it. */
interface Line {
  /** False if there was no room. */
  add(id: string, dueMs: number): boolean;
  /** Starts as many as may run; `changed` is called when one has ended or another has become due. */
  start(changed: () => void): void;
  work(handler: Handler, concurrency: number): void;
  isIdle(): boolean;
  size(): number;
  close(): void;
}

/** A timer sleeps no longer than this, so that a clock that was set is noticed. */
const sleepMsMax = 60_000;

/** Opens a queue that lives and dies with this process. */
export function openEmbeddedQueue({ log, clock = { now: Date.now } }: { log: Log; clock?: Clock }): Queue {
  const lines: Record<Topic, Line> = { process: openLine(log, clock), deliver: openLine(log, clock) };
  const all = Object.values(lines);
  const idlers: (() => void)[] = [];
  let closing = false;
  let looking = false;

  /** One turn of the event loop later, so that a handler never runs inside push and many ends cost one look. */
  function look(): void {
    if (looking) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      for (const line of all) line.start(look);
      if (all.every((line) => line.isIdle())) for (const resolve of idlers.splice(0)) resolve();
    });
  }

  const idle = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve);
      look();
    });

  return {
    async push(topic, ids, notBeforeMs = 0) {
      if (closing) return;
      const dropped = ids.filter((id) => !lines[topic].add(id, notBeforeMs)).length;
      if (dropped > 0) log.warn("queue.full", { topic, dropped, waiting: lines[topic].size() });
      look();
    },
    work(topic, handler, concurrency) {
      lines[topic].work(handler, concurrency);
      look();
    },
    idle,
    async check() {
      return `in this process, ${all.reduce((sum, line) => sum + line.size(), 0)} waiting`;
    },
    async close() {
      closing = true;
      for (const line of all) line.close();
      await idle();
    },
  };
}

function openLine(log: Log, clock: Clock): Line {
  const waiting = waitingIds();
  /** Ids being worked; the value is when to work it again because it was pushed meanwhile, or null. */
  const working = new Map<string, number | null>();
  let worker: { handler: Handler; concurrency: number } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function run(handler: Handler, id: string): Promise<void> {
    working.set(id, null);
    try {
      await handler(id);
    } catch (error) {
      log.error("queue.handler", { id, error });
    }
    const again = working.get(id) ?? null;
    working.delete(id);
    if (again !== null) waiting.add(id, again, clock.now());
  }

  return {
    add(id, dueMs) {
      const again = working.get(id);
      if (again === undefined) return waiting.add(id, dueMs, clock.now());
      working.set(id, again === null ? dueMs : Math.min(again, dueMs));
      return true;
    },
    start(changed) {
      clearTimeout(timer);
      if (worker === null || closed) return;
      while (working.size < worker.concurrency) {
        const id = waiting.take(clock.now());
        if (id === null) break;
        void run(worker.handler, id).then(changed);
      }
      const dueMs = waiting.nextDueMs();
      if (dueMs === null) return;
      timer = setTimeout(changed, Math.min(Math.max(dueMs - clock.now(), 1), sleepMsMax)).unref();
    },
    work(handler, concurrency) {
      if (worker !== null) throw new Error("This topic has a handler already.");
      worker = { handler, concurrency };
    },
    isIdle() {
      if (working.size > 0) return false;
      // A topic that nobody works here is not ours to finish.
      return closed || worker === null || waiting.dueCount(clock.now()) === 0;
    },
    size: () => waiting.size() + working.size,
    close() {
      closed = true;
      clearTimeout(timer);
      waiting.clear();
    },
  };
}
