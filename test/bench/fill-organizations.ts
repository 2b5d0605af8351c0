// Two organizations of a size that few have: half of the customers and tickets each, written by the engine itself. Rows are
// as the program writes them; nobody's words are in them.
import { openOutside } from "./outside.ts";

export interface Large {
  customers: number;
  tickets: number;
}

/** `Large A` and `Large B`, with domains large-a.example and large-b.example, besides what the desk holds. */
export async function fillOrganizations(url: string, { customers, tickets }: Large): Promise<void> {
  const desk = await openOutside(url);
  try {
    for (const letter of ["a", "b"]) {
      const half = letter === "a" ? 0 : 1;
      await desk.run(`insert into "organization" ("id", "name", "nameKey", "origin", "state", "mergedInto", "website", "phone",
        "postalAddress", "logo", "notes", "createdAt", "version") values ('org_large_${letter}', 'Large ${letter.toUpperCase()}', 'large ${letter}',
        'hand', 'active', null, '', '', '', '', '', 1, 1)`);
      await desk.run(`insert into "organizationDomain" ("id", "organizationId", "createdAt", "version")
        values ('large-${letter}.example', 'org_large_${letter}', 1, 1)`);
      const people = numbers(half * (customers / 2) + 1, (half + 1) * (customers / 2));
      await desk.run(`insert into "customer" ("id", "ref", "name", "nameOrigin", "organizationId", "placedBy", "state", "mergedInto",
        "mutedAt", "phone", "title", "postalAddress", "timeZone", "language", "type", "notes", "createdAt", "version")
        ${people} select 'cus_' || (10000000 + "i"), 500000000 + "i", 'Person ' || "i", 'mail', 'org_large_${letter}', 'domain', 'active', null,
        null, '', '', '', '', '', '', '', 1, 1 from "n"`);
      await desk.run(`insert into "customerAddress" ("id", "address", "ownerKind", "ownerId", "isPrimary", "state", "softBounces",
        "createdAt", "version") ${people} select 'p' || "i" || '@large-${letter}.example', 'p' || "i" || '@large-${letter}.example', 'customer',
        'cus_' || (10000000 + "i"), 1, 'ok', 0, 1, 1 from "n"`);
      const asked = numbers(half * (tickets / 2) + 1, (half + 1) * (tickets / 2));
      // One in twenty is open.
      await desk.run(`insert into "ticket" ("id", "number", "subject", "status", "state", "priority", "type", "organizationId",
        "assigneeId", "mailbox", "mergedInto", "createdAt", "updatedAt", "closedAt", "version") ${asked} select 'tic_' || (10000000 + "i"),
        500000000 + "i", 'Ticket ' || "i", case when "i" % 20 = 0 then 'open' else 'closed' end,
        case when "i" % 20 = 0 then 'open' else 'closed' end, 0, '', 'org_large_${letter}', null, 'box-0', null, 1, 1, null, 1 from "n"`);
      await desk.run(`insert into "ticketPerson" ("id", "ticketId", "customerId", "role", "address", "createdAt", "version")
        ${asked} select 'tic_' || (10000000 + "i") || ':cus_' || (10000001 + ("i" % ${customers})), 'tic_' || (10000000 + "i"),
        'cus_' || (10000001 + ("i" % ${customers})), 'requester', 'p@large.example', 1, 1 from "n"`);
    }
    if (desk.isPostgres) await desk.run("vacuum analyze");
  } finally {
    await desk.close();
  }
}

/** A common table of the whole numbers from `first` to `last`; both engines take it before the select of an insert. */
const numbers = (first: number, last: number): string =>
  `with recursive "n"("i") as (select ${first} union all select "i" + 1 from "n" where "i" < ${last})`;
