// What happens by the clock, as the worker sees it: slots of schedules, rows that any number of workers may reach for.

/** A slot that this process holds; `fence` proves it. */
export interface SlotLease {
  schedule: string;
  slot: string;
  /** How often the slot was taken, this time included. */
  fence: number;
}

export interface Schedules {
  /**
   * The right to run this slot. `done`: it ran, or a later one was taken; `held`: another process runs it, or it failed and
   * its next try has not come. Only the slot of now is ever asked for, so what was missed meanwhile runs once.
   */
  claim(schedule: string, slot: string, now: number): Promise<SlotLease | "done" | "held">;
  /** The lease begins anew; false where it ran out and another process took the slot. */
  extend(lease: SlotLease, now: number): Promise<boolean>;
  done(lease: SlotLease, now: number): Promise<void>;
  /** The slot may be taken again from `nextAtMs` on. */
  failed(lease: SlotLease, nextAtMs: number, error: string): Promise<void>;
  /** Forgets slots that were claimed before; the last slot of each schedule stays. */
  forget(beforeMs: number): Promise<void>;
}
