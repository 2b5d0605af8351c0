// Organizations and the domains that they own: names without regard to case, one owner a domain, and the same placement
// by mail, command and import (ORG-1 to ORG-8). What a domain is, is tested in test/address.
import { describe, expect, it } from "vitest";
import {
  addDomains,
  cleanName,
  foldName,
  moveDomain,
  newOrganization,
  placeByDomain,
  removeDomain,
  setOrganization,
} from "../../dist/desk/organization.js";
import { deleteOrganization } from "../../dist/desk/organization-merge.js";
import { settingsFrom } from "../../dist/desk/settings.js";
import { now, organizationOf } from "../intake/desk-of.ts";

const acme = organizationOf("org_acme", { name: "Acme" });
const beta = organizationOf("org_beta", { name: "Beta" });
const row = (id: string, organizationId: string) => ({ id, organizationId, createdAt: now, version: 1 });

describe("the name of an organization", () => {
  it.each([
    ["ACME", "acme"],
    ["  Acme \n Ltd. ", "acme ltd."],
    ["Me\u0301tro", "m\u00e9tro"],
  ])("%j is the same as %j", (name, key) => {
    expect(foldName(name)).toBe(key);
    expect(newOrganization("org_1", name, "hand", [], now)).toMatchObject([
      { after: { nameKey: key, state: "active" } },
    ]);
  });

  it("is never empty nor without end", () => {
    expect(() => cleanName(" \u0000 ")).toThrow(/needs a name/);
    expect(() => cleanName("x".repeat(301))).toThrow(/301 characters/);
    expect(() => cleanName(" None ")).toThrow(/that word means no organization/);
  });

  it("may be the longest domain that there is", () => {
    expect(cleanName("x".repeat(253))).toHaveLength(253);
  });
});

describe("a domain", () => {
  it("is added once, however often it is named", () => {
    expect(addDomains(acme, ["acme.com", "acme.com", "acme.org"], new Map([["acme.org", acme]]), now)).toEqual([
      {
        table: "organizationDomain",
        id: "acme.com",
        before: null,
        after: { organizationId: "org_acme", createdAt: now },
      },
    ]);
  });

  it("that is taken names its owner and the remedy", () => {
    const taken = () => addDomains(beta, ["acme.com"], new Map([["acme.com", acme]]), now);
    expect(taken).toThrow("acme.com belongs to Acme (org_acme).");
    expect(taken).toThrow(
      expect.objectContaining({ kind: "conflict", remedy: expect.stringContaining('org domain move "Beta" acme.com') }),
    );
  });

  it("moves as one changed column, and not to where it is", () => {
    expect(moveDomain(row("acme.com", "org_acme"), beta)).toEqual([
      {
        table: "organizationDomain",
        id: "acme.com",
        before: { organizationId: "org_acme" },
        after: { organizationId: "org_beta" },
      },
    ]);
    expect(moveDomain(row("acme.com", "org_acme"), acme)).toEqual([]);
  });

  it("is taken away with everything that undo needs", () => {
    expect(removeDomain(row("acme.com", "org_acme"))).toEqual([
      {
        table: "organizationDomain",
        id: "acme.com",
        before: { organizationId: "org_acme", createdAt: now },
        after: null,
      },
    ]);
  });
});

describe("an organization that somebody touched", () => {
  it("is automatic no more", () => {
    expect(setOrganization(acme, { phone: "+1 555 0100" })).toMatchObject({
      after: { phone: "+1 555 0100", origin: "hand" },
    });
    expect(setOrganization(acme, { name: "ACME Ltd." })).toMatchObject({
      after: { name: "ACME Ltd.", nameKey: "acme ltd.", origin: "hand" },
    });
  });

  it("but not by setting what it has", () => {
    expect(setOrganization({ ...acme, nameKey: "acme" }, { name: " Acme " })).toBeNull();
  });

  it("frees its domains when it ends, and keeps its row", () => {
    const ending = {
      organization: acme,
      members: [],
      placed: new Map(),
      domains: [row("acme.com", "org_acme")],
      tombstones: [],
      follows: [],
    };
    expect(deleteOrganization(ending, null).changes).toMatchObject([
      { table: "organizationDomain", id: "acme.com", after: null },
      { table: "organization", id: "org_acme", before: { state: "active" }, after: { state: "deleted" } },
    ]);
  });
});

describe("the owner whom a domain finds", () => {
  const place = (
    domain: string,
    parents: string[],
    owners: [string, typeof acme][],
    settings: Record<string, boolean> = {},
  ) =>
    placeByDomain(
      {
        domain,
        parents,
        registrable: parents.at(-1) ?? null,
        freeMail: null,
        internal: false,
        owners: new Map(owners),
      },
      settingsFrom(Object.entries(settings).map(([id, value]) => ({ id, value }))),
    );

  it.each([
    ["the domain itself", "acme.com", ["acme.com"], "acme.com", "org_acme"],
    ["the parent", "us.acme.com", ["us.acme.com", "acme.com"], "acme.com", "org_acme"],
    [
      "the longest of two parents",
      "x.eu.acme.com",
      ["x.eu.acme.com", "eu.acme.com", "acme.com"],
      "eu.acme.com",
      "org_beta",
    ],
  ])("is that of %s", (_what, domain, parents, owned, id) => {
    expect(
      place(domain, parents, [
        ["acme.com", acme],
        ["eu.acme.com", beta],
      ]),
    ).toMatchObject({ kind: "join", domain: owned, organization: { id } });
  });

  it("is nobody by a parent where matchSubdomains is off, and a new organization owns the domain as it is", () => {
    expect(
      place("eu.acme.com", ["eu.acme.com", "acme.com"], [["acme.com", acme]], { "customers.matchSubdomains": false }),
    ).toMatchObject({ kind: "create", domain: "eu.acme.com" });
  });

  it("is never made of a suffix that anybody may register under", () => {
    for (const matchSubdomains of [true, false]) {
      expect(place("github.io", [], [], { "customers.matchSubdomains": matchSubdomains })).toMatchObject({
        kind: "none",
      });
    }
  });
});
