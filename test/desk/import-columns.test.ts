// Headings of strange tables: which column of ours each is, what is mapped, and what is refused before a row is read.
import { describe, expect, it } from "vitest";
import { columnsOf, customerShape, organizationShape, readMapping } from "../../dist/desk/import-columns.js";

const fields = [
  {
    id: "fld_1",
    appliesTo: "customer" as const,
    key: "plan",
    name: "Plan",
    form: "text" as const,
    choices: [],
    createdAt: 0,
    version: 1,
  },
];
const none = new Map<string, string>();
const mapped = (...pairs: [string, string][]) => readMapping(customerShape, fields, pairs);

describe("headings", () => {
  it("match without regard to case, and others are left out", () => {
    expect(
      columnsOf(["EMAIL", "Name", "Shoe size", "postaladdress", "Field:Plan"], customerShape, fields, none),
    ).toEqual(["email", "name", null, "postalAddress", "field:plan"]);
  });

  it("take address for email only where there is no email", () => {
    expect(columnsOf(["address", "name"], customerShape, fields, none)).toEqual(["email", "name"]);
    expect(columnsOf(["email", "address"], customerShape, fields, none)).toEqual(["email", null]);
    expect(columnsOf(["name", "domain"], organizationShape, [], none)).toEqual(["name", "domains"]);
  });

  it("are what a mapping says, which beats their own meaning", () => {
    const mapping = mapped(["email", "Mail"], ["name", "Full Name"], ["field:plan", "Tier"]);
    expect(columnsOf(["mail", "name", "FULL NAME", "tier"], customerShape, fields, mapping)).toEqual([
      "email",
      null,
      "name",
      "field:plan",
    ]);
  });

  it.each([
    [["mail|name"], none, 'No heading is email. There is "mail|name".'],
    [["email", "e-mail", "EMAIL"], none, "More than one heading is email."],
    [["email", "field:size"], none, 'There is no field "size" of a customer.'],
    [["email", "field:plam"], none, 'There is no field "plam" of a customer (did you mean "plan"?).'],
    [["email"], mapped(["name", "Nom"]), 'There is no heading "nom" for name.'],
  ])("%j are refused", (headings, mapping, sentence) => {
    expect(() => columnsOf(headings, customerShape, fields, mapping)).toThrow(sentence);
  });

  it.each([
    [[["nmae", "x"]], 'An import has no column "nmae" (did you mean "name"?).'],
    [
      [
        ["name", "x"],
        ["NAME", "y"],
      ],
      "name is mapped twice.",
    ],
    [
      [
        ["name", "x"],
        ["phone", "X"],
      ],
      'The heading "X" is mapped twice.',
    ],
  ] as [[string, string][], string][])("a mapping of %j is refused", (pairs, sentence) => {
    expect(() => mapped(...pairs)).toThrow(sentence);
  });
});
