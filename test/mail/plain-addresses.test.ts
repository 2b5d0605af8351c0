// Plain address lists are read without mailparser; both must read the same in them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLetterhead } from "../../dist/mail/letterhead.js";
import { readMediaType } from "../../dist/mail/media-type.js";
import { plainAddresses } from "../../dist/mail/plain-addresses.js";

/** A part whose file name is encoded, so that mailparser is asked for it and reads the lists too. */
const encodedName = {
  fields: [],
  type: readMediaType("application/pdf"),
  disposition: readMediaType("attachment; filename*=utf-8''%C3%A4.pdf"),
  encoding: "",
  start: 0,
  end: 0,
  children: [],
};

const addressesOf = async (list: string, parts: (typeof encodedName)[]) => {
  const fields = ["from", "reply-to", "to", "cc"].map((name) => ({ name, value: list }));
  const { from, replyTo, to, cc } = await readLetterhead(fields, parts, new Set());
  return { from, replyTo, to, cc };
};

test.each([
  ["ann@example.com", [{ name: "", address: "ann@example.com" }]],
  ["Ann O'Neil <Ann.O+x@Example.com>", [{ name: "Ann O'Neil", address: "Ann.O+x@Example.com" }]],
  [
    '"Example, Ann (Sales)" <ann@example.com>,\tBob<bob@example.com>, <cy@example.com>,',
    [
      { name: "Example, Ann (Sales)", address: "ann@example.com" },
      { name: "Bob", address: "bob@example.com" },
      { name: "", address: "cy@example.com" },
    ],
  ],
  ["", []],
])("%j is plain", (list, addresses) => {
  expect(plainAddresses(list)).toEqual(addresses);
});

test.each([
  "Ann <ann@example.com> (at work)",
  "Friends: ann@example.com, bob@example.com;",
  "=?utf-8?Q?J=C3=BCrgen?= <juergen@example.com>",
  '"Ann \\"A\\" Example" <ann@example.com>',
  "Example, Ann <ann@example.com>",
  '"ann smith"@example.com',
  "ann@xn--bcher-kva.example",
  "ann@example.com bob@example.com",
  "ann",
])("%j is left to mailparser", (list) => {
  expect(plainAddresses(list)).toBeNull();
});

test("what is read as plain is what mailparser reads", async () => {
  const word = fc.constantFrom("Ann", "O'Neil", "B.", "R&D", "x-y", "a/b", "_", "7", "constructor", "com", "");
  const space = fc.constantFrom("", " ", "  ", "\t");
  const address = fc.constantFrom("a@b", "ann@example.com", "a.@b.", "..@-", "A+b_c@EXAMPLE.org", "a@b.xn--c", "a@b@c");
  const name = fc.array(fc.oneof(word, space, fc.constantFrom(",", "(", ")", '"')), { maxLength: 6 });
  const mailbox = fc.oneof(
    address,
    fc.tuple(name, space, address).map(([words, blank, to]) => `${words.join("")}${blank}<${to}>`),
    fc.tuple(name, space, address).map(([words, blank, to]) => `"${words.join("")}"${blank}<${to}>`),
  );
  const list = fc.array(fc.tuple(mailbox, space, fc.constantFrom(",", ", ", ",\t", ",,", ";", "")), { maxLength: 4 });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(list, async (pieces) => {
      const value = pieces.flat().join("").trim();
      if (plainAddresses(value) === null) return;
      plain += 1;
      expect(await addressesOf(value, [])).toEqual(await addressesOf(value, [encodedName]));
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(100);
});
