// One account that logs in by access tokens, as app.ts hands it over, and what is kept of it between two processes.
import { createHash } from "node:crypto";
import { type SealKey, seal, unseal } from "./seal.ts";

export interface OauthAccount {
  /** How sentences and the log name it: `mailbox support`, `outgoing`. */
  name: string;
  /** Who logs in at the mail server. */
  user: string;
  provider: "microsoft" | "google" | "custom";
  grant: "refresh_token" | "client_credentials";
  tokenUrl: string;
  clientId: string;
  /** Secrets are read anew at each use; they reject with operator. */
  clientSecret: (() => Promise<string>) | null;
  refreshToken: (() => Promise<string>) | null;
  scope: string | null;
  /** When the client secret or the refresh token ends, as the configuration says; UTC milliseconds. */
  endsAt: number | null;
  /** Where a person puts a new one. */
  places: { clientSecret: string; refreshToken: string };
}

/** An access token; it is handed out until `freshUntil`, a moment before it ends. UTC milliseconds. */
export interface AccessToken {
  token: string;
  freshUntil: number;
}

/** What is sealed into a row: the refresh token that was handed out last, and an access token for each scope. */
export interface CredentialState {
  refreshToken: string | null;
  access: Readonly<Record<string, AccessToken>>;
}

const nothing: CredentialState = { refreshToken: null, access: {} };

/**
 * The row of a sign-in. The refresh token of the configuration is part of it: whoever signs in again and writes the new one
 * there begins a new row, and two accounts that share a sign-in share what becomes of it.
 */
export const credentialId = (
  { tokenUrl, clientId, grant }: Pick<OauthAccount, "tokenUrl" | "clientId" | "grant">,
  configured: string | null,
): string =>
  createHash("sha256")
    .update([tokenUrl, clientId, grant, configured ?? ""].join("\0"))
    .digest("hex");

export const scopeOf = ({ scope }: Pick<OauthAccount, "scope">): string => scope ?? "";

export function readState(keys: readonly SealKey[], id: string, sealed: string | null): CredentialState {
  const text = sealed === null ? null : unseal(keys, id, sealed);
  return text === null ? nothing : (JSON.parse(text) as CredentialState); // written by `writeState`, and authentic
}

export const writeState = (keys: readonly SealKey[], id: string, state: CredentialState): string =>
  seal(keys, id, JSON.stringify(state));
