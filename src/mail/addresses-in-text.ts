// Finds e-mail addresses in running text, as reports and quoted headers write them. A scanner, not a validator: it
// walks from each "@" outwards for a bounded distance, so its time grows with the length of the text only
// (RFC 5321 4.5.3.1: a local part has at most 64 octets, a domain 255).
import { plain } from "./lines.ts";
import type { MailAddress } from "./parsed-mail.ts";

/** An address and where it stands in the text that was searched. */
export interface FoundAddress {
  address: string;
  start: number;
  end: number;
}

const localCharsMax = 128; // longer than RFC 5321 allows, because VERP senders ignore it
const domainCharsMax = 255;
const addressesMax = 500;

const localChar = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const domainChar = /[\p{L}\p{N}.-]/u;

/** The addresses of a text in order, at most 500. */
export function findAddresses(text: string): FoundAddress[] {
  const found: FoundAddress[] = [];
  let from = 0;
  while (found.length < addressesMax) {
    const at = text.indexOf("@", from);
    if (at < 0) {
      break;
    }
    from = at + 1;
    let end = at + 1;
    while (end < text.length && end - at <= domainCharsMax && domainChar.test(text[end] ?? "")) {
      end++;
    }
    while (end > at + 1 && (text[end - 1] === "." || text[end - 1] === "-")) {
      end--;
    }
    const start = localStart(text, at);
    if (start < at && end > at + 1) {
      found.push({ address: text.slice(start, end), start, end });
      from = end;
    }
  }
  return found;
}

function localStart(text: string, at: number): number {
  if (text[at - 1] === '"') {
    // RFC 5321 4.1.2, quoted local part: "two words"@example.com
    const open = text.lastIndexOf('"', at - 2);
    return open >= 0 && at - open <= localCharsMax && !text.slice(open, at).includes("\n") ? open : at;
  }
  let start = at;
  while (start > 0 && at - start < localCharsMax && localChar.test(text[start - 1] ?? "")) {
    start--;
  }
  // A quotation mark or a dot in front belongs to the sentence, "mailto:" was stopped by its colon.
  while (start < at && (text[start] === "'" || text[start] === "." || text[start] === "*")) {
    start++;
  }
  return start;
}

/**
 * One address of a quoted header: "Ann Example <ann@example.com>", also with [mailto:..], or bare. Null where the
 * text holds no address.
 */
export function readMailbox(value: string): MailAddress | null {
  const text = plain(value);
  const bracket = text.indexOf("<");
  const addresses = findAddresses(text);
  const first = addresses.find((found) => bracket >= 0 && found.start > bracket) ?? addresses[0];
  if (first === undefined) {
    return null;
  }
  const before = text.slice(0, first.start);
  const name = before.replace(/(?:[<[(]\s*)?(?:mailto:\s*)?$/i, "").replace(/[<[(*\s]+$/, "");
  // An attribution puts a date in front: 02.03.2026, 10:15, "Ann Example" <ann@example.com>
  const quoted = /"([^"]{1,200})"\s*$/.exec(name)?.[1];
  const clean = (quoted ?? name).trim().replace(/^["'*]+|["'*]+$/g, "");
  return { name: clean.includes("@") ? "" : clean.trim(), address: first.address };
}
