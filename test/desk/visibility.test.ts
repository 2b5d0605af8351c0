// What a customer may see of a ticket, and why: scope by scope, and that no organization never equals no organization (VIS-1, VIS-2).
import { describe, expect, it } from "vitest";
import { readScope, type Seen, scopeOf, sightOf } from "../../dist/desk/visibility.js";

const nothing: Seen = { ticket: { unpublishedAt: null }, organizationId: null, role: null, follows: null };
const mine: Seen = { ...nothing, role: "requester" };
const ours: Seen = { ...nothing, organizationId: "org_acme" };
const followed: Seen = { ...nothing, follows: "follows Office" };
const hidden = (seen: Seen): Seen => ({ ...seen, ticket: { unpublishedAt: 1 } });

const table: [string, string, Seen, string][] = [
  ["own", "their own", mine, "yes: requester of the ticket"],
  ["own", "their own, not published", hidden(mine), "yes: requester of the ticket"],
  [
    "own",
    "their organization's",
    ours,
    "no: the ticket is of their organization, whose tickets are not shown (visibility)",
  ],
  ["own", "a followed project's", followed, "no: follows Office, whose tickets are not shown (visibility)"],
  ["own", "a stranger's", nothing, "no: not on the ticket, not of its organization, and follows no project of it"],
  ["organization", "their organization's", ours, "yes: the ticket is of their organization"],
  ["organization", "their organization's, not published", hidden(ours), "no: the ticket is not published"],
  ["organization", "their own", mine, "no: requester of the ticket, but their own tickets are not shown (visibility)"],
  ["projects", "a followed project's", followed, "yes: follows Office"],
  ["projects", "a followed project's, not published", hidden(followed), "no: the ticket is not published"],
  [
    "own,organization,projects",
    "a stranger's",
    nothing,
    "no: not on the ticket, not of its organization, and follows no project of it",
  ],
  ["all", "a stranger's", nothing, "yes: customers see all tickets (visibility)"],
  ["all", "a stranger's, not published", hidden(nothing), "no: the ticket is not published"],
  ["none", "their own", mine, "no: customers see no tickets (visibility)"],
];

describe("a customer", () => {
  it.each(table)("of whom the visibility is %s, and a ticket that is %s", (scope, _, seen, sight) => {
    const customer = { id: "cus_1", organizationId: "org_acme", state: "active" as const };
    const { sees, why } = sightOf({ customer, scope: scopeOf(scope) }, seen);
    expect(`${sees ? "yes" : "no"}: ${why}`).toBe(sight);
  });

  it("without an organization does not see tickets without one", () => {
    const customer = { id: "cus_1", organizationId: null, state: "active" as const };
    expect(sightOf({ customer, scope: scopeOf("organization") }, nothing).sees).toBe(false);
  });

  it("who is blocked or deactivated sees nothing", () => {
    for (const state of ["blocked", "deactivated"] as const)
      expect(sightOf({ customer: { id: "cus_1", organizationId: null, state }, scope: scopeOf("all") }, mine)).toEqual({
        sees: false,
        why: `the customer is ${state}`,
      });
  });
});

describe("a scope", () => {
  it("is words in one order", () => {
    expect(readScope(" Projects , own")).toBe("own,projects");
    expect(readScope("none")).toBe("none");
    for (const text of ["", "everything", "none,own"]) expect(() => readScope(text)).toThrow(/none/);
  });
});
