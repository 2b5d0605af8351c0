// What /healthz says. Failing (503) is what a restart may mend: a loop that hangs, a database that does not answer this
// process, a clock that is wrong. What only a person can mend (a refused password) is degraded, and no reason to restart:
// the other mailboxes go on. No server's words stand here, as anybody who reaches the port may read it.
import type { DeskCounts } from "../ports-health.ts";
import type { LoopState } from "./pulse.ts";

export interface HealthReport {
  status: "ok" | "degraded" | "failing";
  /** Sentences; empty where the status is ok. */
  failing: string[];
  degraded: string[];
  loops: { loop: string; turns: number; quietSeconds: number }[];
  version: string;
  uptimeSeconds: number;
}

export interface HealthFacts {
  loops: readonly LoopState[];
  /** False where the database did not answer in time. */
  answers: boolean;
  /** Null where they are not known. */
  counts: DeskCounts | null;
  /** Names of the mailboxes that are configured. */
  mailboxes: readonly string[];
  /** How far this machine's clock is ahead of the database's, where that is too far. */
  clockAheadMs: number | null;
  version: string;
  uptimeSeconds: number;
}

export function healthReport(facts: HealthFacts): HealthReport {
  const { loops, answers, counts, mailboxes, clockAheadMs, version, uptimeSeconds } = facts;
  const failing = loops
    .filter(({ isOverdue }) => isOverdue)
    .map(({ loop, quietMs }) => `the loop "${loop}" has not turned for ${wholeSeconds(quietMs)} s`);
  if (!answers) failing.push("the database does not answer");
  if (clockAheadMs !== null)
    failing.push(`this machine's clock is ${wholeSeconds(clockAheadMs)} s ahead of the database's`);
  const degraded = (counts?.mailboxes ?? [])
    .filter(({ name, hasError }) => hasError && mailboxes.includes(name))
    .map(({ name }) => `mailbox ${name} cannot be read; \`maildesk status\` says why`);
  if (counts !== null && counts.sendingPausedUntil !== null)
    degraded.push("sending is paused; `maildesk status` says why");
  return {
    status: failing.length > 0 ? "failing" : degraded.length > 0 ? "degraded" : "ok",
    failing,
    degraded,
    loops: loops.map(({ loop, turns, quietMs }) => ({ loop, turns, quietSeconds: wholeSeconds(quietMs) })),
    version,
    uptimeSeconds,
  };
}

const wholeSeconds = (ms: number): number => Math.round(ms / 1000);
