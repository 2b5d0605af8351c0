// How one organization is shown: details, domains, members, tickets (ORG-11). The JSON of lists is fixed in DESIGN
// ("org list"); `show` has the same fields and more.

import { displayDomain } from "../address/domain.ts";
import type { App } from "../app.ts";
import type { Organization } from "../desk/organization.ts";
import { conversationJson, showConversations } from "./conversation-rows.ts";
import { fieldsJson, shownFields } from "./field.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { fieldItems, type PanelItem, panelOf } from "./panel.ts";
import { followedJson, showFollowed } from "./project-rows.ts";
import { ticketJson, ticketShape } from "./ticket-rows.ts";

export type OrganizationRow = Awaited<ReturnType<App["lists"]["organizationList"]>>["rows"][number];

const membersShown = 20;
const ticketsShown = 10;
const conversationsShown = 10;

export const organizationJson = ({
  id,
  name,
  domains,
  customers,
  openTickets,
  origin,
  createdAt,
}: OrganizationRow) => ({
  id,
  name,
  domains,
  customers,
  openTickets,
  origin,
  createdAt: isoTime(createdAt),
});

/** `all`: whatever the setting panel.organization names. */
export async function showOrganization(app: App, out: Output, organization: Organization, all = false): Promise<void> {
  const { lists } = app;
  const row = await lists.organizationRow(organization);
  const members = await lists.customerList({ organizationId: organization.id, limit: membersShown });
  const counts = await lists.organizationTickets(organization.id);
  const tickets = await lists.ticketList({ states: [], organizationId: organization.id }, ticketsShown);
  const followed = await lists.followedBy({ customerId: null, organizationId: organization.id });
  const conversations = await lists.conversationList({ organizationId: organization.id }, conversationsShown);
  const fields = await shownFields(app, "organization", organization.id);
  const { website, phone, postalAddress, logo, notes, visibility } = organization;
  if (out.isJson) {
    return out.json({
      ...organizationJson(row),
      website,
      phone,
      postalAddress,
      logo,
      notes,
      visibility,
      fields: fieldsJson(fields),
      closedTickets: counts.closed,
      members: members.rows.map(({ id, email, name, state }) => ({ id, email, name, state })),
      tickets: tickets.rows.map(ticketJson),
      conversations: conversations.rows.map(conversationJson),
      projects: followed.map(followedJson),
    });
  }
  const made = organization.origin === "automatic" ? "by the first mail" : "by hand";
  const items: PanelItem[] = [
    { key: "name", label: "Organization", value: organization.name },
    { key: "id", label: "Id", value: organization.id },
    { key: "domains", label: "Domains", value: row.domains.map(displayDomain).join(", ") || "none" },
    { key: "website", label: "Website", value: website },
    { key: "phone", label: "Phone", value: phone },
    { key: "address", label: "Address", value: postalAddress },
    { key: "logo", label: "Logo", value: logo },
    { key: "notes", label: "Notes", value: notes },
    { key: "visibility", label: "May see", value: visibility },
    { key: "made", label: "Made", value: `${shortTime(organization.createdAt)} ${made}` },
    { key: "customers", label: "Customers", value: members.total },
    { key: "tickets", label: "Tickets", value: `${counts.open} open, ${counts.closed} closed` },
    ...fieldItems(fields),
  ];
  out.fields(panelOf(await app.desk.settings(), "organization", items, all));
  if (members.rows.length > 0) {
    out.line("");
    out.table(members.rows, [
      { head: "CUSTOMER", value: (one) => one.email, max: 40 },
      { head: "NAME", value: (one) => one.name, max: 30 },
      { head: "STATE", value: (one) => one.state },
    ]);
    if (members.rows.length < members.total)
      out.note(`${members.rows.length} of ${counted(members.total, "customer")}`);
  }
  if (tickets.rows.length > 0) {
    out.line("");
    out.table(tickets.rows, ticketShape.columns);
    if (tickets.rows.length < tickets.total) out.note(`${tickets.rows.length} of ${counted(tickets.total, "ticket")}`);
  }
  showFollowed(out, followed);
  showConversations(out, conversations);
}
