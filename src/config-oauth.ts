// What stands under `oauth:` in maildesk.yaml: a login by access tokens (RFC 6749, RFC 6750) instead of a password. A
// provider only fills in the token endpoint and the scope. The secrets stay functions that read them anew (type Secret).
import type { Secret } from "./config.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { momentOf, pick, type Reading, shown, textOf } from "./config-scalar.ts";
import type { RawOauth } from "./config-shape.ts";
import { isOneVariable, locate, type RawValue, readSecret, substitute } from "./config-value.ts";

export interface OauthConfig {
  provider: "microsoft" | "google" | "custom";
  /** RFC 6749 section 6 (a person signed in) or section 4.4 (the program is trusted by itself). */
  grant: "refresh_token" | "client_credentials";
  tokenUrl: string;
  clientId: string;
  clientSecret: Secret | null;
  refreshToken: Secret | null;
  /** Null: what was granted at the sign-in. */
  scope: string | null;
  /** When the client secret or the refresh token ends, whichever is first; UTC milliseconds. */
  endsAt: number | null;
  /** Where a person puts a new one, as a sentence says it. */
  places: { clientSecret: string; refreshToken: string };
}

const providers = ["microsoft", "google", "custom"] as const;
const grants = ["refresh_token", "client_credentials"] as const;

/** With offline_access the endpoint may hand out a new refresh token with each access token. */
const microsoftScopes = {
  imap: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
  smtp: "https://outlook.office.com/SMTP.Send offline_access",
};
const microsoftAppScope = "https://outlook.office365.com/.default";
const google = { tokenUrl: "https://oauth2.googleapis.com/token", scope: "https://mail.google.com/" };

/** Reads the block under `key`, which ends with "oauth"; `kind` chooses the scope. */
export function readOauth(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawOauth,
  kind: "imap" | "smtp",
): OauthConfig {
  const where = nameOf(key);
  if (raw.provider === undefined)
    throw reading.problem(key, `${where} has no provider. Add provider: microsoft, google or custom.`);
  const provider = pick(reading, [...key, "provider"], raw.provider, providers);
  const grant = pick(reading, [...key, "grant"], raw.grant ?? "refresh_token", grants);
  const clientId = raw.clientId === undefined ? "" : textOf(reading, [...key, "clientId"], raw.clientId).trim();
  if (clientId === "")
    throw reading.problem(key, `${where} has no clientId. Add the id that the provider gave the registered program.`);
  refuseWrongGrant(reading, key, raw, provider, grant);
  const tenant = raw.tenant === undefined ? null : textOf(reading, [...key, "tenant"], raw.tenant).trim();
  if (tenant !== null && (provider !== "microsoft" || raw.tokenUrl !== undefined || !/^[\w.-]+$/.test(tenant)))
    throw reading.problem(
      [...key, "tenant"],
      `${where}.tenant is a directory's id or domain, for provider: microsoft without tokenUrl. Mend it or leave it out.`,
    );
  const secret = (name: "clientSecret" | "refreshToken"): Secret | null => {
    const value = raw[name];
    return value === undefined ? null : secretOf(reading, [...key, name], value);
  };
  return {
    provider,
    grant,
    tokenUrl: tokenUrlOf(reading, key, raw, provider, tenant),
    clientId,
    clientSecret: secret("clientSecret"),
    refreshToken: secret("refreshToken"),
    scope:
      raw.scope === undefined
        ? usualScope(provider, grant, kind)
        : textOf(reading, [...key, "scope"], raw.scope).trim(),
    endsAt: raw.endsAt === undefined ? null : endOf(reading, [...key, "endsAt"], raw.endsAt),
    places: {
      clientSecret: placeOf(reading, [...key, "clientSecret"], raw.clientSecret),
      refreshToken: placeOf(reading, [...key, "refreshToken"], raw.refreshToken),
    },
  };
}

function refuseWrongGrant(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawOauth,
  provider: OauthConfig["provider"],
  grant: OauthConfig["grant"],
): void {
  const where = nameOf(key);
  if (grant === "refresh_token") {
    if (raw.refreshToken !== undefined) return;
    throw reading.problem(
      key,
      `${where} has no refreshToken. Sign in once and add refreshToken: { file: ./refresh.token }, or write grant: client_credentials.`,
    );
  }
  if (provider === "google")
    throw reading.problem(
      [...key, "grant"],
      `${where}: Google knows no client_credentials. Write grant: refresh_token.`,
    );
  if (raw.refreshToken !== undefined)
    throw reading.problem(
      [...key, "refreshToken"],
      `${where} has a refreshToken, which client_credentials does not use. Remove it, or write grant: refresh_token.`,
    );
  if (raw.clientSecret === undefined)
    throw reading.problem(key, `${where} has no clientSecret. Add clientSecret: { file: ./client.secret }.`);
  if (provider === "microsoft" && raw.tenant === undefined && raw.tokenUrl === undefined)
    throw reading.problem(key, `${where} has no tenant. Add tenant: the directory's id or domain.`);
}

function tokenUrlOf(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawOauth,
  provider: OauthConfig["provider"],
  tenant: string | null,
): string {
  if (raw.tokenUrl === undefined) {
    if (provider === "microsoft") return `https://login.microsoftonline.com/${tenant ?? "common"}/oauth2/v2.0/token`;
    if (provider === "google") return google.tokenUrl;
    throw reading.problem(key, `${nameOf(key)} has no tokenUrl. Add tokenUrl: https://HOST/PATH.`);
  }
  const own = [...key, "tokenUrl"];
  const text = textOf(reading, own, raw.tokenUrl).trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.username === "" && url.password === "" && url.hash === "";
  if (url !== null && isPlain && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))))
    return url.href;
  throw reading.problem(
    own,
    `${nameOf(own)}${shown(raw.tokenUrl)} is no address to which a secret may be sent. Write https://HOST/PATH.`,
  );
}

/** Unencrypted is allowed where nothing leaves the machine. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);

function usualScope(
  provider: OauthConfig["provider"],
  grant: OauthConfig["grant"],
  kind: "imap" | "smtp",
): string | null {
  if (provider === "google") return google.scope;
  if (provider === "custom") return null;
  return grant === "client_credentials" ? microsoftAppScope : microsoftScopes[kind];
}

function endOf(reading: Reading, key: readonly ConfigKey[], raw: string): number {
  const text = textOf(reading, key, raw).trim();
  const atMs = momentOf(text);
  if (atMs !== null) return atMs;
  throw reading.problem(key, `${nameOf(key)} "${text}" is no date. Write one such as 2027-01-31.`);
}

/** What can be checked now is checked now; the value itself is read at each use. */
function secretOf(reading: Reading, key: readonly ConfigKey[], raw: RawValue): Secret {
  if (typeof raw === "string") {
    try {
      substitute(raw, reading.source);
    } catch (error) {
      throw reading.problem(key, `${nameOf(key)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return async () => (await readSecret(raw, reading.source, nameOf(key))).trim();
}

function placeOf({ source }: Reading, key: readonly ConfigKey[], raw: RawValue | undefined): string {
  const again = "; it is read again at each try";
  if (raw === undefined) return `maildesk.yaml as ${nameOf(key)}, and start maildesk again`;
  if (typeof raw === "object" && "file" in raw) return `${locate(raw.file, source)}${again}`;
  if (typeof raw === "object") return `what the command of ${nameOf(key)} reads${again}`;
  const variable = isOneVariable(raw) ? `the variable ${raw.trim().slice(2, -1)}` : `maildesk.yaml as ${nameOf(key)}`;
  return `${variable}, and start maildesk again`;
}
