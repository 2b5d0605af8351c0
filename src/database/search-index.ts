// The index of `search`: one entry for each ticket's title and for each message, with its words as desk/search folds them, so
// that both engines find the same. SQLite has them in an FTS5 table, which triggers keep equal to the entries; PostgreSQL in a
// tsvector. It is written in the transaction that writes what it is about, is in no dump, and is made anew by a load.
import { type Kysely, sql } from "kysely";
import { type Change, isSet } from "../desk/change.ts";
import { indexWords } from "../desk/search.ts";
import { isPostgres } from "./engine.ts";
import { inChunks } from "./in-chunks.ts";
import { insertRows } from "./insert.ts";
import { idLists } from "./page.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

interface Entry extends Readonly<Record<string, unknown>> {
  id: string;
  words: string;
}

/** On SQLite beside them the shadow tables of FTS5, whose names begin so. */
export const searchTables = ["searchWords", "searchEntry"] as const;

const entriesAtOnce = 20;
const pageRows = 200;

const entryOf = (tx: Tx, id: string, ...texts: readonly string[]): Entry => {
  const words = indexWords(...texts);
  return { id, words: isPostgres(tx) ? vectorOf(words) : words.join(" ") };
};

const positionsMax = 255;

/** As PostgreSQL reads a tsvector: each word with its places. A word is letters and digits, so nothing needs escaping. */
function vectorOf(words: readonly string[]): string {
  const places = new Map<string, number[]>();
  for (const [at, word] of words.entries()) {
    const known = places.get(word);
    if (known === undefined) places.set(word, [at + 1]);
    else if (known.length < positionsMax) known.push(at + 1);
  }
  return [...places].map(([word, at]) => `'${word}':${at.join()}`).join(" ");
}

async function add(tx: Tx, entries: readonly Entry[]): Promise<void> {
  for (let start = 0; start < entries.length; start += entriesAtOnce)
    await insertRows(tx, "searchEntry" as "setting", entries.slice(start, start + entriesAtOnce)); // no table of the desk's data
}

async function take(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const list of idLists(ids)) await sql`delete from "searchEntry" where "id" in (${sql.join(list)})`.execute(tx);
}

/** What these changes, which are written, mean for the index. */
export async function indexChanges(tx: Tx, changes: readonly Change[]): Promise<void> {
  const fresh: Entry[] = [];
  const gone: string[] = [];
  const tickets: string[] = [];
  const messages: string[] = [];
  for (const change of changes) {
    const { table, before, after } = change;
    if (table !== "ticket" && table !== "message") continue;
    const ids = isSet(change) ? change.ids : [change.id];
    if (after === null) gone.push(...ids);
    else if (before === null) fresh.push(...ids.map((id) => entryOf(tx, id, String(after.subject), said(after.text))));
    else if ("subject" in after || "text" in after) (table === "ticket" ? tickets : messages).push(...ids);
  }
  if (gone.length > 0) await take(tx, gone);
  if (fresh.length > 0) await add(tx, fresh);
  if (tickets.length + messages.length > 0) await indexAgain(tx, { tickets, messages });
}

const said = (text: unknown): string => (typeof text === "string" ? text : "");

/** Rows whose words changed, by their ids, as they are now. */
export async function indexAgain(
  tx: Tx,
  { tickets, messages }: { tickets: readonly string[]; messages: readonly string[] },
): Promise<void> {
  await take(tx, [...tickets, ...messages]);
  const titles = await inChunks([...new Set(tickets)], (ids) =>
    tx.selectFrom("ticket").select(["id", "subject"]).where("id", "in", ids).execute(),
  );
  await add(
    tx,
    titles.map(({ id, subject }) => entryOf(tx, id, subject)),
  );
  const all = [...new Set(messages)];
  for (let start = 0; start < all.length; start += pageRows) {
    const rows = await tx
      .selectFrom("message")
      .select(["id", "subject", "text"])
      .where("id", "in", all.slice(start, start + pageRows))
      .execute();
    await add(
      tx,
      rows.map(({ id, subject, text }) => entryOf(tx, id, subject, text)),
    );
  }
}

/** All anew: for a desk that was filled, and for one that had no index. */
export async function indexAll(tx: Tx): Promise<void> {
  await sql`delete from ${sql.table("searchEntry")}`.execute(tx);
  for (let after = ""; ; ) {
    const rows = await tx
      .selectFrom("ticket")
      .select(["id", "subject"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(pageRows)
      .execute();
    await add(
      tx,
      rows.map(({ id, subject }) => entryOf(tx, id, subject)),
    );
    after = rows.at(-1)?.id ?? "";
    if (rows.length < pageRows) break;
  }
  for (let after = ""; ; ) {
    const rows = await tx
      .selectFrom("message")
      .select(["id", "subject", "text"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(pageRows)
      .execute();
    await add(
      tx,
      rows.map(({ id, subject, text }) => entryOf(tx, id, subject, text)),
    );
    after = rows.at(-1)?.id ?? "";
    if (rows.length < pageRows) break;
  }
}
