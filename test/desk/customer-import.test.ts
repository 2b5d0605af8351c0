// What becomes of imported rows, decided on facts alone: whoever is new goes where a first mail would lead, two of one new
// domain found one organization, and a row that fails leaves nothing behind (CUS-13).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSet } from "../../dist/desk/change.js";
import { type CustomerImportFacts, importCustomers } from "../../dist/desk/customer-import.js";
import { linesAfter } from "../../dist/desk/import-row.js";
import { organizationsAtHand } from "../../dist/desk/organizations-at-hand.js";
import { settingsFrom } from "../../dist/desk/settings.js";
import { newcomersPlacer } from "../../dist/intake/place-newcomers.js";
import { addressOf, customerOf, now, organizationOf } from "../intake/desk-of.ts";

const acme = organizationOf("org_1", { name: "Acme", nameKey: "acme" });
const ann = customerOf("cus_1", { name: "Ann", organizationId: "org_1", placedBy: "domain" });

const nobody: CustomerImportFacts = {
  addresses: new Map(),
  customers: new Map(),
  agents: new Map(),
  values: new Map(),
  ownKeys: new Set(["support@desk.example"]),
  fields: [],
  types: [],
};
const people: CustomerImportFacts = {
  ...nobody,
  addresses: new Map(
    [
      addressOf("ann@acme.com", "cus_1"),
      addressOf("ann@home.org", "cus_1", { isPrimary: false }),
      addressOf("ria@desk.example", "agt_1", { ownerKind: "agent" }),
    ].map((row) => [row.id, row]),
  ),
  customers: new Map([["cus_1", ann]]),
  agents: new Map([["agt_1", "Ria"]]),
};

type Cells = Record<string, string>;

function imported(
  rows: readonly Cells[],
  facts = nobody,
  before = new Map<string, number>(),
  createOrganizations = false,
) {
  let ids = 0;
  const draw = { id: (prefix: string) => `${prefix}_new${++ids}`, ref: () => ++ids };
  const named = new Map([["Acme", acme]]);
  const owners = new Map([["acme.com", acme]]);
  const organizations = organizationsAtHand({ named, owners, names: new Set(["acme"]) });
  const placing = { organizations, defaultOrganization: null, internalDomains: new Set(["desk.example"]) };
  return importCustomers(
    rows.map((values, at) => ({ line: at + 2, values })),
    {
      facts,
      organizations,
      place: newcomersPlacer(placing, settingsFrom([]), draw, now),
      draw,
      createOrganizations,
      lines: linesAfter(before),
      now,
    },
  );
}

const ended = (batch: ReturnType<typeof imported>) => batch.ends.map(({ end, text }) => `${end}: ${text}`);
const made = (batch: ReturnType<typeof imported>, table: string) =>
  batch.changes.filter((change) => change.table === table && change.before === null);

describe("a row of somebody new", () => {
  it("is placed as a first mail would, and two of one new domain found one organization", () => {
    const batch = imported([
      { email: "Bob@Acme.com" },
      { email: "a@new.widgets.org" },
      { email: "b@widgets.org" },
      { email: "c@gmail.com" },
      { email: "d@desk.example" },
    ]);
    expect(ended(batch)).toEqual([
      "made: joins Acme: Acme owns acme.com",
      "made: founds the organization widgets.org: nobody owns widgets.org yet",
      "made: joins widgets.org: widgets.org owns widgets.org",
      "made: joins no organization: gmail.com is a free-mail domain",
      "made: joins no organization: desk.example is the desk's own domain",
    ]);
    expect(made(batch, "organization")).toHaveLength(1);
    expect(batch.organizations).toBe(1);
    // Only what was there before is guarded: the new organization is not to be seen when the commit begins.
    expect(batch.guards).toEqual([
      { kind: "version", table: "organization", id: "org_1", version: acme.version },
      { kind: "owner", domain: "acme.com", organizationId: "org_1" },
    ]);
  });

  it("is in what it names by hand, in what --create-orgs makes, or in none", () => {
    const rows = [
      { email: "a@x.org", organization: "Acme" },
      { email: "b@x.org", organization: "none" },
      { email: "c@x.org", organization: "Globex" },
      { email: "d@x.org", organization: "GLOBEX" },
      { email: "e@acme.com", organization: "Acme", placedBy: "domain" },
      { email: "f@x.org", organization: "Acme", placedBy: "Domain" },
      { email: "g@acme.com", organization: "Acme", placedBy: "default" },
      { email: "h@acme.com", organization: "none", placedBy: "nothing" },
      { email: "i@acme.com", placedBy: "hand" },
    ];
    const failing = imported(rows);
    expect(failing.ends[2]).toMatchObject({ end: "failed", text: expect.stringContaining('no organization "Globex"') });
    const batch = imported(rows, nobody, new Map(), true);
    expect(made(batch, "organization").map(({ after }) => [after?.name, after?.origin])).toEqual([["Globex", "hand"]]);
    expect(made(batch, "customer").map(({ after }) => after?.placedBy)).toEqual([
      "hand",
      "hand",
      "hand",
      "hand",
      "domain",
      "domain",
      "default",
      "nothing",
      "hand",
    ]);
  });

  it("has all its details, its other addresses and its state from the first", () => {
    const batch = imported([
      {
        email: "bob@acme.com",
        addresses: "bob@home.org  Bob@Work.org",
        name: " Bob   Ray ",
        timeZone: "Europe/Berlin",
        state: "Blocked",
      },
    ]);
    expect(made(batch, "customer")[0]?.after).toMatchObject({
      name: "Bob Ray",
      nameOrigin: "hand",
      timeZone: "Europe/Berlin",
      state: "blocked",
    });
    expect(made(batch, "customerAddress").map(({ after }) => [after?.address, after?.isPrimary])).toEqual([
      ["bob@acme.com", true],
      ["bob@home.org", false],
      ["Bob@work.org", false],
    ]);
  });
});

describe("a row of somebody known", () => {
  it("changes what it says, by any of their addresses, and leaves what is empty", () => {
    const batch = imported([{ email: "ANN@home.org", phone: "1" }], people);
    expect(ended(batch)).toEqual(["changed: phone"]);
    expect(batch.changes).toEqual([{ table: "customer", id: "cus_1", before: { phone: "" }, after: { phone: "1" } }]);
    expect(
      ended(imported([{ email: "ann@acme.com", name: "Ann", placedBy: "domain", organization: "Acme" }], people)),
    ).toEqual(["unchanged: "]);
    expect(ended(imported([{ email: "ann@acme.com", organization: "Acme" }], people))).toEqual([
      "changed: placed by hand",
    ]);
  });

  it.each([
    [{ placedBy: "domain" }, "unchanged: ", {}],
    [{ placedBy: "default" }, "changed: placed by default", { placedBy: "default" }],
    [{ placedBy: "hand", phone: "1" }, "changed: phone, placed by hand", { phone: "1", placedBy: "hand" }],
    [{ organization: "none" }, "changed: organization", { organizationId: null, placedBy: "hand" }],
    [
      { organization: "none", placedBy: "nothing" },
      "changed: organization",
      { organizationId: null, placedBy: "nothing" },
    ],
  ] as [Cells, string, object][])("is where it says, by what it says: %j", (cells, end, after) => {
    const batch = imported([{ email: "ann@acme.com", ...cells }], people);
    expect(ended(batch)).toEqual([end]);
    expect(Object.assign({}, ...batch.changes.map((change) => change.after))).toEqual(after);
  });
});

describe("a row is refused", () => {
  it.each([
    [[{}], "There is no address."],
    [[{ email: "ann" }], '"ann" is no address'],
    [[{ email: "support@desk.example" }], "is an address of the desk itself"],
    [[{ email: "ria@desk.example" }], "belongs to the agent Ria, and nobody is both."],
    [[{ email: "x@y.org", addresses: "ann@acme.com" }], "belongs to the customer Ann already."],
    [[{ email: "x@y.org" }, { email: "X@Y.org" }], "X@y.org stands in line 2 already."],
    [[{ email: "x@y.org", addresses: "z@y.org" }, { email: "z@y.org" }], "z@y.org stands in line 2 already."],
    [[{ email: "ann@acme.com" }, { email: "ann@home.org" }], "is another address of the customer of line 2."],
    [[{ email: "x@y.org", timeZone: "Europe/Berlyn" }], '"Europe/Berlyn" is no time zone.'],
    [[{ email: "x@y.org", state: "merged" }], '"merged" is no state: write active, deactivated, blocked.'],
    [[{ email: "x@y.org", placedBy: "magic" }], '"magic" is no placement: write hand, domain, default, nothing.'],
    [
      [{ email: "x@y.org", organization: "none", placedBy: "domain" }],
      'placedBy "domain" is for those in an organization',
    ],
    [[{ email: "x@y.org", organization: "Acme", placedBy: "nothing" }], 'placedBy "nothing" is for those in no organ'],
    [[{ email: "x@gmail.com", placedBy: "default" }], 'placedBy "default" is for those in an organization'],
    [[{ email: "x@new.org", placedBy: "nothing" }], 'placedBy "nothing" is for those in no organization'],
    [[{ email: "ann@acme.com", placedBy: "nothing" }], 'placedBy "nothing" is for those in no organization'],
    [[{ email: "x@y.org", name: "n".repeat(201) }], "The name has 201 characters"],
  ] as [Cells[], string][])("%j", (rows, sentence) => {
    const last = imported(rows, people).ends.at(-1);
    expect(last).toMatchObject({ end: "failed", text: expect.stringContaining(sentence) });
  });

  it("where a batch before had the address", () => {
    expect(imported([{ email: "x@y.org" }], nobody, new Map([["x@y.org", 7]])).ends[0]?.text).toContain("line 7");
  });

  it("and leaves nothing behind: whatever fails, the others are as if it were not there", () => {
    const good = fc.record({ email: fc.integer({ min: 0, max: 40 }).map((n) => `p${n}@d${n % 7}.example.org`) });
    const bad = fc.constantFrom<Cells>(
      {},
      { email: "nonsense" },
      { email: "q@new.org", state: "gone" },
      { email: "r@other.org", organization: "Nobody" },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(good, bad), { maxLength: 30 }), (rows) => {
        const batch = imported(rows);
        const kept = rows.filter((_, at) => batch.ends[at]?.end !== "failed");
        const alone = imported(kept);
        const domains = (one: typeof batch) =>
          made(one, "organizationDomain").map((change) => !isSet(change) && change.id);
        expect(domains(batch)).toEqual(domains(alone));
        expect(made(batch, "customerAddress").map((change) => !isSet(change) && change.id)).toEqual(
          made(alone, "customerAddress").map((change) => !isSet(change) && change.id),
        );
      }),
    );
  });
});
