// What may stand in a header of a mail that we send: one line, no control characters, printable ids, addresses that
// every relay can carry. This is the fence against header injection: what customers wrote (names, subjects, file
// names, Message-IDs) comes through here on its way out. RFC 5322 2.1.1 (998 characters a line), 3.6.4 (ids); RFC 6068.
import { parseAddress } from "../address/email.ts";
import { permanent } from "../errors.ts";

export const headerCharsMax = { subject: 400, name: 120, filename: 180, messageId: 500 } as const;
/** References name the conversation first, then the mails before this one; what lies between may go (RFC 5322 3.6.4). */
export const referencesKept = { first: 1, last: 20 } as const;

/** Control characters, line separators and direction overrides become one space; cut at `charsMax` characters. */
export function oneLine(text: string, charsMax: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\s]+/gu, " ").trim();
  if (line.length <= charsMax) return line;
  return `${[...line]
    .slice(0, charsMax - 1)
    .join("")
    .trimEnd()}…`;
}

/** An id without brackets and white space, or null where it can't stand in a header (not printable ASCII, too long). */
export function printableId(id: string): string | null {
  const bare = id.trim().replace(/^<|>$/g, "");
  return /^[!-;=?-~]+$/.test(bare) && bare.length <= headerCharsMax.messageId ? bare : null;
}

/** The ids for References: each once, at its last place, the parent at the end, at most 21. */
export function boundedReferences(references: readonly string[], inReplyTo: string | null): string[] {
  const named = inReplyTo === null ? references : [...references, inReplyTo];
  const printable = named.map(printableId).filter((id) => id !== null);
  const root = printable[0];
  if (root === undefined) return [];
  const rest = [...new Set(printable.toReversed())].toReversed().filter((id) => id !== root);
  return [root, ...rest.slice(-referencesKept.last)];
}

/** The address as headers and envelopes carry it; throws permanent where no plain mail can go there. */
export function sendableAddress(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw permanent(parsed.text, { code: "address" });
  if (!/^[!-~ ]+$/.test(parsed.local)) {
    throw permanent(`"${parsed.address}" needs SMTPUTF8 (RFC 6531), which maildesk does not send.`, {
      code: "smtputf8",
    });
  }
  return parsed.address;
}

/** `<https://..>, <mailto:ADDRESS?subject=..>` as List-Unsubscribe takes it, the way that is liked better first (RFC 2369 3.2, RFC 6068). */
export function unsubscribeUris({
  address,
  subject,
  url,
}: {
  address: string;
  subject: string;
  url: string | null;
}): string {
  const sendable = sendableAddress(address);
  const at = sendable.lastIndexOf("@");
  const local = encodeURIComponent(sendable.slice(0, at)).replaceAll("%2B", "+");
  const mailto = `<mailto:${local}${sendable.slice(at)}?subject=${encodeURIComponent(subject)}>`;
  return url === null ? mailto : `<${new URL(url).href}>, ${mailto}`;
}

/** `type/subtype` without parameters; multipart and message, which may not be base64 (RFC 2046 5), become opaque. */
export function attachmentType(contentType: string): string {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isToken = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/.test(type);
  return isToken && !/^(multipart|message)\//.test(type) ? type : "application/octet-stream";
}
