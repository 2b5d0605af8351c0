// Signed tokens: how we know an answer, a bounce or our own mail again (DESIGN "Tokens and identity", invariant 5). A
// token names a conversation and a recipient by number and carries no secret; who cannot sign cannot make one. It
// never proves who sent the mail that carries it: whoever was sent a token may pass it on.
//
//   version (1 byte) | key id (1) | purpose and visibility (1) | conversation (varint) | recipient (varint) | MAC (10)
//
// The MAC is HMAC-SHA256 cut to 80 bits (RFC 2104 section 5). As base32 (RFC 4648) a token has 24 to 40 characters, so
// `support+TOKEN` stays within the 64 octets of a local part (RFC 5321 4.5.3.1.1). The length follows from its first
// bytes: it is found wherever it stands, whatever characters touch it. Each claim has one spelling, case aside.
import { createHmac, timingSafeEqual } from "node:crypto";
import { base32Length, decodeBase32, encodeBase32 } from "./base32.ts";

export interface TokenKey {
  /** 0 to 255; of two keys with one id, both are tried. */
  id: number;
  secret: Buffer;
}

export interface TokenClaims {
  purpose: "reply" | "bounce" | "leave" | "mark";
  /** Number of the conversation, 0 to 2^40 - 1. */
  conversation: number;
  /** Number of the customer or agent the mail went to, 0 to 2^40 - 1; 0 = nobody in particular. */
  recipient: number;
  visibility: "public" | "internal";
}

/** Conversations and recipients are below this. */
export const tokenNumberEnd = 2 ** 40;
export const tokenCharsMax = 40;
/** Candidates looked at in one text, an address or an id. */
export const tokensFoundMax = 50;

const version = 0x61; // every token starts with "m": me, mf, mg or mh
const macBytes = 10;
const varintBytesMax = 6;
const purposes = ["reply", "bounce", "leave", "mark"] as const;
const purposeBits = 0b11;
const internalBit = 0b100;
const domainSeparation = "maildesk token\0";

/** The token as lower-case text of 24 to 40 characters. Throws RangeError for a key id or number out of range. */
export function signToken(key: TokenKey, claims: TokenClaims): string {
  if (!Number.isInteger(key.id) || key.id < 0 || key.id > 255) throw new RangeError(`token key id ${key.id}`);
  const flags = purposes.indexOf(claims.purpose) | (claims.visibility === "internal" ? internalBit : 0);
  const body = Buffer.from([version, key.id, flags, ...varint(claims.conversation), ...varint(claims.recipient)]);
  return encodeBase32(Buffer.concat([body, mac(key, body)]));
}

/** What a token of ours says; null for anything that one of these keys did not sign, exactly as it stands. */
export function readToken(keys: readonly TokenKey[], text: string): TokenClaims | null {
  const layout = layoutAt(text, 0);
  return layout !== null && layout.text.length === text.length && isSigned(keys, layout) ? layout.claims : null;
}

/** Everything in an address, an id or a return path that has the shape of a token; verify each by `readToken`. */
export function findTokens(text: string): string[] {
  const found: string[] = [];
  for (const start of text.matchAll(tokenStart)) {
    const layout = layoutAt(text, start.index);
    if (layout !== null) found.push(layout.text);
    if (found.length === tokensFoundMax) break;
  }
  return found;
}

/** One thing in a text that looks like a token, taken apart but not verified. */
export interface TokenLayout {
  text: string;
  claims: TokenClaims;
  keyId: number;
  /** Everything before the MAC. */
  body: Buffer;
  mac: Buffer;
}

/** The beginnings of possible tokens; overlapping, since a false beginning may stand right before a true one. */
export const tokenStart = /m[e-h](?=[a-z2-7]{22})/gi;

/** The token that begins at this index, by its shape alone; null if none does. */
export function layoutAt(text: string, index: number): TokenLayout | null {
  const run = /^[a-z2-7]{24,40}/i.exec(text.slice(index, index + tokenCharsMax))?.[0];
  if (run === undefined) return null;
  // Whole groups of 8 characters decode whatever follows; the head has at most 3 + 6 + 6 bytes, which is 3 groups.
  const head = decodeBase32(run.slice(0, 24));
  const keyId = head?.[1];
  const flags = head?.[2];
  if (!head || head[0] !== version || keyId === undefined || flags === undefined) return null;
  const purpose = purposes[flags & purposeBits];
  if (purpose === undefined || (flags & ~(purposeBits | internalBit)) !== 0) return null;
  const conversation = readVarint(head, 3);
  const recipient = conversation && readVarint(head, conversation.end);
  if (!recipient) return null;
  const token = run.slice(0, base32Length(recipient.end + macBytes));
  const bytes = decodeBase32(token);
  if (bytes?.length !== recipient.end + macBytes) return null;
  const visibility = flags & internalBit ? "internal" : "public";
  return {
    text: token,
    claims: { purpose, conversation: conversation.value, recipient: recipient.value, visibility },
    keyId,
    body: bytes.subarray(0, recipient.end),
    mac: bytes.subarray(recipient.end),
  };
}

/** True if one of the keys made this token. */
export function isSigned(keys: readonly TokenKey[], layout: TokenLayout): boolean {
  return keys.some((key) => key.id === layout.keyId && timingSafeEqual(mac(key, layout.body), layout.mac));
}

function mac(key: TokenKey, body: Buffer): Buffer {
  return createHmac("sha256", key.secret).update(domainSeparation).update(body).digest().subarray(0, macBytes);
}

// Seven bits a byte, low ones first, as in LEB128. Arithmetic, not shifts: these numbers pass 32 bits.
function varint(value: number): number[] {
  if (!Number.isInteger(value) || value < 0 || value >= tokenNumberEnd) throw new RangeError(`token number ${value}`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } | null {
  let value = 0;
  for (let at = start; at < start + varintBytesMax; at++) {
    const byte = bytes[at];
    if (byte === undefined) return null;
    value += (byte & 127) * 128 ** (at - start);
    const isOverlong = byte === 0 && at > start;
    if (byte < 128) return isOverlong || value >= tokenNumberEnd ? null : { value, end: at + 1 };
  }
  return null;
}
