// The queue inside the process: for one worker on one machine, with no server to install. It forgets everything when
// the process ends, which loses nothing, since the rows in the database know what is due and sweep pushes them again.
// It must never work one id twice at once, never forget a push that comes while its id is worked (the handler may have
// read the row before it changed), and never let a handler's error out.
import type { Clock, Log, Queue, Topic } from "../ports.ts";
import { type WaitingIds, waitingIds } from "./waiting-ids.ts";

/** A timer sleeps no longer than this, so that a clock that was set is noticed. */
const sleepMsMax = 60_000;

interface Line {
  waiting: WaitingIds;
  /** Ids being worked; the value is when to work it again because it was pushed meanwhile, or null. */
  working: Map<string, number | null>;
  handler: ((id: string) => Promise<void>) | null;
  concurrency: number;
  timer: NodeJS.Timeout | null;
}

const newLine = (): Line => ({
  waiting: waitingIds(),
  working: new Map(),
  handler: null,
  concurrency: 0,
  timer: null,
});

/** Opens a queue that lives and dies with this process. */
export function openEmbeddedQueue({ log, clock = { now: Date.now } }: { log: Log; clock?: Clock }): Queue {
  const lines: Record<Topic, Line> = { process: newLine(), deliver: newLine() };
  const all = Object.values(lines);
  const idlers: (() => void)[] = [];
  let closing = false;
  let turnIsSet = false;

  function add(line: Line, id: string, dueMs: number): boolean {
    const again = line.working.get(id);
    if (again === undefined) return line.waiting.add(id, dueMs, clock.now());
    line.working.set(id, again === null ? dueMs : Math.min(again, dueMs));
    return true;
  }

  /** One turn of the event loop later, so that a handler never runs inside push and many ends cost one look. */
  function look(): void {
    if (turnIsSet) return;
    turnIsSet = true;
    setImmediate(() => {
      turnIsSet = false;
      for (const line of all) startDue(line);
      if (all.every(isIdle)) for (const resolve of idlers.splice(0)) resolve();
    });
  }

  function startDue(line: Line): void {
    while (!closing && line.handler !== null && line.working.size < line.concurrency) {
      const id = line.waiting.take(clock.now());
      if (id === null) break;
      void run(line, line.handler, id);
    }
    sleepUntilDue(line);
  }

  async function run(line: Line, handler: (id: string) => Promise<void>, id: string): Promise<void> {
    line.working.set(id, null);
    try {
      await handler(id);
    } catch (error) {
      log.error("queue.handler", { id, error });
    }
    const again = line.working.get(id) ?? null;
    line.working.delete(id);
    if (again !== null) add(line, id, again);
    look();
  }

  function sleepUntilDue(line: Line): void {
    if (line.timer !== null) clearTimeout(line.timer);
    line.timer = null;
    const dueMs = line.waiting.nextDueMs();
    if (closing || line.handler === null || dueMs === null) return;
    const delayMs = Math.min(Math.max(dueMs - clock.now(), 1), sleepMsMax);
    line.timer = setTimeout(look, delayMs).unref();
  }

  /** A topic that nobody works here is not ours to finish. */
  function isIdle(line: Line): boolean {
    if (line.working.size > 0) return false;
    return closing || line.handler === null || line.waiting.dueCount(clock.now()) === 0;
  }

  const settled = () =>
    new Promise<void>((resolve) => {
      idlers.push(resolve);
      look();
    });

  return {
    async push(topic, ids, notBeforeMs = 0) {
      if (closing) return;
      const dropped = ids.filter((id) => !add(lines[topic], id, notBeforeMs)).length;
      if (dropped > 0) log.warn("queue.full", { topic, dropped, waiting: lines[topic].waiting.size() });
      look();
    },
    work(topic, handler, concurrency) {
      const line = lines[topic];
      if (line.handler !== null) throw new Error(`The topic ${topic} has a handler already.`);
      line.handler = handler;
      line.concurrency = concurrency;
      look();
    },
    idle: settled,
    async check() {
      const count = all.reduce((sum, line) => sum + line.waiting.size() + line.working.size, 0);
      return `in this process, ${count} waiting`;
    },
    async close() {
      closing = true;
      for (const line of all) line.waiting.clear();
      await settled();
    },
  };
}
