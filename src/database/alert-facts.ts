// What the desk knows of its own troubles: few rows each, by an index; the digest's tickets are counted once a day.
import { sql } from "kysely";
import type { Alerts } from "../ports-alerts.ts";
import type { Database } from "./open.ts";

const conditionsMax = 1_000;
const oldestShown = 10;

export function alertFacts({ read }: Database): Pick<Alerts, "facts" | "digest"> {
  async function mailboxes() {
    const rows = await read
      .selectFrom("mailbox")
      .select(["id as name", "lastPollAt", "failingSince", "needsPerson", "error"])
      .orderBy("id")
      .execute();
    return rows.map((row) => ({ ...row, needsPerson: row.needsPerson === 1 }));
  }

  async function uncertain(): Promise<number> {
    const { n } = await read
      .selectFrom("outbox")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("status", "=", sql.lit("uncertain"))
      .executeTakeFirstOrThrow();
    return Number(n);
  }

  /** An attempt that reached no server is not counted, though it leaves its reason; so does a person's word. */
  async function unreachableSince(): Promise<number | null> {
    const row = await read
      .selectFrom("outbox")
      .select("createdAt")
      .where("status", "=", sql.lit("queued"))
      .where("attempts", "=", 0)
      .where("reason", "is not", null)
      .where("reason", "not like", "released by %")
      .where("reason", "not like", "queued again by %")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    return row?.createdAt ?? null;
  }

  /** As conditions: `fan-out:12` is ticket 12, `fan-out:cnv_...` a conversation without one. */
  async function frozenNow() {
    const rows = await read
      .selectFrom("freeze")
      .leftJoin("ticket", "ticket.id", "freeze.ticketId")
      .select(["freeze.id", "freeze.reason", "freeze.since", "ticket.number"])
      .where("freeze.since", "is not", null)
      .orderBy("freeze.since")
      .limit(conditionsMax)
      .execute();
    return rows.map(({ id, reason, since, number }) => ({
      id: `fan-out:${number ?? id}`,
      error: reason,
      sinceAt: since ?? 0,
    }));
  }

  async function held() {
    const rows = await read
      .selectFrom("email")
      .select((eb) => ["status", "reason", eb.fn.countAll<number>().as("n")])
      .where("status", "in", [sql.lit("held"), sql.lit("failed")])
      .groupBy(["status", "reason"])
      .orderBy("status")
      .orderBy("reason")
      .execute();
    return rows.map((row) => ({
      status: row.status === "held" ? ("held" as const) : ("failed" as const),
      reason: row.reason ?? "unknown",
      count: Number(row.n),
    }));
  }

  const unassigned = (before: number) =>
    read
      .selectFrom("ticket")
      .where("state", "=", sql.lit("open"))
      .where("assigneeId", "is", null)
      .where("mergedInto", "is", null)
      .where("createdAt", "<", before);

  return {
    async facts() {
      const conditions = await read.selectFrom("condition").selectAll().orderBy("id").limit(conditionsMax).execute();
      const frozen = await frozenNow();
      return {
        mailboxes: await mailboxes(),
        conditions: [...conditions.map(({ id, error, sinceAt }) => ({ id, error, sinceAt })), ...frozen],
        uncertain: await uncertain(),
        unreachableSince: await unreachableSince(),
      };
    },

    async digest(before) {
      if (before === null) return { held: await held(), count: 0, oldest: [] };
      const { n } = await unassigned(before)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      const rows = await unassigned(before).select("number").orderBy("number").limit(oldestShown).execute();
      return { held: await held(), count: Number(n), oldest: rows.map(({ number }) => number) };
    },
  };
}
