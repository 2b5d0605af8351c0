// Message-IDs in headers (RFC 5322 3.6.4): `<left@right>`, folded, unbracketed and amid prose as senders write them.
// Ids leave here without angle brackets and white space, their case kept.
import type { Field } from "./head.ts";
import { mailLimits } from "./limits.ts";
import { cutBytes, storable } from "./storable.ts";

/** A line of a header (RFC 5322 2.1.1); in bytes, since PostgreSQL's indexes take no more than 2,700 of them. */
const idBytesMax = 998;
const valueCharsMax = 256 * 1024;

/** The ids of one value, in order, each once. */
export function readIds(value: string): string[] {
  const text = storable(value.slice(0, valueCharsMax));
  const bracketed = [...text.matchAll(/<([^<>]+)>/g)].map((match) => (match[1] ?? "").replace(/\s+/g, ""));
  // Without brackets only what has the form of an id counts: In-Reply-To may be prose (RFC 822 4.6.2).
  const ids = bracketed.length > 0 ? bracketed : text.split(/[\s,<>]+/).filter((word) => /^[^@]+@[^@]+$/.test(word));
  return [...new Set(ids)].filter((id) => id !== "").map((id) => cutBytes(id, idBytesMax));
}

/** The mail's own id, or null. */
export function readMessageId(fields: Field[]): string | null {
  const value = fields.find((field) => field.name === "message-id")?.value ?? "";
  return readIds(value)[0] ?? (/^[^\s<>]{1,998}$/.test(value) ? cutBytes(storable(value), idBytesMax) : null);
}

/** The ids of every field of that name, the newest (last) ones where there are too many. */
export function readCited(fields: Field[], name: string): string[] {
  const ids = fields.filter((field) => field.name === name).flatMap((field) => readIds(field.value));
  return [...new Set(ids)].slice(-mailLimits.referenceCountMax);
}
