// The settings that the desk changed, and what waits to be sent: what somebody wants to see before sending is let loose.
import { sql } from "kysely";
import type { SettingRow } from "../desk/settings.ts";
import type { Database } from "./open.ts";
import { decode } from "./schema.ts";

export interface WaitingMail {
  id: string;
  to: string;
  subject: string;
  createdAt: number;
}

export function settingLists({ read }: Database) {
  return {
    /** Only what differs from the defaults has a row. */
    async settingRows(): Promise<SettingRow[]> {
      const rows = await read.selectFrom("setting").selectAll().orderBy("id").limit(1_000).execute();
      return rows.map((row) => decode("setting", row as never) as SettingRow); // value is JSON text in the row
    },

    /** When the mail was stored that waits longest to be judged and could be taken now; null where none waits. */
    async oldestPendingMail(now: number): Promise<number | null> {
      const row = await read
        .selectFrom("email")
        .select("storedAt")
        .where("status", "=", sql.lit("pending"))
        .where("nextAttemptAt", "<=", now)
        .orderBy("nextAttemptAt")
        .limit(1)
        .executeTakeFirst();
      return row?.storedAt ?? null;
    },

    /** Mails that are ready to leave, the oldest first, and messages that will become mails. */
    async waitingMails(limit: number): Promise<{ rows: WaitingMail[]; total: number; messages: number }> {
      const queued = read.selectFrom("outbox").where("status", "=", sql.lit("queued"));
      const { n } = await queued.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
      const rows = await queued
        .select(["id", "toAddress as to", "subject", "createdAt"])
        .orderBy("id")
        .limit(limit)
        .execute();
      const notices = await read
        .selectFrom("notice")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("state", "=", sql.lit("waiting"))
        .executeTakeFirstOrThrow();
      return { rows, total: Number(n), messages: Number(notices.n) };
    },
  };
}
