// Whether the loops turn: each says when it turned and how long it means to be quiet. One that is quiet for longer hangs,
// and then nobody but a restart can help. Measured by a clock that nobody sets.
import type { Pulse } from "../ports-health.ts";

/** How late a loop may be: a slow disk and a long queue at the database are no hang. */
const graceMs = 60_000;

export interface LoopState {
  loop: string;
  turns: number;
  /** Milliseconds since it turned. */
  quietMs: number;
  /** It should have turned long ago. */
  isOverdue: boolean;
}

export interface Pulses extends Pulse {
  /** The loops that run, by name. */
  loops(): LoopState[];
}

/** `nowMs` counts milliseconds since some moment, steadily. */
export function openPulse(nowMs: () => number): Pulses {
  const beats = new Map<string, { turns: number; atMs: number; quietMs: number }>();
  return {
    turned(loop, quietMs) {
      beats.set(loop, { turns: (beats.get(loop)?.turns ?? 0) + 1, atMs: nowMs(), quietMs });
    },
    ended: (loop) => void beats.delete(loop),
    loops() {
      const now = nowMs();
      return [...beats]
        .map(([loop, { turns, atMs, quietMs }]) => ({
          loop,
          turns,
          quietMs: now - atMs,
          isOverdue: now - atMs > quietMs + graceMs,
        }))
        .sort((a, b) => (a.loop < b.loop ? -1 : 1));
    },
  };
}
