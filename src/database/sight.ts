// What a customer has to do with a ticket, and who has anything to do with it: what `desk/visibility` judges by.
import type { Customer } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import { followsText } from "../desk/project.ts";
import type { Ticket } from "../desk/ticket.ts";
import { type Scope, type Seen, type Sight, scopeOf, sightOf, type Viewer } from "../desk/visibility.ts";
import { followersOf, membersAfter } from "./followers.ts";
import { type TicketRow, ticketRows } from "./list-ticket-rows.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";
import { organizationById, withTombstones } from "./tombstones.ts";

type Read = Database["read"];

const peopleMax = 5_000;
const pageMax = 500;

/** One who sees a ticket. */
export interface ViewerRow {
  id: string;
  name: string;
  email: string;
  why: string;
}

export function sightLists({ read }: Pick<Database, "read">) {
  const scopes = (desk: Scope) => scopesOf(read, desk);

  return {
    async sight(customer: Customer, ticket: Ticket, deskScope: Scope): Promise<Sight> {
      const viewer: Viewer = { customer, scope: await scopes(deskScope)(customer.organizationId) };
      return sightOf(viewer, await seenBy(read, customer, ticket));
    },

    /** All who have something to do with a ticket and see it; whoever sees all tickets anyway is not among them. */
    async viewersOf(ticket: Ticket, deskScope: Scope): Promise<ViewerRow[]> {
      const scopeFor = scopes(deskScope);
      const found = new Map<string, ViewerRow>();
      const look = async (customers: readonly Customer[]) => {
        for (const customer of customers) {
          if (found.has(customer.id)) continue;
          const scope = await scopeFor(customer.organizationId);
          const { sees, why } = sightOf({ customer, scope }, await seenBy(read, customer, ticket));
          if (sees) found.set(customer.id, { id: customer.id, name: customer.name, email: "", why });
        }
      };
      await look(await seated(read, ticket.id));
      const organization = ticket.organizationId === null ? null : await organizationById(read, ticket.organizationId);
      if (organization !== null) for await (const page of membersOf(read, organization)) await look(page);
      if (ticket.projectId !== null)
        for await (const people of followersOf(read, ticket.projectId, pageMax))
          await look(people.map(({ customer }) => customer));
      const rows = [...found.values()];
      for (let start = 0; start < rows.length; start += pageMax)
        await addAddresses(read, rows.slice(start, start + pageMax));
      return rows;
    },

    /** How many would see the ticket by following this project who do not see it now. */
    async countGaining(ticket: Ticket, projectId: string, deskScope: Scope): Promise<number> {
      const scopeFor = scopes(deskScope);
      const moved = { ...ticket, projectId };
      let count = 0;
      for await (const people of followersOf(read, projectId, pageMax))
        for (const { customer } of people) {
          const viewer = { customer, scope: await scopeFor(customer.organizationId) };
          if (!sightOf(viewer, await seenBy(read, customer, moved)).sees) continue;
          if (!sightOf(viewer, await seenBy(read, customer, ticket)).sees) count += 1;
        }
      return count;
    },

    /** Names of the organizations whose customers see all tickets, by a scope of their own. */
    async organizationsThatSeeAll(): Promise<string[]> {
      const rows = await read
        .selectFrom("organization")
        .select(["name", "visibility"])
        .where("state", "=", "active")
        .where("visibility", "!=", "")
        .orderBy("nameKey")
        .execute();
      return rows.filter(({ visibility }) => scopeOf(visibility).has("all")).map(({ name }) => name);
    },

    /** The tickets that a customer sees, the newest first. */
    async ticketsSeenBy(customer: Customer, deskScope: Scope, limit: number): Promise<Page<TicketRow>> {
      const some = await seenTickets(read, customer, deskScope);
      if (some === null) return { rows: [], total: 0 };
      const numbers = await some().select("number").orderBy("number", "desc").limit(limit).execute();
      const all = await some()
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      return {
        rows: await ticketRows(
          read,
          numbers.map(({ number }) => number),
        ),
        total: Number(all.n),
      };
    },
  };
}

/** The scope of an organization's own, or the desk's; by organization id, so that each is asked for once. */
function scopesOf(read: Read, desk: Scope) {
  const known = new Map<string, Scope>();
  return async (organizationId: string | null): Promise<Scope> => {
    if (organizationId === null) return desk;
    const found = known.get(organizationId);
    if (found !== undefined) return found;
    const row = await rowById(read, "organization", organizationId);
    const scope = row === undefined || row.visibility === "" ? desk : scopeOf(row.visibility);
    known.set(organizationId, scope);
    return scope;
  };
}

/** The tickets that a customer sees, as a query to go on with; null where they see none. */
export async function seenTickets(read: Read, customer: Customer, deskScope: Scope) {
  const scope = await scopesOf(read, deskScope)(customer.organizationId);
  if (customer.state !== "active" || scope.size === 0) return null;
  const { organizationId } = customer;
  const organizations =
    organizationId === null || !scope.has("organization") ? [] : await withTombstones(read, organizationId);
  const followers = [customer.id, ...(organizationId === null ? [] : [organizationId])];
  return () =>
    read
      .selectFrom("ticket")
      .where("mergedInto", "is", null)
      .where((eb) => {
        const own = eb(
          "id",
          "in",
          eb.selectFrom("ticketPerson").select("ticketId").where("customerId", "=", customer.id),
        );
        const followed = eb
          .selectFrom("follow")
          .innerJoin("project", "project.id", "follow.projectId")
          .select("project.id")
          .where("project.state", "=", "open")
          .where((one) => one.or([one("customerId", "in", followers), one("organizationId", "in", followers)]));
        const published = eb.and([
          eb("unpublishedAt", "is", null),
          scope.has("all")
            ? eb.lit(true)
            : eb.or([
                ...(organizations.length === 0 ? [] : [eb("organizationId", "in", organizations)]),
                ...(scope.has("projects") ? [eb("projectId", "in", followed)] : []),
                eb("id", "=", ""),
              ]),
        ]);
        return scope.has("own") || scope.has("all") ? eb.or([own, published]) : published;
      });
}

async function seenBy(read: Read, customer: Customer, ticket: Ticket): Promise<Seen> {
  const seat = await read
    .selectFrom("ticketPerson")
    .select("role")
    .where("id", "=", `${ticket.id}:${customer.id}`)
    .executeTakeFirst();
  const organization = ticket.organizationId === null ? null : await organizationById(read, ticket.organizationId);
  return {
    ticket,
    organizationId: organization?.id ?? null,
    role: seat?.role ?? null,
    follows: await howTheyFollow(read, customer, ticket.projectId),
  };
}

async function howTheyFollow(
  read: Read,
  { id, organizationId }: Customer,
  projectId: string | null,
): Promise<string | null> {
  const project = projectId === null ? undefined : await rowById(read, "project", projectId);
  if (project?.state !== "open") return null;
  const ids = [id, ...(organizationId === null ? [] : [organizationId])].map((one) => `${project.id}:${one}`);
  const rows = await read
    .selectFrom("follow")
    .leftJoin("organization", "organization.id", "follow.organizationId")
    .select(["follow.customerId", "organization.name"])
    .where("follow.id", "in", ids)
    .execute();
  const [first] = rows;
  if (first === undefined) return null;
  return followsText(project, rows.some(({ customerId }) => customerId !== null) ? null : first.name);
}

const seated = async (read: Read, ticketId: string): Promise<Customer[]> =>
  await read
    .selectFrom("ticketPerson")
    .innerJoin("customer", "customer.id", "ticketPerson.customerId")
    .selectAll("customer")
    .where("ticketPerson.ticketId", "=", ticketId)
    .orderBy("ticketPerson.createdAt")
    .limit(peopleMax)
    .execute();

async function* membersOf(read: Read, { id }: Pick<Organization, "id">): AsyncGenerator<Customer[]> {
  for (let after = ""; ; ) {
    const page = await membersAfter(read, id, after, pageMax);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageMax) return;
    after = last.id;
  }
}

async function addAddresses(read: Read, rows: readonly ViewerRow[]): Promise<void> {
  if (rows.length === 0) return;
  const addresses = await read
    .selectFrom("customerAddress")
    .select(["ownerId", "address"])
    .where(
      "ownerId",
      "in",
      rows.map(({ id }) => id),
    )
    .where("isPrimary", "=", 1)
    .execute();
  const byOwner = new Map(addresses.map(({ ownerId, address }) => [ownerId, address]));
  for (const row of rows) row.email = byOwner.get(row.id) ?? "";
}
