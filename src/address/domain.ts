// Domains as organizations own them: many spellings, one form (lower case, punycode, no trailing dot), and the
// parents of a domain on label boundaries only, so that evilacme.com never counts as acme.com. Public suffixes, the
// private ones included (github.io), belong to nobody. Pure: the Public Suffix List comes with tldts, and
// domainToASCII is a table. UTS 46 (mapping), RFC 5890 (A-labels), RFC 1123 2.1 (host names), RFC 1035 2.3.4 (sizes).
import { domainToASCII, domainToUnicode } from "node:url";
import { parse } from "tldts";

export type DomainProblem = "empty" | "address" | "ip" | "bare-label" | "public-suffix" | "invalid";

export type DomainResult =
  | { ok: true; domain: string }
  /** `text` is one sentence for the person who typed it: what is wrong and what to give instead. */
  | { ok: false; problem: DomainProblem; text: string };

/** Parents considered of one domain; a real one has two or three. */
export const parentDomainsMax = 10;
const domainCharsMax = 253;
const labelCharsMax = 63;
const inputCharsMax = 1_000;

// Underscores are no host name, yet they stand in addresses that people use; organizations may not own them.
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
// domainToASCII parses a URL's host: it would cut at these or decode them instead of refusing.
const notInAHost = /[\s\p{Cc}/\\?#%:@[\]]/u;

/** The one form of a domain that an organization may own, or why it may own none by that name (ORG-2). */
export function normaliseDomain(input: string): DomainResult {
  const typed = input.trim().replace(/^@/, "").trim();
  const shown = quoted(typed);
  if (typed === "") return refusal("empty", "Give a domain, such as acme.com.");
  if (isIpLiteral(typed)) return refusal("ip", `${shown} is an IP address: give a domain name, such as acme.com.`);
  if (/[/?#]|:\/\//.test(typed)) {
    return refusal("invalid", `${shown} is a web address: give the domain alone, such as acme.com.`);
  }
  if (typed.includes("@")) {
    return refusal("address", `${shown} is an e-mail address: give only the part after the @.`);
  }
  const domain = asciiHost(typed);
  if (domain === null && isTooLong(typed)) {
    return refusal(
      "invalid",
      `${shown} is too long: a domain has at most ${domainCharsMax} characters, and ${labelCharsMax} between two dots.`,
    );
  }
  if (
    domain === null &&
    typed.split(".").some((part) => /^xn--[a-z0-9-]*$/i.test(part) && !isDecodable(part.toLowerCase()))
  ) {
    return refusal("invalid", `${shown} holds a part with xn-- that stands for no name: give the name as it is read.`);
  }
  if (domain === null || domain.includes("_")) {
    return refusal(
      "invalid",
      `${shown} is no domain: give letters, digits and hyphens with dots between, such as acme.com.`,
    );
  }
  if (!domain.includes(".")) {
    return refusal("bare-label", `${shown} is only one part of a domain: give it whole, such as acme.com.`);
  }
  if (registrableDomain(domain) === null) {
    return refusal(
      "public-suffix",
      `Anybody can register a name under ${shown}: give a domain that belongs to one organization.`,
    );
  }
  return { ok: true, domain };
}

/** The domain that was registered: eu.acme.com -> acme.com, a.x.github.io -> x.github.io; null for suffixes and IPs. */
export function registrableDomain(domain: string): string | null {
  const registrable = parse(domain, options).domain;
  return registrable === null || registrable.includes("_") ? null : registrable;
}

/**
 * The domain itself, then its parents down to the registrable one, longest first; [] for a public suffix. Of more
 * than `parentDomainsMax`, the domain and its shortest parents stay: those are the ones that are owned.
 */
export function parentDomains(domain: string): string[] {
  const registrable = registrableDomain(domain);
  if (registrable === null) return [];
  const inner = domain.slice(0, -registrable.length).split(".").filter(Boolean);
  const chain = inner.map((_, from) => [...inner.slice(from), registrable].join("."));
  chain.push(registrable);
  return chain.length <= parentDomainsMax ? chain : [domain, ...chain.slice(1 - parentDomainsMax)];
}

/** Cyrillic letters that nobody tells from Latin ones. */
const looksLatin = /^[асԁеһіјӏорԛѕԝху0-9-]+$/u;

/** The domain for people's eyes; a label that mixes Latin with Cyrillic or Greek letters, or looks Latin, stays punycode. */
export function displayDomain(domain: string): string {
  return domain
    .split(".")
    .map((part) => {
      if (!part.startsWith("xn--")) return part;
      const readable = domainToUnicode(part);
      const mixed = /\p{Script=Latin}/u.test(readable) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(readable);
      return mixed || readable === "" || looksLatin.test(readable) ? part : readable;
    })
    .join(".");
}

/** Any host name as lower-case punycode without a trailing dot, bare labels and suffixes too; null if it is none. */
export function asciiHost(input: string): string | null {
  if (input.length > inputCharsMax || notInAHost.test(input)) return null;
  const host = domainToASCII(input).replace(/\.$/, "");
  if (host.length > domainCharsMax || isIpLiteral(host)) return null;
  return host.split(".").every((part) => label.test(part) && isDecodable(part)) ? host : null;
}

/** Only for what is no host: whether its length alone is reason enough. */
const isTooLong = (typed: string): boolean =>
  typed.replace(/\.$/, "").length > domainCharsMax ||
  typed.split(".").some((part) => part.length > labelCharsMax && !/[^\p{L}\p{N}-]/u.test(part));

/** An A-label that decodes to nothing is none (RFC 5890 2.3.2.1); Node 24 lets such a one through. */
const isDecodable = (part: string): boolean => !part.startsWith("xn--") || !/^(?:xn--|$)/.test(domainToUnicode(part));

/** True for IPv4, IPv6 and bracketed literals; a host whose last label is a number can be nothing else. */
export function isIpLiteral(text: string): boolean {
  return /^\[.*\]$/.test(text) || /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f.:]*$/i.test(text) || /(^|\.)\d+\.?$/.test(text);
}

const options = { allowPrivateDomains: true, extractHostname: false, detectIp: true };

function refusal(problem: DomainProblem, text: string): DomainResult {
  return { ok: false, problem, text };
}

/** What somebody typed, made fit to stand in a sentence. */
export function quoted(input: string): string {
  const line = input.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return `"${line.length > 80 ? `${line.slice(0, 80)}…` : line}"`;
}
