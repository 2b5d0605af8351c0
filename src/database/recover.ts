// What a killed process held is free at once where we can know that it is dead: its name tells host and process id. On
// other hosts, and where in doubt, the leases run out by themselves; the fences keep a living owner from harm.
import { sql } from "kysely";
import type { Database } from "./open.ts";

/** Frees the leases of processes that `isGone` knows to be dead; resolves to how many rows were freed. */
export async function recoverDead(
  database: Database,
  isGone: (owner: string) => boolean,
  now: number,
  resend: boolean,
): Promise<number> {
  const { read, write } = database;
  const rows = await Promise.all([
    read
      .selectFrom("email")
      .select("leaseOwner as owner")
      .distinct()
      .where("status", "=", sql.lit("pending"))
      .where("leaseUntil", ">", now)
      .execute(),
    read
      .selectFrom("outbox")
      .select("leaseOwner as owner")
      .distinct()
      .where("status", "in", [sql.lit("sending"), sql.lit("handing")])
      .execute(),
    read.selectFrom("mailbox").select("leaseOwner as owner").distinct().where("leaseUntil", ">", now).execute(),
    read
      .selectFrom("slot")
      .select("leaseOwner as owner")
      .distinct()
      .where("doneAt", "is", null)
      .where("leaseUntil", ">", now)
      .execute(),
    read.selectFrom("credential").select("leaseOwner as owner").distinct().where("leaseUntil", ">", now).execute(),
    read
      .selectFrom("alert")
      .select("leaseOwner as owner")
      .distinct()
      .where("status", "=", sql.lit("sending"))
      .where("leaseUntil", ">", now)
      .execute(),
  ]);
  const owners = new Set(rows.flat().flatMap((row) => (row.owner === null ? [] : [row.owner])));
  const gone = [...owners].filter(isGone);
  if (gone.length === 0) return 0;
  return await write(async (tx) => {
    const results = [
      await tx
        .updateTable("email")
        .set((eb) => ({ leaseUntil: 0, leaseOwner: null, fence: eb("fence", "+", 1) }))
        .where("status", "=", sql.lit("pending"))
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("mailbox")
        .set({ leaseUntil: 0, leaseOwner: null })
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("credential")
        .set({ leaseUntil: 0, leaseOwner: null })
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("slot")
        .set({ leaseUntil: 0, leaseOwner: null })
        .where("doneAt", "is", null)
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("alert")
        .set({ leaseUntil: 0, leaseOwner: null })
        .where("status", "=", sql.lit("sending"))
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("outbox")
        .set({
          status: "queued",
          leaseUntil: 0,
          nextAttemptAt: now,
          reason: "the worker that was sending it was killed before anything was handed over",
        })
        .where("status", "=", sql.lit("sending"))
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
      await tx
        .updateTable("outbox")
        .set({
          status: resend ? "queued" : "uncertain",
          leaseUntil: 0,
          nextAttemptAt: now,
          reason: "the worker was killed between handing it over and hearing the answer",
        })
        .where("status", "=", sql.lit("handing"))
        .where("leaseOwner", "in", gone)
        .executeTakeFirst(),
    ];
    return results.reduce((sum, result) => sum + Number(result.numUpdatedRows), 0);
  });
}
