// What a failure of the token endpoint means (RFC 6749 section 5.2): a person must sign in again or mend the configuration,
// or it is tried again by itself. The endpoint's words are repeated without the secrets that were sent to it.
import { type MaildeskError, operator, temporary } from "../errors.ts";
import type { OauthAccount } from "./account.ts";

const wordsCharsMax = 300;
/** Words of the endpoint for its own trouble; RFC 6749 section 4.1.2.1 and what providers add. */
const passing: ReadonlySet<string> = new Set(["temporarily_unavailable", "server_error", "slow_down"]);
const aboutClient: ReadonlySet<string> = new Set(["invalid_client", "unauthorized_client"]);
/** HTTP: the server, or who stands before it, asks for patience. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/** `login.microsoftonline.com`, with the port where it is not the usual one. */
export const endpointName = ({ tokenUrl }: Pick<OauthAccount, "tokenUrl">): string => new URL(tokenUrl).host;

const again = "Nothing is lost; it is tried again by itself.";

/** The endpoint did not answer. `code` is the system's word for it, or `timeout`. */
export const unreachable = (account: OauthAccount, code: string, cause: unknown): MaildeskError =>
  temporary(`The token endpoint ${endpointName(account)} ${silence(code)}.`, {
    code: "connection",
    remedy: `${again} If it stays so, check tokenUrl in maildesk.yaml.`,
    cause,
  });

function silence(code: string): string {
  if (["timeout", "ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"].includes(code)) return "does not answer in time";
  if (code === "UND_ERR_SOCKET" || code === "ECONNRESET") return "closed the connection";
  if (code === "ECONNREFUSED") return "refuses connections";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "was not found by name";
  return `could not be reached (${code})`;
}

export const untrusted = (account: OauthAccount, code: string, cause: unknown): MaildeskError =>
  operator(`The token endpoint ${endpointName(account)} shows a certificate that cannot be trusted (${code}).`, {
    code,
    cause,
    remedy: "Check tokenUrl in maildesk.yaml and this machine's clock and certificates. No secret was sent.",
  });

/** It answers, but not as a token endpoint does; `what` completes "The token endpoint HOST ...". */
export const notAnEndpoint = (account: OauthAccount, what: string): MaildeskError =>
  operator(`The token endpoint ${endpointName(account)} ${what}.`, {
    code: "token-endpoint",
    remedy: "Check tokenUrl in maildesk.yaml.",
  });

/** A status other than 200, with the answer's `error` and `error_description` where it has them. */
export function refused(
  account: OauthAccount,
  status: number,
  answer: { error?: unknown; error_description?: unknown },
  secrets: readonly string[],
): MaildeskError {
  const host = endpointName(account);
  const word = typeof answer.error === "string" ? printable(answer.error, secrets) : "";
  const words = typeof answer.error_description === "string" ? printable(answer.error_description, secrets) : "";
  const said = words === "" ? "." : `: ${words}`;
  if (status >= 500 || passingStatuses.has(status) || passing.has(word))
    return temporary(`The token endpoint ${host} asks to come back later (${word === "" ? status : word})${said}`, {
      code: "connection",
      remedy: again,
    });
  if (word === "") return notAnEndpoint(account, `answers with ${status}`);
  if (word === "invalid_grant" && account.grant === "refresh_token")
    return operator(`${host} refuses the refresh token of ${account.name} (${word})${said}`, {
      code: word,
      remedy: signInAgain(account),
    });
  if (aboutClient.has(word))
    return operator(`${host} refuses the client ${account.clientId} of ${account.name} (${word})${said}`, {
      code: word,
      remedy: `Check clientId, and ${newSecret(account)}`,
    });
  if (word === "invalid_scope")
    return operator(`${host} refuses the scope of ${account.name} (${word})${said}`, {
      code: word,
      remedy: `Give the client ${account.clientId} the right to ${account.scope ?? "the mailbox"}, or mend scope in maildesk.yaml.`,
    });
  return operator(`${host} gives no token for ${account.name} (${word})${said}`, {
    code: word,
    remedy: "Check the oauth block in maildesk.yaml against what the client is registered for.",
  });
}

export const signInAgain = ({ user, places }: OauthAccount): string =>
  `Sign in again as ${user} and put the new refresh token into ${places.refreshToken}.`;

/** Without a capital, to be put behind other words. */
export const newSecret = ({ places }: OauthAccount): string =>
  `put a client secret that is valid into ${places.clientSecret}.`;

/** An endpoint's words on a terminal: no control characters, no secret. */
function printable(words: string, secrets: readonly string[]): string {
  const masked = secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "***")), words);
  const plain = masked
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .slice(0, wordsCharsMax);
  return plain;
}
