// What was merged away leaves a row that says what it became; whoever reads by an old id is led on, a named number of
// steps at most.
import type { Customer } from "../desk/customer.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";
import { decode, type Stored } from "./schema.ts";

type Read = Database["read"];

const tombstonesMax = 20;

/** The customer, or the one that it was merged into. */
export async function customerById(read: Read, id: string): Promise<Customer | null> {
  let next: string | null = id;
  for (let step = 0; next !== null && step < tombstonesMax; step++) {
    const row: Customer | undefined = await rowById(read, "customer", next);
    if (row === undefined || row.mergedInto === null) return row ?? null;
    next = row.mergedInto;
  }
  return null;
}

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
