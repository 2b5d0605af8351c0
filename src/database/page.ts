// Small things that every list needs: pages and lists of ids that stay below the database's parameter limit, search text
// that is taken literally, and the values of custom fields.
import { type Kysely, type RawBuilder, sql } from "kysely";
import { isPostgres } from "./engine.ts";
import type { Schema } from "./schema.ts";

const pageMax = 500;

/** Up to `limit` rows, read and completed in pages, so that no query names more than 500 ids. */
export async function pageOf<Row, Shown>(
  limit: number,
  readPage: (count: number, start: number) => Promise<readonly Row[]>,
  complete: (page: readonly Row[]) => Promise<Shown[]>,
): Promise<Shown[]> {
  const all: Shown[] = [];
  while (all.length < limit) {
    const count = Math.min(pageMax, limit - all.length);
    const page = await readPage(count, all.length);
    all.push(...(await complete(page)));
    if (page.length < count) break;
  }
  return all;
}

/**
 * All of these, each once, in lists of at most 500. A list is filled up with its last member to a power of two, so that
 * statements of few lengths are made and kept.
 */
export function* idLists(all: Iterable<string>): Generator<string[]> {
  const ids = [...new Set(all)];
  for (let start = 0; start < ids.length; start += pageMax) yield filledUp(ids.slice(start, start + pageMax));
}

/** For a statement that does not mind an id twice. */
export function filledUp(ids: readonly string[]): string[] {
  const last = ids.at(-1);
  if (last === undefined) return [];
  const length = Math.min(Math.max(pageMax, ids.length), 2 ** Math.ceil(Math.log2(ids.length)));
  return [...ids, ...Array.from({ length: length - ids.length }, () => last)];
}

/** A LIKE pattern (with escape '\') for rows that hold `text` anywhere. */
export const contains = (text: string): string => `%${text.replace(/[\\%_]/g, "\\$&")}%`;

/** For text as people wrote it, whose folded form is no column: SQLite's LIKE ignores the case of ASCII, PostgreSQL's does not. */
export const likeAnyCase = (db: Kysely<Schema>, column: string, pattern: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} ${isPostgres(db) ? sql`ilike` : sql`like`} ${pattern} escape '\\'`;

/** A custom field that must have this value; "" for those that have none. */
export interface WantedValue {
  fieldId: string;
  value: string;
}

/**
 * Found from the value's index; those without one each by the key that their value would have, for a list of all who have
 * one may be longer than a server keeps at hand.
 */
export const hasValue = (ownerColumn: string, { fieldId, value }: WantedValue): RawBuilder<boolean> =>
  value === ""
    ? sql<boolean>`not exists (select 1 from "fieldValue" where "fieldValue"."id" = ${`${fieldId}:`} || ${sql.ref(ownerColumn)})`
    : sql<boolean>`${sql.ref(ownerColumn)} in (select "fieldValue"."ownerId" from "fieldValue" where "fieldValue"."fieldId" = ${fieldId} and "fieldValue"."value" = ${value})`;
