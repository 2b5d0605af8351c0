// Where a person's words and address are, in all tables: what `customer erase` takes away. Read in the transaction that
// erases, and before it to say what it would be.
import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema.ts";

type Db = Kysely<Schema>;

/** Ids by table; everything of one person. */
export interface Personal {
  /** The customer, and all who were merged into them. */
  customers: string[];
  /** Folded addresses. */
  addresses: string[];
  seats: string[];
  fieldValues: string[];
  /** What they wrote, with its files, and the tickets whose title is theirs. */
  messages: string[];
  attachments: string[];
  titles: string[];
  /** Tickets on which they sat or wrote. */
  tickets: string[];
  /** Mails from them, whatever became of these. */
  emails: string[];
  /** Mails to them, and mails to others that carry what they wrote or a title of theirs. */
  outbox: { theirs: string[]; carrying: string[] };
}

const chunkMax = 400;

/** Runs a question for at most so many values at a time. */
export async function inChunks<Row>(
  values: readonly string[],
  ask: (part: readonly string[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < values.length; start += chunkMax)
    rows.push(...(await ask(values.slice(start, start + chunkMax))));
  return rows;
}

const idsOf = (rows: readonly { id: string | null }[]): string[] =>
  [...new Set(rows.flatMap((row) => row.id ?? []))].sort();

export async function personalOf(db: Db, customerId: string): Promise<Personal> {
  const customers = await withMerged(db, customerId);
  const addresses = idsOf(
    await inChunks(customers, (ids) =>
      db.selectFrom("customerAddress").select("id").where("ownerId", "in", ids).execute(),
    ),
  );
  const seatRows = await inChunks(customers, (ids) =>
    db.selectFrom("ticketPerson").select(["id", "ticketId"]).where("customerId", "in", ids).execute(),
  );
  const messages = await inChunks(customers, (ids) =>
    db.selectFrom("message").select(["id", "conversationId", "emailId"]).where("authorId", "in", ids).execute(),
  );
  const wrote = idsOf(messages);
  const conversations = idsOf(messages.map((row) => ({ id: row.conversationId })));
  const written = await inChunks(conversations, (ids) =>
    db.selectFrom("conversation").select("ticketId as id").where("id", "in", ids).execute(),
  );
  const tickets = idsOf([...written, ...seatRows.map((row) => ({ id: row.ticketId }))]);
  const titles = await ticketsBegunBy(db, idsOf(written), new Set(wrote));
  return {
    customers,
    addresses,
    seats: idsOf(seatRows),
    fieldValues: idsOf(
      await inChunks(customers, (ids) =>
        db.selectFrom("fieldValue").select("id").where("ownerId", "in", ids).execute(),
      ),
    ),
    messages: wrote,
    attachments: idsOf(
      await inChunks(wrote, (ids) => db.selectFrom("attachment").select("id").where("messageId", "in", ids).execute()),
    ),
    titles,
    tickets,
    emails: await mailsFrom(
      db,
      addresses,
      messages.flatMap((row) => row.emailId ?? []),
    ),
    outbox: await mailsOut(db, addresses, conversations, new Set(wrote), titles),
  };
}

async function withMerged(db: Db, customerId: string): Promise<string[]> {
  const all = new Set([customerId]);
  for (let wave = [customerId]; wave.length > 0; ) {
    const rows = await inChunks(wave, (ids) =>
      db.selectFrom("customer").select("id").where("mergedInto", "in", ids).execute(),
    );
    wave = idsOf(rows).filter((id) => !all.has(id));
    for (const id of wave) all.add(id);
  }
  return [...all];
}

/** Tickets whose first message is one of these: the title came with it. */
async function ticketsBegunBy(db: Db, tickets: readonly string[], messages: ReadonlySet<string>): Promise<string[]> {
  const begun: string[] = [];
  for (const ticketId of tickets) {
    const first = await db
      .selectFrom("conversation")
      .innerJoin("message", "message.conversationId", "conversation.id")
      .select("message.id")
      .where("conversation.ticketId", "=", ticketId)
      .orderBy("message.createdAt")
      .orderBy("message.id")
      .limit(1)
      .executeTakeFirst();
    if (first !== undefined && messages.has(first.id)) begun.push(ticketId);
  }
  return begun;
}

async function mailsFrom(db: Db, addresses: readonly string[], known: readonly string[]): Promise<string[]> {
  const sent = await inChunks(addresses, (keys) =>
    db.selectFrom("email").select("id").where("senderKey", "in", keys).execute(),
  );
  // A mail that waits was judged by nobody yet: only its From header tells whose it is.
  const waiting = await db
    .selectFrom("email")
    .select(["id", "sender"])
    .where("status", "=", sql.lit("pending"))
    .execute();
  const theirs = waiting.filter(({ sender }) => addresses.some((key) => sender.toLowerCase().includes(key)));
  return idsOf([...sent, ...theirs, ...known.map((id) => ({ id }))]);
}

async function mailsOut(
  db: Db,
  addresses: readonly string[],
  conversations: readonly string[],
  messages: ReadonlySet<string>,
  titles: readonly string[],
): Promise<Personal["outbox"]> {
  const theirs = idsOf(
    await inChunks(addresses, (keys) => db.selectFrom("outbox").select("id").where("toKey", "in", keys).execute()),
  );
  const own = new Set(theirs);
  const told = idsOf(
    await inChunks(conversations, (ids) =>
      db.selectFrom("outbox").select("id").where("conversationId", "in", ids).execute(),
    ),
  );
  const carried = await inChunks(told, (ids) =>
    db.selectFrom("outboxMessage").select(["outboxId as id", "messageId"]).where("outboxId", "in", ids).execute(),
  );
  const titled = await inChunks(titles, (ids) =>
    db.selectFrom("outbox").select("id").where("ticketId", "in", ids).execute(),
  );
  const carrying = idsOf([...carried.filter(({ messageId }) => messages.has(messageId)), ...titled]);
  return { theirs, carrying: carrying.filter((id) => !own.has(id)) };
}
