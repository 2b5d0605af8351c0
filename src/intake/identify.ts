// Whose mail is it: a customer or an agent whom the desk knows, or somebody new, who joins or founds an organization by
// the domain of the address (CUS-2, ORG-3 to ORG-5). An agent's mail never makes a customer.
import { registrableDomain } from "../address/domain.ts";
import { isFreeMail } from "../address/free-mail.ts";
import type { Agent } from "../desk/agent.ts";
import { type Change, type Guard, present } from "../desk/change.ts";
import { type Customer, learnName, newCustomer } from "../desk/customer.ts";
import { newOrganization, type Organization, type Placement, placeByDomain } from "../desk/organization.ts";
import type { Settings } from "../desk/settings.ts";
import type { Facts, MailboxFacts, PersonFacts, Sender } from "./facts.ts";

export interface AgentAuthor {
  kind: "agent";
  agent: Agent;
  sender: Sender;
}

export interface CustomerAuthor {
  kind: "customer";
  customerId: string;
  organizationId: string | null;
  known: Customer | null;
  sender: Sender;
}

export type Author = AgentAuthor | CustomerAuthor;

export interface Identified<A extends Author = Author> {
  author: A;
  changes: Change[];
  guards: Guard[];
  text: string;
}

/** By which mail came, and where it puts whom no domain places. */
type By = Pick<MailboxFacts, "name" | "defaultOrganization">;

/** `draw` hands out new ids and refs; without a mailbox the desk's own default organization counts. */
export function identify(
  sender: Sender,
  facts: PersonFacts,
  settings: Settings,
  draw: { id(prefix: string): string; ref(): number },
  now: number,
  mailbox?: By,
): Identified {
  if (facts.agent !== null) {
    const { agent } = facts;
    return {
      author: { kind: "agent", agent, sender },
      changes: [],
      guards: [guard("agent", agent)],
      text: `${sender.address} is the agent ${agent.name || agent.id}`,
    };
  }
  return identifyCustomer(sender, facts, settings, draw, now, mailbox);
}

/** Of one who is no agent. */
export function identifyCustomer(
  sender: Sender,
  facts: PersonFacts,
  settings: Settings,
  draw: { id(prefix: string): string; ref(): number },
  now: number,
  mailbox?: By,
): Identified<CustomerAuthor> {
  if (facts.customer !== null) {
    const { customer } = facts;
    return {
      author: {
        kind: "customer",
        customerId: customer.id,
        organizationId: customer.organizationId,
        known: customer,
        sender,
      },
      changes: present([learnName(customer, sender.name)]),
      guards: [guard("customer", customer)],
      text: `${sender.address} belongs to the customer ${customer.name || customer.id}`,
    };
  }
  return newcomer(sender, facts, settings, draw, now, mailbox);
}

function newcomer(
  sender: Sender,
  facts: PersonFacts,
  settings: Settings,
  draw: { id(prefix: string): string; ref(): number },
  now: number,
  mailbox?: By,
): Identified<CustomerAuthor> {
  const placed = placeNewcomer(sender.domain, facts, settings, draw, now, mailbox);
  const changes = [...placed.changes];
  const customerId = draw.id("cus");
  changes.push(
    ...newCustomer(
      {
        id: customerId,
        ref: draw.ref(),
        name: sender.name.slice(0, 200),
        nameOrigin: "mail",
        address: sender.address,
        addressKey: sender.key,
        organization: placed.organization,
        placedBy: placed.placedBy,
      },
      now,
    ),
  );
  return {
    author: {
      kind: "customer",
      customerId,
      organizationId: placed.organization?.id ?? null,
      known: null,
      sender,
    },
    changes,
    guards: placed.guards,
    text: `${sender.address} is new; ${placed.text}`,
  };
}

/** Where somebody new is put, with the changes that make the organization where there is none yet. */
export interface Placed {
  organization: { id: string; name: string } | null;
  placedBy: Customer["placedBy"];
  changes: Change[];
  guards: Guard[];
  /** "joins Acme: Acme owns acme.com". */
  text: string;
}

/** By mail, command or import alike (ORG-3 to ORG-5). */
export function placeNewcomer(
  domain: string,
  facts: Pick<Facts, "owners" | "internalDomain" | "nameTaken" | "defaultOrganization">,
  settings: Settings,
  draw: { id(prefix: string): string },
  now: number,
  mailbox?: By,
): Placed {
  const placement = placementOf(domain, facts, settings);
  if (placement.kind === "join") {
    const { organization } = placement;
    return {
      organization,
      placedBy: "domain",
      changes: [],
      guards: [
        guard("organization", organization),
        { kind: "owner", domain: placement.domain, organizationId: organization.id },
      ],
      text: `joins ${organization.name}: ${placement.why}`,
    };
  }
  if (placement.kind === "create") {
    const id = draw.id("org");
    const name = nameFor(placement.domain, facts.nameTaken, id);
    const changes = newOrganization(id, name, "automatic", [placement.domain], now);
    return {
      organization: { id, name },
      placedBy: "domain",
      changes,
      guards: [],
      text: `founds the organization ${placement.domain}: ${placement.why}`,
    };
  }
  const organization = facts.defaultOrganization;
  const placedBy = organization === null ? "nothing" : "default";
  const guards = organization === null ? [] : [guard("organization", organization)];
  return {
    organization,
    placedBy,
    changes: [],
    guards,
    text: `${defaultText(organization, mailbox)}: ${placement.why}`,
  };
}

/** Where somebody new with this domain would belong, on this desk. */
export function placementOf(
  domain: string,
  facts: Pick<Facts, "owners" | "internalDomain">,
  settings: Settings,
  parents?: readonly string[],
): Placement {
  const additions = new Set(settings["customers.freeMail"]);
  const exceptions = new Set(settings["customers.freeMailExcept"]);
  return placeByDomain(
    {
      domain,
      parents: parents ?? [...facts.owners.keys(), domain].sort((a, b) => b.length - a.length),
      registrable: registrableDomain(domain),
      freeMail: isFreeMail(domain, additions, exceptions),
      internal: facts.internalDomain,
      owners: facts.owners,
    },
    settings,
  );
}

/** Names are unique: where a person gave this name to another organization, the automatic one carries its id's end too. */
const nameFor = (domain: string, taken: boolean, id: string): string =>
  taken ? `${domain} (${id.slice(-6)})` : domain;

/** Where somebody goes whom no domain places, and who says so. */
function defaultText(organization: Pick<Organization, "name"> | null, mailbox: By | undefined): string {
  const named = mailbox?.defaultOrganization;
  if (named === undefined) return organization === null ? "joins no organization" : "joins the default organization";
  const whose = `of the mailbox ${mailbox?.name}`;
  if (organization !== null) return `joins ${organization.name}, the default organization ${whose}`;
  if (named.toLowerCase() === "none") return `joins no organization, the default ${whose}`;
  return `joins no organization, as there is no "${named}", the default organization ${whose}`;
}

const guard = (table: "agent" | "customer" | "organization", row: { id: string; version: number }): Guard => ({
  kind: "version",
  table,
  id: row.id,
  version: row.version,
});
