// What a customer may see of the tickets (VIS-1 to VIS-3): a scope for the desk, or one of an organization's own, says which; and a
// ticket that is not published is seen by nobody but those who are on it. One pure function that anybody can question.
import { badData } from "../errors.ts";
import type { Customer } from "./customer.ts";
import type { Ticket, TicketPerson } from "./ticket.ts";

/** own: on which they are; organization: of their present one; projects: of those that they follow; all: every ticket. */
export const scopeWords = ["own", "organization", "projects", "all"] as const;
export type ScopeWord = (typeof scopeWords)[number];
export type Scope = ReadonlySet<ScopeWord>;

/** "none", or words with commas, in one order; badData with what is known. */
export function readScope(text: string): string {
  const words = text
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
  const unknown = words.find((word) => word !== "none" && !scopeWords.some((known) => known === word));
  if (unknown !== undefined)
    throw badData(`"${unknown}" is nothing that customers may see: write none, or some of ${scopeWords.join(", ")}.`);
  if (words.includes("none") && words.length > 1) throw badData("none stands alone: customers see nothing then.");
  if (words.length === 0) throw badData(`Write none, or some of ${scopeWords.join(", ")}.`);
  return words.includes("none") ? "none" : scopeWords.filter((word) => words.includes(word)).join(",");
}

export const scopeOf = (text: string): Scope => new Set(scopeWords.filter((word) => text.split(",").includes(word)));

/**
 * Which parts of what they see customers see (VIS-2), and mails to them carry. attachments: files of agents; conversations: what was
 * said in a ticket, beside the mails that say it; others: what other customers wrote; followers: the names of the others;
 * history: what was said before they came to it.
 */
export const partWords = ["attachments", "conversations", "others", "followers", "history"] as const;
export type PartWord = (typeof partWords)[number];
export type Parts = ReadonlySet<PartWord>;

/** What the setting visibility.parts says. */
export const partsOf = (words: readonly string[]): Parts => new Set(partWords.filter((word) => words.includes(word)));

/** Which properties of a ticket customers see (VIS-2): in mails, where a template names them, in digests, in `customer tickets`. */
export const propertyWords = [
  ...(["status", "priority", "type", "organization", "project", "assignee", "tags", "fields"] as const),
] as const;
export type PropertyWord = (typeof propertyWords)[number];
export type Properties = ReadonlySet<PropertyWord>;

/** What the setting visibility.properties says. */
export const propertiesOf = (words: readonly string[]): Properties =>
  new Set(propertyWords.filter((word) => words.includes(word)));

/** Why a customer does not hear what another one wrote; a clause. */
export const othersHidden = "customers don't see what other customers write (visibility.parts)";

/** Under whose name another customer's words reach a customer; never with their address. */
export const nameOfOther = (name: string, parts: Parts): string =>
  !parts.has("followers") || /^\s*$|@/.test(name) ? "Another participant" : name;

/** What stands in a mail instead of files that are not sent along. */
export const filesHidden = (names: readonly string[]): string =>
  `${names.length === 1 ? "A file is" : `${names.length} files are`} not sent along: ${names.join(", ")}. Answer to ask for ${names.length === 1 ? "it" : "them"}.`;

/** Who looks: a customer as they are now, with the scope that counts for them. */
export interface Viewer {
  customer: Pick<Customer, "id" | "organizationId" | "state">;
  scope: Scope;
}

/** A ticket and what it has to do with the viewer. */
export interface Seen {
  ticket: Pick<Ticket, "unpublishedAt">;
  /** The ticket's organization, or what it was merged into. */
  organizationId: string | null;
  role: TicketPerson["role"] | null;
  /** "follows Office" or "customer of Acme, which follows Office"; null where they follow no open project of it. */
  follows: string | null;
}

export interface Sight {
  sees: boolean;
  /** A clause: "requester of the ticket", "the ticket is not published". */
  why: string;
}

export function sightOf({ customer, scope }: Viewer, { ticket, organizationId, role, follows }: Seen): Sight {
  const no = (why: string): Sight => ({ sees: false, why });
  const yes = (why: string): Sight => ({ sees: true, why });
  if (customer.state !== "active") return no(`the customer is ${customer.state}`);
  if (scope.size === 0) return no("customers see no tickets (visibility)");
  if (role !== null && (scope.has("own") || scope.has("all"))) return yes(`${role} of the ticket`);
  if (ticket.unpublishedAt !== null) return no("the ticket is not published");
  if (scope.has("all")) return yes("customers see all tickets (visibility)");
  const isTheirs = organizationId !== null && organizationId === customer.organizationId;
  if (isTheirs && scope.has("organization")) return yes("the ticket is of their organization");
  if (follows !== null && scope.has("projects")) return yes(follows);
  if (role !== null) return no(`${role} of the ticket, but their own tickets are not shown (visibility)`);
  if (isTheirs) return no("the ticket is of their organization, whose tickets are not shown (visibility)");
  if (follows !== null) return no(`${follows}, whose tickets are not shown (visibility)`);
  return no("not on the ticket, not of its organization, and follows no project of it");
}
