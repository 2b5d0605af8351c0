// Leases are moments: a worker whose clock is wrong takes from others what they have in hand, or waits for what nobody
// holds any more. Fences keep that from doing harm, but not from being slow and, beyond some minutes, from leaving mails in
// doubt. So workers on one database server must agree with it; on a file they all use the machine's own clock.
import { operator } from "./errors.ts";
import type { Clock } from "./ports.ts";
import type { DeskHealth } from "./ports-health.ts";

/** Half of the shortest lease, that of an inbound mail. */
const aheadMsMax = 60_000;

/** How far `clock` is ahead of the database server's, where that is further than may be (negative: behind); else null. */
export async function clockAheadMs({ serverTime }: DeskHealth, clock: Clock): Promise<number | null> {
  const before = clock.now();
  const server = await serverTime();
  if (server === null) return null;
  const after = clock.now();
  // The server looked at its clock at some moment between the two: only what is certain counts.
  const aheadMs = server < before ? before - server : server > after ? after - server : 0;
  return Math.abs(aheadMs) > aheadMsMax ? Math.round(aheadMs) : null;
}

/** Rejects: operator, where the clocks differ by more than a minute. */
export async function mustAgree(health: DeskHealth, clock: Clock): Promise<void> {
  const aheadMs = await clockAheadMs(health, clock);
  if (aheadMs === null) return;
  throw operator(
    `This machine's clock is ${spoken(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} the database server's; a worker would take mails from the hands of others.`,
    { code: "clock", remedy: "Set both by NTP (`timedatectl set-ntp true`), then start again. Nothing was done." },
  );
}

/**
 * Resolves to a short fact. Rejects: operator, where the clocks differ, or where the desk's last commit lies in this clock's
 * future: then it is behind, or another one was ahead.
 */
export async function checkClock(health: DeskHealth, clock: Clock): Promise<string> {
  await mustAgree(health, clock);
  const last = await health.lastCommitAt();
  const behindMs = last === null ? 0 : last - clock.now();
  if (behindMs > aheadMsMax)
    throw operator(
      `The desk's last change is dated ${spoken(behindMs)} in the future: this machine's clock is behind, or was ahead then.`,
      { code: "clock", remedy: "Set it by NTP (`timedatectl set-ntp true`)." },
    );
  if ((await health.serverTime()) !== null) return "agrees with the database server's";
  return last === null ? "nothing to compare it with yet" : "agrees with the desk's last change";
}

const spoken = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);
