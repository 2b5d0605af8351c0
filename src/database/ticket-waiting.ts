// Since when a customer waits for an answer on a ticket: the first public message of a customer after the last one of ours. It is
// read from the messages themselves, by their index and for tickets that are not closed, and kept nowhere: so an answer that is taken
// back, a merge or a split leave nothing to mend.
import { type RawBuilder, sql } from "kysely";

/** Of the row of "ticket" that the statement is about; null where nobody waits. */
export const waitingSince: RawBuilder<number | null> = sql<number | null>`(
  select min("asked"."createdAt") from "conversation" as "asking"
    join "message" as "asked" on "asked"."conversationId" = "asking"."id"
  where "asking"."ticketId" = "ticket"."id" and "asking"."visibility" = 'public' and "asked"."authorKind" = 'customer'
    and "asked"."createdAt" > coalesce((
      select max("said"."createdAt") from "conversation" as "saying"
        join "message" as "said" on "said"."conversationId" = "saying"."id"
      where "saying"."ticketId" = "ticket"."id" and "saying"."visibility" = 'public'
        and "said"."authorKind" in ('agent', 'desk')), -1))`;
