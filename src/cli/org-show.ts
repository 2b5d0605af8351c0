// How one organization is shown: details, domains, members, tickets (ORG-11). The JSON of lists is fixed in DESIGN
// ("org list"); `show` has the same fields and more.

import { displayDomain } from "../address/domain.ts";
import type { App } from "../app.ts";
import type { Organization } from "../desk/organization.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { ticketJson, ticketShape } from "./ticket-rows.ts";

export type OrganizationRow = Awaited<ReturnType<App["lists"]["organizationList"]>>["rows"][number];

const membersShown = 20;
const ticketsShown = 10;

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

export async function showOrganization({ lists }: App, out: Output, organization: Organization): Promise<void> {
  const row = await lists.organizationRow(organization);
  const members = await lists.customerList({ organizationId: organization.id, limit: membersShown });
  const counts = await lists.organizationTickets(organization.id);
  const tickets = await lists.ticketList({ states: [], organizationId: organization.id }, ticketsShown);
  const { website, phone, postalAddress, notes } = organization;
  if (out.isJson) {
    return out.json({
      ...organizationJson(row),
      website,
      phone,
      postalAddress,
      notes,
      closedTickets: counts.closed,
      members: members.rows.map(({ id, email, name, state }) => ({ id, email, name, state })),
      tickets: tickets.rows.map(ticketJson),
    });
  }
  out.fields([
    ["Organization", organization.name],
    ["Id", organization.id],
    ["Domains", row.domains.map(displayDomain).join(", ") || "none"],
    ["Website", website],
    ["Phone", phone],
    ["Address", postalAddress],
    ["Notes", notes],
    [
      "Made",
      `${shortTime(organization.createdAt)} ${organization.origin === "automatic" ? "by the first mail" : "by hand"}`,
    ],
    ["Customers", members.total],
    ["Tickets", `${counts.open} open, ${counts.closed} closed`],
  ]);
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
  if (tickets.rows.length === 0) return;
  out.line("");
  out.table(tickets.rows, ticketShape.columns);
  if (tickets.rows.length < tickets.total) out.note(`${tickets.rows.length} of ${counted(tickets.total, "ticket")}`);
}
