// Removing what is old, as the worker sees it: one kind at a time, in small steps that other writers wait for a moment only.
import type { RetentionKind } from "./desk/retention.ts";

/** What one step would remove; `cursor` null: there is no more. */
export interface RetentionStep {
  ids: string[];
  bytes: number;
  cursor: string | null;
}

export interface Retention {
  /** What may go after `cursor` ("" at first), the oldest first: at most some hundred rows or some megabytes. */
  next(kind: RetentionKind, beforeMs: number, cursor: string): Promise<RetentionStep>;
  /** Removes those that still may go; resolves to how many did. */
  remove(kind: RetentionKind, ids: readonly string[], now: number): Promise<number>;
  /** Notes a whole run, so that what is missing can be explained. */
  ran(kind: RetentionKind, run: { beforeMs: number; removed: number; bytes: number; now: number }): Promise<void>;
  /** Measures how much room each kind takes, page by page while `go` says so, and keeps the figures once it has all. */
  measure(now: number, go: () => Promise<boolean>): Promise<void>;
}
