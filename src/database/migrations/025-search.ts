// The index of `search` (search-index.ts), filled with the tickets and messages that there are; and indexes by which lists
// of tickets find what was made or touched in some time. On SQLite words are folded before, so its tokenizer only splits at spaces; what is
// taken out is overwritten at once, as an erasure promises.
import { type Kysely, sql } from "kysely";
import { isPostgres } from "../engine.ts";
import { index } from "../migration-table.ts";
import type { Schema } from "../schema.ts";
import { indexAll } from "../search-index.ts";

export async function search(tx: Kysely<Schema>): Promise<void> {
  if (isPostgres(tx)) {
    await sql`create table "searchEntry" ("id" text collate "C" primary key, "words" tsvector not null)`.execute(tx);
    await sql`create index "searchEntry_words" on "searchEntry" using gin ("words")`.execute(tx);
  } else await onSqlite(tx);
  await index(tx, "ticket", ["createdAt"]);
  await index(tx, "ticket", ["updatedAt"]);
  await indexAll(tx);
}

async function onSqlite(tx: Kysely<Schema>): Promise<void> {
  await sql`create table "searchEntry" ("seq" integer primary key, "id" text not null unique, "words" text not null)`.execute(
    tx,
  );
  await sql`create virtual table "searchWords" using fts5 (
    "words", content = 'searchEntry', content_rowid = 'seq', tokenize = 'ascii')`.execute(tx);
  await sql`insert into "searchWords" ("searchWords", "rank") values ('secure-delete', 1)`.execute(tx);
  await sql`create trigger "searchEntry_insert" after insert on "searchEntry" begin
    insert into "searchWords" ("rowid", "words") values (new."seq", new."words"); end`.execute(tx);
  await sql`create trigger "searchEntry_delete" after delete on "searchEntry" begin
    insert into "searchWords" ("searchWords", "rowid", "words") values ('delete', old."seq", old."words"); end`.execute(
    tx,
  );
}
