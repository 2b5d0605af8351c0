// How long what is kept: by kind, in days, for ever until a setting says otherwise (OPS-13). What goes is the original
// bytes, never that there was a mail: its digest, its ids and its text stay, so that copies are known and answers find home.
import type { Settings } from "./settings.ts";

/** In the order in which they are looked at: held mail that is given up is no longer kept from the second. */
export const retentionKinds = ["held", "raw", "outbox", "log"] as const;
export type RetentionKind = (typeof retentionKinds)[number];

const settingOf = {
  held: "retention.heldDays",
  raw: "retention.rawDays",
  outbox: "retention.outboxDays",
  log: "retention.logDays",
} as const satisfies Record<RetentionKind, keyof Settings>;

const dayMs = 86_400_000;

export interface RetentionLimit {
  kind: RetentionKind;
  /** 0: kept for ever. */
  days: number;
  /** What is older than this moment goes; null where nothing does. */
  beforeMs: number | null;
}

/** Every kind with its limit as the settings have it. */
export const retentionLimits = (settings: Settings, now: number): RetentionLimit[] =>
  retentionKinds.map((kind) => {
    const days = settings[settingOf[kind]];
    return { kind, days, beforeMs: days === 0 ? null : now - days * dayMs };
  });
