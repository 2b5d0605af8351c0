// Conversations that an undo would take from one ticket back to another: what was said there since belongs to the people of
// the ticket on which they are now, and stands in the way (TIC-6).
import { type Change, isSet } from "../desk/change.ts";
import { rowKey } from "../desk/refers.ts";
import type { LoggedCommit, UndoFacts } from "../desk/undo.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";

type Read = Database["read"];

export type MoveFacts = Pick<UndoFacts, "standing"> & { stays: NonNullable<UndoFacts["stays"]> };

/** `back`: what taking the commit back does. */
export async function moveFacts(
  read: Read,
  commitId: string,
  back: readonly Change[],
  later: (rowId: string) => Promise<LoggedCommit | null>,
): Promise<MoveFacts> {
  const ids = back.flatMap((change) => (movesTicket(change) ? (isSet(change) ? change.ids : [change.id]) : []));
  const except = new Set<string>();
  const standing: UndoFacts["standing"][number][] = [];
  for (const list of idLists(ids)) {
    const messages = await read
      .selectFrom("message")
      .select((eb) => [
        "id",
        "conversationId",
        eb
          .exists(
            eb
              .selectFrom("changeLog")
              .select("changeLog.seq")
              .whereRef("changeLog.rowId", "=", "message.id")
              .where("changeLog.commitId", ">", commitId)
              .where("changeLog.before", "is", null),
          )
          .as("isLater"),
      ])
      .where("conversationId", "in", list)
      .execute();
    for (const { id, conversationId, isLater } of messages) {
      except.add(rowKey("message", id));
      if (!isLater || standing.length > 0) continue;
      standing.push({
        table: "message",
        id,
        on: { table: "conversation", id: conversationId },
        later: await later(id),
      });
    }
    const frozen = await read.selectFrom("freeze").select("id").where("conversationId", "in", list).execute();
    for (const { id } of frozen) except.add(rowKey("freeze", id));
  }
  return { standing, stays: { ids, except } };
}

const movesTicket = ({ table, before, after }: Change): boolean =>
  table === "conversation" && typeof before?.ticketId === "string" && typeof after?.ticketId === "string";
