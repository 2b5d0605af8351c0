// Statuses and tags as they were defined, and the tickets that bear them.
import { type RawBuilder, sql } from "kysely";
import type { Tag, TicketTag } from "../desk/tag.ts";
import type { Ticket } from "../desk/ticket.ts";
import { isBuiltIn, inOrder as statusesInOrder, type TicketStatusRow } from "../desk/ticket-status.ts";
import { inChunks } from "./in-chunks.ts";
import type { Database } from "./open.ts";

type Read = Database["read"];

/** Tickets of a status that somebody defined, by an index of these alone; "status" alone is in none. */
export const isDefined: RawBuilder<boolean> = sql<boolean>`"status" not in ('new', 'open', 'waiting', 'closed')`;

/** Names by id, for a list that shows them. */
export async function statusNames(read: Read): Promise<ReadonlyMap<string, string>> {
  const rows = await read.selectFrom("ticketStatus").select(["id", "name"]).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** By ticket, in the order of their names. */
export async function tagsOfTickets(read: Read, ticketIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await inChunks(ticketIds, (ids) =>
    read
      .selectFrom("ticketTag")
      .innerJoin("tag", "tag.id", "ticketTag.tagId")
      .select(["ticketTag.ticketId", "tag.name"])
      .where("ticketTag.ticketId", "in", ids)
      .orderBy("tag.nameKey")
      .execute(),
  );
  const found = new Map<string, string[]>();
  for (const { ticketId, name } of rows) found.set(ticketId, [...(found.get(ticketId) ?? []), name]);
  return found;
}

export function statusLists({ read }: Database) {
  return {
    /** By state, and within it by their places. */
    async statuses(): Promise<TicketStatusRow[]> {
      return statusesInOrder(await read.selectFrom("ticketStatus").selectAll().execute());
    },

    /** All tickets of a status that somebody defined, merged ones too. */
    async ticketsOfStatus({ id }: Pick<TicketStatusRow, "id">): Promise<Ticket[]> {
      return await read
        .selectFrom("ticket")
        .selectAll()
        .where("status", "=", id)
        .where(isDefined)
        .orderBy("number")
        .execute();
    },

    /** How many tickets that people see are of it. */
    async statusCount(status: Pick<TicketStatusRow, "id" | "state">): Promise<number> {
      const those = read
        .selectFrom("ticket")
        .where("mergedInto", "is", null)
        .where("status", "=", status.id)
        .select((eb) => eb.fn.countAll<number>().as("n"));
      const row = await (isBuiltIn(status)
        ? those.where("state", "=", status.state)
        : those.where(isDefined)
      ).executeTakeFirst();
      return Number(row?.n ?? 0);
    },

    /** By name. */
    tags: (): Promise<Tag[]> => read.selectFrom("tag").selectAll().orderBy("nameKey").execute(),

    /** By tag id: how many tickets that people see have it. */
    async tagCounts(): Promise<Map<string, number>> {
      const rows = await read
        .selectFrom("ticketTag")
        .innerJoin("ticket", "ticket.id", "ticketTag.ticketId")
        .select(["ticketTag.tagId", (eb) => eb.fn.countAll<number>().as("n")])
        .where("ticket.mergedInto", "is", null)
        .groupBy("ticketTag.tagId")
        .execute();
      return new Map(rows.map((row) => [row.tagId, Number(row.n)]));
    },

    ticketsTagged: (tagId: string): Promise<TicketTag[]> =>
      read.selectFrom("ticketTag").selectAll().where("tagId", "=", tagId).orderBy("id").execute(),

    /** The tags of these tickets, by ticket. */
    async ticketTags(ticketIds: readonly string[]): Promise<Map<string, TicketTag[]>> {
      const rows = await inChunks(ticketIds, (ids) =>
        read.selectFrom("ticketTag").selectAll().where("ticketId", "in", ids).orderBy("id").execute(),
      );
      const found = new Map<string, TicketTag[]>();
      for (const row of rows) found.set(row.ticketId, [...(found.get(row.ticketId) ?? []), row]);
      return found;
    },
  };
}
