// Customers as the command shows them: found by id or by any of their addresses, listed with their organization.
import { sql } from "kysely";
import { parseAddress } from "../address/email.ts";
import { type Customer, type CustomerAddress, customerTombstones } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import { statusNames } from "./list-statuses.ts";
import type { Database } from "./open.ts";
import { contains, hasValue, likeAnyCase, pageOf, type WantedValue } from "./page.ts";
import { decode } from "./schema.ts";
import { customerById } from "./tombstones.ts";

export interface CustomerRow {
  id: string;
  /** The primary address. */
  email: string;
  name: string;
  organization: { id: string; name: string } | null;
  state: Customer["state"];
  mutedAt: number | null;
  type: string;
  createdAt: number;
}

/** One customer with everything that belongs to them alone. */
export interface CustomerRecord {
  customer: Customer;
  /** The primary one first. */
  addresses: CustomerAddress[];
  organization: Organization | null;
}

export interface CustomerFilter {
  /** An organization's id; null = those in none; undefined = all. */
  organizationId?: string | null | undefined;
  state?: Customer["state"] | undefined;
  type?: string | undefined;
  /** True: those who asked to hear nothing; false: the others. */
  isMuted?: boolean | undefined;
  fields?: readonly WantedValue[] | undefined;
  /** Stands in the name or in an address. */
  text?: string | undefined;
  /** By organizations' names, those in none last; otherwise in the order in which they were made. */
  grouped?: boolean | undefined;
  limit: number;
}

/** Whose an address is: a customer's or an agent's, with a name to say it by. */
export interface AddressOwner {
  address: CustomerAddress;
  name: string;
}

const addressesMax = 200;

/** Customers that the flags of a list find; merged ones are none. */
export function filteredCustomers(read: Database["read"], filter: Omit<CustomerFilter, "limit">) {
  let query = read.selectFrom("customer").where("customer.state", "not in", customerTombstones);
  if (filter.organizationId === null) query = query.where("customer.organizationId", "is", null);
  else if (filter.organizationId !== undefined)
    query = query.where("customer.organizationId", "=", filter.organizationId);
  if (filter.state !== undefined) query = query.where("customer.state", "=", filter.state);
  if (filter.type !== undefined) query = query.where("customer.type", "=", filter.type);
  if (filter.type !== undefined && filter.type !== "") query = query.where("customer.type", "<>", "");
  if (filter.isMuted !== undefined) query = query.where("customer.mutedAt", filter.isMuted ? "is not" : "is", null);
  for (const wanted of filter.fields ?? []) query = query.where(hasValue("customer.id", wanted));
  if (filter.text !== undefined) {
    const pattern = contains(filter.text.normalize("NFC"));
    const folded = contains(filter.text.normalize("NFC").toLowerCase());
    query = query.where((eb) =>
      eb.or([
        likeAnyCase(read, "customer.name", pattern),
        eb.exists(
          eb
            .selectFrom("customerAddress")
            .select("customerAddress.id")
            .whereRef("customerAddress.ownerId", "=", "customer.id")
            .where(sql<boolean>`"customerAddress"."id" like ${folded} escape '\\'`),
        ),
      ]),
    );
  }
  return query;
}

export function customerLists({ read }: Database) {
  const addressesOf = async (ownerId: string): Promise<CustomerAddress[]> => {
    const rows = await read
      .selectFrom("customerAddress")
      .selectAll()
      .where("ownerId", "=", ownerId)
      .orderBy("isPrimary", "desc")
      .orderBy("createdAt")
      .orderBy("id")
      .limit(addressesMax)
      .execute();
    return rows.map((row) => decode("customerAddress", row));
  };

  return {
    addressesOf,

    /** By id or by any address; a merged customer leads to the one that they became. */
    async customerByRef(ref: string): Promise<CustomerRecord | null> {
      const parsed = parseAddress(ref);
      const owner = parsed.ok
        ? await read
            .selectFrom("customerAddress")
            .select("ownerId")
            .where("id", "=", parsed.key)
            .where("ownerKind", "=", "customer")
            .executeTakeFirst()
        : undefined;
      const customer = await customerById(read, owner?.ownerId ?? ref.trim().toLowerCase());
      if (customer === null) return null;
      const organization =
        customer.organizationId === null
          ? undefined
          : await read
              .selectFrom("organization")
              .selectAll()
              .where("id", "=", customer.organizationId)
              .executeTakeFirst();
      return {
        customer,
        addresses: await addressesOf(customer.id),
        organization: organization === undefined ? null : decode("organization", organization),
      };
    },

    async addressOwner(key: string): Promise<AddressOwner | null> {
      const row = await read.selectFrom("customerAddress").selectAll().where("id", "=", key).executeTakeFirst();
      if (row === undefined) return null;
      const owner = await read
        .selectFrom(row.ownerKind === "agent" ? "agent" : "customer")
        .select("name")
        .where("id", "=", row.ownerId)
        .executeTakeFirst();
      return { address: decode("customerAddress", row), name: owner?.name ?? "" };
    },

    async customerList(filter: CustomerFilter): Promise<{ rows: CustomerRow[]; total: number }> {
      const query = filteredCustomers(read, filter);
      const { n } = await query.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
      const rows = await pageOf(
        filter.limit,
        (count, start) =>
          query
            .leftJoin("organization", "organization.id", "customer.organizationId")
            .leftJoin("customerAddress", (join) =>
              join.onRef("customerAddress.ownerId", "=", "customer.id").on("customerAddress.isPrimary", "=", 1),
            )
            .select([
              "customer.id",
              "customer.name",
              "customer.state",
              "customer.mutedAt",
              "customer.type",
              "customer.createdAt",
              "customerAddress.address",
              "organization.id as organizationId",
              "organization.name as organizationName",
            ])
            .$if(filter.grouped === true, (grouped) =>
              grouped.orderBy(sql`"organization"."nameKey" is null`).orderBy("organization.nameKey"),
            )
            .orderBy("customer.id")
            .limit(count)
            .offset(start)
            .execute(),
        async (page) =>
          page.map(
            ({ organizationId, organizationName, address, ...row }): CustomerRow => ({
              ...row,
              email: address ?? "",
              organization:
                organizationId === null || organizationName === null
                  ? null
                  : { id: organizationId, name: organizationName },
            }),
          ),
      );
      return { rows, total: Number(n) };
    },

    /** Addresses that begin like `text`, for "did you mean". */
    async addressesLike(text: string, ownerKind: CustomerAddress["ownerKind"]): Promise<string[]> {
      const first = text.trim().toLowerCase().slice(0, 2);
      if (first === "") return [];
      const rows = await read
        .selectFrom("customerAddress")
        .select("address")
        .where("id", ">=", first)
        .where("id", "<", `${first}\u{10ffff}`)
        .where("ownerKind", "=", ownerKind)
        .orderBy("id")
        .limit(500)
        .execute();
      return rows.map((row) => row.address);
    },

    /** Tickets on which the customer is requester or follower: how many, and the latest. */
    async customerTickets(customerId: string, limit: number) {
      const base = read
        .selectFrom("ticketPerson")
        .innerJoin("ticket", "ticket.id", "ticketPerson.ticketId")
        .where("ticketPerson.customerId", "=", customerId)
        .where("ticket.mergedInto", "is", null);
      const counts = await base
        .select(["ticket.state", (eb) => eb.fn.countAll<number>().as("n")])
        .groupBy("ticket.state")
        .execute();
      const latest = await base
        .select(["ticket.number", "ticket.subject", "ticket.status", "ticketPerson.role", "ticket.updatedAt"])
        .orderBy("ticket.number", "desc")
        .limit(limit)
        .execute();
      const sum = (isClosed: boolean) =>
        counts.filter((row) => (row.state === "closed") === isClosed).reduce((all, row) => all + Number(row.n), 0);
      const names = await statusNames(read);
      const named = latest.map((row) => ({ ...row, status: names.get(row.status) ?? row.status }));
      return { open: sum(false), closed: sum(true), latest: named };
    },
  };
}
