// What this process did since it started, counted from its own log: each event once, and of two of them the words of
// closed lists that they carry. Nothing that a mail says becomes a label.
import type { LogEvent } from "../ports-log.ts";

export interface EventCounts {
  seen(event: LogEvent, fields: Readonly<Record<string, unknown>>): void;
  events(): { event: string; count: number }[];
  /** Mails that this process brought to their end. */
  judged(): { status: string; reason: string; count: number }[];
  /** Children that died of a mail. */
  kills(): { cause: string; count: number }[];
}

const causes = ["time", "memory", "crash"];

export function openEventCounts(): EventCounts {
  const events = new Map<string, number>();
  const judged = new Map<string, number>();
  const kills = new Map<string, number>(causes.map((cause) => [cause, 0]));
  return {
    seen(event, { status, reason, cause }) {
      add(events, event);
      if (event === "mail") add(judged, `${status}/${reason}`);
      if (event === "reader-killed") add(kills, String(cause));
    },
    events: () => [...events].map(([event, count]) => ({ event, count })),
    judged: () =>
      [...judged].map(([key, count]) => {
        const [status = "", reason = ""] = key.split("/");
        return { status, reason, count };
      }),
    kills: () => [...kills].map(([cause, count]) => ({ cause, count })),
  };
}

const add = (counts: Map<string, number>, key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1);
