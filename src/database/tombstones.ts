// What was merged away leaves a row that says what it became; whoever reads by an old id is led on, a named number of
// steps at most.
import type { Customer } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type Stored } from "./schema.ts";

type Read = Database["read"];

const tombstonesMax = 20;
const listMax = 500;

/** The customer, or the one that it was merged into; null where that was promoted. */
export async function customerById(read: Read, id: string): Promise<Customer | null> {
  let next: string | null = id;
  for (let step = 0; next !== null && step < tombstonesMax; step++) {
    const row: Customer | undefined = await rowById(read, "customer", next);
    if (row === undefined || row.mergedInto === null) return row ?? null;
    next = row.mergedInto;
  }
  return null;
}

/** The id of the agent to whom this customer, or the one that it was merged into, was promoted; null where it was not. */
export async function promotedTo(read: Read, id: string): Promise<string | null> {
  let next: string | null = id;
  for (let step = 0; next !== null && step < tombstonesMax; step++) {
    const row: Customer | undefined = await rowById(read, "customer", next);
    if (row === undefined || row.state === "promoted") return row?.mergedInto ?? null;
    next = row.mergedInto;
  }
  return null;
}

/** The organization, or the one that it was merged into; null where that was deleted. */
export async function organizationById(read: Read, id: string): Promise<Organization | null> {
  let next: string | null = id;
  for (let step = 0; next !== null && step < tombstonesMax; step++) {
    const row: Organization | undefined = await rowById(read, "organization", next);
    if (row === undefined || row.mergedInto === null) return row?.state === "active" ? row : null;
    next = row.mergedInto;
  }
  return null;
}

/** The ids of these organizations and of all that were merged into them, each with that of what it became. */
export async function tombstonesOf(read: Read, ids: readonly string[]): Promise<Map<string, string>> {
  const targets = new Map(ids.map((id) => [id, id]));
  let wave = [...ids];
  for (let step = 0; step < tombstonesMax && wave.length > 0; step++) {
    const found: string[] = [];
    for (let start = 0; start < wave.length; start += listMax) {
      const rows = await read
        .selectFrom("organization")
        .select(["id", "mergedInto"])
        .where("mergedInto", "in", wave.slice(start, start + listMax))
        .execute();
      for (const { id, mergedInto } of rows) {
        const target = targets.get(mergedInto ?? "");
        if (targets.has(id) || target === undefined) continue;
        targets.set(id, target);
        found.push(id);
      }
    }
    wave = found;
  }
  return targets;
}

export const withTombstones = async (read: Read, id: string): Promise<string[]> => [
  ...(await tombstonesOf(read, [id])).keys(),
];

/** The ticket, or the one that it was merged into. */
export async function ticketById(read: Read, id: string): Promise<Ticket | null> {
  let next: string | null = id;
  for (let step = 0; next !== null && step < tombstonesMax; step++) {
    const row: Stored<Ticket> | undefined = await rowById(read, "ticket", next);
    if (row === undefined || row.mergedInto === null) return row === undefined ? null : decode("ticket", row);
    next = row.mergedInto;
  }
  return null;
}
