// One question to a token endpoint: RFC 6749 section 6 (refresh) and section 4.4 (client credentials). It has an end in time
// and in size, follows no redirect (the secret would go elsewhere), and believes no answer that is not of the RFC's shape.
import { isKind, systemCode } from "../errors.ts";
import type { OauthAccount } from "./account.ts";
import { notAnEndpoint, refused, unreachable, untrusted } from "./refusal.ts";

/** What the endpoint handed out; times from now on. */
export interface Granted {
  accessToken: string;
  expiresInMs: number;
  /** Null: the one that was used stays good. */
  refreshToken: string | null;
  refreshExpiresInMs: number | null;
}

export interface TokenSecrets {
  clientSecret: string | null;
  refreshToken: string | null;
}

export const endpointLimits = { answerMs: 20_000, answerBytesMax: 64 * 1024 } as const;

/** Where the answer names no lifetime (RFC 6749 section 5.1 only recommends it). */
const usualLifeMs = 10 * 60_000;
const longestLifeMs = 30 * 86_400_000;

type Answer = Readonly<Record<string, unknown>>;

/** Rejects: operator where a person must mend something; temporary, code "connection", where the endpoint can't answer now. */
export async function askForToken(
  account: OauthAccount,
  secrets: TokenSecrets,
  answerMs: number = endpointLimits.answerMs,
): Promise<Granted> {
  const { status, text } = await ask(account, secrets, answerMs);
  const sent = [secrets.refreshToken, secrets.clientSecret].flatMap((secret) =>
    secret === null ? [] : [secret, encodeURIComponent(secret)],
  );
  if (status >= 300 && status < 400) throw notAnEndpoint(account, `answers with a redirect (${status})`);
  const answer = objectOf(text);
  if (status !== 200) throw refused(account, status, answer ?? {}, sent);
  // Some endpoints refuse with 200.
  if (typeof answer?.error === "string" && answer.access_token === undefined) throw refused(account, 400, answer, sent);
  return granted(account, answer);
}

async function ask(
  account: OauthAccount,
  secrets: TokenSecrets,
  answerMs: number,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(account.tokenUrl, {
      method: "POST",
      ...question(account, secrets),
      redirect: "manual",
      signal: AbortSignal.timeout(answerMs),
    });
    return { status: response.status, text: await readBody(account, response) };
  } catch (error) {
    if (isKind(error, "operator")) throw error;
    // fetch hides the system's word in the cause of its TypeError.
    const cause = error instanceof TypeError ? error.cause : error;
    const code = systemCode(cause);
    if (code !== null && /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH/.test(code))
      throw untrusted(account, code, cause);
    if (code !== null && /^ERR_SSL_|^EPROTO$/.test(code)) throw notAnEndpoint(account, `does not speak TLS (${code})`);
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    throw unreachable(account, isLate ? "timeout" : (code ?? "the connection broke"), cause);
  }
}

/**
 * RFC 6749 section 2.3.1: every server must take the secret in the header; Microsoft and Google document the form. A client
 * without a secret names itself in the form.
 */
function question(account: OauthAccount, { clientSecret, refreshToken }: TokenSecrets) {
  const { grant, clientId, scope, provider } = account;
  const form = new URLSearchParams({ grant_type: grant });
  if (refreshToken !== null) form.set("refresh_token", refreshToken);
  if (scope !== null && scope !== "") form.set("scope", scope);
  const headers: Record<string, string> = { accept: "application/json", connection: "close" };
  if (clientSecret !== null && provider === "custom") headers.authorization = basic(clientId, clientSecret);
  else {
    form.set("client_id", clientId);
    if (clientSecret !== null) form.set("client_secret", clientSecret);
  }
  return { headers, body: form };
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString("base64")}`;

const formEncoded = (text: string): string => new URLSearchParams({ a: text }).toString().slice(2);

async function readBody(account: OauthAccount, response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of response.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > endpointLimits.answerBytesMax)
      throw notAnEndpoint(account, `answers with more than ${endpointLimits.answerBytesMax / 1024} kB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function objectOf(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Answer) : null; // any fields, each checked
  } catch {
    return null;
  }
}

/** RFC 6749 section 5.1. */
function granted(account: OauthAccount, answer: Answer | null): Granted {
  const accessToken = tokenOf(answer?.access_token);
  if (answer === null || accessToken === null) throw notAnEndpoint(account, "answers without an access token");
  const kind = answer.token_type;
  if (typeof kind === "string" && kind.toLowerCase() !== "bearer")
    throw notAnEndpoint(account, "gives tokens of a kind that mail servers do not take");
  return {
    accessToken,
    expiresInMs: Math.min(secondsMs(answer.expires_in) ?? usualLifeMs, longestLifeMs),
    refreshToken: tokenOf(answer.refresh_token),
    refreshExpiresInMs: secondsMs(answer.refresh_token_expires_in),
  };
}

/** RFC 6749 appendix A.12: visible ASCII, so that none can break out of a command. */
const tokenOf = (value: unknown): string | null =>
  typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : null;

/** Microsoft's older endpoints write numbers as text. */
function secondsMs(value: unknown): number | null {
  const seconds = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : null;
}
