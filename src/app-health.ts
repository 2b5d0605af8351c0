// Puts /healthz and /metrics together: the loops' pulse, what the log tells of, the desk's counts, the clock. Everything
// is counted in any case, as that costs nothing; only a worker listens, and only where `metrics:` names an address.
import { clockAheadMs } from "./app-clock.ts";
import { version } from "./app-version.ts";
import type { Config } from "./config.ts";
import { openEventCounts } from "./health/event-counts.ts";
import { openHealth } from "./health/open-health.ts";
import { openPulse } from "./health/pulse.ts";
import type { Clock, Log } from "./ports.ts";
import type { DeskHealth } from "./ports-health.ts";

export type AppHealth = ReturnType<typeof openAppHealth>;

/** `clock` is the desk's, `machine` the one that other workers must agree with. */
export function openAppHealth({ metrics, mailboxes }: Config, desk: DeskHealth, clock: Clock, machine: Clock) {
  const pulses = openPulse(() => performance.now());
  const counts = openEventCounts();
  let aheadMs: number | null = null;
  return {
    pulse: pulses,
    seen: counts.seen,
    /** Looks at the clocks again; a difference is logged, and /healthz fails until it is mended. */
    async lookAtClock(log: Log): Promise<void> {
      aheadMs = await clockAheadMs(desk, machine);
      if (aheadMs !== null) log.error("clock-off", { aheadMs });
    },
    /** Listens where the configuration says so; resolves to how to stop. */
    async listen(log: Log): Promise<() => Promise<void>> {
      if (metrics === null) return async () => {};
      const health = await openHealth({
        ...metrics,
        desk,
        pulses,
        counts,
        mailboxes: mailboxes.map(({ name }) => name),
        version: version(),
        now: () => clock.now(),
        clockAheadMs: () => aheadMs,
      });
      log.info("health-listening", { address: health.address });
      return health.close;
    },
  };
}
