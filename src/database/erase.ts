// Takes a person's words and addresses out of every table, for good and in one transaction (CUS-7). Rows, numbers and the
// order of what happened stay, so that tickets can be read and counted; what agents wrote stays as well. On SQLite what
// is freed here is overwritten with zeros; older copies in the file's free space, and a server's, go when it is vacuumed.
import { type Kysely, sql } from "kysely";
import type { TableName } from "../desk/change.ts";
import { erasedText, personalColumns, withoutWords } from "../desk/erase.ts";
import { conflict } from "../errors.ts";
import { isPostgres } from "./engine.ts";
import { type Personal, personalOf } from "./erase-what.ts";
import { inChunks } from "./in-chunks.ts";
import { insertRows } from "./insert.ts";
import { holdDesk } from "./locks.ts";
import type { Database } from "./open.ts";
import { contains, likeAnyCase } from "./page.ts";
import { encode, type Schema } from "./schema.ts";
import { indexAgain } from "./search-index.ts";

type Tx = Kysely<Schema>;

export interface Erasing {
  customerId: string;
  commitId: string;
  atMs: number;
  /** Who did it, as the log names people. */
  by: string;
}

/** What there is of a person, without a change. */
export const whatIsErased = (database: Database, customerId: string): Promise<Personal> =>
  personalOf(database.read, customerId);

/** Rejects: conflict where they were erased before, or became somebody else. */
export async function erase(database: Database, { customerId, commitId, atMs, by }: Erasing): Promise<void> {
  await database.write(async (tx) => {
    await holdDesk(tx);
    if (!isPostgres(tx)) await sql`pragma secure_delete = on`.execute(tx);
    const customer = await tx.selectFrom("customer").select("state").where("id", "=", customerId).executeTakeFirst();
    if (customer === undefined || customer.state === "erased" || customer.state === "merged")
      throw conflict(`The customer ${customerId} changed meanwhile.`, {
        remedy: "Look again: maildesk customer list.",
      });
    const what = await personalOf(tx, customerId);
    const spellings = await inChunks(what.addresses, (ids) =>
      tx.selectFrom("customerAddress").select("address").where("id", "in", ids).execute(),
    );
    await eraseRecords(tx, what);
    await eraseMails(tx, what, atMs);
    const words = [...new Set([...what.addresses, ...spellings.map(({ address }) => address)])];
    await eraseTexts(tx, words);
    await eraseLog(tx, what);
    const row = { id: commitId, at: atMs, kind: "final", by, what: `customer erase ${customerId}` };
    await insertRows(tx, "commitLog", [{ ...row, undoes: null, undoneBy: null }]);
  });
}

/** Clears the personal columns of these rows. */
async function clear(tx: Tx, table: TableName, ids: readonly string[]): Promise<void> {
  const columns = encode(table, personalColumns[table] ?? {});
  await inChunks(ids, async (part) => {
    await tx
      .updateTable(table as "customer")
      .set(columns)
      .set((eb) => ({ version: eb("version", "+", 1) }))
      .where("id", "in", part)
      .execute();
    return [];
  });
}

async function take(tx: Tx, table: keyof Schema, ids: readonly string[]): Promise<void> {
  await inChunks(ids, async (part) => {
    await tx
      .deleteFrom(table as "customer")
      .where("id", "in", part)
      .execute();
    return [];
  });
}

async function eraseRecords(tx: Tx, what: Personal): Promise<void> {
  await clear(tx, "message", what.messages);
  await clear(tx, "attachment", what.attachments);
  await clear(tx, "ticket", what.titles);
  const titled = await inChunks(what.titles, (ids) =>
    tx.selectFrom("conversation").select("id").where("ticketId", "in", ids).execute(),
  );
  const renamed = await inChunks(
    titled.map(({ id }) => id),
    async (ids) => {
      const there = tx.updateTable("message").set({ subject: erasedText }).where("conversationId", "in", ids);
      return await there.returning("id").execute();
    },
  );
  await indexAgain(tx, { tickets: what.titles, messages: [...what.messages, ...renamed.map(({ id }) => id)] });
  await clear(tx, "customer", what.customers);
  await take(tx, "ticketPerson", what.seats);
  await take(tx, "follow", what.follows);
  await take(tx, "optOut", what.optOuts);
  await take(tx, "fieldValue", what.fieldValues);
  await take(tx, "customerAddress", what.addresses);
  await take(tx, "blob", what.blobs);
  await inChunks(what.customers, async (ids) => {
    await tx.updateTable("customer").set({ organizationId: null }).where("id", "in", ids).execute();
    await tx
      .updateTable("customer")
      .set({ state: "erased" })
      .where("id", "in", ids)
      .where("mergedInto", "is", null)
      .execute();
    return [];
  });
  await eraseCopies(tx, what);
}

/** Their address in To and Cc of what others wrote on their tickets, and among those who had a message already. */
async function eraseCopies(tx: Tx, { tickets, conversations: standing, addresses, messages }: Personal): Promise<void> {
  const gone = new Set(addresses);
  const own = new Set(messages);
  const others = (list: string) => (JSON.parse(list) as string[]).filter((one) => !gone.has(one.toLowerCase()));
  const conversations = await inChunks(tickets, (ids) =>
    tx.selectFrom("conversation").select("id").where("ticketId", "in", ids).execute(),
  );
  const ids = [...conversations.map(({ id }) => id), ...standing];
  const rows = await inChunks(ids, (part) =>
    tx.selectFrom("message").select(["id", "toAddresses", "ccAddresses"]).where("conversationId", "in", part).execute(),
  );
  for (const { id, toAddresses, ccAddresses } of rows) {
    const [to, cc] = [others(toAddresses), others(ccAddresses)].map((list) => JSON.stringify(list));
    if (own.has(id) || to === undefined || cc === undefined || (to === toAddresses && cc === ccAddresses)) continue;
    await tx.updateTable("message").set({ toAddresses: to, ccAddresses: cc }).where("id", "=", id).execute();
  }
  const notices = await inChunks(ids, (part) =>
    tx.selectFrom("notice").select(["id", "hadIt", "messageId", "state"]).where("conversationId", "in", part).execute(),
  );
  for (const { id, hadIt, messageId, state } of notices) {
    const dropped = own.has(messageId) && state === "waiting" ? { state: "dropped" as const } : {};
    await tx
      .updateTable("notice")
      .set({ hadIt: JSON.stringify(others(hadIt)), ...dropped })
      .where("id", "=", id)
      .execute();
  }
}

/** Mails from them and to them, with their bytes; whoever holds one at this moment finds the lease lost. */
async function eraseMails(tx: Tx, { emails, outbox, titles }: Personal, now: number): Promise<void> {
  await inChunks(titles, async (ids) => {
    await tx.updateTable("email").set({ subject: erasedText }).where("ticketId", "in", ids).execute();
    return [];
  });
  await take(tx, "emailRaw", emails);
  const trace = JSON.stringify([{ step: "erase", text: "whoever wrote it was erased" }]);
  const cleared = { sender: erasedText, senderKey: null, subject: erasedText, cites: "[]", error: null, trace };
  await inChunks(emails, async (ids) => {
    await tx
      .updateTable("email")
      .set({ ...cleared, rawGoneAt: now, leaseUntil: 0, leaseOwner: null })
      .set((eb) => ({ fence: eb("fence", "+", 1) }))
      .where("id", "in", ids)
      .execute();
    await tx
      .updateTable("email")
      .set({ status: "ignored", reason: "erased", decidedAt: now })
      .where("id", "in", ids)
      .where("status", "in", ["pending", "held", "failed"])
      .execute();
    return [];
  });
  const mails = [...outbox.theirs, ...outbox.carrying];
  await take(tx, "outboxRaw", mails);
  await inChunks(mails, async (ids) => {
    await tx
      .updateTable("outbox")
      .set({ subject: erasedText, rawGoneAt: now, leaseUntil: 0, leaseOwner: null, response: null })
      .set((eb) => ({ fence: eb("fence", "+", 1) }))
      .where("id", "in", ids)
      .execute();
    await tx
      .updateTable("outbox")
      .set({ status: "dropped", reason: "the customer was erased" })
      .where("id", "in", ids)
      .where("status", "in", ["queued", "sending", "held"])
      .execute();
    await tx
      .updateTable("outbox")
      .set({ status: "uncertain", reason: "the customer was erased while it left" })
      .where("id", "in", ids)
      .where("status", "=", "handing")
      .execute();
    return [];
  });
  await inChunks(outbox.theirs, async (ids) => {
    await tx.updateTable("outbox").set({ toAddress: erasedText, toKey: "" }).where("id", "in", ids).execute();
    return [];
  });
}

/** Their addresses in commands as they were typed, in alerts, and in what was wrong with other mails. */
async function eraseTexts(tx: Tx, words: readonly string[]): Promise<void> {
  const places = [
    ["commitLog", "what"],
    ["alert", "subject"],
    ["alert", "title"],
    ["alert", "text"],
    ["view", "words"],
    ["template", "subject"],
    ["template", "text"],
    ["template", "html"],
    ["condition", "error"],
    ["mailbox", "error"],
  ] as const;
  for (const [table, column] of places)
    for (const word of words) {
      const rows = await tx
        .selectFrom(table as "commitLog")
        .select(["id", sql<string>`${sql.ref(column)}`.as("said")])
        .where(likeAnyCase(tx, column, contains(word)))
        .execute();
      for (const { id, said } of rows)
        await tx
          .updateTable(table as "commitLog")
          .set({ [column]: replaced(said, word) } as { what: string })
          .where("id", "=", id)
          .execute();
    }
}

const special = /[.*+?^${}()|[\]\\]/g;

/** The word where it stands alone: `ann@acme.com` is no part of `joann@acme.com`. */
const replaced = (text: string, word: string): string =>
  text.replace(new RegExp(`(?<![\\w.+-])${word.replace(special, "\\$&")}(?![\\w-]|\\.\\w)`, "gi"), erasedText);

/** The log keeps that something was done, without the words; an address is no row's name there any more. */
async function eraseLog(tx: Tx, what: Personal): Promise<void> {
  const { customers, addresses, gone, seats, fieldValues, messages, attachments, titles } = what;
  const rowIds = [
    ...new Set([...customers, ...addresses, ...gone, ...seats, ...fieldValues, ...messages, ...attachments, ...titles]),
  ];
  const rows = await inChunks(rowIds, (ids) =>
    tx.selectFrom("changeLog").selectAll().where("rowId", "in", ids).execute(),
  );
  const named = new Map(addresses.map((key, at) => [key, `${erasedText} ${at + 1}`]));
  for (const row of rows) {
    const table = row.tableName as TableName; // written by commit.ts
    const clean = (text: string | null) =>
      text === null ? null : JSON.stringify(withoutWords(table, JSON.parse(text) as Record<string, unknown>));
    await tx
      .updateTable("changeLog")
      .set({ before: clean(row.before), after: clean(row.after), rowId: named.get(row.rowId) ?? row.rowId })
      .where("commitId", "=", row.commitId)
      .where("seq", "=", row.seq)
      .execute();
  }
  await eraseTitlesSaid(tx, titles);
  for (const [key, name] of named)
    await tx.updateTable("changeLogRow").set({ rowId: name }).where("rowId", "=", key).execute();
}

/** Commands that gave a ticket a title of theirs, as they were typed: the noun and the verb stay. */
async function eraseTitlesSaid(tx: Tx, titles: readonly string[]): Promise<void> {
  const commits = await inChunks(titles, (ids) =>
    tx
      .selectFrom("changeLog")
      .innerJoin("commitLog", "commitLog.id", "changeLog.commitId")
      .select(["commitLog.id", "commitLog.what"])
      .where("changeLog.rowId", "in", ids)
      .where("commitLog.kind", "=", "command")
      .execute(),
  );
  for (const { id, what } of commits) {
    if (!/subject=|title=|--subject/i.test(what)) continue;
    const said = `${what.split(" ").slice(0, 2).join(" ")} ${erasedText}`;
    await tx.updateTable("commitLog").set({ what: said }).where("id", "=", id).execute();
  }
}
