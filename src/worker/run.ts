// Everything at once, until it is told to stop: each mailbox is watched, both topics are worked, and the sweep looks
// after what a queue forgot. Stopping finishes what is in hand, then lets go (OPS-2).
import type { Log, Queue } from "../ports.ts";
import type { Pulse } from "../ports-health.ts";
import type { Deliverer } from "./deliver.ts";
import { type FetchMailbox, type FetchPorts, watchMailbox, watchOf } from "./fetch.ts";
import { pause } from "./pause.ts";
import type { Processor } from "./process.ts";
import { openSweep, type SweepPorts } from "./sweep.ts";

export interface WorkerPorts extends FetchPorts, SweepPorts {
  queue: Queue;
  processor: Processor;
  deliverer: Deliverer;
  log: Log;
  pulse: Pulse;
  /** Frees what killed processes still hold. */
  recover(): Promise<void>;
  /** Each runs what the clock says is due, beside the others: a slot may take long. */
  ticks: readonly ((signal: AbortSignal) => Promise<void>)[];
}

export interface WorkerOptions {
  mailboxes: readonly { mailbox: FetchMailbox; everyMs: number }[];
  processConcurrency: number;
  deliverConcurrency: number;
  sweepEveryMs: number;
}

/** Sweeps from one look at killed processes' leases to the next. */
const recoverEvery = 30;

/** Resolves once `signal` is aborted and all that was in hand has ended. */
export async function runWorker(ports: WorkerPorts, options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { queue, processor, deliverer, log, pulse } = ports;
  const guarded = (handle: (id: string) => Promise<unknown>) => async (id: string) => {
    if (!signal.aborted) await handle(id);
  };
  queue.work(
    "process",
    guarded((id) => processor.handle(id)),
    options.processConcurrency,
  );
  queue.work(
    "deliver",
    guarded((id) => deliverer.handle(id, signal)),
    options.deliverConcurrency,
  );
  const watching = options.mailboxes.map(({ mailbox, everyMs }) => keepWatching(ports, mailbox, everyMs, signal));
  const ticking = ports.ticks.map((tick) => keepTicking(tick, log, options.sweepEveryMs, signal));
  log.info("worker-started", { mailboxes: options.mailboxes.map(({ mailbox }) => mailbox.name) });
  const sweep = openSweep(ports);
  for (let round = 0; !signal.aborted; round++) {
    pulse.turned("sweep", options.sweepEveryMs);
    try {
      if (round % recoverEvery === 0) await ports.recover();
      await sweep();
    } catch (error) {
      log.warn("sweep-failed", { error: error instanceof Error ? error.message : String(error) });
    }
    await pause(options.sweepEveryMs, signal);
  }
  pulse.ended("sweep");
  await Promise.all([...watching, ...ticking]);
  await queue.close();
  log.info("worker-stopped", {});
}

/** Beside the sweep: a slot may take long, and what is due must not wait for it. */
async function keepTicking(
  tick: WorkerPorts["ticks"][number],
  log: Log,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await tick(signal);
    } catch (error) {
      log.warn("tick-failed", { error: error instanceof Error ? error.message : String(error) });
    }
    await pause(everyMs, signal);
  }
}

/** A watch that breaks for a reason of the database's starts again after a while. */
async function keepWatching(
  ports: WorkerPorts,
  mailbox: FetchMailbox,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await watchMailbox(ports, mailbox, everyMs, signal);
    } catch (error) {
      ports.log.error("watch-failed", {
        mailbox: mailbox.name,
        error: error instanceof Error ? error.message : String(error),
      });
      await pause(5000, signal);
    }
  }
  ports.pulse.ended(watchOf(mailbox.name));
}
