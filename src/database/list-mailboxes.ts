// How the reading of each mailbox stands, as `status` and `mailbox list` print it.
import type { Database } from "./open.ts";

export interface MailboxRow {
  name: string;
  lastPollAt: number | null;
  error: string | null;
  pausedUntil: number | null;
  failures: number;
  /** Since when every poll failed; null where the last one did well. */
  failingSince: number | null;
  /** Waiting does not help: a password or the configuration must be mended. */
  needsPerson: boolean;
  /** Null before the first contact. */
  uidValidity: string | null;
  lastUid: number;
}

export function mailboxLists({ read }: Database) {
  return {
    /** Only mailboxes that were polled at least once. */
    async mailboxList(): Promise<MailboxRow[]> {
      const rows = await read.selectFrom("mailbox").selectAll().orderBy("id").limit(10_000).execute();
      return rows.map(
        ({ id, lastPollAt, error, pausedUntil, failures, failingSince, needsPerson, uidValidity, lastUid }) => ({
          name: id,
          lastPollAt,
          error,
          pausedUntil,
          failures,
          failingSince,
          needsPerson: needsPerson === 1,
          uidValidity,
          lastUid,
        }),
      );
    },
  };
}
