// The net under both queues: whatever is due in the database and was not pushed lately, or whose push was lost, is pushed
// again; leases that ran out are given back. With this a queue may lose everything and nothing is lost (invariant 4).
import type { Clock, Log, Queue } from "../ports.ts";
import type { Desk, Outbox, Spool } from "../ports-database.ts";

export interface SweepPorts {
  spool: Spool;
  outbox: Outbox;
  desk: Desk;
  queue: Pick<Queue, "push">;
  clock: Clock;
  log: Log;
}

const pushedMax = 1000;

/** An id that was pushed waits or is in hand; several workers that push all that is due each second only keep each other busy. */
const pushedAgainMs = 5_000;

/** One process's looks, which remember what they pushed lately. */
export function openSweep(ports: SweepPorts): () => Promise<number> {
  const pushedAt = new Map<string, number>();
  const notLately = (ids: readonly string[], now: number): string[] => {
    const fresh = ids.filter((id) => !pushedAt.has(id));
    for (const id of fresh) pushedAt.set(id, now);
    return fresh;
  };
  return async () => {
    const now = ports.clock.now();
    // Also what was pushed in a future that a clock which was set back has before it.
    for (const [id, at] of pushedAt) if (Math.abs(now - at) >= pushedAgainMs) pushedAt.delete(id);
    return await sweep(ports, now, (ids) => notLately(ids, now));
  };
}

/** One look; resolves to the number of ids that were pushed. */
async function sweep(
  { spool, outbox, desk, queue, log }: SweepPorts,
  now: number,
  notLately: (ids: readonly string[]) => string[],
): Promise<number> {
  const settings = await desk.settings();
  const recovered = await outbox.recover(now, settings["mail.uncertain"] === "resend");
  if (recovered.queued + recovered.uncertain > 0) log.warn("recovered", recovered);
  const mails = notLately(await spool.due(now, pushedMax));
  await queue.push("process", mails);
  if (!settings["mail.sending"]) {
    await queue.push("deliver", notLately(await outbox.dueConversations(now, pushedMax)));
    return mails.length;
  }
  const conversations = notLately(await outbox.dueConversations(now, pushedMax));
  const pause = await outbox.pause();
  const outgoing = pause !== null && pause.untilMs > now ? [] : notLately(await outbox.due(now, pushedMax));
  await queue.push("deliver", [...conversations, ...outgoing]);
  return mails.length + conversations.length + outgoing.length;
}
