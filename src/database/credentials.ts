// What token endpoints handed out: one process at a time asks for more, by a lease, and a newer answer is never written over
// by an older one. A rotated refresh token is the only key to a mailbox, so it waits for the disk.
import type { Credentials, StoredCredential } from "../ports-oauth.ts";
import type { Database } from "./open.ts";

/** Refresh tokens that nobody uses end after some months everywhere. */
const keptMs = 400 * 86_400_000;

export function openCredentials({ read, write, writeSoon }: Database): Credentials {
  return {
    async get(id) {
      const row = await read.selectFrom("credential").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : stored(row);
    },

    async lease(id, owner, now, untilMs) {
      return await writeSoon(async (tx) => {
        await tx
          .insertInto("credential")
          .values({
            id,
            sealed: null,
            generation: 0,
            refreshEndsAt: null,
            leaseOwner: null,
            leaseUntil: 0,
            usedAt: now,
          })
          .onConflict((on) => on.doNothing())
          .execute();
        const row = await tx
          .updateTable("credential")
          .set({ leaseOwner: owner, leaseUntil: untilMs })
          .where("id", "=", id)
          .where((eb) => eb.or([eb("leaseOwner", "is", null), eb("leaseUntil", "<=", now)]))
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? null : stored(row);
      });
    },

    /** The generation and not the lease decides: what a slow process was given must not be lost because its lease ran out. */
    async save(id, { sealed, generation, refreshEndsAt }, now) {
      return await write(async (tx) => {
        const saved = await tx
          .updateTable("credential")
          .set({ sealed, refreshEndsAt, generation: generation + 1, usedAt: now, leaseOwner: null, leaseUntil: 0 })
          .where("id", "=", id)
          .where("generation", "=", generation)
          .executeTakeFirst();
        await tx
          .deleteFrom("credential")
          .where("usedAt", "<", now - keptMs)
          .execute();
        return saved.numUpdatedRows === 1n;
      });
    },

    async release(id, owner) {
      await writeSoon(async (tx) => {
        await tx
          .updateTable("credential")
          .set({ leaseOwner: null, leaseUntil: 0 })
          .where("id", "=", id)
          .where("leaseOwner", "=", owner)
          .execute();
      });
    },
  };
}

const stored = ({ sealed, generation, refreshEndsAt }: StoredCredential): StoredCredential => ({
  sealed,
  generation,
  refreshEndsAt,
});
