// One pass each, for cron and for people: take what is due until nothing is left, then stop. No queue is needed for
// that, as the database is the truth; workers that run beside it are kept off by the leases.
import type { Clock } from "../ports.ts";
import type { Desk, Outbox, Spool } from "../ports-database.ts";
import type { Deliverer } from "./deliver.ts";
import type { Processor } from "./process.ts";

const batchMax = 200;
/** A mail that waits for another one a moment is waited for. */
const soonMs = 2_000;
const napMs = 50;
/** Rounds that bring no mail to its end, as where all that is left waits for what another process holds. */
const stalledMax = 40;
const roundsMax = 1_000_000;

export interface Pass {
  /** How many this pass brought to their end; what another process did is not counted. */
  handled: number;
}

/** Brings every due mail of the spool to its end. */
export async function processPass(
  { spool, clock }: { spool: Spool; clock: Clock },
  processor: Processor,
  concurrency: number,
  signal: AbortSignal,
  seen?: (handled: number) => void,
): Promise<Pass> {
  let handled = 0;
  let stalled = 0;
  for (let round = 0; round < roundsMax && stalled < stalledMax && !signal.aborted; round++) {
    const before = handled;
    const ids = await spool.due(clock.now(), batchMax);
    stalled += 1;
    if (ids.length === 0) {
      if ((await spool.due(clock.now() + soonMs, 1)).length === 0) break;
      await nap();
      continue;
    }
    await eachOf(ids, concurrency, signal, async (id) => {
      const ended = await processor.handle(id); // not added in one step: the others go on meanwhile
      handled += ended;
    });
    if (handled > before) stalled = 0;
    seen?.(handled);
  }
  return { handled };
}

/** Expands what must be told and sends what is due. */
export async function deliverPass(
  { outbox, desk, clock }: { outbox: Outbox; desk: Desk; clock: Clock },
  deliverer: Deliverer,
  concurrency: number,
  signal: AbortSignal,
): Promise<Pass> {
  const settings = await desk.settings();
  await outbox.recover(clock.now(), settings["mail.uncertain"] === "resend");
  let handled = 0;
  const tried = new Set<string>();
  for (let round = 0; round < roundsMax && !signal.aborted; round++) {
    const now = clock.now();
    const conversations = await outbox.dueConversations(now, batchMax);
    const outgoing = settings["mail.sending"] ? await outbox.due(now, batchMax) : [];
    const ids = [...conversations, ...outgoing].filter((id) => !tried.has(id));
    if (ids.length === 0) break;
    for (const id of ids) tried.add(id);
    await eachOf(ids, concurrency, signal, (id) => deliverer.handle(id, signal));
    handled += ids.length;
  }
  return { handled };
}

/** Calls `work` for each, at most `concurrency` at once; rejects with the first error after all that ran have ended. */
export async function eachOf<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (next < items.length && !signal.aborted) {
      const item = items[next++];
      if (item === undefined) continue;
      // One that fails must not hold up those behind it.
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}

const nap = () => new Promise<void>((resolve) => setTimeout(resolve, napMs));
