// How to reach one server or folder: the short form (a URL) and the long one (a URL with the login beside it) become
// the same record. A password is never kept as text: it is a function that reads it anew (type Secret). Where the login
// is by access tokens, `oauth` stands beside the URL and there is no password (config-oauth.ts).
import type { ImapSourceConfig, Secret, SmtpOutgoingConfig } from "./config.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { type OauthConfig, readOauth } from "./config-oauth.ts";
import { isOn, type Reading, shown, textOf, wholeNumber } from "./config-scalar.ts";
import type { RawEndpoint, RawOauth } from "./config-shape.ts";
import { pathOf, readUrl, schemeOf, type UrlParts } from "./config-url.ts";
import { isOneVariable, locate, type RawValue, readSecret, substitute } from "./config-value.ts";
import { didYouMean } from "./errors-did-you-mean.ts";

export type Endpoint = ImapSourceConfig | SmtpOutgoingConfig | { kind: "maildir"; path: string };

interface Scheme {
  kind: "imap" | "smtp";
  port: number;
  secure: "tls" | "starttls" | "opportunistic" | "none";
}

// RFC 8314 for the ports of implicit TLS; RFC 3207 and RFC 3501 for the others; 587 is for submission (RFC 6409).
const schemes: Record<string, Scheme> = {
  imaps: { kind: "imap", port: 993, secure: "tls" },
  imap: { kind: "imap", port: 143, secure: "none" },
  "imap+starttls": { kind: "imap", port: 143, secure: "starttls" },
  smtp: { kind: "smtp", port: 25, secure: "opportunistic" },
  smtps: { kind: "smtp", port: 465, secure: "tls" },
  "smtp+starttls": { kind: "smtp", port: 587, secure: "starttls" },
};
const optionNames: Record<Scheme["kind"], readonly string[]> = {
  imap: ["allowInvalidCertificates"],
  smtp: ["allowInvalidCertificates", "ratePerMinute"],
};
const rateMax = 100_000;

export const isImapScheme = (scheme: string): boolean => schemes[scheme]?.kind === "imap";

/** Reads a source or a way out; `forms` is what a complaint tells to write. */
export function readEndpoint(reading: Reading, key: readonly ConfigKey[], raw: RawEndpoint, forms: string): Endpoint {
  const long = typeof raw === "object" && "url" in raw ? raw : null;
  const value: RawValue = long === null ? (raw as RawValue) : long.url; // without `url` it is one of the three forms of a value
  const isSplit = typeof value === "string" && !isOneVariable(value);
  const text = isSplit ? value : textOf(reading, key, value);
  const scheme = schemeOf(text);
  if (scheme === "maildir") {
    const path = pathOf(isSplit ? substituted(reading, key, text) : text);
    if (path === "") throw reading.problem(key, `${nameOf(key)}${shown(value)} names no folder. Write maildir:./path.`);
    if (long?.oauth !== undefined)
      throw reading.problem([...key, "oauth"], `${nameOf(key)} is a folder, which needs no login. Remove oauth.`);
    return { kind: "maildir", path: locate(path, reading.source) };
  }
  const known = schemes[scheme];
  const read = readUrl(text);
  if (known === undefined || !read.ok) {
    const near = known === undefined && scheme !== "" ? didYouMean(scheme, [...Object.keys(schemes), "maildir"]) : "";
    throw reading.problem(
      key,
      `${nameOf(key)}${shown(value)} ${known === undefined || read.ok ? "is no URL maildesk knows" : read.text}${near}. Write ${forms}.`,
    );
  }
  const url = isSplit ? mapped(read.url, (part) => substituted(reading, key, part)) : read.url;
  const unknown = [...url.options.keys()].find((name) => !optionNames[known.kind].includes(name));
  if (unknown !== undefined) {
    throw reading.problem(
      key,
      `${nameOf(key)} has an unknown option "${unknown}"${didYouMean(unknown, optionNames[known.kind])}. Known: ${optionNames[known.kind].join(", ")}.`,
    );
  }
  const user = long?.user === undefined ? url.user : textOf(reading, [...key, "user"], long.user);
  const password = passwordOf(reading, key, long?.password, value, isSplit ? read.url : null, url.password !== null);
  const oauth = oauthOf(reading, key, long?.oauth, known.kind, password);
  const allowInvalidCertificates = isOn(
    reading,
    key,
    long?.allowInvalidCertificates ?? url.options.get("allowInvalidCertificates"),
    false,
  );
  const server = { host: url.host, port: url.port ?? known.port, allowInvalidCertificates };
  if (known.kind === "smtp")
    return smtpOf(
      reading,
      key,
      { ...server, secure: known.secure },
      { user, password, oauth },
      long?.ratePerMinute ?? url.options.get("ratePerMinute"),
    );
  if (user === null)
    throw reading.problem(key, `${nameOf(key)}${shown(value)} names no user. Write imaps://user@host/INBOX.`);
  if (password === null && oauth === null) {
    throw reading.problem(
      key,
      `${nameOf(key)} has no password. Write { url: ${scheme}://..., password: { file: ./imap.password } }, { command: "COMMAND" } or "\${NAME}".`,
    );
  }
  const secure = known.secure === "opportunistic" ? "starttls" : known.secure;
  return { kind: "imap", ...server, secure, user, password, oauth, folder: url.path === "" ? "INBOX" : url.path };
}

function smtpOf(
  reading: Reading,
  key: readonly ConfigKey[],
  server: Pick<SmtpOutgoingConfig, "host" | "port" | "secure" | "allowInvalidCertificates">,
  { user, password, oauth }: Pick<SmtpOutgoingConfig, "user" | "password" | "oauth">,
  rate: string | undefined,
): SmtpOutgoingConfig {
  if (user === null && oauth !== null)
    throw reading.problem(key, `${nameOf(key)} has oauth and no user. Add user: the address that signs in.`);
  if (user !== null && password === null && oauth === null)
    throw reading.problem(
      key,
      `${nameOf(key)} has a user and no password. Add password: { file: ./smtp.password }, or leave the user out.`,
    );
  if (user === null && password !== null)
    throw reading.problem(key, `${nameOf(key)} has a password and no user. Add user: NAME.`);
  const ratePerMinute = rate === undefined ? null : wholeNumber(reading, [...key, "ratePerMinute"], rate, 1, rateMax);
  return { kind: "smtp", ...server, user, password, oauth, ratePerMinute };
}

function oauthOf(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawOauth | undefined,
  kind: Scheme["kind"],
  password: Secret | null,
): OauthConfig | null {
  if (raw === undefined) return null;
  if (password === null) return readOauth(reading, [...key, "oauth"], raw, kind);
  throw reading.problem(
    [...key, "oauth"],
    `${nameOf(key)} has a password and oauth. Keep the one that the server wants, and remove the other.`,
  );
}

/** The password of its own key, else the URL's; null where neither stands. Whatever can be checked now is checked now. */
function passwordOf(
  reading: Reading,
  key: readonly ConfigKey[],
  own: RawValue | undefined,
  url: RawValue,
  parts: UrlParts | null,
  isInUrl: boolean,
): Secret | null {
  const whose = `The password of ${nameOf(key)}`;
  const { source } = reading;
  if (own !== undefined) {
    if (typeof own === "string") substituted(reading, [...key, "password"], own);
    return () => readSecret(own, source, whose);
  }
  if (!isInUrl) return null;
  if (parts !== null) return () => readSecret(parts.password ?? "", source, whose);
  return async () => {
    const read = readUrl(await readSecret(url, source, whose));
    return read.ok ? (read.url.password ?? "") : "";
  };
}

function substituted(reading: Reading, key: readonly ConfigKey[], text: string): string {
  try {
    return substitute(text, reading.source);
  } catch (error) {
    throw reading.problem(key, `${nameOf(key)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const mapped = (url: UrlParts, change: (part: string) => string): UrlParts => ({
  ...url,
  user: url.user === null ? null : change(url.user),
  password: url.password === null ? null : change(url.password),
  host: change(url.host),
  path: change(url.path),
  options: new Map([...url.options].map(([name, value]) => [name, change(value)])),
});
