// What waits to be told in one conversation, and which of it is told together.
import { sql } from "kysely";
import { prepared } from "./prepared.ts";
import type { NoticeTable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";

const noticesMax = 100;

/**
 * `doubtful`: it stood in the backup from which this desk was restored, or tells of a mail that had arrived by then, and so
 * may have been told before.
 */
export const waitingIn = prepared(
  (db, { conversationId, kinds }: { conversationId: string; kinds: readonly string[] }) =>
    db
      .selectFrom("notice")
      .selectAll()
      .select((eb) =>
        eb
          .exists(
            eb
              .selectFrom("condition")
              .select("condition.id")
              .where("condition.id", "=", sql.lit("restored"))
              .where((or) =>
                or.or([
                  or("notice.createdAt", "<=", or.ref("condition.sinceAt")),
                  or.exists(
                    or
                      .selectFrom("message")
                      .innerJoin("email", "email.id", "message.emailId")
                      .select("email.id")
                      .whereRef("message.id", "=", "notice.messageId")
                      .whereRef("email.receivedAt", "<=", "condition.sinceAt"),
                  ),
                ]),
              ),
          )
          .as("doubtful"),
      )
      .where("conversationId", "=", conversationId)
      .where("kind", "in", kinds)
      .where(unindexed("state"), "=", sql.lit("waiting"))
      .orderBy("createdAt")
      .orderBy("id")
      .limit(sql.lit(noticesMax)),
);
/** A conversation in which somebody writes on and on is told after this many holds all the same. */
const holdsMax = 5;

/**
 * Acknowledgements do not wait. The messages of a conversation wait for one another, so that each can be recalled within
 * its own hold and all of them become one mail (SHA-8).
 */
export function dueTogether<N extends Pick<NoticeTable, "kind" | "notBefore" | "createdAt">>(
  waiting: readonly N[],
  now: number,
): N[] {
  const acknowledgements = waiting.filter((notice) => notice.kind === "acknowledgement" && notice.notBefore <= now);
  const messages = waiting.filter((notice) => notice.kind === "message");
  const held = messages.some((notice) => notice.notBefore > now);
  const longEnough = messages.some(({ notBefore, createdAt }) => now > createdAt + holdsMax * (notBefore - createdAt));
  return held && !longEnough ? acknowledgements : [...acknowledgements, ...messages];
}
