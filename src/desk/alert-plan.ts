// What to tell after one look at the desk: which alarms are new, which stand since an earlier day, and which are gone and
// stay away. Told once per kind, subject and day is a unique row of the database; here is only what to ask it for.
import type { Alarm, AlertKind } from "./alert.ts";

/** An alarm that was told and is not known to be over. */
export interface Standing {
  kind: AlertKind;
  subject: string;
  /** When it was first told of. */
  sinceMs: number;
  /** The last day on which it was told. */
  lastDay: string;
  /** Since when it was not there when looked at; null while it is. */
  goneMs: number | null;
}

export interface AlertPlan {
  raise: Alarm[];
  /** Not there any more; waits to be looked at once more. */
  missing: Standing[];
  /** There again, after it was missing. */
  back: Standing[];
  /** Missing for long enough to be told. */
  over: Standing[];
}

/** What is gone must stay away so long: a mailbox that fails every other time is not mended in between. */
export const settledMs = 60_000;

/**
 * What to do after one look, with what is to be told and what is there too `early` to be told. What stands since an earlier day is told again at the hour of the digest, not at midnight.
 * `standing` are those whose end the caller may know of.
 */
export function planAlerts(
  ripe: readonly Alarm[],
  early: readonly Alarm[],
  standing: readonly Standing[],
  today: { now: number; day: string; minute: number },
  digestMinute: number,
): AlertPlan {
  const of = (one: { kind: AlertKind; subject: string }) => `${one.kind}/${one.subject}`;
  const there = new Set([...ripe, ...early].map(of));
  const known = new Map(standing.map((one) => [of(one), one]));
  const away = standing.filter((one) => !there.has(of(one)));
  return {
    raise: ripe.filter((alarm) => {
      const lastDay = known.get(of(alarm))?.lastDay;
      return lastDay === undefined || (lastDay < today.day && today.minute >= digestMinute);
    }),
    missing: away.filter((one) => one.goneMs === null),
    back: standing.filter((one) => there.has(of(one)) && one.goneMs !== null),
    over: away.filter((one) => one.goneMs !== null && today.now - one.goneMs >= settledMs),
  };
}
