// Everything that belongs to one customer, all of it and not a page: what a merge or a split must know; and customers who
// may be one person.
import { type Customer, type CustomerAddress, customerTombstones } from "../desk/customer.ts";
import type { CustomerBelongings } from "../desk/customer-merge.ts";
import { foldName } from "../desk/organization.ts";
import type { Ticket, TicketPerson } from "../desk/ticket.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { decode } from "./schema.ts";
import { tombstonesOf } from "./tombstones.ts";

const listMax = 500;
const pageMax = 5_000;

/** Customers who may be one person, the oldest first, and why. */
export interface Duplicates {
  why: "the same name" | "the same part before the @";
  /** The name or the part that they share, as it is compared. */
  shared: string;
  organizationId: string | null;
  ids: string[];
}

export interface Seat {
  seat: TicketPerson;
  ticket: Pick<Ticket, "id" | "organizationId">;
}

interface Known {
  id: string;
  name: string;
  organizationId: string | null;
  key: string | null;
}

export function customerParts({ read }: Database) {
  const pageAfter = (cursor: string, organizationId: string | null | undefined): Promise<Known[]> => {
    let query = read
      .selectFrom("customer")
      .leftJoin("customerAddress", (join) =>
        join.onRef("customerAddress.ownerId", "=", "customer.id").on("customerAddress.isPrimary", "=", 1),
      )
      .select(["customer.id", "customer.name", "customer.organizationId", "customerAddress.id as key"])
      .where("customer.id", ">", cursor)
      .where("customer.state", "not in", customerTombstones)
      .orderBy("customer.id")
      .limit(pageMax);
    if (organizationId === null) query = query.where("customer.organizationId", "is", null);
    else if (organizationId !== undefined) query = query.where("customer.organizationId", "=", organizationId);
    return query.execute();
  };

  return {
    async customerBelongings(customer: Customer): Promise<CustomerBelongings> {
      const of = customer.id;
      const addresses = await read.selectFrom("customerAddress").selectAll().where("ownerId", "=", of).execute();
      const seats = await read.selectFrom("ticketPerson").selectAll().where("customerId", "=", of).execute();
      const messages = await read.selectFrom("message").select("id").where("authorId", "=", of).execute();
      const tombstones = await read.selectFrom("customer").select("id").where("mergedInto", "=", of).execute();
      const follows = await read.selectFrom("follow").selectAll().where("customerId", "=", of).orderBy("id").execute();
      const optOuts = await read.selectFrom("optOut").selectAll().where("customerId", "=", of).orderBy("id").execute();
      const conversations = await read.selectFrom("standalone").select("id").where("customerId", "=", of).execute();
      return {
        customer,
        addresses: addresses.map((row): CustomerAddress => decode("customerAddress", row)).sort(byId),
        seats: seats.map((row): TicketPerson => decode("ticketPerson", row)).sort(byId),
        messages: messages.map((row) => row.id).sort(),
        tombstones: tombstones.map((row) => row.id).sort(),
        follows,
        optOuts,
        conversations: conversations.map((row) => row.id).sort(),
      };
    },

    /** The seats of a customer on those of these tickets where they have one, by ticket. */
    async seatsOn(customerId: string, ticketIds: readonly string[]): Promise<Map<string, TicketPerson>> {
      const seats = new Map<string, TicketPerson>();
      for (let start = 0; start < ticketIds.length; start += listMax) {
        const ids = ticketIds.slice(start, start + listMax).map((id) => `${id}:${customerId}`);
        const rows = await read.selectFrom("ticketPerson").selectAll().where("id", "in", ids).execute();
        for (const row of rows) seats.set(row.ticketId, decode("ticketPerson", row));
      }
      return seats;
    },

    /**
     * By customer: their seats on tickets of the organization where they are, of those merged into it too; of those in none,
     * on tickets of none.
     */
    async seatsAtHome(customers: readonly Pick<Customer, "id" | "organizationId">[]): Promise<Map<string, Seat[]>> {
      const home = new Map(customers.map(({ id, organizationId }) => [id, organizationId]));
      const targets = await tombstonesOf(
        read,
        [...new Set(home.values())].filter((id) => id !== null),
      );
      const seats = new Map<string, Seat[]>();
      for (const ids of idLists(home.keys())) {
        const rows = await read
          .selectFrom("ticketPerson")
          .innerJoin("ticket", "ticket.id", "ticketPerson.ticketId")
          .selectAll("ticketPerson")
          .select("ticket.organizationId")
          .where("ticketPerson.customerId", "in", ids)
          .where("ticket.mergedInto", "is", null)
          .execute();
        for (const { organizationId, ...row } of rows) {
          const of = organizationId === null ? null : targets.get(organizationId);
          if (of !== home.get(row.customerId)) continue;
          const seat = { seat: decode("ticketPerson", row), ticket: { id: row.ticketId, organizationId } };
          seats.set(row.customerId, [...(seats.get(row.customerId) ?? []), seat]);
        }
      }
      return seats;
    },

    /** Numbers of tickets not closed that nobody but this customer asked. */
    async askedAloneBy(customerId: string): Promise<number[]> {
      const rows = await read
        .selectFrom("ticketPerson as seat")
        .innerJoin("ticket", "ticket.id", "seat.ticketId")
        .select("ticket.number")
        .where("seat.customerId", "=", customerId)
        .where("seat.role", "=", "requester")
        .where("ticket.state", "in", ["open", "waiting"])
        .where("ticket.mergedInto", "is", null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom("ticketPerson as other")
                .select("other.id")
                .whereRef("other.ticketId", "=", "seat.ticketId")
                .where("other.role", "=", "requester")
                .where("other.customerId", "!=", customerId),
            ),
          ),
        )
        .orderBy("ticket.number")
        .execute();
      return rows.map(({ number }) => number);
    },

    /** Ids of what this customer wrote from these addresses. */
    async messagesFrom(customerId: string, addresses: readonly string[]): Promise<string[]> {
      const wanted = new Set(addresses.map((address) => address.toLowerCase()));
      const rows = await read
        .selectFrom("message")
        .select(["id", "fromAddress"])
        .where("authorId", "=", customerId)
        .execute();
      return rows
        .filter((row) => wanted.has(row.fromAddress.toLowerCase()))
        .map((row) => row.id)
        .sort();
    },

    /** Customers of one organization, or of none, who share a name or the part of their address before the @. */
    async customerDuplicates(organizationId: string | null | undefined): Promise<Duplicates[]> {
      const groups = new Map<string, Duplicates>();
      const add = (why: Duplicates["why"], shared: string, row: Known) => {
        const key = JSON.stringify([why, row.organizationId, shared]);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { why, shared, organizationId: row.organizationId, ids: [row.id] });
        else group.ids.push(row.id);
      };
      for (let page = await pageAfter("", organizationId); ; ) {
        for (const row of page) {
          const name = foldName(row.name);
          if (name !== "") add("the same name", name, row);
          const local = row.key?.slice(0, row.key.lastIndexOf("@")) ?? "";
          if (local !== "" && row.organizationId !== null) add("the same part before the @", local, row);
        }
        const last = page.at(-1);
        if (last === undefined || page.length < pageMax) break;
        page = await pageAfter(last.id, organizationId);
      }
      return withoutRepeats([...groups.values()].filter(({ ids }) => ids.length > 1));
    },
  };
}

/** People with one name and one local part are named once. */
function withoutRepeats(groups: readonly Duplicates[]): Duplicates[] {
  const seen = new Set<string>();
  return groups.filter(({ ids }) => {
    const key = ids.join();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
