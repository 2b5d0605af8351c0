// Of the mails that one cites, the one that waits in the spool and should go first (MAIL-9).
import { sql } from "kysely";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { unindexed } from "./unindexed.ts";

const pendingAmong = prepared((db, v: { keys: readonly string[]; id: string; soon: number }) =>
  db
    .selectFrom("email")
    .select(["id", "messageId", "cites"])
    .where("messageId", "in", v.keys)
    .where(unindexed("status"), "=", sql.lit("pending"))
    .where("nextAttemptAt", "<=", v.soon)
    .where("id", "!=", v.id)
    .limit(sql.lit(20)),
);

const ancestorsMax = 100;
/** One that is in trouble and tried again later is not waited for. */
export const soonMs = 1_000;

/** The nearest cited mail that waits; null where following the citations leads back to this mail (two that cite each other). */
export async function pendingParent(
  { read }: Database,
  id: string,
  messageId: string | null,
  cited: readonly string[],
  soon: number,
): Promise<string | null> {
  const pendingBy = async (keys: readonly string[]) =>
    keys.length === 0 ? [] : await pendingAmong.rows(read, { keys, id, soon });
  const parents = await pendingBy(cited);
  const nearest = parents[0];
  if (nearest === undefined) return null;
  const seen = new Set(parents.map((row) => row.id));
  let wave = parents;
  while (wave.length > 0 && seen.size < ancestorsMax) {
    const keys = wave.flatMap((row) => JSON.parse(row.cites) as string[]);
    if (messageId !== null && keys.includes(messageId)) return null;
    wave = (await pendingBy([...new Set(keys)])).filter((row) => !seen.has(row.id));
    for (const row of wave) seen.add(row.id);
  }
  return nearest.id;
}
