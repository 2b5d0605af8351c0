// The desk in numbers, for /metrics, and whether the database answers at all. Each question is answered by an index alone,
// or by the few rows of what waits, is held or failed.
import type { DeskHealth } from "../ports-health.ts";
import { emailLists } from "./list-emails.ts";
import { mailboxLists } from "./list-mailboxes.ts";
import { outboxLists } from "./list-outbox.ts";
import { settingLists } from "./list-settings.ts";
import { knownMigrations } from "./migrate.ts";
import type { Database } from "./open.ts";
import { serverTime } from "./server-time.ts";

/** Statuses of which there are few mails, so that their reasons can be counted. */
const fewStatuses = ["held", "failed"] as const;

export function openDeskHealth(database: Database): DeskHealth {
  const { read } = database;
  const { emailCounts } = emailLists(database);
  const { outboxCounts, outboxOldestQueued } = outboxLists(database);
  const { mailboxList } = mailboxLists(database);
  const { oldestPendingMail } = settingLists(database);

  async function mails() {
    const byReason = await read
      .selectFrom("email")
      .select((eb) => ["status", "reason", eb.fn.countAll<number>().as("n")])
      .where("status", "in", fewStatuses)
      .groupBy(["status", "reason"])
      .execute();
    const few: readonly string[] = fewStatuses;
    const byStatus = Object.entries(await emailCounts()).filter(([status]) => !few.includes(status));
    return [
      ...byStatus.map(([status, count]) => ({ status, reason: null, count })),
      ...byReason.map(({ status, reason, n }) => ({ status, reason, count: Number(n) })),
    ];
  }

  async function sendingPausedUntil(now: number): Promise<number | null> {
    const row = await read.selectFrom("condition").select("untilAt").where("id", "=", "outgoing").executeTakeFirst();
    return row !== undefined && row.untilAt > now ? row.untilAt : null;
  }

  return {
    async ping() {
      await read.selectFrom("sequence").select("value").limit(1).execute();
    },

    async counts(now) {
      return {
        mails: await mails(),
        oldestWaitingAt: await oldestPendingMail(now),
        outbox: Object.entries(await outboxCounts()).map(([status, count]) => ({ status, count })),
        oldestQueuedAt: await outboxOldestQueued(),
        sendingPausedUntil: await sendingPausedUntil(now),
        mailboxes: (await mailboxList()).map(({ name, lastPollAt, error, pausedUntil, failures }) => ({
          name,
          lastPollAt,
          hasError: error !== null,
          pausedUntil,
          failures,
        })),
      };
    },

    serverTime: () => serverTime(read),

    async mustKnowTables() {
      await knownMigrations(read);
    },

    async lastCommitAt() {
      const row = await read.selectFrom("commitLog").select("at").orderBy("id", "desc").limit(1).executeTakeFirst();
      return row === undefined ? null : Number(row.at);
    },
  };
}
