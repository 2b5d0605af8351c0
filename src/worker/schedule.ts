// What happens by the clock. Every worker looks at every schedule; the database says who runs a slot. What a slot does must
// be safe to do again, as one whose worker was killed is taken by another: what must happen once is a unique row of its own.
import type { Clock, Log } from "../ports.ts";
import type { Schedules, SlotLease } from "../ports-schedules.ts";
import { backoffMs } from "./backoff.ts";

export interface Schedule {
  name: string;
  everyMs: number;
  /** From the beginning of the UTC day. */
  offsetMs: number;
  /** `go` resolves to false once the slot is no longer ours, or the worker is to stop. */
  run(go: () => Promise<boolean>): Promise<void>;
}

export interface SchedulePorts {
  schedules: Schedules;
  clock: Clock;
  log: Log;
}

/** How long another process's slot is left alone before the next look. */
const lookAgainMs = 30_000;

/** The slot that began last, such as `2026-11-25T02:00`. */
export function slotAt({ everyMs, offsetMs }: Pick<Schedule, "everyMs" | "offsetMs">, now: number): string {
  const start = Math.floor((now - offsetMs) / everyMs) * everyMs + offsetMs;
  return new Date(start).toISOString().slice(0, 16);
}

/** A look at all schedules that asks the database only where a slot is new or may have become free. */
export function openTicker(ports: SchedulePorts, list: readonly Schedule[]): (signal: AbortSignal) => Promise<void> {
  const seen = new Map<string, { slot: string; lookAtMs: number }>();
  return async (signal) => {
    for (const schedule of list) {
      const now = ports.clock.now();
      const slot = slotAt(schedule, now);
      const last = seen.get(schedule.name);
      if (signal.aborted || (last?.slot === slot && now < last.lookAtMs)) continue;
      const claimed = await ports.schedules.claim(schedule.name, slot, now);
      const isOver = claimed === "done" || (claimed !== "held" && (await runSlot(ports, schedule, claimed, signal)));
      seen.set(schedule.name, { slot, lookAtMs: isOver ? Number.POSITIVE_INFINITY : now + lookAgainMs });
    }
  };
}

const dayMs = 86_400_000;
/** Far longer than the clocks of two workers may differ. */
const slotsKeptMs = 7 * dayMs;

/** The schedules' own: slots that are long past are forgotten, once a day. */
export const forgetSlots = ({ schedules, clock }: SchedulePorts): Schedule => ({
  name: "forget-slots",
  everyMs: dayMs,
  offsetMs: dayMs / 12,
  run: () => schedules.forget(clock.now() - slotsKeptMs),
});

/** True where the slot has its end. */
async function runSlot(
  { schedules, clock, log }: SchedulePorts,
  schedule: Schedule,
  lease: SlotLease,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await schedule.run(async () => !signal.aborted && (await schedules.extend(lease, clock.now())));
    if (signal.aborted) await schedules.failed(lease, clock.now(), "the worker was stopped");
    else await schedules.done(lease, clock.now());
    return !signal.aborted;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    log.warn("schedule-failed", { schedule: schedule.name, slot: lease.slot, error: text });
    await schedules.failed(lease, clock.now() + backoffMs(lease.fence), text);
    return false;
  }
}
