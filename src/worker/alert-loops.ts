// Each worker looks at its own loops: one that should have turned long ago, in two looks a minute apart, is told of. It is
// over when it turns again, or once the worker that told of it is no more.
import { loopAlarm } from "../desk/alert.ts";
import { type AlertPorts, settle, today } from "./alert.ts";

export interface LoopPorts extends Pick<AlertPorts, "alerts" | "desk" | "way" | "clock"> {
  /** The loops of this process that are overdue. */
  overdue(): readonly { loop: string; quietMs: number }[];
  /** Names this process. */
  process: string;
  host: string;
  isGone(process: string): boolean;
}

const lookEveryMs = 60_000;

/** A look that may be called as often as one likes; it looks once in a minute. */
export function openLoopWatch(ports: LoopPorts): () => Promise<void> {
  const { alerts, way, clock, process, host, isGone } = ports;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let before = new Set<string>();
  return async () => {
    if (clock.now() - lookedAtMs < lookEveryMs) return;
    lookedAtMs = clock.now();
    const overdue = ports.overdue();
    const alarms = overdue
      .filter(({ loop }) => before.has(loop))
      .map(({ loop, quietMs }) => loopAlarm(loop, host, quietMs));
    before = new Set(overdue.map(({ loop }) => loop));
    const standing = (await alerts.standing(true)).filter(
      ({ owner }) => owner === process || (owner !== null && isGone(owner)),
    );
    const { at, ...day } = await today(ports);
    await settle(alerts, alarms, [], standing, way.recipients, day, at, process);
  };
}
