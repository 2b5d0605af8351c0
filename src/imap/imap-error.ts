// What went wrong with an IMAP server, as one sentence for a person and a kind for the caller. The password never
// stands in any of them: only host, port, user and folder are taken from the configuration. RFC 5530 (response codes).
import { isKind, MaildeskError, operator, systemCode, temporary } from "../errors.ts";

/** How the server is named in a sentence. */
export interface ServerName {
  host: string;
  port: number;
  user: string;
  /** Given where the login is by access tokens. */
  tokens?: unknown;
}

// What imapflow puts on its errors; `responseStatus` is there only if the server itself refused.
interface ImapFailure {
  authenticationFailed?: boolean;
  responseStatus?: string;
  responseText?: string;
  serverResponseCode?: string;
  reason?: string;
  tlsFailed?: boolean;
}

const certificateCodes = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

// RFC 5530: the login may succeed later, whatever the password.
const passingLoginCodes = new Set(["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"]);

const saidCharsMax = 200;

/** The failure of connecting and logging in, or of a command whose refusal is nothing special. */
export function imapError(cause: unknown, server: ServerName): MaildeskError {
  if (cause instanceof MaildeskError) return cause;
  // A mistake in our own code is no word of the server.
  if (cause instanceof TypeError || cause instanceof ReferenceError) throw cause;
  const failure = failureOf(cause);
  const where = `The IMAP server at ${server.host}:${server.port}`;
  const code = systemCode(cause);
  if (code !== null && certificateCodes.has(code)) {
    return operator(`${where} shows a certificate that cannot be trusted (${code}).`, {
      remedy:
        "Use the host name that the certificate names, mend the certificate, or allow invalid certificates for this mailbox.",
      code,
      cause,
    });
  }
  if (code === "EPROTO" || code?.startsWith("ERR_SSL_") === true) {
    return operator(`${where} does not speak TLS there.`, {
      remedy: "Mend the port, or use imap+starttls:// instead of imaps:// in maildesk.yaml.",
      code,
      cause,
    });
  }
  if (failure.tlsFailed === true && code === null) {
    return operator(`${where} does not offer STARTTLS.`, {
      remedy: "Use imaps:// with its own port in maildesk.yaml.",
      cause,
    });
  }
  const refused = failure.responseStatus === "NO" || failure.responseStatus === "BAD";
  // imapflow marks every failed login, a dropped connection too, so its mark alone proves nothing about the password.
  if (failure.authenticationFailed === true && refused && !passingLoginCodes.has(failure.serverResponseCode ?? "")) {
    const isToken = server.tokens != null;
    return operator(
      `${where} refused the ${isToken ? "access token" : "password"} of ${server.user}.${said(failure)}`,
      {
        remedy: isToken
          ? `Check that ${server.user} is the one who signed in, that IMAP is switched on for that mailbox, and that the scope allows IMAP.`
          : "Mend the password in maildesk.yaml; it is read again at each try.",
        code: "login",
        cause,
      },
    );
  }
  if (refused) return temporary(`${where} refused a command.${said(failure)}`, { code: "refused", cause });
  return temporary(`${where} ${connectionWords(code)}.${said(failure)}`, {
    code: "connection",
    cause,
    remedy:
      "Check the mailbox's host and port in maildesk.yaml, and that the server runs; it is tried again by itself.",
  });
}

/** The server has neither OAUTHBEARER nor XOAUTH2. */
export const noTokensTaken = ({ host, port, user }: ServerName): MaildeskError =>
  operator(`The IMAP server at ${host}:${port} takes no access tokens.`, {
    remedy: `Name the provider's own server in maildesk.yaml, or write a password for ${user} instead of oauth.`,
    code: "mechanism",
  });

/** The failure of opening the configured folder; `folders` are those that exist there. */
export function folderError(cause: unknown, server: ServerName, folder: string, folders: string[]): MaildeskError {
  const failure = failureOf(cause);
  if (failure.responseStatus === undefined) return imapError(cause, server);
  const where = `the IMAP server at ${server.host}:${server.port}`;
  if (folders.includes(folder)) {
    return operator(`The folder ${folder} cannot be opened on ${where}.${said(failure)}`, {
      remedy: `Give ${server.user} the right to read it.`,
      code: "folder",
      cause,
    });
  }
  const near = nearest(folder, folders);
  return operator(`There is no folder ${folder} for ${server.user} on ${where}.`, {
    remedy:
      near.length === 0
        ? "Make it, or name another one."
        : `Mend its name in maildesk.yaml; there are: ${near.join(", ")}.`,
    code: "folder",
    cause,
  });
}

/** The same failure, should an unkind server repeat what proves who we are. */
export function withoutSecret(cause: unknown, secret: string): unknown {
  const failure = failureOf(cause);
  if (failure.responseText !== undefined) failure.responseText = failure.responseText.replaceAll(secret, "***");
  if (failure.reason !== undefined) failure.reason = failure.reason.replaceAll(secret, "***");
  return cause;
}

/** True where the connection is gone rather than the command refused. */
export function isLost(error: unknown): boolean {
  return isKind(error, "temporary") ? error.code === "connection" : failureOf(error).responseStatus === undefined;
}

/** What the server answered, or the error's own words, for a row that a person reads. */
export function serverWords(error: unknown): string {
  const words = failureOf(error).responseText ?? (error instanceof Error ? error.message : String(error));
  return printable(words);
}

/** A server's words are shown on terminals: no control characters, no escape sequences. */
const printable = (words: string): string =>
  words
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, saidCharsMax);

// The cast is safe: every field is optional and each is checked before use.
const failureOf = (error: unknown): ImapFailure =>
  typeof error === "object" && error !== null ? (error as ImapFailure) : {};

function said(failure: ImapFailure): string {
  const words = failure.responseText ?? failure.reason;
  return words ? ` It says: ${printable(words)}` : "";
}

function connectionWords(code: string | null): string {
  switch (code) {
    case "ECONNREFUSED":
      return "refuses connections";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "was not found by name";
    case "ETIMEDOUT":
    case "ETIMEOUT":
    case "CONNECT_TIMEOUT":
    case "GREETING_TIMEOUT":
    case "UPGRADE_TIMEOUT":
      return "does not answer";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "cannot be reached";
    default:
      return "closed the connection";
  }
}

const nearestMax = 3;

function nearest(name: string, names: string[]): string[] {
  const wanted = name.toLowerCase();
  return names
    .map((other) => ({ other, distance: editDistance(wanted, other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, nearestMax)
    .map(({ other }) => other);
}

// Levenshtein, one row at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
