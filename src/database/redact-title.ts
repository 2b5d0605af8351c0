// A text that stands in the title of a ticket, or of a conversation without one, stands in many places: in the subjects of its
// messages and mails, and in the log of what gave it the title. Where it is redacted it goes from all of them (TIC-6).
import type { Kysely } from "kysely";
import { countIn, without } from "../desk/redact.ts";
import { inChunks } from "./in-chunks.ts";
import type { Schema } from "./schema.ts";
import { indexAgain } from "./search-index.ts";

type Db = Kysely<Schema>;

/** The ticket or the conversation whose title holds the text, with all its conversations. */
export interface Titled {
  table: "ticket" | "standalone";
  id: string;
  conversationIds: string[];
  /** Outgoing mails whose subject holds it. */
  outbox: { id: string; status: string }[];
}

/** Null where the title does not hold it. */
export async function titledWith(db: Db, conversationId: string, pattern: string): Promise<Titled | null> {
  const conversation = await db
    .selectFrom("conversation")
    .select("ticketId")
    .where("id", "=", conversationId)
    .executeTakeFirst();
  const ticketId = conversation?.ticketId ?? null;
  const [table, id] = ticketId === null ? (["standalone", conversationId] as const) : (["ticket", ticketId] as const);
  const row = await db
    .selectFrom(table as "ticket")
    .select("subject")
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined || countIn(row.subject, pattern) === 0) return null;
  const conversations =
    ticketId === null
      ? [{ id: conversationId }]
      : await db.selectFrom("conversation").select("id").where("ticketId", "=", ticketId).execute();
  const conversationIds = conversations.map((one) => one.id);
  const mails = await inChunks(conversationIds, (ids) =>
    db.selectFrom("outbox").select(["id", "subject", "status"]).where("conversationId", "in", ids).execute(),
  );
  const outbox = mails.filter(({ subject }) => countIn(subject, pattern) > 0);
  return { table, id, conversationIds, outbox };
}

export async function redactTitle(tx: Db, titled: Titled, pattern: string): Promise<void> {
  const { table, id, conversationIds, outbox } = titled;
  const clean = async (of: "ticket" | "standalone" | "message" | "outbox" | "email", ids: readonly string[]) => {
    const rows = await inChunks(ids, (part) =>
      tx
        .selectFrom(of as "ticket")
        .select(["id", "subject"])
        .where("id", "in", part)
        .execute(),
    );
    for (const row of rows)
      if (countIn(row.subject, pattern) > 0)
        await tx
          .updateTable(of as "ticket")
          .set({ subject: without(row.subject, pattern) })
          .where("id", "=", row.id)
          .execute();
  };
  await clean(table, [id]);
  await tx
    .updateTable(table as "ticket")
    .set((eb) => ({ version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .execute();
  const messages = await inChunks(conversationIds, (ids) =>
    tx.selectFrom("message").select(["id", "emailId"]).where("conversationId", "in", ids).execute(),
  );
  await clean(
    "message",
    messages.map((message) => message.id),
  );
  await clean(
    "email",
    messages.flatMap(({ emailId }) => emailId ?? []),
  );
  await clean(
    "outbox",
    outbox.map((mail) => mail.id),
  );
  await indexAgain(tx, { tickets: table === "ticket" ? [id] : [], messages: messages.map((message) => message.id) });
  await redactLog(tx, id, pattern);
}

/** What gave it the title, in columns and as it was typed. */
async function redactLog(tx: Db, rowId: string, pattern: string): Promise<void> {
  const rows = await tx
    .selectFrom("changeLog")
    .innerJoin("commitLog", "commitLog.id", "changeLog.commitId")
    .select(["changeLog.commitId", "changeLog.seq", "changeLog.before", "changeLog.after", "commitLog.what"])
    .where("changeLog.rowId", "=", rowId)
    .execute();
  const clean = (json: string | null): string | null => {
    if (json === null) return null;
    const columns = JSON.parse(json) as Record<string, unknown>;
    if (typeof columns.subject === "string") columns.subject = without(columns.subject, pattern);
    return JSON.stringify(columns);
  };
  for (const { commitId, seq, before, after, what } of rows) {
    await tx
      .updateTable("changeLog")
      .set({ before: clean(before), after: clean(after) })
      .where("commitId", "=", commitId)
      .where("seq", "=", seq)
      .execute();
    if (countIn(what, pattern) > 0)
      await tx
        .updateTable("commitLog")
        .set({ what: without(what, pattern) })
        .where("id", "=", commitId)
        .execute();
  }
}
