// Those in To and Cc of a customer's mail come to follow the ticket, as the mailbox has it (MAIL-13): customers of the desk and
// people of the requester's organization, or everybody. A copy makes no organization; who is left out is named in the trace.
import { type Change, type Guard, isSet } from "../desk/change.ts";
import { copiedMax } from "../desk/copied.ts";
import { newCustomer } from "../desk/customer.ts";
import type { Settings } from "../desk/settings.ts";
import { addPerson, type TicketPerson } from "../desk/ticket.ts";
import type { Draw, Inbound } from "./decide.ts";
import { placementOf, placeNewcomer } from "./identify.ts";
import type { CopiedFacts } from "./others.ts";

export interface Copied {
  changes: Change[];
  guards: Guard[];
  told: string[];
}

export const nobodyCopied: Copied = { changes: [], guards: [], told: [] };

interface Place {
  ticketId: string;
  /** The ticket's organization, as it is now. */
  organizationId: string | null;
  people: readonly Pick<TicketPerson, "customerId">[];
}

/** `base`: what the decision makes already, as the organization that the mail's sender founds. */
export function seatCopied(input: Inbound, draw: Draw, place: Place, base: { changes: readonly Change[] }): Copied {
  const { facts, mailbox } = input;
  if (facts.copied.length === 0) return nobodyCopied;
  const founded = domainsFounded(base.changes, place.organizationId);
  const done: Copied = { changes: [], guards: [], told: [] };
  const seated = new Set(place.people.map(({ customerId }) => customerId));
  const noted: string[] = [];
  let followers = 0;
  for (const one of facts.copied) {
    if (one.isAgent || (one.customer !== null && seated.has(one.customer.id))) continue;
    const isTheirs = belongsTo(one, place.organizationId, founded, input.settings);
    const mayFollow = mailbox.cc === "follow" || one.customer !== null || isTheirs;
    if (!mayFollow || (one.customer !== null && one.customer.state !== "active") || followers >= copiedMax) {
      noted.push(one.person.address);
      continue;
    }
    followers += 1;
    const joined = isTheirs && founded.length > 0 && one.owners.size === 0 ? place.organizationId : null;
    done.told.push(`${one.person.address} stands in copy and follows from now on`);
    follow(input, draw, place, one, joined, done, seated);
  }
  if (noted.length > 0) done.told.push(`in copy, and not following: ${noted.join(", ")}`);
  return done;
}

function follow(
  { settings, facts, now, mailbox }: Inbound,
  draw: Draw,
  { ticketId }: Place,
  { person, customer, owners }: CopiedFacts,
  foundedId: string | null,
  done: Copied,
  seated: Set<string>,
): void {
  if (customer !== null) {
    seated.add(customer.id);
    done.guards.push({ kind: "version", table: "customer", id: customer.id, version: customer.version });
    done.changes.push(addPerson(ticketId, customer.id, "follower", person.address, now));
    return;
  }
  const known = { owners, internalDomain: false, nameTaken: false, defaultOrganization: facts.defaultOrganization };
  const placed =
    foundedId === null
      ? placeNewcomer(
          person.domain,
          known,
          { ...settings, "customers.autoCreateOrganizations": false },
          draw,
          now,
          mailbox,
        )
      : { organization: { id: foundedId, name: "" }, placedBy: "domain" as const, changes: [], guards: [] };
  const id = draw.id("cus");
  const made = newCustomer(
    {
      id,
      ref: draw.ref(),
      name: person.name.slice(0, 200),
      nameOrigin: "mail",
      address: person.address,
      addressKey: person.key,
      organization: placed.organization,
      placedBy: placed.placedBy,
    },
    now,
  );
  done.changes.push(...placed.changes, ...made, addPerson(ticketId, id, "follower", person.address, now));
  done.guards.push(...placed.guards);
}

/** Of the ticket's organization: by what they are, or by the domain of an address that is new. */
function belongsTo(
  { customer, owners, person }: CopiedFacts,
  organizationId: string | null,
  founded: readonly string[],
  settings: Settings,
): boolean {
  if (organizationId === null) return false;
  if (customer !== null) return customer.organizationId === organizationId;
  const placement = placementOf(person.domain, { owners, internalDomain: false }, settings);
  if (placement.kind === "join") return placement.organization.id === organizationId;
  if (!settings["customers.matchOrganizationByDomain"]) return false;
  return founded.some((domain) => person.domain === domain || person.domain.endsWith(`.${domain}`));
}

/** Domains of the organization that this very mail founds. */
const domainsFounded = (changes: readonly Change[], organizationId: string | null): string[] =>
  changes.flatMap((change) =>
    !isSet(change) && change.table === "organizationDomain" && change.after?.organizationId === organizationId
      ? [change.id]
      : [],
  );
