// Addresses of people: what may stand in one, and the key by which two spellings are the same person (CUS-3: case
// never counts, a plus-tag does). Never decides whose address it is. RFC 5321 4.1.2 and 4.5.3.1 (form and sizes),
// RFC 6531 (letters beyond ASCII), RFC 5233 (the part after the plus). More lenient than the RFC where real
// addresses are (`a..b.@docomo.example`), stricter where two readers may disagree about the domain (a second @).
import { asciiHost, isIpLiteral, quoted } from "./domain.ts";

export type AddressResult =
  | {
      ok: true;
      /** As written, trimmed, in NFC; the domain normalised (lower case, punycode). */
      address: string;
      /** Equal for two spellings of one address: what is compared and stored as unique. */
      key: string;
      /** The local part as written. */
      local: string;
      domain: string;
    }
  /** `text` is one sentence for the person who typed it. */
  | { ok: false; text: string };

export const localOctetsMax = 64;
export const addressOctetsMax = 254;

// atext and dots, and any letter beyond ASCII: what is invisible is refused before.
const plainLocal = /^[A-Za-z0-9.!#$%&'*+\-/=?^_`{|}~\u0080-\u{10FFFF}]+$/u;
const quotedLocal = /^"(?:[^"\\]|\\.)+"$/u;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Reads one bare address (no display name, no angle brackets); never throws. */
export function parseAddress(input: string): AddressResult {
  const typed = input.trim().normalize("NFC");
  const shown = quoted(typed);
  if (typed === "") return refusal("Give an address, such as ann@acme.com.");
  if (typed.length > addressOctetsMax * 4) return refusal(`${shown} is too long for an address.`);
  if (/[<>]/.test(typed)) return refusal(`Give the address alone, without a name and angle brackets: ${shown}.`);
  if (invisible.test(typed)) return refusal(`${shown} holds an invisible character: write the address anew.`);
  const parts = typed.split("@");
  if (parts.length > 2) return refusal(`${shown} holds more than one @: give one address.`);
  const [local = "", host = ""] = parts;
  if (local === "" || host === "") return refusal(`${shown} is no address: give one such as ann@acme.com.`);
  if (!plainLocal.test(local) && !quotedLocal.test(local)) {
    return refusal(`${shown} is no address: the part before the @ holds a space or a sign that may not stand there.`);
  }
  if (isIpLiteral(host)) return refusal(`${shown} names an IP address after the @: give a domain name there.`);
  const domain = asciiHost(host);
  if (domain === null) return refusal(`${shown} is no address: what follows the @ is no domain.`);
  const address = `${local}@${domain}`;
  const key = `${foldLocal(local)}@${domain}`;
  if (isTooLong(address) || isTooLong(key))
    return refusal(`${shown} is too long: ${localOctetsMax} octets before the @, ${addressOctetsMax} in all.`);
  return { ok: true, address, key, local, domain };
}

/** `support+TAG@desk.example` -> base `support@desk.example`, tag `TAG`; the last plus counts. No tag: null. */
export function splitPlus(address: string): { base: string; tag: string | null } {
  const at = address.lastIndexOf("@");
  const local = at < 0 ? address : address.slice(0, at);
  const plus = local.lastIndexOf("+");
  const isTagged = plus > 0 && plus < local.length - 1 && !local.startsWith('"');
  if (!isTagged) return { base: address, tag: null };
  return { base: local.slice(0, plus) + address.slice(local.length), tag: local.slice(plus + 1) };
}

function foldLocal(local: string): string {
  const folded = local.toLowerCase().normalize("NFC");
  if (!folded.startsWith('"')) return folded;
  // "ann"@acme.com is ann@acme.com (RFC 5321 4.1.2): quotes and escapes that are not needed go.
  const bare = folded.slice(1, -1).replace(/\\(.)/gu, "$1");
  return plainLocal.test(bare) ? bare : `"${bare.replace(/["\\]/g, "\\$&")}"`;
}

function isTooLong(address: string): boolean {
  const local = address.slice(0, address.indexOf("@"));
  return Buffer.byteLength(local) > localOctetsMax || Buffer.byteLength(address) > addressOctetsMax;
}

function refusal(text: string): AddressResult {
  return { ok: false, text };
}

/** The folded address of a From header as it stands, with or without a name; null where there is none. */
export function headerKey(header: string): string | null {
  const bare = header.replace(/"(?:[^"\\]|\\.)*"/g, "");
  const parsed = parseAddress(/<\s*([^<>]+?)\s*>/.exec(bare)?.[1] ?? header);
  return parsed.ok ? parsed.key : null;
}
