// What the administrator was told, when and with what answer; and what could not be told.
import { sql } from "kysely";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";

export interface AlertRow {
  id: string;
  kind: string;
  subject: string;
  day: string;
  phase: "raised" | "cleared";
  to: string;
  title: string;
  text: string;
  /** A worker that is telling it at this moment has it in hand as `due`. */
  status: "due" | "told" | "failed" | "dropped";
  attempts: number;
  /** Null where nothing is going to be tried. */
  nextAttemptAt: number | null;
  createdAt: number;
  toldAt: number | null;
  response: string | null;
  error: string | null;
}

export const alertStatuses = ["due", "told", "failed", "dropped"] as const;

export function alertLists({ read }: Database) {
  return {
    /** The one made last comes first. */
    async alertList(status: AlertRow["status"] | undefined, limit: number): Promise<Page<AlertRow>> {
      const wanted = status === "due" ? ["due", "sending"] : [status ?? ""];
      const rows = await read
        .selectFrom("alert")
        .selectAll()
        .$if(status !== undefined, (query) => query.where("status", "in", wanted))
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      const { n } = await read
        .selectFrom("alert")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .$if(status !== undefined, (query) => query.where("status", "in", wanted))
        .executeTakeFirstOrThrow();
      return {
        rows: rows.map((row) => {
          const shown = alertStatuses.find((one) => one === row.status) ?? "due";
          const { id, kind, subject, day, phase, title, text, attempts, createdAt, toldAt, response, error } = row;
          return {
            ...{ id, kind, subject, day, phase, to: row.recipient, title, text, status: shown, attempts },
            nextAttemptAt: shown === "due" ? row.nextAttemptAt : null,
            ...{ createdAt, toldAt, response, error },
          };
        }),
        total: Number(n),
      };
    },

    /** Alerts that were tried and not told, or refused for good within the last day. */
    async alertsUntold(now: number): Promise<{ count: number; error: string | null }> {
      const rows = await read
        .selectFrom("alert")
        .select("error")
        .where((eb) =>
          eb.or([
            eb.and([eb("status", "in", [sql.lit("due"), sql.lit("sending")]), eb("attempts", ">", 0)]),
            eb.and([eb("status", "=", sql.lit("failed")), eb("createdAt", ">", now - 86_400_000)]),
          ]),
        )
        .orderBy("id", "desc")
        .limit(1_000)
        .execute();
      return { count: rows.length, error: rows.find(({ error }) => error !== null)?.error ?? null };
    },
  };
}
