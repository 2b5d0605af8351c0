// Puts together what removes old things: once a day in the worker, or when somebody asks.
import type { Config } from "./config.ts";
import { type DiskUse, diskUse } from "./database/disk-use.ts";
import type { Database } from "./database/open.ts";
import { openRetention } from "./database/retention.ts";
import type { Clock, Log } from "./ports.ts";
import type { Desk } from "./ports-database.ts";
import { type Retained, retentionSchedule, runRetention } from "./worker/retain.ts";
import type { Schedule } from "./worker/schedule.ts";

export interface AppRetention {
  /** Removes what the settings say is too old; `dryRun` only counts. */
  run(dryRun: boolean, signal: AbortSignal): Promise<Retained[]>;
  diskUse(): Promise<DiskUse>;
  schedule: Schedule;
}

export function openAppRetention(
  config: Config,
  { database, desk, clock, log }: { database: Database; desk: Desk; clock: Clock; log: Log },
): AppRetention {
  const ports = { retention: openRetention(database), desk, clock, log };
  return {
    run: (dryRun, signal) => runRetention(ports, async () => !signal.aborted, dryRun),
    diskUse: () => diskUse(database, config.database, clock.now()),
    schedule: retentionSchedule(ports),
  };
}
