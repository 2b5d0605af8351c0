// The net under both queues: whatever is due in the database and was not pushed, or whose push was lost, is pushed
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

/** One look; resolves to the number of ids that were pushed. */
export async function sweep({ spool, outbox, desk, queue, clock, log }: SweepPorts): Promise<number> {
  const now = clock.now();
  const settings = await desk.settings();
  const recovered = await outbox.recover(now, settings["mail.uncertain"] === "resend");
  if (recovered.queued + recovered.uncertain > 0) log.warn("recovered", recovered);
  const mails = await spool.due(now, pushedMax);
  await queue.push("process", mails);
  if (!settings["mail.sending"]) {
    await queue.push("deliver", await outbox.dueConversations(now, pushedMax));
    return mails.length;
  }
  const conversations = await outbox.dueConversations(now, pushedMax);
  const pause = await outbox.pause();
  const outgoing = pause !== null && pause.untilMs > now ? [] : await outbox.due(now, pushedMax);
  await queue.push("deliver", [...conversations, ...outgoing]);
  return mails.length + conversations.length + outgoing.length;
}
