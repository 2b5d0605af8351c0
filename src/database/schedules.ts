// Slots of schedules: who inserts the row runs the slot, and a lease frees what a killed worker held. An older slot is
// refused once a later one was taken, so that workers whose clocks differ can't run one twice.
import type { Schedules, SlotLease } from "../ports-schedules.ts";
import type { Database } from "./open.ts";
import { storable } from "./schema.ts";

/** A run extends it after each small step. */
const leaseMs = 10 * 60_000;
const errorCharsMax = 500;

export function openSchedules({ read, write }: Database, owner = "unnamed"): Schedules {
  const latest = (schedule: string) =>
    read.selectFrom("slot").selectAll().where("schedule", "=", schedule).orderBy("slot", "desc").limit(1);

  const holding = async ({ schedule, slot, fence }: SlotLease, columns: object): Promise<boolean> =>
    await write(async (tx) => {
      const result = await tx
        .updateTable("slot")
        .set(columns)
        .where("schedule", "=", schedule)
        .where("slot", "=", slot)
        .where("fence", "=", fence)
        .where("doneAt", "is", null)
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    });

  return {
    async claim(schedule, slot, now) {
      const last = await latest(schedule).executeTakeFirst();
      if (last !== undefined && (last.slot > slot || (last.slot === slot && last.doneAt !== null))) return "done";
      if (last?.slot === slot && last.leaseUntil > now) return "held";
      const lease = { leaseUntil: now + leaseMs, leaseOwner: owner };
      const fence = await write(async (tx) => {
        const made = await tx
          .insertInto("slot")
          .values({ schedule, slot, claimedAt: now, ...lease, fence: 1, doneAt: null, error: null })
          .onConflict((on) => on.doNothing())
          .executeTakeFirst();
        if (made.numInsertedOrUpdatedRows === 1n) return 1;
        const again = await tx
          .updateTable("slot")
          .set((eb) => ({ ...lease, fence: eb("fence", "+", 1) }))
          .where("schedule", "=", schedule)
          .where("slot", "=", slot)
          .where("doneAt", "is", null)
          .where("leaseUntil", "<=", now)
          .returning("fence")
          .executeTakeFirst();
        return again?.fence ?? null;
      });
      return fence === null ? "held" : { schedule, slot, fence };
    },
    extend: (lease, now) => holding(lease, { leaseUntil: now + leaseMs }),
    async done(lease, now) {
      await holding(lease, { doneAt: now, leaseUntil: 0, leaseOwner: null, error: null });
    },
    async forget(beforeMs) {
      await write(async (tx) => {
        const rows = await tx
          .selectFrom("slot")
          .select((eb) => ["schedule", eb.fn.max("slot").as("last")])
          .groupBy("schedule")
          .execute();
        for (const { schedule, last } of rows) {
          await tx
            .deleteFrom("slot")
            .where("schedule", "=", schedule)
            .where("slot", "<", last)
            .where("claimedAt", "<", beforeMs)
            .execute();
        }
      });
    },
    async failed(lease, nextAtMs, error) {
      await holding(lease, {
        leaseUntil: nextAtMs,
        leaseOwner: null,
        error: storable(error).slice(0, errorCharsMax),
      });
    },
  };
}
