// Takes words out of one message for good, in one transaction (TIC-6): out of its text, its files, the mail that it came with
// and the mails that carry it. Like an erasure it is no Change, for the log must not keep the words.
import { type Kysely, sql } from "kysely";
import { countIn, redactedMail, redactedText, without } from "../desk/redact.ts";
import { conflict } from "../errors.ts";
import { isPostgres } from "./engine.ts";
import { inChunks } from "./in-chunks.ts";
import { insertRows } from "./insert.ts";
import { holdDesk } from "./locks.ts";
import type { Database } from "./open.ts";
import { redactTitle, type Titled, titledWith } from "./redact-title.ts";
import type { Schema } from "./schema.ts";
import { indexAgain } from "./search-index.ts";

type Db = Kysely<Schema>;

export interface Redacting {
  messageId: string;
  /** Null: all of it. */
  pattern: string | null;
  commitId: string;
  atMs: number;
  by: string;
}

/** What there is to redact. */
export interface Redactable {
  /** How often the pattern stands in the message; 1 where all of it goes. */
  found: number;
  attachments: { id: string; filename: string; sha256: string; emailId: string | null }[];
  /** Digests of agents' files that no other message has. */
  blobs: string[];
  /** The stored mail, where its bytes are still there. */
  emailId: string | null;
  /** The title of its ticket or conversation, where that holds the pattern. */
  titled: Titled | null;
  /** Outgoing mails that carry it, or such a title; `waiting` have not left. */
  outbox: string[];
  waiting: number;
  /** Other messages of the same ticket or conversation that hold the pattern, as by quoting it. */
  others: string[];
}

const othersMax = 1_000;

export const whatIsRedacted = (database: Database, messageId: string, pattern: string | null): Promise<Redactable> =>
  redactable(database.read, messageId, pattern);

async function redactable(db: Db, messageId: string, pattern: string | null): Promise<Redactable> {
  const message = await db.selectFrom("message").selectAll().where("id", "=", messageId).executeTakeFirst();
  if (message === undefined)
    throw conflict(`The message ${messageId} is gone.`, { remedy: "Look again: maildesk ticket show N." });
  const attachments = await db
    .selectFrom("attachment")
    .select(["id", "filename", "sha256", "emailId"])
    .where("messageId", "=", messageId)
    .orderBy("part")
    .execute();
  const raw =
    message.emailId === null
      ? undefined
      : await db.selectFrom("emailRaw").select("id").where("id", "=", message.emailId).executeTakeFirst();
  const carrying = await db
    .selectFrom("outboxMessage")
    .innerJoin("outbox", "outbox.id", "outboxMessage.outboxId")
    .select(["outbox.id", "outbox.status"])
    .where("outboxMessage.messageId", "=", messageId)
    .execute();
  const quoting = await db
    .selectFrom("outboxQuote")
    .innerJoin("outbox", "outbox.id", "outboxQuote.outboxId")
    .select(["outbox.id", "outbox.status"])
    .where("outboxQuote.messageId", "=", messageId)
    .execute();
  const digests = await db
    .selectFrom("digestMessage")
    .innerJoin("outbox", "outbox.id", "digestMessage.outboxId")
    .select(["outbox.id", "outbox.status"])
    .where("digestMessage.messageId", "=", messageId)
    .execute();
  const titled = pattern === null ? null : await titledWith(db, message.conversationId, pattern);
  const outgoing = new Map(
    [...carrying, ...quoting, ...digests, ...(titled?.outbox ?? [])].map(({ id, status }) => [id, status]),
  );
  const count = ({ text, newText, subject }: { text: string; newText: string; subject: string }): number =>
    pattern === null ? 1 : countIn(text, pattern) + countIn(newText, pattern) + countIn(subject, pattern);
  return {
    found: count(message),
    attachments,
    blobs: await blobsOf(db, attachments),
    emailId: raw?.id ?? null,
    titled,
    outbox: [...outgoing.keys()],
    waiting: [...outgoing.values()].filter((status) => ["queued", "held", "sending"].includes(status)).length,
    others: pattern === null ? [] : await othersWith(db, message, count),
  };
}

async function othersWith(
  db: Db,
  { id, conversationId }: { id: string; conversationId: string },
  count: (row: { text: string; newText: string; subject: string }) => number,
): Promise<string[]> {
  const conversation = await db
    .selectFrom("conversation")
    .select("ticketId")
    .where("id", "=", conversationId)
    .executeTakeFirst();
  const ticketId = conversation?.ticketId ?? null;
  const rows = await db
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .select(["message.id", "message.text", "message.newText", "message.subject"])
    .where((eb) =>
      ticketId === null ? eb("conversation.id", "=", conversationId) : eb("conversation.ticketId", "=", ticketId),
    )
    .where("message.id", "!=", id)
    .orderBy("message.createdAt")
    .limit(othersMax)
    .execute();
  return rows.filter((row) => count(row) > 0).map((row) => row.id);
}

/** Files that an agent attached, but for those that another message has as well. */
async function blobsOf(db: Db, attachments: Redactable["attachments"]): Promise<string[]> {
  const own = new Set(attachments.map(({ id }) => id));
  const digests = [...new Set(attachments.filter(({ emailId }) => emailId === null).map(({ sha256 }) => sha256))];
  const all = await inChunks(digests, (list) =>
    db.selectFrom("attachment").select(["id", "sha256"]).where("sha256", "in", list).execute(),
  );
  const shared = new Set(all.filter(({ id }) => !own.has(id)).map(({ sha256 }) => sha256));
  return digests.filter((digest) => !shared.has(digest));
}

/** Rejects with conflict where the message is gone, or the words are not in it. */
export async function redact(database: Database, redacting: Redacting): Promise<Redactable> {
  const { messageId, pattern, commitId, atMs, by } = redacting;
  return await database.write(async (tx) => {
    await holdDesk(tx);
    if (!isPostgres(tx)) await sql`pragma secure_delete = on`.execute(tx);
    const what = await redactable(tx, messageId, pattern);
    if (what.found === 0)
      throw conflict(`The text does not stand in ${messageId} any more.`, { code: "guard", remedy: "Look again." });
    await redactMessage(tx, messageId, pattern, atMs);
    if (pattern === null) await takeFiles(tx, messageId, what);
    if (what.titled !== null && pattern !== null) await redactTitle(tx, what.titled, pattern);
    // Who reads them now for a mail finds them gone, and reads again.
    if (pattern !== null)
      await tx
        .updateTable("notice")
        .set({ id: sql<string>`"id" || 'r'` })
        .where("messageId", "=", messageId)
        .where("state", "=", sql.lit("waiting"))
        .execute();
    await indexAgain(tx, { tickets: [], messages: [messageId] });
    await takeMail(tx, what, pattern, atMs);
    await takeOutgoing(tx, what, atMs);
    if (pattern === null)
      await tx
        .updateTable("notice")
        .set({ state: "dropped" })
        .where("messageId", "=", messageId)
        .where("state", "=", sql.lit("waiting"))
        .execute();
    const row = { id: commitId, at: atMs, kind: "final", by, what: `message redact ${messageId}` };
    await insertRows(tx, "commitLog", [{ ...row, undoes: null, undoneBy: null }]);
    return what;
  });
}

async function redactMessage(tx: Db, id: string, pattern: string | null, now: number): Promise<void> {
  const row = await tx.selectFrom("message").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const clean = (text: string) => (pattern === null ? redactedText : without(text, pattern));
  const remark = `redacted at ${new Date(now).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const remarks = [...(JSON.parse(row.remarks) as string[]), remark];
  await tx
    .updateTable("message")
    .set((eb) => ({
      text: clean(row.text),
      newText: clean(row.newText),
      subject: pattern === null ? row.subject : clean(row.subject),
      remarks: JSON.stringify(remarks),
      version: eb("version", "+", 1),
    }))
    .where("id", "=", id)
    .execute();
}

async function takeFiles(tx: Db, messageId: string, { blobs }: Redactable): Promise<void> {
  await tx.deleteFrom("attachment").where("messageId", "=", messageId).execute();
  await inChunks(blobs, async (ids) => {
    await tx.deleteFrom("blob").where("id", "in", ids).execute();
    return [];
  });
}

/** The words stand in the mail's bytes as well, and files in it with them. */
async function takeMail(tx: Db, { emailId }: Redactable, pattern: string | null, now: number): Promise<void> {
  if (emailId === null) return;
  await tx.deleteFrom("emailRaw").where("id", "=", emailId).execute();
  const row = await tx.selectFrom("email").select("subject").where("id", "=", emailId).executeTakeFirst();
  const subject = pattern === null ? (row?.subject ?? "") : without(row?.subject ?? "", pattern);
  await tx
    .updateTable("email")
    .set({ rawGoneAt: now, subject, error: redactedMail })
    .where("id", "=", emailId)
    .execute();
}

/** What waits is dropped; what left keeps that it left, without its words. Who holds one now finds the lease lost. */
async function takeOutgoing(tx: Db, { outbox }: Redactable, now: number): Promise<void> {
  await inChunks(outbox, async (ids) => {
    await tx.deleteFrom("outboxRaw").where("id", "in", ids).execute();
    for (const [from, status] of [
      [["queued", "sending", "held"], "dropped"],
      [["handing"], "uncertain"],
    ] as const)
      await tx
        .updateTable("outbox")
        .set({ status, reason: redactedMail })
        .where("id", "in", ids)
        .where("status", "in", [...from])
        .execute();
    await tx
      .updateTable("outbox")
      .set({ reason: redactedMail })
      .where("id", "in", ids)
      .where("status", "=", "sent")
      .execute();
    await tx
      .updateTable("outbox")
      .set((eb) => ({ rawGoneAt: now, leaseUntil: 0, leaseOwner: null, fence: eb("fence", "+", 1) }))
      .where("id", "in", ids)
      .execute();
    return [];
  });
}
