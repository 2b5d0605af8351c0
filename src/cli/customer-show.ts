// How one customer is shown: details, addresses, where they belong and why, tickets (CUS-12, in part). The JSON of lists
// is fixed in DESIGN ("customer list"); `show` has the same fields and more.
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import type { CustomerRecord } from "./known.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";

export type CustomerRow = Awaited<ReturnType<App["lists"]["customerList"]>>["rows"][number];

const ticketsShown = 10;

const placements: Record<Customer["placedBy"], string> = {
  domain: "by the domain of the address",
  hand: "by hand",
  default: "by the setting customers.defaultOrganization",
  nothing: "no domain places them",
};

/** One customer as lists print them. */
export function customerJson(row: CustomerRow | CustomerRecord) {
  const { id, email, name, organization, state, type, createdAt } = "customer" in row ? flat(row) : row;
  return {
    id,
    email,
    name,
    organization: organization === null ? null : { id: organization.id, name: organization.name },
    state,
    type,
    createdAt: isoTime(createdAt),
  };
}

const flat = ({ customer, addresses, organization }: CustomerRecord): CustomerRow => ({
  id: customer.id,
  email: addresses[0]?.address ?? "",
  name: customer.name,
  organization,
  state: customer.state,
  type: customer.type,
  createdAt: customer.createdAt,
});

type Tickets = Awaited<ReturnType<App["lists"]["customerTickets"]>>;

export async function showCustomer({ lists }: App, out: Output, record: CustomerRecord): Promise<void> {
  const tickets = await lists.customerTickets(record.customer.id, ticketsShown);
  if (out.isJson) out.json(showJson(record, tickets));
  else showPage(out, record, tickets);
}

function showJson(record: CustomerRecord, tickets: Tickets) {
  const { phone, title, postalAddress, timeZone, language, notes, placedBy } = record.customer;
  return {
    ...customerJson(record),
    placedBy,
    phone,
    title,
    postalAddress,
    timeZone,
    language,
    notes,
    addresses: record.addresses.map(({ address, isPrimary, state, softBounces }) => ({
      address,
      primary: isPrimary,
      state,
      softBounces,
    })),
    openTickets: tickets.open,
    closedTickets: tickets.closed,
    tickets: tickets.latest.map(({ updatedAt, ...row }) => ({ ...row, updatedAt: isoTime(updatedAt) })),
  };
}

function showPage(out: Output, { customer, addresses, organization }: CustomerRecord, tickets: Tickets): void {
  const addressText = ({ address, isPrimary, state }: CustomerRecord["addresses"][number]) =>
    `${address}${isPrimary && addresses.length > 1 ? " (primary)" : ""}${state === "bouncing" ? " (bouncing)" : ""}`;
  out.fields([
    ["Customer", customer.name || addresses[0]?.address || customer.id],
    ["Id", customer.id],
    ["State", customer.state],
    ["Addresses", addresses.map(addressText).join("\n")],
    ["Organization", `${organization?.name ?? "none"} (${placements[customer.placedBy]})`],
    ["Type", customer.type],
    ["Phone", customer.phone],
    ["Title", customer.title],
    ["Address", customer.postalAddress],
    ["Time zone", customer.timeZone],
    ["Language", customer.language],
    ["Notes", customer.notes],
    ["Made", shortTime(customer.createdAt)],
    ["Tickets", `${tickets.open} open, ${tickets.closed} closed`],
  ]);
  if (tickets.latest.length === 0) return;
  out.line("");
  out.table(tickets.latest, [
    { head: "NUMBER", value: (row) => `#${row.number}`, right: true },
    { head: "SUBJECT", value: (row) => row.subject, max: 44 },
    { head: "STATUS", value: (row) => row.status },
    { head: "ROLE", value: (row) => row.role },
    { head: "UPDATED", value: (row) => shortTime(row.updatedAt) },
  ]);
  const count = tickets.open + tickets.closed;
  if (tickets.latest.length < count) out.note(`${tickets.latest.length} of ${counted(count, "ticket")}`);
}
