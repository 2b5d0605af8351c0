// How one customer is shown: details, addresses, where they belong and why, tickets (CUS-12, in part). The JSON of lists
// is fixed in DESIGN ("customer list"); `show` has the same fields and more.
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import { conversationJson, showConversations } from "./conversation-rows.ts";
import { leftJson, showLeft } from "./customer-left.ts";
import { fieldsJson, type ShownField, shownFields } from "./field.ts";
import type { CustomerRecord } from "./known.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { fieldItems, type PanelItem, panelOf } from "./panel.ts";
import { followedJson, showFollowed } from "./project-rows.ts";

export type CustomerRow = Awaited<ReturnType<App["lists"]["customerList"]>>["rows"][number];

const ticketsShown = 10;
const conversationsShown = 10;

const placements: Record<Customer["placedBy"], string> = {
  domain: "by the domain of the address",
  hand: "by hand",
  default: "by default, as no domain decides",
  nothing: "no domain places them",
};

/** One customer as lists print them. */
export function customerJson(row: CustomerRow | CustomerRecord) {
  const { id, email, name, organization, state, mutedAt, type, createdAt } = "customer" in row ? flat(row) : row;
  return {
    id,
    email,
    name,
    organization: organization === null ? null : { id: organization.id, name: organization.name },
    state,
    type,
    createdAt: isoTime(createdAt),
    mutedAt: isoTime(mutedAt),
  };
}

const flat = ({ customer, addresses, organization }: CustomerRecord): CustomerRow => ({
  id: customer.id,
  email: addresses[0]?.address ?? "",
  name: customer.name,
  organization,
  state: customer.state,
  mutedAt: customer.mutedAt,
  type: customer.type,
  createdAt: customer.createdAt,
});

type Tickets = Awaited<ReturnType<App["lists"]["customerTickets"]>>;

/** `all`: whatever the setting panel.customer names. */
export async function showCustomer(app: App, out: Output, record: CustomerRecord, all = false): Promise<void> {
  const tickets = await app.lists.customerTickets(record.customer.id, ticketsShown);
  const followed = await app.lists.followedBy({
    customerId: record.customer.id,
    organizationId: record.customer.organizationId,
  });
  const conversations = await app.lists.conversationList({ concerning: record.customer }, conversationsShown);
  const fields = await shownFields(app, "customer", record.customer.id);
  const left = await app.lists.leftBy(record.customer.id);
  if (out.isJson)
    return out.json({
      ...showJson(record, tickets, fields),
      conversations: conversations.rows.map(conversationJson),
      projects: followed.map(followedJson),
      left: left.map(leftJson),
    });
  out.fields(panelOf(await app.desk.settings(), "customer", [...itemsOf(record, tickets), ...fieldItems(fields)], all));
  showTickets(out, tickets);
  showFollowed(out, followed);
  showConversations(out, conversations);
  showLeft(out, left);
}

function showJson(record: CustomerRecord, tickets: Tickets, fields: readonly ShownField[]) {
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
    fields: fieldsJson(fields),
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

function itemsOf({ customer, addresses, organization }: CustomerRecord, tickets: Tickets): PanelItem[] {
  const addressText = ({ address, isPrimary, state }: CustomerRecord["addresses"][number]) =>
    `${address}${isPrimary && addresses.length > 1 ? " (primary)" : ""}${state === "bouncing" ? " (bouncing)" : ""}`;
  return [
    { key: "name", label: "Customer", value: customer.name || addresses[0]?.address || customer.id },
    { key: "id", label: "Id", value: customer.id },
    {
      key: "state",
      label: "State",
      value: `${customer.state}${customer.mutedAt === null ? "" : `, muted since ${shortTime(customer.mutedAt)}`}`,
    },
    { key: "addresses", label: "Addresses", value: addresses.map(addressText).join("\n") },
    {
      key: "organization",
      label: "Organization",
      value: `${organization?.name ?? "none"} (${placements[customer.placedBy]})`,
    },
    { key: "type", label: "Type", value: customer.type },
    { key: "phone", label: "Phone", value: customer.phone },
    { key: "title", label: "Title", value: customer.title },
    { key: "address", label: "Address", value: customer.postalAddress },
    { key: "timezone", label: "Time zone", value: customer.timeZone },
    { key: "language", label: "Language", value: customer.language },
    { key: "notes", label: "Notes", value: customer.notes },
    { key: "made", label: "Made", value: shortTime(customer.createdAt) },
    { key: "tickets", label: "Tickets", value: `${tickets.open} open, ${tickets.closed} closed` },
  ];
}

function showTickets(out: Output, tickets: Tickets): void {
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
