// Where tokens of ours stand in a mail: in the reply address (RFC 5233), in our Message-IDs (RFC 5322 3.6.4), and where
// they must never stand: in a body that we send. Whoever holds somebody's token can answer in the conversation it
// names, so a quoted one must not travel on to others (invariant 8).
import { localOctetsMax, splitPlus } from "../address/email.ts";
import { isSigned, layoutAt, type TokenKey, tokenStart } from "./token.ts";

/** Signatures checked in one body; what looks like a token after so many is masked unchecked. */
export const masksVerifiedMax = 5_000;
export const maskText = "[reply address]";

/**
 * The address that answers go to: `support+TOKEN@desk.example`, or the mailbox's own where it takes no plus-addresses or
 * the local part would pass 64 octets (our Message-ID carries the token as well).
 */
export function replyAddress(mailboxAddress: string, token: string, plusAddressing: boolean): string {
  const at = mailboxAddress.lastIndexOf("@");
  const local = mailboxAddress.slice(0, at);
  const fits = Buffer.byteLength(local) + 1 + token.length <= localOctetsMax;
  return plusAddressing && fits && !local.startsWith('"')
    ? `${local}+${token}${mailboxAddress.slice(at)}`
    : mailboxAddress;
}

/** The token of an address that `replyAddress` made, by its shape; verify it by `readToken`. */
export function tokenOfAddress(address: string): string | null {
  const tag = splitPlus(address).tag;
  return tag === null ? null : wholeToken(tag);
}

/**
 * How a mail lets its reader leave: by a mail to the token's address, or, where the mailbox takes no plus-addresses, with
 * the token in its subject; and by a page below `web`, where there is one.
 */
export function leaveWays(mailboxAddress: string, token: string, plusAddressing: boolean, web: string | null) {
  const address = replyAddress(mailboxAddress, token, plusAddressing);
  return {
    address,
    subject: address === mailboxAddress ? `unsubscribe ${token}` : "unsubscribe",
    url: web === null ? null : `${web.replace(/\/$/, "")}/leave/${token}`,
  };
}

/** The token of a subject or of a whole text that asks to leave and says nothing else; verify it by `readToken`. */
export function tokenOfRequest(text: string): string | null {
  const token = /^\s*(?:[a-z]{2,4}:\s*)?unsubscribe\s+([a-z2-7]{24,40})\s*$/i.exec(text.slice(0, 500))?.[1];
  return token === undefined ? null : wholeToken(token);
}

/** `TOKEN.NONCE@domain`, without angle brackets; the nonce (letters and digits) makes the id of each mail its own. */
export function tokenMessageId(token: string, nonce: string, domain: string): string {
  return `${token}.${nonce}@${domain}`;
}

/** The token of an id that `tokenMessageId` made, by its shape; verify it by `readToken`. */
export function tokenOfMessageId(id: string): string | null {
  const token = /^<?([a-z2-7]{24,40})\.[a-z0-9]+@/i.exec(id)?.[1];
  return token === undefined ? null : wholeToken(token);
}

/** The text with every token of these keys, and the address or id around it, replaced by `[reply address]`. */
export function maskTokens(keys: readonly TokenKey[], text: string): string {
  let masked = "";
  let done = 0;
  let verified = 0;
  for (const start of text.matchAll(tokenStart)) {
    if (start.index < done) continue;
    const layout = layoutAt(text, start.index);
    if (layout === null) continue;
    if (++verified <= masksVerifiedMax && !isSigned(keys, layout)) continue;
    const from = start.index - addressBefore(text.slice(Math.max(done, start.index - 80), start.index));
    const to = start.index + layout.text.length;
    masked += text.slice(done, from) + maskText;
    done = to + addressAfter(text.slice(to, to + 320));
  }
  return masked + text.slice(done);
}

function wholeToken(text: string): string | null {
  return layoutAt(text, 0)?.text === text ? text : null;
}

/** Length of `support+` (or `support%2B`, as links write it) at the end of a text. */
function addressBefore(text: string): number {
  return /[\w.!#$'*/=?^`{|}~-]+(?:\+|%2B)$/i.exec(text)?.[0].length ?? 0;
}

/** Length of `.nonce@desk.example` at the start of a text, its parts optional. */
function addressAfter(text: string): number {
  return /^(?:\.[a-z0-9]{1,40}(?=@|%40))?(?:(?:@|%40)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?/i.exec(text)?.[0].length ?? 0;
}
