// Where a person's words and address are, in all tables: what `customer erase` takes away. Read in the transaction that
// erases, and before it to say what it would be.
import type { Kysely } from "kysely";
import { headerKey } from "../address/email.ts";
import { agentKinds } from "../desk/agent-hearing.ts";
import { noTicket } from "../desk/standalone.ts";
import { mailsToCustomer, mailsUntil, type Promotion, promotionOf } from "./erase-promoted.ts";
import { inChunks } from "./in-chunks.ts";
import type { Schema } from "./schema.ts";

type Db = Kysely<Schema>;

/** Ids by table; everything of one person. */
export interface Personal {
  /** The customer, and all who were merged into them. */
  customers: string[];
  /** Folded addresses, and those that were theirs before and are nobody's now. */
  addresses: string[];
  /** Rows that were theirs and are gone: their names and words stand in the log. */
  gone: string[];
  seats: string[];
  /** Projects that they followed. */
  follows: string[];
  /** What they left. */
  optOuts: string[];
  fieldValues: string[];
  /** What they wrote, and what machines wrote about them, with the files, and the tickets whose title is theirs. */
  messages: string[];
  attachments: string[];
  /** Digests of files that nobody else has. */
  blobs: string[];
  titles: string[];
  /** Tickets on which they sat or wrote. */
  tickets: string[];
  /** Conversations without a ticket in which they wrote, or of which they were told. */
  conversations: string[];
  /** Mails from them, whatever became of these. */
  emails: string[];
  /** Mails to them, and mails to others that carry what they wrote or a title of theirs. */
  outbox: { theirs: string[]; carrying: string[] };
}

const idsOf = (rows: readonly { id: string | null }[]): string[] =>
  [...new Set(rows.flatMap((row) => row.id ?? []))].sort();

export async function personalOf(db: Db, customerId: string): Promise<Personal> {
  const customers = await withMerged(db, customerId);
  const own = idsOf(
    await inChunks(customers, (ids) =>
      db.selectFrom("customerAddress").select("id").where("ownerId", "in", ids).execute(),
    ),
  );
  // An agent's addresses are none of the customer's any more, nor what the log says of them.
  const promotion = await promotionOf(db, customerId);
  const kept = new Set(promotion?.addresses);
  const gone = (await goneRows(db, customers)).filter((id) => !kept.has(id));
  const addresses = [...new Set([...own, ...(await nobodysNow(db, gone))])].sort();
  const seatRows = await inChunks(customers, (ids) =>
    db.selectFrom("ticketPerson").select(["id", "ticketId"]).where("customerId", "in", ids).execute(),
  );
  const written = await inChunks(customers, (ids) =>
    db.selectFrom("message").select(["id", "conversationId", "emailId"]).where("authorId", "in", ids).execute(),
  );
  const conversations = idsOf(written.map((row) => ({ id: row.conversationId })));
  const asked = await inChunks(conversations, (ids) =>
    db.selectFrom("conversation").select("ticketId as id").where("id", "in", ids).execute(),
  );
  const tickets = idsOf([...asked, ...seatRows.map((row) => ({ id: row.ticketId }))]);
  const others = [...new Set([...conversations, ...(await toldIn(db, addresses))])];
  const messages = [...written, ...(await machinesAbout(db, tickets, others, addresses, promotion))];
  const wrote = idsOf(messages);
  const attachments = await inChunks(wrote, (ids) =>
    db.selectFrom("attachment").select(["id", "sha256", "emailId"]).where("messageId", "in", ids).execute(),
  );
  const known = [
    ...messages.flatMap((row) => row.emailId ?? []),
    ...(promotion === null ? [] : await mailsUntil(db, promotion)),
  ];
  const emails = await mailsFrom(db, addresses, known);
  const titles = await titlesOf(db, idsOf(asked), new Set(idsOf(written)), emails);
  return {
    customers,
    addresses,
    gone,
    seats: idsOf(seatRows),
    follows: idsOf(
      await inChunks(customers, (ids) => db.selectFrom("follow").select("id").where("customerId", "in", ids).execute()),
    ),
    optOuts: idsOf(
      await inChunks(customers, (ids) => db.selectFrom("optOut").select("id").where("customerId", "in", ids).execute()),
    ),
    fieldValues: idsOf(
      await inChunks(customers, (ids) =>
        db.selectFrom("fieldValue").select("id").where("ownerId", "in", ids).execute(),
      ),
    ),
    messages: wrote,
    attachments: idsOf(attachments),
    blobs: await blobsOf(db, attachments),
    titles,
    tickets,
    conversations: others,
    emails,
    outbox: await mailsOut(db, { customers, addresses, conversations, titles, promotion }, new Set(wrote)),
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

/** Tickets whose first message is one of these, or that a mail of theirs made: the title came with it. */
async function titlesOf(
  db: Db,
  tickets: readonly string[],
  messages: ReadonlySet<string>,
  emails: readonly string[],
): Promise<string[]> {
  const made = await inChunks(emails, (ids) =>
    db
      .selectFrom("email")
      .select("ticketId as id")
      .where("id", "in", ids)
      .where("reason", "in", ["new-ticket", "follow-up"])
      .execute(),
  );
  const begun = idsOf(made);
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
  return [...new Set(begun)].sort();
}

async function mailsFrom(db: Db, addresses: readonly string[], known: readonly string[]): Promise<string[]> {
  const sent = await inChunks(addresses, (keys) =>
    db.selectFrom("email").select("id").where("senderKey", "in", keys).execute(),
  );
  // A mail that nobody judged, or that could not be read, has only its From header.
  const unread = await db
    .selectFrom("email")
    .select(["id", "sender"])
    .where("status", "in", ["pending", "failed", "held"])
    .where("senderKey", "is", null)
    .execute();
  const theirs = unread.filter(({ sender }) => addresses.includes(headerKey(sender) ?? ""));
  return idsOf([...sent, ...theirs, ...known.map((id) => ({ id }))]);
}

async function mailsOut(
  db: Db,
  of: Pick<Personal, "customers" | "addresses" | "titles"> & {
    conversations: readonly string[];
    promotion: Promotion | null;
  },
  messages: ReadonlySet<string>,
): Promise<Personal["outbox"]> {
  const byAddress = await inChunks(of.addresses, (keys) =>
    db.selectFrom("outbox").select("id").where("toKey", "in", keys).execute(),
  );
  const byPerson = await inChunks(of.customers, (ids) =>
    db.selectFrom("outboxMessage").select("outboxId as id").where("customerId", "in", ids).execute(),
  );
  const asCustomer = of.promotion === null ? [] : await mailsToCustomer(db, of.customers);
  const theirs = idsOf([...byAddress, ...byPerson, ...asCustomer.map((id) => ({ id }))]);
  const own = new Set(theirs);
  const told = idsOf(
    await inChunks(of.conversations, (ids) =>
      db.selectFrom("outbox").select("id").where("conversationId", "in", ids).execute(),
    ),
  );
  const carried = await inChunks(told, (ids) =>
    db.selectFrom("outboxMessage").select(["outboxId as id", "messageId"]).where("outboxId", "in", ids).execute(),
  );
  // Mails to agents name everybody who was on the ticket.
  const toAgents = await inChunks(of.conversations, (ids) =>
    db.selectFrom("outbox").select("id").where("conversationId", "in", ids).where("kind", "in", agentKinds).execute(),
  );
  const quoting = await inChunks([...messages], (ids) =>
    db.selectFrom("outboxQuote").select("outboxId as id").where("messageId", "in", ids).execute(),
  );
  const titled = await inChunks(of.titles, (ids) =>
    db.selectFrom("outbox").select("id").where("ticketId", "in", ids).execute(),
  );
  const digests = await inChunks([...messages], (ids) =>
    db.selectFrom("digestMessage").select("outboxId as id").where("messageId", "in", ids).execute(),
  );
  const digested = await inChunks(of.titles, (ids) =>
    db.selectFrom("digestMessage").select("outboxId as id").where("ticketId", "in", ids).execute(),
  );
  const carrying = idsOf([
    ...carried.filter(({ messageId }) => messages.has(messageId)),
    ...quoting,
    ...toAgents,
    ...titled,
    ...digests,
    ...digested,
  ]);
  return { theirs, carrying: carrying.filter((id) => !own.has(id)) };
}

/** Conversations without a ticket of which they were told. */
async function toldIn(db: Db, addresses: readonly string[]): Promise<string[]> {
  const rows = await inChunks(addresses, (keys) =>
    db
      .selectFrom("outbox")
      .select("conversationId as id")
      .distinct()
      .where("toKey", "in", keys)
      .where("ticketId", "=", noTicket)
      .execute(),
  );
  return idsOf(rows);
}

/** Addresses, seats and values that were theirs and were taken away: the log alone knows them. */
async function goneRows(db: Db, customers: readonly string[]): Promise<string[]> {
  const found: { id: string }[] = [];
  for (const id of customers) {
    const pattern = `%"${id}"%`;
    const rows = await db
      .selectFrom("changeLog")
      .select("rowId as id")
      .where("tableName", "in", ["customerAddress", "ticketPerson", "fieldValue"])
      .where((eb) => eb.or([eb("before", "like", pattern), eb("after", "like", pattern)]))
      .execute();
    found.push(...rows);
  }
  return idsOf(found.filter(({ id }) => id !== ""));
}

/** Those of these rows that are addresses which nobody has now. */
async function nobodysNow(db: Db, rows: readonly string[]): Promise<string[]> {
  const addresses = rows.filter((id) => id.includes("@"));
  const had = await inChunks(addresses, (ids) =>
    db.selectFrom("customerAddress").select("id").where("id", "in", ids).execute(),
  );
  const taken = new Set(had.map(({ id }) => id));
  return addresses.filter((id) => !taken.has(id));
}

/** What mail servers said about them on their tickets, and in other conversations: bounces. */
async function machinesAbout(
  db: Db,
  tickets: readonly string[],
  others: readonly string[],
  addresses: readonly string[],
  promotion: Promotion | null,
) {
  const ofTickets = await inChunks(tickets, (ids) =>
    db.selectFrom("conversation").select("id").where("ticketId", "in", ids).execute(),
  );
  const conversations = idsOf([...ofTickets, ...others.map((id) => ({ id }))]);
  const rows = await inChunks(conversations, (ids) =>
    db
      .selectFrom("message")
      .select(["id", "conversationId", "emailId", "text", "createdAt"])
      .where("conversationId", "in", ids)
      .where("authorKind", "=", "machine")
      .execute(),
  );
  return rows.filter(({ text, createdAt }) => {
    const before = promotion !== null && createdAt <= promotion.atMs ? promotion.addresses : [];
    return [...addresses, ...before].some((address) => text.toLowerCase().includes(address));
  });
}

/** Files that agents attached for them, but for those that somebody else has as well. */
async function blobsOf(
  db: Db,
  attachments: readonly { id: string; sha256: string; emailId: string | null }[],
): Promise<string[]> {
  const own = new Set(attachments.map(({ id }) => id));
  const digests = [...new Set(attachments.filter(({ emailId }) => emailId === null).map(({ sha256 }) => sha256))];
  const all = await inChunks(digests, (list) =>
    db.selectFrom("attachment").select(["id", "sha256"]).where("sha256", "in", list).execute(),
  );
  const shared = new Set(all.filter(({ id }) => !own.has(id)).map(({ sha256 }) => sha256));
  return digests.filter((digest) => !shared.has(digest));
}
