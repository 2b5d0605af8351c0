// How far each mailbox was read and who reads it: one fetcher per mailbox, by a lease, and the UIDs of the trailing
// window compared with what is stored (MAIL-2).
import { type Kysely, sql } from "kysely";
import { temporary } from "../errors.ts";
import type { Clock, Cursor } from "../ports.ts";
import type { MailboxState, Spool } from "../ports-database.ts";
import type { Database } from "./open.ts";
import { type Schema, storable } from "./schema.ts";

const listMax = 500;
const unfinishedMax = 500;

type MailboxPart = "known" | "storedCount" | "leaseMailbox" | "saveMailbox" | "saveStart" | "unfinished" | "finished";

export function mailboxes({ read, write, writeSoon }: Database, clock: Clock): Pick<Spool, MailboxPart> {
  return {
    async known(mailbox, uidValidity, uids) {
      const found = new Set<number>();
      for (let start = 0; start < uids.length; start += listMax) {
        const rows = await read
          .selectFrom("email")
          .select("uid")
          .where("mailbox", "=", mailbox)
          .where("uidValidity", "=", uidValidity)
          .where("uid", "in", uids.slice(start, start + listMax))
          .where((eb) => eb.or([eb("reason", "is", null), eb("reason", "!=", "not-fetched")]))
          .execute();
        for (const row of rows) if (row.uid !== null) found.add(row.uid);
      }
      return found;
    },

    async storedCount(mailbox, uidValidity) {
      const { n } = await read
        .selectFrom("email")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("mailbox", "=", mailbox)
        .where("uidValidity", "=", uidValidity)
        .where("uid", "is not", null)
        .where((eb) => eb.or([eb("reason", "is", null), eb("reason", "!=", "not-fetched")]))
        .executeTakeFirstOrThrow();
      return Number(n);
    },

    async leaseMailbox(mailbox, owner, untilMs) {
      const now = clock.now();
      return await writeSoon(async (tx) => {
        await tx
          .insertInto("mailbox")
          .values({
            id: mailbox,
            uidValidity: null,
            lastUid: 0,
            lastPollAt: null,
            error: null,
            pausedUntil: null,
            failures: 0,
            leaseOwner: null,
            leaseUntil: 0,
            startAt: null,
            startUid: null,
            failingSince: null,
            needsPerson: 0,
          })
          .onConflict((on) => on.doNothing())
          .execute();
        const row = await tx
          .updateTable("mailbox")
          .set({ leaseOwner: owner, leaseUntil: untilMs })
          .where("id", "=", mailbox)
          .where((eb) =>
            eb.or([eb("leaseOwner", "is", null), eb("leaseOwner", "=", owner), eb("leaseUntil", "<=", now)]),
          )
          .returningAll()
          .executeTakeFirst();
        if (row === undefined) return null;
        return {
          name: row.id,
          cursor: row.uidValidity === null ? null : { uidValidity: row.uidValidity, lastUid: row.lastUid },
          lastPollAtMs: row.lastPollAt,
          error: row.error,
          pausedUntilMs: row.pausedUntil,
          failures: row.failures,
          needsPerson: row.needsPerson === 1,
          start: row.startAt === null || row.startUid === null ? null : { atMs: row.startAt, uid: row.startUid },
        } satisfies MailboxState;
      });
    },

    /** Writes everything but the cursor, which only `store` moves, and gives the lease back. */
    async saveMailbox(state, owner) {
      await writeSoon(async (tx) => {
        await tx
          .updateTable("mailbox")
          .set((eb) => ({
            failingSince: state.error === null ? null : eb.fn.coalesce("failingSince", eb.val(clock.now())),
            needsPerson: state.error !== null && state.needsPerson === true ? 1 : 0,
            lastPollAt: state.lastPollAtMs,
            error: state.error === null ? null : storable(state.error),
            pausedUntil: state.pausedUntilMs,
            failures: state.failures,
            leaseOwner: null,
            leaseUntil: 0,
          }))
          .where("id", "=", state.name)
          .where("leaseOwner", "=", owner)
          .execute();
      });
    },

    async saveStart(mailbox, start) {
      await write(async (tx) => {
        await tx
          .updateTable("mailbox")
          .set({ startAt: start.atMs, startUid: start.uid })
          .where("id", "=", mailbox)
          .execute();
      });
    },

    async unfinished(mailbox, uidValidity) {
      const rows = await read
        .selectFrom("email")
        .select("uid")
        .where("mailbox", "=", mailbox)
        .where("afterDone", "=", sql.lit(0))
        .where("uidValidity", "=", uidValidity)
        .orderBy("uid")
        .limit(unfinishedMax)
        .execute();
      return rows.flatMap((row) => (row.uid === null ? [] : [row.uid]));
    },

    /** Need not wait for the disk: what is done again on the server changes nothing there. */
    async finished(mailbox, uidValidity, uids) {
      await writeSoon(async (tx) => {
        for (let start = 0; start < uids.length; start += listMax) {
          await tx
            .updateTable("email")
            .set({ afterDone: 1 })
            .where("mailbox", "=", mailbox)
            .where("uidValidity", "=", uidValidity)
            .where("uid", "in", uids.slice(start, start + listMax))
            .execute();
        }
      });
    },
  };
}

/** Fenced: who lost the lease of a mailbox must not move its cursor back. */
export async function moveCursor(
  tx: Kysely<Schema>,
  mailbox: string,
  cursor: Cursor,
  holder: string | undefined,
): Promise<void> {
  let query = tx
    .updateTable("mailbox")
    .set({ uidValidity: cursor.uidValidity, lastUid: cursor.lastUid })
    .where("id", "=", mailbox);
  if (holder !== undefined) query = query.where("leaseOwner", "=", holder);
  const moved = await query.executeTakeFirst();
  if (holder !== undefined && moved.numUpdatedRows !== 1n)
    throw temporary("Another process reads this mailbox meanwhile.", { code: "lease" });
}
