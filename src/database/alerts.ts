// Alerts as rows: claimed on disk before anything leaves, by a lease that a killed worker loses. What was being told when
// its worker died is told again, with the same Message-ID: an alert too many is better than none.
import { type Kysely, sql } from "kysely";
import type { Alarm, AlertKind } from "../desk/alert.ts";
import type { Ids } from "../ports.ts";
import type { AlertDay, AlertPhase, Alerts, LeasedAlert } from "../ports-alerts.ts";
import { alertFacts } from "./alert-facts.ts";
import type { Database } from "./open.ts";
import { type AlertTable, type Schema, storable } from "./schema.ts";

/** Longer than the SMTP conversation of one mail may take. */
const leaseMs = 15 * 60_000;
const keptMs = 90 * 86_400_000;
const textCharsMax = 2_000;
/** It stands in an index. */
const subjectCharsMax = 300;
const pendingMax = 1_000;

/** `owner` names this process in the leases that it takes. */
export function openAlerts(database: Database, ids: Ids, owner = "unnamed"): Alerts {
  const { read, write } = database;

  /** Changes a row that this process holds; another one's is left alone. */
  const holding = async ({ id, fence }: LeasedAlert, columns: Partial<AlertTable>): Promise<void> => {
    await write(async (tx) => {
      await tx
        .updateTable("alert")
        .set({ leaseUntil: 0, leaseOwner: null, ...columns })
        .where("id", "=", id)
        .where("fence", "=", fence)
        .where("status", "=", sql.lit("sending"))
        .execute();
    });
  };

  return {
    ...alertFacts(database),

    async standing(loops) {
      const rows = await read
        .selectFrom("alert")
        .select((eb) => [
          "kind",
          "subject",
          eb.fn.min("createdAt").as("sinceMs"),
          eb.fn.max("day").as("lastDay"),
          eb.fn.max("goneAt").as("goneMs"),
          eb.fn.max("owner").as("owner"),
        ])
        .where("phase", "=", sql.lit("raised"))
        .where("clearedAt", "is", null)
        .where("kind", loops ? "=" : "!=", "loop")
        .groupBy(["kind", "subject"])
        .execute();
      return rows.map((row) => ({
        ...row,
        kind: row.kind as AlertKind,
        sinceMs: Number(row.sinceMs),
        goneMs: row.goneMs === null ? null : Number(row.goneMs),
      }));
    },

    async raise(alarms, recipients, at, of) {
      if (alarms.length === 0) return 0;
      return await write(async (tx) => {
        const made = await insert(tx, ids, alarms, "raised", recipients, at, of);
        if (made > 0)
          await tx
            .deleteFrom("alert")
            .where("createdAt", "<", at.now - keptMs)
            .execute();
        return made;
      });
    },

    async mark(standing, goneMs) {
      if (standing.length === 0) return;
      await write(async (tx) => {
        for (const one of standing) await standingRows(tx, one, { goneAt: goneMs });
      });
    },

    async clear(over, told, recipients, at) {
      if (over.length === 0) return 0;
      return await write(async (tx) => {
        for (const one of over) await standingRows(tx, one, { clearedAt: at.now });
        return await insert(tx, ids, told, "cleared", recipients, at, null);
      });
    },

    async due(now, limit) {
      const rows = await read
        .selectFrom("alert")
        .select(["id", "kind", "subject", "recipient", "status", "nextAttemptAt", "leaseUntil"])
        .where("status", "in", [sql.lit("due"), sql.lit("sending")])
        .orderBy("id")
        .limit(pendingMax)
        .execute();
      const before = new Set<string>();
      const free = rows.filter((row) => {
        const thread = `${row.kind}/${row.subject}/${row.recipient}`;
        const isFirst = !before.has(thread);
        before.add(thread);
        return isFirst && (row.status === "due" ? row.nextAttemptAt : row.leaseUntil) <= now;
      });
      return free.slice(0, limit).map(({ id }) => id);
    },

    async acquire(id, now) {
      const row = await write((tx) =>
        tx
          .updateTable("alert")
          .set((eb) => ({
            status: "sending",
            attempts: eb("attempts", "+", 1),
            leaseUntil: now + leaseMs,
            leaseOwner: owner,
            fence: eb("fence", "+", 1),
          }))
          .where("id", "=", id)
          .where((eb) =>
            eb.or([
              eb.and([eb("status", "=", sql.lit("due")), eb("nextAttemptAt", "<=", now)]),
              eb.and([eb("status", "=", sql.lit("sending")), eb("leaseUntil", "<=", now)]),
            ]),
          )
          .returningAll()
          .executeTakeFirst(),
      );
      return row === undefined ? null : leased(row);
    },

    told: (alert, response, now) =>
      holding(alert, { status: "told", toldAt: now, response: cut(response), error: null }),
    again: (alert, nextAttemptAt, error) => holding(alert, { status: "due", nextAttemptAt, error: cut(error) }),
    end: (alert, status, error) => holding(alert, { status, error: cut(error) }),
  };
}

const cut = (text: string): string => storable(text).slice(0, textCharsMax);

async function insert(
  tx: Kysely<Schema>,
  ids: Ids,
  alarms: readonly Alarm[],
  phase: AlertPhase,
  recipients: readonly string[],
  { now, day }: AlertDay,
  owner: string | null,
): Promise<number> {
  let made = 0;
  for (const { kind, subject, title, text } of alarms) {
    for (const recipient of recipients) {
      const row: AlertTable = {
        id: ids.next("alr"),
        kind,
        subject: cut(subject).slice(0, subjectCharsMax),
        day,
        phase,
        recipient,
        title: cut(title),
        text: cut(text),
        status: "due",
        attempts: 0,
        nextAttemptAt: now,
        createdAt: now,
        toldAt: null,
        response: null,
        error: null,
        owner,
        goneAt: null,
        clearedAt: null,
        leaseUntil: 0,
        leaseOwner: null,
        fence: 0,
      };
      const result = await tx
        .insertInto("alert")
        .values(row)
        .onConflict((on) => on.doNothing())
        .executeTakeFirst();
      made += Number(result.numInsertedOrUpdatedRows ?? 0n);
    }
  }
  return made;
}

async function standingRows(
  tx: Kysely<Schema>,
  { kind, subject }: { kind: AlertKind; subject: string },
  columns: Partial<AlertTable>,
): Promise<void> {
  await tx
    .updateTable("alert")
    .set(columns)
    .where("kind", "=", kind)
    .where("subject", "=", subject)
    .where("phase", "=", sql.lit("raised"))
    .where("clearedAt", "is", null)
    .execute();
}

const leased = (row: AlertTable): LeasedAlert => ({
  id: row.id,
  kind: row.kind as AlertKind,
  subject: row.subject,
  day: row.day,
  phase: row.phase,
  recipient: row.recipient,
  title: row.title,
  text: row.text,
  createdAtMs: row.createdAt,
  fence: row.fence,
  attempts: row.attempts,
});
