// What becomes of imported rows that name organizations: the name says which it is, domains are added and taken from
// nobody, and each refused row says who is in the way (ORG-2, ORG-5, ORG-13).
import { describe, expect, it } from "vitest";
import { linesAfter } from "../../dist/desk/import-row.js";
import { importOrganizations } from "../../dist/desk/organization-import.js";
import { settingsFrom } from "../../dist/desk/settings.js";
import { now, organizationOf } from "../intake/desk-of.ts";

const acme = organizationOf("org_1", { name: "Acme", nameKey: "acme", origin: "automatic", phone: "1" });

function imported(rows: readonly Record<string, string>[], force = false) {
  let ids = 0;
  return importOrganizations(
    rows.map((values, at) => ({ line: at + 2, values })),
    {
      facts: {
        named: new Map([["acme", acme]]),
        owners: new Map([["acme.com", acme]]),
        values: new Map(),
        fields: [],
        internalDomains: new Set(["desk.example"]),
      },
      settings: settingsFrom([]),
      force,
      draw: { id: (prefix) => `${prefix}_new${++ids}` },
      lines: linesAfter(new Map()),
      now,
    },
  );
}

describe("a row", () => {
  it("makes an organization with its details and domains, or changes what it says", () => {
    const batch = imported([
      { name: "Globex", domains: "globex.com @GLOBEX.de.", phone: "2" },
      { name: " ACME ", website: "https://acme.com", domains: "acme.com acme.de" },
      { name: "acme" },
    ]);
    expect(batch.ends.map(({ end, text }) => `${end}: ${text}`)).toEqual([
      "made: owner of globex.com, globex.de",
      "changed: website, name, owner of acme.de",
      "failed: acme stands in line 3 already.",
    ]);
    expect(batch.changes).toContainEqual({
      table: "organization",
      id: "org_1",
      before: { name: "Acme", website: "", origin: "automatic" },
      after: { name: "ACME", website: "https://acme.com", origin: "hand" },
    });
  });

  it.each([
    [{ phone: "1" }, "There is no name."],
    [
      { name: "Globex", domains: "acme.com" },
      "acme.com belongs to Acme (org_1). To keep its customers: maildesk org set",
    ],
    [{ name: "Globex", domains: "gmail.com" }, "gmail.com is a free-mail domain"],
    [{ name: "Globex", domains: "desk.example" }, "desk.example is the desk's own domain"],
    [{ name: "Globex", domains: "co.uk" }, 'Anybody can register a name under "co.uk"'],
    [{ name: "Globex", origin: "x" }, '"x" is no origin'],
  ])("%j is refused", (row, sentence) => {
    expect(imported([row]).ends[0]).toMatchObject({ end: "failed", text: expect.stringContaining(sentence) });
    expect(imported([row]).changes).toEqual([]);
  });

  it("takes free-mail and own domains by --force, and no domain that a row before has", () => {
    const rows = [
      { name: "Mailers", domains: "gmail.com desk.example" },
      { name: "Others", domains: "gmail.com" },
    ];
    expect(imported(rows, true).ends.map(({ end, text }) => `${end}: ${text}`)).toEqual([
      "made: owner of gmail.com, desk.example",
      "failed: gmail.com stands in line 2 already.",
    ]);
  });
});
