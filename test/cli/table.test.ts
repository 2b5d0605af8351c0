// What the command prints is safe for a terminal and a spreadsheet, whatever strangers wrote in their mails.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { armed, csvOf, disarmed } from "../../dist/cli/csv.js";
import { cell, tableOf, widthOf } from "../../dist/cli/table.js";
import { didYouMean } from "../../dist/errors-did-you-mean.js";

describe("a cell", () => {
  it("never holds a sign that moves a cursor, ends a line or turns the reading direction", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(cell(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
    expect(cell("\u001b[2Jclear\u202e\r\nnext")).toBe("·[2Jclear next");
  });

  it("is as wide as a terminal shows it", () => {
    expect(["abc", "日本", "e\u0301", "👍"].map(widthOf)).toEqual([3, 4, 1, 2]);
  });
});

describe("a table", () => {
  it("is aligned, cut with a sign and without blanks at line ends", () => {
    const rows = [
      { name: "日本語の件名です", n: 5 },
      { name: "short", n: 12 },
    ];
    const lines = tableOf(
      rows,
      [
        { head: "NAME", value: (row) => row.name, max: 10 },
        { head: "N", value: (row) => row.n, right: true },
      ],
      false,
    );
    expect(lines).toEqual(["NAME        N", "日本語の…   5", "short      12"]);
  });
});

describe("a column that wraps", () => {
  it("goes on below, between words, and loses none of them", () => {
    const row = { id: "a", text: "for those that wait, or 日本語 letters" };
    const columns = [
      { head: "ID", value: ({ id }: typeof row) => id },
      { head: "TEXT", value: ({ text }: typeof row) => text, max: 14, wrap: true },
    ];
    expect(tableOf([row, { id: "b", text: "" }], columns, false)).toEqual([
      "ID  TEXT",
      "a   for those that",
      "    wait, or",
      "    日本語 letters",
      "b",
    ]);
  });
});

describe("CSV", () => {
  it("quotes what RFC 4180 wants quoted and disarms formulas, but no phone number", () => {
    const rows = [
      { a: 'say "hi", please', b: "=1+1", c: "+49 30 1234", d: "-cmd", list: ["x", "y"], o: { name: "@sum" } },
      { a: "two\nlines", o: null },
    ];
    expect(csvOf(rows)).toBe(
      `a,b,c,d,list,o.name\r\n"say ""hi"", please",'=1+1,+49 30 1234,'-cmd,x y,'@sum\r\n"two\nlines",,,,,\r\n`,
    );
  });

  it("has no line where there are no rows", () => {
    expect(csvOf([])).toBe("");
  });

  it("gives back by an import what was disarmed, whatever it was", () => {
    const text = fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "@", "1", "a", " "), maxLength: 6 });
    fc.assert(fc.property(text, (value) => armed(disarmed(value)) === value));
  });
});

describe("did you mean", () => {
  it.each([
    ["lsit", ["list", "show"], ' (did you mean "list"?)'],
    ["fone", ["name", "phone"], ' (did you mean "phone"?)'],
    ["certificates", ["allowInvalidCertificates", "ratePerMinute"], ' (did you mean "allowInvalidCertificates"?)'],
    ["xyz", ["list", "show"], ""],
    ["x", [], ""],
  ])("%s among %j", (word, words, expected) => {
    expect(didYouMean(word, words)).toBe(expected);
  });
});
