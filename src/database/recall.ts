// Takes messages back before they leave: waiting notices are recalled and queued mails dropped, inside the transaction
// of an undo. What was handed over, or may have been, can't be recalled, and the undo fails as a whole (SHA-8).
import { type Kysely, sql } from "kysely";
import { agentKinds } from "../desk/agent-hearing.ts";
import { conflict } from "../errors.ts";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";

/** A mail that carries one of the messages and can't be taken back. */
export interface Told {
  outboxId: string;
  to: string;
  status: string;
  sentAt: number | null;
  createdAt: number;
}

const toldMax = 1_000;
/** Nothing left the house yet in these states. */
const recallable: ReadonlySet<string> = new Set(["queued", "held"]);
/** Nobody was told, and nobody will be. */
const silent: ReadonlySet<string> = new Set(["suppressed", "failed", "dropped"]);

/** Mails of since then with these messages that left, may have left, or carry other messages too. */
export async function toldOf(read: Kysely<Schema>, messageIds: readonly string[], since = 0): Promise<Told[]> {
  const mails = await mailsWith(read, messageIds);
  return mails.filter((mail) => !mail.canRecall && !silent.has(mail.status) && mail.createdAt >= since);
}

/** Recalls or rejects with conflict, code "guard". */
export async function recall(
  tx: Parameters<Parameters<Database["write"]>[0]>[0],
  messageIds: readonly string[],
): Promise<void> {
  if (messageIds.length === 0) return;
  const ids = [...messageIds];
  await tx
    .updateTable("notice")
    .set({ state: "recalled" })
    .where("messageId", "in", ids)
    .where("state", "=", sql.lit("waiting"))
    .execute();
  for (;;) {
    const mails = await mailsWith(tx, ids, [...silent]);
    if (mails.length === 0) return;
    for (const mail of mails) await takeBack(tx, mail);
  }
}

async function takeBack(tx: Kysely<Schema>, mail: Told & { canRecall: boolean }): Promise<void> {
  const dropped = !mail.canRecall
    ? null
    : await tx
        .updateTable("outbox")
        .set({ status: "dropped", reason: "taken back before it was sent" })
        .where("id", "=", mail.outboxId)
        .where("status", "in", [...recallable])
        .executeTakeFirst();
  if (dropped?.numUpdatedRows !== 1n)
    throw conflict("Who was told changed meanwhile.", { code: "guard", remedy: "Try again." });
  await tx.deleteFrom("outboxMessage").where("outboxId", "=", mail.outboxId).where("isHistory", "=", 1).execute();
}

async function mailsWith(
  db: Kysely<Schema>,
  messageIds: readonly string[],
  notIn: readonly string[] = [],
): Promise<(Told & { canRecall: boolean })[]> {
  if (messageIds.length === 0) return [];
  const rows = await db
    .selectFrom("outbox")
    .innerJoin("outboxMessage", "outboxMessage.outboxId", "outbox.id")
    .select(["outbox.id as outboxId", "outbox.toAddress as to", "outbox.status", "outbox.sentAt", "outbox.createdAt"])
    .distinct()
    .where("outboxMessage.messageId", "in", [...messageIds])
    // What agents were told is no reason to leave it as it is: they hear of what is taken back, too.
    .where((eb) => eb.or([eb("outbox.kind", "not in", agentKinds), eb("outbox.status", "in", [...recallable])]))
    .$if(notIn.length > 0, (query) => query.where("outbox.status", "not in", [...notIn]))
    .orderBy("outbox.id")
    .limit(toldMax)
    .execute();
  const carried =
    rows.length === 0
      ? []
      : await db
          .selectFrom("outboxMessage")
          .select(["outboxId", "messageId"])
          .where(
            "outboxId",
            "in",
            rows.map((row) => row.outboxId),
          )
          .where("messageId", "not in", [...messageIds])
          // What was said before only goes along: it goes with the next one instead.
          .where("isHistory", "is", null)
          .execute();
  const mixed = new Set(carried.map((row) => row.outboxId));
  return rows.map((row) => ({ ...row, canRecall: recallable.has(row.status) && !mixed.has(row.outboxId) }));
}
