// The queue for several workers on several machines: BullMQ 6 on Redis or PostgreSQL. A job is nothing but the id of a row, and
// the store may be emptied at any time: what is lost comes back by sweep. It must never hold up who pushes while it is away,
// never stop working after it came back, and never decide anything that the row decides (attempts, next time).
//
// One id exists once, by BullMQ's deduplication and not by a custom job id: with keepLastIfActive a push that comes
// while its id is worked is kept and runs afterwards, where a custom id would make BullMQ ignore it. A push for now
// brings an id that waits for a later moment forward; a push for a moment leaves an id that waits as it is. A killed
// worker holds its ids for lockMs plus stalledMs at most, then BullMQ gives them to another.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log, Queue, Topic } from "../ports.ts";
import type { BullmqStore, WakeQueue, WakeWorker } from "./bullmq-store.ts";
import { openPostgresStore } from "./postgres-store.ts";
import { openRedisStore } from "./redis-store.ts";

export interface BullmqConfig {
  /** `redis://[user:password@]host:port[/db]` or `rediss://`, or `postgres://user@host/db`. */
  url: string;
  /** First word of every key, or the schema, so that several desks can share a server. */
  prefix: string;
  log: Log;
  /** How long a worker that fell silent keeps its ids. */
  lockMs?: number;
  /** How often workers look for such ids. */
  stalledMs?: number;
}

type Handler = (id: string) => Promise<void>;

interface State {
  /** Handlers that run in this process, and how many have ended. */
  running: number;
  ended: number;
  closing: boolean;
  /** By which the jobs of this process are known in Redis. */
  workerName: string;
}

/** Jobs sent to Redis in one go. */
const pushMax = 1_000;
/** How often a job may lose its worker. High, because the row counts attempts and judges, not the queue. */
const stalledCountMax = 1_000;
/** Redis keeps the last events of a topic for whoever watches; we don't. */
const eventsMax = 100;
/** A worker that Redis failed tries again this often. */
const retryMs = 1_000;
/** How long BullMQ may take to finish once no handler runs. */
const closeMs = 5_000;
/** The same trouble is logged once in this time: each of several connections reports it at each attempt. */
const quietMs = 30_000;
const idlePollMs = 25;

/** Opens the queue; rejects nothing here, an absent server shows at `push` and `check`. */
export function openBullmq(config: BullmqConfig): Queue {
  const { prefix, log } = config;
  const store = /^postgres/i.test(config.url) ? openPostgresStore(config.url, prefix) : openRedisStore(config.url);
  const report = troubleReport(store, log);
  const queues = openQueues(store, prefix, report);
  const workers = new Map<Topic, WakeWorker | null>();
  const state: State = { running: 0, ended: 0, closing: false, workerName: randomUUID() };

  return {
    async push(topic, ids, notBeforeMs = 0) {
      if (state.closing) return;
      const queue = await queues.get(topic);
      const delay = Math.max(0, notBeforeMs - Date.now());
      for (let at = 0; at < ids.length; at += pushMax) {
        const jobs = ids.slice(at, at + pushMax).map((id) => wake(topic, id, delay));
        await queue.addBulk(jobs).catch((error) => {
          throw store.trouble(error);
        });
      }
    },
    work(topic, handler, concurrency) {
      if (workers.has(topic)) throw new Error(`The topic ${topic} has a handler already.`);
      const make = () => {
        const worker = store.openWorker(topic, (job) => run(handler, job.data.id, state, log), {
          prefix,
          concurrency,
          name: state.workerName,
          lockDuration: config.lockMs ?? 30_000,
          stalledInterval: config.stalledMs ?? 15_000,
          maxStalledCount: stalledCountMax,
          runRetryDelay: retryMs,
        });
        worker.on("error", (error) => {
          if (state.closing) return;
          report(error);
          // After a lost connection BullMQ waits by itself; a command that Redis refuses makes its loop spin.
          if (error.name === "ReplyError") hold(worker, state);
        });
        workers.set(topic, worker);
        return worker;
      };
      workers.set(topic, null);
      if (store.needsFirstContact) void firstContact(store, make, state, report);
      else make();
    },
    async idle() {
      const isBusy = async (topic: Topic) => busy(await queues.get(topic), store, state);
      while (!state.closing) {
        const endedBefore = state.ended;
        const answers = await Promise.all([...workers.keys()].map(isBusy));
        if (state.running === 0 && endedBefore === state.ended && !answers.includes(true)) return;
        await sleep(idlePollMs);
      }
    },
    check: () => store.check(),
    async close() {
      if (state.closing) return;
      state.closing = true;
      await store.settle();
      const closed = Promise.allSettled([...workers.values()].map((worker) => worker?.close()));
      while (state.running > 0) await sleep(idlePollMs);
      await Promise.race([closed, sleep(closeMs, undefined, { ref: false })]);
      await queues.close();
      store.disconnect();
    },
  };
}

function wake(topic: Topic, id: string, delay: number) {
  const deduplication = { id, keepLastIfActive: true, replace: delay === 0 };
  return {
    name: topic,
    data: { id },
    opts: { delay, removeOnComplete: true, removeOnFail: true, deduplication },
  };
}

async function run(handler: Handler, id: string, state: State, log: Log): Promise<void> {
  state.running += 1;
  try {
    await handler(id);
  } catch (error) {
    // Not rethrown: for BullMQ the job is done, and the row says when it is tried again.
    log.error("queue.handler", { id, error });
  } finally {
    state.running -= 1;
    state.ended += 1;
  }
}

/** Makes the worker once the store answers, and makes it anew if the store was lost in that very moment. */
async function firstContact(
  store: BullmqStore,
  make: () => WakeWorker,
  state: State,
  report: (error: unknown) => void,
): Promise<void> {
  while (!state.closing) {
    try {
      await store.ready();
      if (state.closing) return;
      const worker = make();
      await worker.waitUntilReady().catch((error) => {
        void worker.close().catch(() => undefined);
        throw error;
      });
      return;
    } catch (error) {
      if (!state.closing) report(error);
      await sleep(retryMs, undefined, { ref: false });
    }
  }
}

function hold(worker: WakeWorker, state: State): void {
  if (worker.isPaused()) return;
  void worker.pause(true);
  setTimeout(() => {
    if (!state.closing) void worker.resume();
  }, retryMs).unref();
}

/** True if something that is due waits in this queue, or is being worked by this process. */
async function busy(queue: WakeQueue, store: BullmqStore, state: State): Promise<boolean> {
  try {
    const counts = await queue.getJobCounts("wait", "active", "delayed");
    if (counts.wait) return true;
    if (counts.active) {
      const active = await queue.getActive();
      if (active.some((job) => job?.processedBy === state.workerName)) return true;
    }
    const [next] = counts.delayed ? await queue.getDelayed(0, 0) : [];
    return next !== undefined && next.timestamp + next.delay <= Date.now();
  } catch (error) {
    throw store.trouble(error);
  }
}

/** The queues to push to, each made when the store first answers. */
function openQueues(store: BullmqStore, prefix: string, report: (error: unknown) => void) {
  const made = new Map<Topic, WakeQueue>();

  function make(topic: Topic): WakeQueue {
    const streams = { events: { maxLen: eventsMax } };
    const queue = store.openQueue(topic, { prefix, streams });
    queue.on("error", report);
    made.set(topic, queue);
    return queue;
  }

  return {
    async get(topic: Topic): Promise<WakeQueue> {
      await store.ready();
      const queue = made.get(topic) ?? make(topic);
      try {
        await queue.waitUntilReady();
      } catch (error) {
        // One that failed while it was being made never recovers.
        made.delete(topic);
        throw store.trouble(error);
      }
      return queue;
    },
    async close(): Promise<void> {
      await Promise.allSettled([...made.values()].map((queue) => queue.close()));
    },
  };
}

/** Logs what connections report, each sentence once in a while. */
function troubleReport(store: BullmqStore, log: Log): (error: unknown) => void {
  let lastMessage = "";
  let lastAtMs = 0;
  return (error) => {
    const { message } = store.trouble(error);
    if (message === lastMessage && Date.now() - lastAtMs < quietMs) return;
    lastMessage = message;
    lastAtMs = Date.now();
    log.warn("queue.trouble", { message });
  };
}
