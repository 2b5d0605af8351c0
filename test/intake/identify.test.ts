// Whose mail it is, and where somebody new is put: customers, agents, organizations by domain, and the settings that
// change it (CUS-2, ORG-3 to ORG-5). Domains here are real suffixes, as the Public Suffix List is the point.
import { describe, expect, it } from "vitest";
import type { Settings } from "../../dist/desk/settings.js";
import { identify } from "../../dist/intake/identify.js";
import { agentOf, customerOf, type FactsOver, factsOf, now, organizationOf, settingsWith } from "./desk-of.ts";

function identified(address: string, facts: FactsOver = {}, settings: Partial<Settings> = {}, name = "Ann") {
  const domain = address.slice(address.indexOf("@") + 1);
  let ids = 0;
  const draw = { id: (prefix: string) => `${prefix}_${++ids}`, ref: () => 7 };
  return identify(
    { name, address, key: address.toLowerCase(), domain },
    factsOf(facts),
    settingsWith(settings),
    draw,
    now,
  );
}

const rows = ({ changes }: ReturnType<typeof identified>, table: string) =>
  changes.flatMap((change) =>
    "id" in change && change.table === table ? [{ ...change.after, id: change.id } as Record<string, unknown>] : [],
  );

const acme = organizationOf("org_acme", { name: "Acme" });
const house = organizationOf("org_house", { name: "House" });

/** `org_1` is the organization that is made anew, with the domain that it owns. */
const places: [
  string,
  FactsOver,
  Partial<Settings>,
  { organizationId: string | null; placedBy: string; domain?: string },
  string,
][] = [
  [
    "ann@acme.com",
    { owners: { "acme.com": acme } },
    {},
    { organizationId: "org_acme", placedBy: "domain" },
    "Acme owns acme.com",
  ],
  [
    "ann@eu.acme.com",
    { owners: { "acme.com": acme } },
    {},
    { organizationId: "org_acme", placedBy: "domain" },
    "a parent of eu.acme.com",
  ],
  [
    "ann@eu.acme.com",
    { owners: { "acme.com": acme, "eu.acme.com": house } },
    {},
    { organizationId: "org_house", placedBy: "domain" },
    "House owns eu.acme.com",
  ],
  [
    "ann@evilacme.com",
    {},
    {},
    { organizationId: "org_1", placedBy: "domain", domain: "evilacme.com" },
    "founds the organization evilacme.com",
  ],
  [
    "ann@eu.acme.com",
    {},
    {},
    { organizationId: "org_1", placedBy: "domain", domain: "acme.com" },
    "nobody owns acme.com yet",
  ],
  ["ann@x.github.io", {}, {}, { organizationId: "org_1", placedBy: "domain", domain: "x.github.io" }, "founds"],
  ["ann@a.b.co.uk", {}, {}, { organizationId: "org_1", placedBy: "domain", domain: "b.co.uk" }, "founds"],
  ["ann@co.uk", {}, {}, { organizationId: null, placedBy: "nothing" }, "no domain that anybody registered"],
  ["ann@gmail.com", {}, {}, { organizationId: null, placedBy: "nothing" }, "gmail.com is a free-mail domain"],
  ["ann@mailinator.com", {}, {}, { organizationId: null, placedBy: "nothing" }, "disposable"],
  [
    "ann@gmail.com",
    { owners: { "gmail.com": acme } },
    {},
    { organizationId: "org_acme", placedBy: "domain" },
    "Acme owns gmail.com",
  ],
  [
    "ann@gmail.com",
    {},
    { "customers.freeMailExcept": ["gmail.com"] },
    { organizationId: "org_1", placedBy: "domain", domain: "gmail.com" },
    "founds",
  ],
  [
    "ann@acme.com",
    {},
    { "customers.freeMail": ["acme.com"] },
    { organizationId: null, placedBy: "nothing" },
    "free-mail",
  ],
  [
    "ann@desk.com",
    { internalDomain: true },
    {},
    { organizationId: null, placedBy: "nothing" },
    "the desk's own domain",
  ],
  [
    "ann@desk.com",
    { internalDomain: true },
    { "customers.internal": true },
    { organizationId: "org_1", placedBy: "domain", domain: "desk.com" },
    "founds",
  ],
  [
    "ann@desk.com",
    { internalDomain: true, owners: { "desk.com": house } },
    {},
    { organizationId: "org_house", placedBy: "domain" },
    "House owns desk.com",
  ],
  [
    "ann@eu.acme.com",
    { owners: { "acme.com": acme } },
    { "customers.matchSubdomains": false },
    { organizationId: "org_1", placedBy: "domain", domain: "eu.acme.com" },
    "founds",
  ],
  [
    "ann@acme.com",
    { owners: { "acme.com": acme } },
    { "customers.matchOrganizationByDomain": false },
    { organizationId: null, placedBy: "nothing" },
    "matchOrganizationByDomain is off",
  ],
  [
    "ann@acme.com",
    {},
    { "customers.autoCreateOrganizations": false },
    { organizationId: null, placedBy: "nothing" },
    "autoCreateOrganizations is off",
  ],
  [
    "ann@acme.com",
    { defaultOrganization: house },
    { "customers.autoCreateOrganizations": false },
    { organizationId: "org_house", placedBy: "default" },
    "joins the default organization",
  ],
  [
    "ann@gmail.com",
    { defaultOrganization: house },
    {},
    { organizationId: "org_house", placedBy: "default" },
    "joins the default organization",
  ],
  [
    "ann@acme.com",
    { defaultOrganization: house },
    {},
    { organizationId: "org_1", placedBy: "domain", domain: "acme.com" },
    "founds",
  ],
];

describe("somebody new", () => {
  it.each(places)("%s (%j, %j) is put at %j", (address, facts, settings, { domain, ...customer }, words) => {
    const result = identified(address, facts, settings);
    expect(rows(result, "customer")).toMatchObject([customer]);
    expect(rows(result, "organizationDomain").map((row) => row.id)).toEqual(domain === undefined ? [] : [domain]);
    expect(rows(result, "organization").map((row) => [row.name, row.origin])).toEqual(
      domain === undefined ? [] : [[domain, "automatic"]],
    );
    expect(result.text).toContain(words);
  });

  it("relies on the organization that they join, and on its domain", () => {
    expect(identified("ann@acme.com", { owners: { "acme.com": { ...acme, version: 4 } } }).guards).toEqual([
      { kind: "version", table: "organization", id: "org_acme", version: 4 },
      { kind: "owner", domain: "acme.com", organizationId: "org_acme" },
    ]);
    expect(identified("ann@gmail.com", { defaultOrganization: house }).guards).toEqual([
      { kind: "version", table: "organization", id: "org_house", version: 1 },
    ]);
  });

  it("gets the display name as far as it is one, and the address as they write it", () => {
    const result = identified("Ann.B+tag@Acme.com", {}, {}, "A".repeat(500));
    expect(rows(result, "customer")).toMatchObject([{ name: "A".repeat(200), nameOrigin: "mail" }]);
    expect(rows(result, "customerAddress")).toMatchObject([
      { id: "ann.b+tag@acme.com", address: "Ann.B+tag@Acme.com", ownerKind: "customer", isPrimary: true },
    ]);
  });

  it("founds an organization under another name where somebody has this one", () => {
    const [organization] = rows(identified("ann@acme.com", { nameTaken: true }), "organization");
    expect(organization?.name).toMatch(/^acme\.com \(.+\)$/);
  });
});

describe("somebody known", () => {
  it("makes no new row, and is relied on", () => {
    const customer = customerOf("cus_1", { organizationId: "org_acme", version: 3 });
    const result = identified("ann@acme.com", { customer });
    expect(result.changes).toEqual([]);
    expect(result.guards).toEqual([{ kind: "version", table: "customer", id: "cus_1", version: 3 }]);
    expect(result.author).toMatchObject({ kind: "customer", customerId: "cus_1", organizationId: "org_acme" });
  });

  it.each([
    ["an empty name is learnt", customerOf("cus_1", { name: "" }), "Ann", [{ name: "Ann" }]],
    ["a name is never overwritten", customerOf("cus_1", { name: "Ann A." }), "Ann", []],
    ["a name emptied by hand stays empty", customerOf("cus_1", { name: "", nameOrigin: "hand" }), "Ann", []],
    ["no display name teaches nothing", customerOf("cus_1", { name: "" }), "", []],
  ])("by mail: %s", (_title, customer, display, expected) => {
    expect(rows(identified("ann@acme.com", { customer }, {}, display), "customer")).toMatchObject(expected);
  });

  it("as an agent never becomes a customer", () => {
    const result = identified("agent@desk.com", { agent: agentOf("agt_1", { version: 2 }) });
    expect(result.changes).toEqual([]);
    expect(result.guards).toEqual([{ kind: "version", table: "agent", id: "agt_1", version: 2 }]);
  });
});
