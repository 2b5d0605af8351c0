// What the receiving server says about a mail's origin (MAIL-18): SPF, DKIM and DMARC as they stand in Authentication-Results
// (RFC 8601). Anybody can write such a header, so only those of the one authserv-id that the desk's own server signs count,
// and of them the topmost: servers remove or outrun what strangers wrote below.
import { registrableDomain } from "../address/domain.ts";
import type { Field } from "./head.ts";

/** One method's result: `dmarc=pass header.from=acme.com`. */
export interface AuthenticationResult {
  /** "spf", "dkim", "dmarc"; lower case, as are the others. */
  method: string;
  result: string;
  /** The domain that it speaks of: header.from, header.d or header.i, smtp.mailfrom; "" where it names none. */
  domain: string;
}

export interface AuthenticationHeader {
  authservId: string;
  results: AuthenticationResult[];
}

export type Authentication = "pass" | "fail" | "none";

const headersMax = 20;
const resultsMax = 30;
const charsMax = 8_000;
const methods: ReadonlySet<string> = new Set(["spf", "dkim", "dmarc"]);
const properties: Readonly<Record<string, readonly string[]>> = {
  spf: ["smtp.mailfrom", "smtp.helo"],
  dkim: ["header.d", "header.i"],
  dmarc: ["header.from"],
};

/** All such headers of a mail, the topmost first; what can't be read is left out. */
export function readAuthentication(fields: readonly Field[]): AuthenticationHeader[] {
  return fields
    .filter((field) => field.name === "authentication-results")
    .slice(0, headersMax)
    .flatMap(({ value }) => readHeader(value) ?? []);
}

/**
 * Whether the server of this id found the mail to be from this domain: `pass` by DMARC, or by SPF or DKIM in its name (relaxed
 * alignment, RFC 7489 section 3.1); `fail` where it says that it is not; `none` where it says neither, or is not asked.
 */
export function authenticationOf(
  headers: readonly AuthenticationHeader[],
  authservId: string,
  fromDomain: string,
): Authentication {
  const topmost = headers.find((header) => header.authservId === authservId);
  if (authservId === "" || topmost === undefined) return "none";
  const { results } = topmost;
  const of = (method: string) => results.filter((one) => one.method === method);
  const dmarc = of("dmarc").find(({ domain }) => domain === "" || aligned(domain, fromDomain));
  if (dmarc?.result === "pass") return "pass";
  if (dmarc?.result === "fail") return "fail";
  const inName = [...of("dkim"), ...of("spf")].filter(({ domain }) => aligned(domain, fromDomain));
  if (inName.some(({ result }) => result === "pass")) return "pass";
  return inName.some(({ result }) => ["fail", "hardfail", "softfail"].includes(result)) ? "fail" : "none";
}

/** One organizational domain, as DMARC's relaxed alignment has it. */
function aligned(domain: string, fromDomain: string): boolean {
  if (domain === "" || fromDomain === "") return false;
  if (domain === fromDomain) return true;
  const registrable = registrableDomain(fromDomain);
  return registrable !== null && registrable === registrableDomain(domain);
}

/** `mx.example; spf=pass smtp.mailfrom=a@b; dkim=none (no signature)`: comments and quotes are no words of it. */
function readHeader(text: string): AuthenticationHeader | null {
  const [head = "", ...parts] = withoutComments(text.slice(0, charsMax)).split(";");
  const authservId = /^\s*"?([^\s"]+)/.exec(head)?.[1]?.toLowerCase();
  if (authservId === undefined) return null;
  return { authservId, results: parts.slice(0, resultsMax).flatMap((part) => readResult(part) ?? []) };
}

function readResult(part: string): AuthenticationResult | null {
  const match = /^\s*([a-z0-9-]+)(?:\/\d+)?\s*=\s*([a-z]+)/i.exec(part);
  const method = match?.[1]?.toLowerCase() ?? "";
  const result = match?.[2]?.toLowerCase();
  if (result === undefined || !methods.has(method)) return null;
  const named = new Map<string, string>();
  for (const [, key = "", value = ""] of part.matchAll(/([a-z]+\.[a-z0-9]+)\s*=\s*"?([^\s";]+)/gi))
    named.set(key.toLowerCase(), value.toLowerCase());
  const value = properties[method]?.map((property) => named.get(property)).find((one) => one !== undefined) ?? "";
  return { method, result, domain: value.slice(value.lastIndexOf("@") + 1) };
}

/** Comments nest (RFC 5322 section 3.2.2); a backslash takes the sign after it along. */
function withoutComments(text: string): string {
  let depth = 0;
  let kept = "";
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === "\\" && depth > 0) at++;
    else if (sign === "(") depth++;
    else if (sign === ")" && depth > 0) depth--;
    else if (depth === 0) kept += sign;
  }
  return kept;
}
