// What the index finds (TIC-7): tickets whose title, or one of whose messages, holds what somebody asked for. The two
// languages of the engines are written here, from words that hold letters and digits only.
import { type Kysely, type RawBuilder, sql } from "kysely";
import { isFoundIn, type Phrase, type SearchQuery, snippetOf } from "../desk/search.ts";
import type { TicketState } from "../desk/ticket.ts";
import { isPostgres } from "./engine.ts";
import { type TicketRow, ticketRows } from "./list-ticket-rows.ts";
import type { Database } from "./open.ts";
import { filledUp } from "./page.ts";
import type { Schema } from "./schema.ts";
import { withTombstones } from "./tombstones.ts";

type Read = Kysely<Schema>;

export interface SearchFilter {
  /** Empty: any. */
  states: readonly TicketState[];
  /** Null: tickets without one. */
  organizationId?: string | null | undefined;
  /** Only what was written since. */
  sinceMs?: number | undefined;
  limit: number;
}

export interface FoundTicket extends TicketRow {
  /** The newest message in which it was found; null where only the title has it. */
  messageId: string | null;
  visibility: "public" | "internal" | null;
  foundAt: number;
  snippet: string;
}

const onSqlite = ({ words, isBeginning }: Phrase): string => `"${words.join(" ")}"${isBeginning ? " *" : ""}`;
const onPostgres = ({ words, isBeginning }: Phrase): string =>
  `(${words.map((word, at) => `'${word}'${isBeginning && at === words.length - 1 ? ":*" : ""}`).join(" <-> ")})`;

/** Ids of entries: of tickets by their titles, and of messages. */
function entriesWith(db: Read, { all, without }: SearchQuery): RawBuilder<{ id: string }> {
  if (isPostgres(db)) {
    const query = [...all.map(onPostgres), ...without.map((one) => `!${onPostgres(one)}`)].join(" & ");
    return sql`select "id" from "searchEntry" where "words" @@ cast(${query} as tsquery)`;
  }
  const query = without.reduce((text, one) => `(${text}) NOT ${onSqlite(one)}`, all.map(onSqlite).join(" AND "));
  return sql`select "searchEntry"."id" from "searchWords" join "searchEntry" on "searchEntry"."seq" = "searchWords"."rowid"
    where "searchWords" match ${query}`;
}

/** For a list of tickets: true for those that have it in the title or in a message. */
export const hasWords = (db: Read, query: SearchQuery): RawBuilder<boolean> => sql<boolean>`"ticket"."id" in (
  with "hit" as (${entriesWith(db, query)})
  select "hit"."id" from "hit" union all
  select "conversation"."ticketId" from "hit" join "message" on "message"."id" = "hit"."id"
    join "conversation" on "conversation"."id" = "message"."conversationId" where "conversation"."ticketId" is not null)`;

interface Hit {
  number: number;
  messageId: string | null;
  visibility: "public" | "internal" | null;
  at: number;
  total: number;
}

export function searchLists({ read }: Database) {
  return {
    /** Each ticket once, with the newest text that has it; the newest first. */
    async search(query: SearchQuery, filter: SearchFilter): Promise<{ rows: FoundTicket[]; total: number }> {
      const { rows: hits } = await sql<Hit>`
        with "hit" as (${entriesWith(read, query)}), "found" as (
          select "ticket"."id" as "ticketId", "ticket"."number" as "number", "message"."id" as "messageId",
            "conversation"."visibility" as "visibility", coalesce("message"."createdAt", "ticket"."createdAt") as "at",
            row_number() over (partition by "ticket"."id" order by
              coalesce("message"."createdAt", "ticket"."createdAt") desc, "message"."id" is null, "message"."id" desc) as "place"
          from "hit" left join "message" on "message"."id" = "hit"."id"
            left join "conversation" on "conversation"."id" = "message"."conversationId"
            join "ticket" on "ticket"."id" = coalesce("conversation"."ticketId", "hit"."id")
          where ${await conditions(read, filter)})
        select "number", "messageId", "visibility", "at", (select count(*) from "found" where "place" = 1) as "total"
        from "found" where "place" = 1 order by "at" desc, "number" desc limit ${filter.limit}`.execute(read);
      const tickets = await ticketRows(
        read,
        hits.map(({ number }) => number),
      );
      const byNumber = new Map(tickets.map((row) => [row.number, row]));
      const rows: FoundTicket[] = [];
      for (let start = 0; start < hits.length; start += textsAtOnce) {
        const page = hits.slice(start, start + textsAtOnce);
        const texts = await textsOf(
          read,
          page.flatMap(({ messageId }) => messageId ?? []),
        );
        for (const { number, messageId, visibility, at } of page) {
          const ticket = byNumber.get(number);
          if (ticket === undefined) continue;
          const text = messageId === null ? undefined : texts.get(messageId)?.text;
          // Each message bears the title as well.
          const isSaid = text !== undefined && isFoundIn(text, query);
          const where = isSaid ? { messageId, visibility } : { messageId: null, visibility: null };
          rows.push({ ...ticket, ...where, foundAt: at, snippet: snippetOf(isSaid ? text : ticket.subject, query) });
        }
      }
      return { rows, total: Number(hits[0]?.total ?? 0) };
    },
  };
}

const textsAtOnce = 50;

async function textsOf(read: Read, ids: readonly string[]): Promise<Map<string, { text: string }>> {
  if (ids.length === 0) return new Map();
  const rows = await read.selectFrom("message").select(["id", "text"]).where("id", "in", filledUp(ids)).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

async function conditions(read: Read, { states, organizationId, sinceMs }: SearchFilter) {
  const all = [sql`"ticket"."mergedInto" is null`];
  if (states.length > 0) all.push(sql`"ticket"."state" in (${sql.join([...states])})`);
  if (organizationId === null) all.push(sql`"ticket"."organizationId" is null`);
  else if (organizationId !== undefined)
    all.push(sql`"ticket"."organizationId" in (${sql.join(await withTombstones(read, organizationId))})`);
  if (sinceMs !== undefined) all.push(sql`coalesce("message"."createdAt", "ticket"."createdAt") >= ${sinceMs}`);
  return sql.join(all, sql` and `);
}
