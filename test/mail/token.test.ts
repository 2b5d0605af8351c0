// Signed tokens: who can't sign can't make one, and none is read but exactly as it was signed (invariants 5 and 8).
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase32, encodeBase32 } from "../../dist/mail/base32.js";
import { findTokens, readToken, signToken, tokenCharsMax, tokenNumberEnd } from "../../dist/mail/token.js";
import {
  maskTokens,
  replyAddress,
  tokenMessageId,
  tokenOfAddress,
  tokenOfMessageId,
} from "../../dist/mail/token-places.js";

const key = { id: 7, secret: Buffer.from("0123456789abcdef0123456789abcdef") };
const otherKey = { id: 7, secret: Buffer.from("fedcba9876543210fedcba9876543210") };
const retiredKey = { id: 200, secret: Buffer.from("an older secret of the same desk") };
const claims = { purpose: "reply", conversation: 4711, recipient: 12, visibility: "public" } as const;
const token = signToken(key, claims);

const anyKey = fc.record({
  id: fc.integer({ min: 0, max: 255 }),
  secret: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
});
const anyNumber = fc.oneof(fc.nat(300), fc.nat(2 ** 28), fc.integer({ min: 0, max: tokenNumberEnd - 1 }));
const anyClaims = fc.record({
  purpose: fc.constantFrom("reply" as const, "bounce" as const, "leave" as const, "mark" as const),
  conversation: anyNumber,
  recipient: anyNumber,
  visibility: fc.constantFrom("public" as const, "internal" as const),
});

test("a token says what was signed, in either letter case, in at most 40 characters", () => {
  fc.assert(
    fc.property(anyKey, anyClaims, (k, said) => {
      const text = signToken(k, said);
      expect(text).toMatch(/^m[e-h][a-z2-7]{22,38}$/);
      expect(readToken([k], text)).toEqual(said);
      expect(readToken([k], text.toUpperCase())).toEqual(said);
      expect(findTokens(`<support+${text}@desk.example>`)).toContain(text);
    }),
  );
});

test("any flipped bit is refused", () => {
  fc.assert(
    fc.property(anyKey, anyClaims, fc.nat(), (k, said, seed) => {
      const bytes = decodeBase32(signToken(k, said)) ?? Buffer.alloc(0);
      const bit = seed % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readToken([k], encodeBase32(bytes))).toBeNull();
    }),
    { numRuns: 1000 },
  );
});

test("any other letter at any place is refused", () => {
  for (let at = 0; at < token.length; at++) {
    for (const letter of "abcdefghijklmnopqrstuvwxyz234567") {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      expect(readToken([key], changed) !== null).toBe(changed === token);
    }
  }
});

test("what was not signed as it stands is no token", () => {
  const refused = [
    "",
    token.slice(0, -1),
    `${token}a`,
    `x${token}`,
    ` ${token}`,
    `${token}\n`,
    token.replace("m", "ｍ"),
  ];
  for (const text of refused) expect(readToken([key], text)).toBeNull();
  for (const sign of "018=+ſK") expect(readToken([key], sign + token.slice(1))).toBeNull();
});

test("a token of another secret, or of a key that was removed, is no token; a retired key still verifies", () => {
  const old = signToken(retiredKey, claims);
  expect(readToken([otherKey], token)).toBeNull();
  expect(readToken([], token)).toBeNull();
  expect(readToken([key], old)).toBeNull();
  expect(readToken([key, retiredKey], old)).toEqual(claims);
  expect(readToken([otherKey, key], token)).toEqual(claims);
});

test("numbers and key ids out of range are refused when signing", () => {
  for (const number of [-1, 1.5, tokenNumberEnd, Number.NaN]) {
    expect(() => signToken(key, { ...claims, conversation: number })).toThrow(RangeError);
    expect(() => signToken(key, { ...claims, recipient: number })).toThrow(RangeError);
  }
  for (const id of [-1, 256, 0.5]) expect(() => signToken({ ...key, id }, claims)).toThrow(RangeError);
});

test("base32 reads back what it wrote, and every text it reads is the one it writes", () => {
  expect(encodeBase32(Buffer.from("foobar"))).toBe("mzxw6ytboi");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(decodeBase32(encodeBase32(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z2-7]{0,10}$/), (text) => {
      const bytes = decodeBase32(text);
      if (bytes !== null) expect(encodeBase32(bytes)).toBe(text);
    }),
  );
});

test.each([
  ["a plus-address", `support+${token}@desk.example`],
  ["a display name and brackets", `"Desk" <support+${token.toUpperCase()}@desk.example>`],
  ["a link", `mailto:support%2B${token}%40desk.example`],
  ["a sender rewriting scheme", `SRS0=hash=tt=desk.example=bounce+${token}@relay.example`],
  ["our Message-ID", `${token}.x1@desk.example`],
  ["letters that touch it", `memmeh${token}abc`],
])("a token is found in %s", (_, text) => {
  expect(findTokens(text).some((found) => readToken([key], found) !== null)).toBe(true);
});

test("a text of a million possible beginnings is searched only so far", () => {
  expect(findTokens(token.repeat(30_000)).length).toBeLessThanOrEqual(50);
});

test("the reply address carries the token where the mailbox allows and it fits 64 octets", () => {
  expect(replyAddress("support@desk.example", token, true)).toBe(`support+${token}@desk.example`);
  expect(replyAddress("info+desk@desk.example", token, true)).toBe(`info+desk+${token}@desk.example`);
  expect(replyAddress("support@desk.example", token, false)).toBe("support@desk.example");
  const long = `${"x".repeat(40)}@desk.example`;
  expect(replyAddress(long, token, true)).toBe(long);
  const mostDigits = signToken(key, { ...claims, conversation: 2 ** 28 - 1, recipient: 2 ** 28 - 1 });
  expect(mostDigits.length).toBeLessThanOrEqual(tokenCharsMax);
  expect(replyAddress(`${"x".repeat(64 - 1 - mostDigits.length)}@desk.example`, mostDigits, true)).toContain(
    mostDigits,
  );
});

test("the token comes back out of the reply address and the Message-ID", () => {
  expect(tokenOfAddress(replyAddress("support@desk.example", token, true))).toBe(token);
  expect(tokenOfAddress("support+sales@desk.example")).toBeNull();
  const id = tokenMessageId(token, "01j9zq", "desk.example");
  expect(id).toBe(`${token}.01j9zq@desk.example`);
  expect(tokenOfMessageId(id)).toBe(token);
  expect(tokenOfMessageId(`<${id}>`)).toBe(token);
  expect(tokenOfMessageId(`CAF.${id}`)).toBeNull();
  expect(tokenOfMessageId(`${token}@desk.example`)).toBeNull();
  expect(tokenOfMessageId(`${token}aa.x@desk.example`)).toBeNull();
});

test.each([
  [`Write to support+${token}@desk.example.`, "Write to [reply address]."],
  [`> Reply-To: <support+${token.toUpperCase()}@Desk.example>`, "> Reply-To: <[reply address]>"],
  [`<a href="mailto:support%2B${token}%40desk.example?subject=x">`, '<a href="mailto:[reply address]?subject=x">'],
  [`Message-ID: <${token}.abc123@desk.example>`, "Message-ID: <[reply address]>"],
  [`the code ${token}, alone`, "the code [reply address], alone"],
  [`glued${token}glued`, "glued[reply address]glued"],
  [`${token}${token}`, "[reply address][reply address]"],
  ["ann+sales@acme.com stays", "ann+sales@acme.com stays"],
])("in a body %j becomes %j", (body, masked) => {
  expect(maskTokens([key], body)).toBe(masked);
});

test("what only looks like a token, or is another desk's, stays as it is", () => {
  const foreign = `support+${signToken(otherKey, claims)}@desk.example and ${token.slice(0, -1)}`;
  expect(maskTokens([key], foreign)).toBe(foreign);
});

test("wherever tokens stand in a text, none is left after masking and the rest stays", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), anyClaims)), fc.string(), (parts, end) => {
      const body = parts.map(([before, said]) => before + signToken(key, said)).join("") + end;
      const masked = maskTokens([key, retiredKey], body);
      expect(findTokens(masked).filter((found) => readToken([key], found) !== null)).toEqual([]);
      if (parts.length === 0) expect(masked).toBe(body);
    }),
  );
});

test("among thousands of false tokens a true one is masked all the same", () => {
  const decoys = `${signToken(otherKey, claims)} `.repeat(20_000);
  expect(maskTokens([key], `${decoys}support+${token}@desk.example`)).not.toContain(token);
});
