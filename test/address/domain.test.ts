// Domains as organizations own them (ORG-2, ORG-3, ORG-4).
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  asciiHost,
  displayDomain,
  normaliseDomain,
  parentDomains,
  parentDomainsMax,
  registrableDomain,
} from "../../dist/address/domain.js";

test.each([
  ["acme.com", "acme.com"],
  ["@Acme.com", "acme.com"],
  ["ACME.COM.", "acme.com"],
  ["  acme.com\n", "acme.com"],
  ["@ acme.com", "acme.com"],
  ["eu.acme.com", "eu.acme.com"],
  ["acme。com", "acme.com"],
  ["ＡＣＭＥ.com", "acme.com"],
  ["ac\u00adme.com", "acme.com"],
  ["München.example", "xn--mnchen-3ya.example"],
  ["MU\u0308NCHEN.example", "xn--mnchen-3ya.example"],
  ["xn--mnchen-3ya.example", "xn--mnchen-3ya.example"],
  ["XN--MNCHEN-3YA.Example", "xn--mnchen-3ya.example"],
  ["straße.example", "xn--strae-oqa.example"],
  ["例子.公司.cn", "xn--fsqu00a.xn--55qx5d.cn"],
  ["acme.co.uk", "acme.co.uk"],
  ["acme.github.io", "acme.github.io"],
  ["acme.internal", "acme.internal"],
  ["4chan-like.example", "4chan-like.example"],
])("%j is the domain %s", (input, domain) => {
  expect(normaliseDomain(input)).toEqual({ ok: true, domain });
});

test.each([
  ["", "empty"],
  [" @ ", "empty"],
  ["com", "bare-label"],
  ["localhost", "bare-label"],
  ["acme.", "bare-label"],
  ["co.uk", "public-suffix"],
  ["CO.UK.", "public-suffix"],
  ["github.io", "public-suffix"],
  ["公司.cn", "public-suffix"],
  ["blogspot.com", "public-suffix"],
  ["bob@acme.com", "address"],
  ["Bob <bob@acme.com>", "address"],
  ["192.0.2.1", "ip"],
  ["127.1", "ip"],
  ["[192.0.2.1]", "ip"],
  ["[IPv6:2001:db8::1]", "ip"],
  ["2001:db8::1", "ip"],
  ["::1", "ip"],
  ["https://acme.com/", "invalid"],
  ["acme.com/about", "invalid"],
  ["acme.com:8080", "invalid"],
  ["*.acme.com", "invalid"],
  ["acme com", "invalid"],
  ["acme..com", "invalid"],
  [".acme.com", "invalid"],
  ["acme.com..", "invalid"],
  ["-acme.com", "invalid"],
  ["acme-.com", "invalid"],
  ["ac_me.com", "invalid"],
  ["ac%6de.com", "invalid"],
  ["acme\u0000.com", "invalid"],
  ["xn--zzzzzzzzz.com", "invalid"],
  [`${"a".repeat(64)}.com`, "invalid"],
  [`${"a.".repeat(130)}com`, "invalid"],
  ["a.".repeat(100_000), "invalid"],
])("%j is refused: %s", (input, problem) => {
  const result = normaliseDomain(input);
  expect(result).toMatchObject({ ok: false, problem });
  if (!result.ok) expect(result.text).toMatch(/^[^\n]{10,250}\.$/);
});

test("a normalised domain normalises to itself, and letter case and a final dot never matter", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.domain(),
        fc.string({ unit: "grapheme" }).map((name) => `${name}.example`),
      ),
      (input) => {
        const first = normaliseDomain(input);
        if (!first.ok) return;
        expect(normaliseDomain(first.domain)).toEqual(first);
        expect(normaliseDomain(`@${first.domain.toUpperCase()}.`)).toEqual(first);
        expect(first.domain).toMatch(/^[a-z0-9.-]{3,253}$/);
      },
    ),
  );
});

test("whatever is typed, the answer is a domain or one sentence", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (input) => {
      const result = normaliseDomain(input);
      expect(result.ok ? result.domain : result.text).not.toMatch(/[\p{Cc}]|^$/u);
    }),
  );
});

test.each([
  ["eu.acme.com", "acme.com"],
  ["acme.com", "acme.com"],
  ["a.b.acme.co.uk", "acme.co.uk"],
  ["x.github.io", "x.github.io"],
  ["a.x.github.io", "x.github.io"],
  ["sales.acme.internal", "acme.internal"],
  ["mail.xn--fsqu00a.xn--55qx5d.cn", "xn--fsqu00a.xn--55qx5d.cn"],
  ["a_b.acme.com", "acme.com"],
  ["a_b.com", null],
  ["github.io", null],
  ["co.uk", null],
  ["localhost", null],
  ["192.0.2.1", null],
])("the registrable domain of %s is %s", (domain, registrable) => {
  expect(registrableDomain(domain)).toBe(registrable);
});

test.each([
  ["acme.com", ["acme.com"]],
  ["mail.eu.acme.com", ["mail.eu.acme.com", "eu.acme.com", "acme.com"]],
  ["evilacme.com", ["evilacme.com"]],
  ["shop.acme.co.uk", ["shop.acme.co.uk", "acme.co.uk"]],
  ["a.x.github.io", ["a.x.github.io", "x.github.io"]],
  ["github.io", []],
  ["localhost", []],
])("the parents of %s are %j", (domain, parents) => {
  expect(parentDomains(domain)).toEqual(parents);
});

test("of very many parents the domain itself and the shortest are kept", () => {
  const deep = `${Array.from({ length: 40 }, (_, at) => `l${at}`).join(".")}.acme.com`;
  const parents = parentDomains(deep);
  expect(parents).toHaveLength(parentDomainsMax);
  expect(parents[0]).toBe(deep);
  expect(parents.slice(-2)).toEqual(["l39.acme.com", "acme.com"]);
});

test("a parent is the end of its domain behind a dot", () => {
  fc.assert(
    fc.property(fc.domain(), (domain) => {
      for (const parent of parentDomains(domain.toLowerCase())) {
        expect(parent === domain.toLowerCase() || domain.toLowerCase().endsWith(`.${parent}`)).toBe(true);
        expect(normaliseDomain(parent)).toEqual({ ok: true, domain: parent });
      }
    }),
  );
});

test.each([
  ["xn--mnchen-3ya.example", "münchen.example"],
  ["eu.acme.com", "eu.acme.com"],
  ["xn--cme-5cd.com", "xn--cme-5cd.com"],
])("%s is shown as %s, mixed alphabets in punycode", (domain, shown) => {
  expect(displayDomain(domain)).toBe(shown);
});

test("a host may be a bare label or hold an underscore, and is never an IP address", () => {
  expect(asciiHost("Intranet")).toBe("intranet");
  expect(asciiHost("a_b.Example")).toBe("a_b.example");
  expect(asciiHost("127.0.0.1")).toBeNull();
  expect(asciiHost("0x7f.1")).toBeNull();
  expect(asciiHost("acme.0x7f")).toBeNull();
});
