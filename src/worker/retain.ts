// Removes what the settings say is too old: kind by kind, step by step, so that mail goes on meanwhile. A run that is stopped
// or killed leaves nothing half removed, and the next one goes on.
import { type RetentionLimit, retentionLimits } from "../desk/retention.ts";
import type { Clock, Log } from "../ports.ts";
import type { Desk } from "../ports-database.ts";
import type { Retention } from "../ports-retention.ts";
import type { Schedule } from "./schedule.ts";

export interface RetainPorts {
  retention: Retention;
  desk: Pick<Desk, "settings">;
  clock: Clock;
  log: Log;
}

export interface Retained extends RetentionLimit {
  /** Rows that went, or would go. */
  removed: number;
  bytes: number;
}

const hourMs = 3_600_000;
const stepsMax = 1_000_000;

/** `dryRun`: only counts. `go` resolves to false once the slot is no longer ours, or the worker is to stop. */
export async function runRetention(
  ports: RetainPorts,
  go: () => Promise<boolean>,
  dryRun: boolean,
): Promise<Retained[]> {
  const { retention, desk, clock } = ports;
  const results: Retained[] = [];
  for (const limit of retentionLimits(await desk.settings(), clock.now())) {
    results.push({ ...limit, ...(await retainKind(ports, limit, go, dryRun)) });
  }
  if (!dryRun && (await go())) await retention.measure(clock.now(), go);
  return results;
}

async function retainKind(
  { retention, clock, log }: RetainPorts,
  { kind, beforeMs }: RetentionLimit,
  go: () => Promise<boolean>,
  dryRun: boolean,
): Promise<{ removed: number; bytes: number }> {
  let removed = 0;
  let bytes = 0;
  if (beforeMs === null) return { removed, bytes };
  let cursor: string | null = "";
  for (let step = 0; cursor !== null && step < stepsMax && (await go()); step++) {
    const found = await retention.next(kind, beforeMs, cursor);
    cursor = found.cursor;
    if (found.ids.length === 0) continue;
    removed += dryRun ? found.ids.length : await retention.remove(kind, found.ids, clock.now());
    bytes += found.bytes;
  }
  if (!dryRun) await retention.ran(kind, { beforeMs, removed, bytes, now: clock.now() });
  if (!dryRun && removed > 0) log.info("retention", { kind, removed, bytes });
  return { removed, bytes };
}

/** Once a day, in the small hours of UTC. */
export const retentionSchedule = (ports: RetainPorts): Schedule => ({
  name: "retention",
  everyMs: 24 * hourMs,
  offsetMs: 3 * hourMs,
  run: async (go) => void (await runRetention(ports, go, false)),
});
