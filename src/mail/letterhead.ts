// Addresses and file names, read by mailparser: RFC 5322 address lists, RFC 2047 words, RFC 2231 parameters. mailparser
// is given a letterhead, not the mail: the fields that need it, every part as a nameplate without its body, every
// encoded word rewritten to UTF-8. So its cost does not grow with the mail, no charset is beyond it, and the limits of
// this room have been applied before it sees anything. Where lists and names are plain, it is not asked at all.
import { domainToASCII } from "node:url";
import type { AddressObject, EmailAddress } from "mailparser";
import { decodeWords } from "./encoded-word.ts";
import type { Field } from "./head.ts";
import { mailLimits } from "./limits.ts";
import type { Part } from "./outline.ts";
import type { MailAddress } from "./parsed-mail.ts";
import { plainAddresses } from "./plain-addresses.ts";
import { cut, storable } from "./storable.ts";

export interface Letterhead {
  from: MailAddress | null;
  replyTo: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  /** One a part, in the order asked for; "" where it has no name. */
  names: string[];
}

/** Twice what 500 recipients usually take; an address list is cut there. */
const fieldCharsMax = 64 * 1024;
/** Four fields of it stay below the 1 MB that mailparser allows a header. */
const asciiCharsMax = 200 * 1024;
const nameCharsMax = 200;
const boundary = "letterhead";

/** Reads the mail's addresses and the names of these parts. */
export async function readLetterhead(fields: Field[], parts: Part[], remarks: Set<string>): Promise<Letterhead> {
  const [from = "", replyTo = "", to = "", cc = ""] = ["from", "reply-to", "to", "cc"].map((name) =>
    fieldWords(fields, name, remarks),
  );
  const names = parts.map(plainName);
  const plates = parts.flatMap((part, index) => (names[index] === null ? [nameplate(part, index)] : []));
  const written = { from, replyTo, to, cc };
  const read = (plates.length === 0 ? plainLists(written) : null) ?? (await parsedLists(written, plates, names));
  return {
    from: usable(read.from, remarks)[0] ?? null,
    replyTo: usable(read.replyTo, remarks),
    to: usable(read.to, remarks),
    cc: usable(read.cc, remarks),
    names: names.map((name) => name ?? ""),
  };
}

interface Lists<List> {
  from: List;
  replyTo: List;
  to: List;
  cc: List;
}

/** All four lists, or null where one is not plain. */
function plainLists(written: Lists<string>): Lists<MailAddress[]> | null {
  const [from, replyTo] = [plainAddresses(written.from), plainAddresses(written.replyTo)];
  const [to, cc] = [plainAddresses(written.to), plainAddresses(written.cc)];
  return from === null || replyTo === null || to === null || cc === null ? null : { from, replyTo, to, cc };
}

/** What mailparser reads in the lists and, into `names`, in the nameplates. */
async function parsedLists(
  written: Lists<string>,
  plates: string[],
  names: (string | null)[],
): Promise<Lists<EmailAddress[]>> {
  const lines = Object.entries({ from: written.from, "reply-to": written.replyTo, to: written.to, cc: written.cc });
  const letterhead = [
    ...lines.filter(([, words]) => words !== "").map(([name, words]) => `${name}: ${words}`),
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    ...plates.map((plate) => `\n--${boundary}\n${plate}\n`),
    `\n--${boundary}--\n`,
  ].join("\n");
  const { simpleParser } = await import("mailparser"); // brings 85 files along, and few mails need them
  const mail = await simpleParser(letterhead, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
  });
  for (const { headers, filename } of mail.attachments) {
    const index = Number(headers.get("x-index"));
    if (index in names) names[index] = filename ?? "";
  }
  return {
    from: addresses(mail.from),
    replyTo: addresses(mail.replyTo),
    to: addresses(mail.to),
    cc: addresses(mail.cc),
  };
}

/** One value for all fields of that name: RFC 5322 allows one, senders write several. */
function fieldWords(fields: Field[], name: string, remarks: Set<string>): string {
  const values = fields.filter((field) => field.name === name && field.value !== "").map((field) => field.value);
  // Of several From fields the first is the one that mail programs show.
  const value = name === "from" ? (values[0] ?? "") : values.join(", ");
  const words = asciiWords(value.slice(0, fieldCharsMax));
  if (value.length > fieldCharsMax || words.length === asciiCharsMax) remarks.add(`${name} cut at 64 KB`);
  return words;
}

/** A name in plain ASCII, as most are, needs no second reading; null where it is encoded or missing. */
function plainName(part: Part): string | null {
  const name = part.disposition.parameters.get("filename") ?? part.type.parameters.get("name");
  const rest = part.disposition.rest + part.type.rest;
  return name !== undefined && /^[\u0020-\u007e]*$/.test(rest) && !/\*|=\?/.test(rest) ? name : null;
}

/** As an attachment without content; mailparser would read other types as text or as a mail of its own. */
function nameplate(part: Part, index: number): string {
  return [
    `X-Index: ${index}`,
    `Content-Type: application/octet-stream${asciiWords(part.type.rest)}`,
    `Content-Disposition: attachment${asciiWords(part.disposition.rest)}`,
  ].join("\n");
}

/** Encoded words and raw letters alike as UTF-8 encoded words, which may take many times the room. */
function asciiWords(value: string): string {
  const words = decodeWords(value, utf8Word)
    .replace(/[^\u0000-\u007f]+(?:[ \t]+[^\u0000-\u007f]+)*/g, utf8Word)
    .replace(/\0/g, "")
    .replace(/[\r\n]+/g, " ");
  return words.slice(0, asciiCharsMax);
}

const utf8Word = (text: string) => `=?utf-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;

function addresses(value: AddressObject | AddressObject[] | undefined): EmailAddress[] {
  return (value === undefined ? [] : [value].flat()).flatMap((one) => one.value).flatMap(ungrouped);
}

/** Those that mail could be sent to, their names on one line; at most 500. */
function usable(list: EmailAddress[], remarks: Set<string>): MailAddress[] {
  const found = list.flatMap(({ name, address }) => {
    const plain = asWritten(address ?? "");
    return plain === "" ? [] : [{ name: cut(tidy(name), nameCharsMax), address: plain }];
  });
  if (found.length > mailLimits.recipientCountMax) {
    remarks.add(`recipients after the ${mailLimits.recipientCountMax}th left out`);
  }
  return found.slice(0, mailLimits.recipientCountMax);
}

/** RFC 5322 3.4 groups: their members, not their names. */
function ungrouped(address: EmailAddress): EmailAddress[] {
  return address.group === undefined ? [address] : address.group;
}

/** The address if mail could be sent to it, else ""; mailparser's Unicode form of an xn-- domain is undone. */
function asWritten(address: string): string {
  const plain = storable(address).trim();
  const at = plain.lastIndexOf("@");
  if (at < 1 || at === plain.length - 1 || /[\s<>\p{Cc}]/u.test(plain) || plain.length > 320) return "";
  const domain = plain.slice(at + 1);
  return /^[\u0000-\u007f]*$/.test(domain) ? plain : `${plain.slice(0, at + 1)}${domainToASCII(domain) || domain}`;
}

const tidy = (name: string) =>
  storable(name)
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
