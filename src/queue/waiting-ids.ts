// The ids of one topic that wait in this process: some at once, in order, some until a moment. It holds each id once,
// at its earliest moment, and never more than its maximum: what is pushed beyond is dropped, because the rows in the
// database know what is due and sweep pushes them again.

export const waitingIdsMax = 100_000;
/** Moments are rounded up to this, so that one look at the later ids serves many. */
const tickMs = 50;

export interface WaitingIds {
  /** False if there was no room. A moment that has passed, or 0, means at once. */
  add(id: string, dueMs: number, nowMs: number): boolean;
  /** Takes the next id that is due, or null. */
  take(nowMs: number): string | null;
  /** Ids that are due. */
  dueCount(nowMs: number): number;
  /** When the next one becomes due, UTC milliseconds; null if none waits for a moment. */
  nextDueMs(): number | null;
  size(): number;
  clear(): void;
}

export function waitingIds(max = waitingIdsMax): WaitingIds {
  const ready = new Set<string>();
  const later = new Map<string, number>();
  let earliestMs = Number.POSITIVE_INFINITY;

  function promote(nowMs: number): void {
    if (earliestMs > nowMs) return;
    earliestMs = Number.POSITIVE_INFINITY;
    for (const [id, dueMs] of later) {
      if (dueMs <= nowMs) {
        later.delete(id);
        ready.add(id);
      } else earliestMs = Math.min(earliestMs, dueMs);
    }
  }

  return {
    add(id, dueMs, nowMs) {
      if (ready.has(id)) return true;
      const knownMs = later.get(id);
      if (knownMs === undefined && ready.size + later.size >= max) return false;
      if (dueMs <= nowMs) {
        later.delete(id);
        ready.add(id);
        return true;
      }
      const roundedMs = Math.ceil(dueMs / tickMs) * tickMs;
      if (knownMs === undefined || roundedMs < knownMs) {
        later.set(id, roundedMs);
        earliestMs = Math.min(earliestMs, roundedMs);
      }
      return true;
    },
    take(nowMs) {
      promote(nowMs);
      for (const id of ready) {
        ready.delete(id);
        return id;
      }
      return null;
    },
    dueCount(nowMs) {
      promote(nowMs);
      return ready.size;
    },
    nextDueMs: () => (later.size === 0 ? null : earliestMs),
    size: () => ready.size + later.size,
    clear() {
      ready.clear();
      later.clear();
      earliestMs = Number.POSITIVE_INFINITY;
    },
  };
}
