// Access tokens of one account: kept until a moment before they end, asked for once however many want one, and shared with
// the desk's other processes. A refresh token that the endpoint replaced is written down before the new access token is used
// (RFC 6749 section 6: the old one may be worthless from then on). It must never print a token or a secret.
import { setTimeout as pause } from "node:timers/promises";
import { isKind, temporary } from "../errors.ts";
import type { Clock, Log } from "../ports.ts";
import type { AccessTokens, Credentials, StoredCredential, TokenEnding } from "../ports-oauth.ts";
import {
  type AccessToken,
  type CredentialState,
  credentialId,
  type OauthAccount,
  readState,
  scopeOf,
  writeState,
} from "./account.ts";
import { nextEnding, warnMs } from "./ending.ts";
import { endpointName } from "./refusal.ts";
import type { SealKey } from "./seal.ts";
import { askForToken, endpointLimits, type Granted } from "./token-endpoint.ts";

export interface OauthPorts {
  credentials: Credentials;
  clock: Clock;
  log: Log;
  keys: readonly SealKey[];
  /** Names this process in leases. */
  owner: string;
  /** How long the endpoint may take; default: 20 seconds. */
  answerMs?: number;
}

export interface OauthLogin extends AccessTokens {
  /** Asks the endpoint now; resolves to a short fact, and to what ends within two weeks. Rejects as `token` does. */
  check(): Promise<{ text: string; warning: string | null }>;
  /** What ends next, however far; null where nothing is known to end. */
  ending(): Promise<TokenEnding | null>;
}

/** An answer, and the refresh token that it was given for. */
interface Asked {
  granted: Granted;
  used: string | null;
}

const leaseMs = endpointLimits.answerMs + 10_000;
const lookAgainMs = 100;
const lookedUpMs = 15 * 60_000;
/** A token is not handed out in its last two minutes, nor in the last fifth of a short life. */
const marginMsMax = 120_000;

/** Nothing is asked before the first token is wanted. */
export function openOauth(account: OauthAccount, ports: OauthPorts): OauthLogin {
  const { credentials, clock, log, keys, owner } = ports;
  const scope = scopeOf(account);
  let known: AccessToken | null = null;
  let asking: Promise<AccessToken> | null = null;
  let found: { id: string; at: number } | null = null;

  const isGood = (one: AccessToken | null | undefined, refused: string | null): one is AccessToken =>
    one != null && one.token !== refused && one.freshUntil > clock.now();

  /** Reads the secrets at each turn, so that a mended one is noticed without a restart. */
  async function row(): Promise<{ id: string; configured: string | null }> {
    const configured = (await account.refreshToken?.()) ?? null;
    const id = credentialId(account, configured);
    found = { id, at: clock.now() };
    return { id, configured };
  }

  /** The row for whoever only looks, as alerts do every minute: a command that gives the secret is not run for each look. */
  async function rowToLookAt(): Promise<string | null> {
    if (found !== null && clock.now() - found.at < lookedUpMs) return found.id;
    // Whoever can't read the secret hears of it elsewhere.
    return (await row().catch(() => null))?.id ?? null;
  }

  async function obtain(refused: string | null, anew: boolean): Promise<AccessToken> {
    const { id, configured } = await row();
    const holder = `${owner}/${account.name}`;
    const until = performance.now() + leaseMs + lookAgainMs; // by then a killed process holds it no more
    for (;;) {
      const seen = await credentials.get(id);
      const kept = seen === null ? undefined : readState(keys, id, seen.sealed).access[scope];
      if (!anew && isGood(kept, refused)) return kept;
      const now = clock.now();
      const held = await credentials.lease(id, holder, now, now + leaseMs);
      if (held !== null) return await whileHeld(id, holder, held, configured, anew ? null : refused, anew);
      if (performance.now() > until)
        throw temporary(`Another process asks ${endpointName(account)} for a token of ${account.name} already.`, {
          code: "connection",
        });
      await pause(lookAgainMs);
    }
  }

  async function whileHeld(
    id: string,
    holder: string,
    held: StoredCredential,
    configured: string | null,
    refused: string | null,
    anew: boolean,
  ): Promise<AccessToken> {
    try {
      const state = readState(keys, id, held.sealed);
      const kept = state.access[scope];
      // Another process was faster between the look and the lease.
      if (!anew && isGood(kept, refused)) return kept;
      const clientSecret = (await account.clientSecret?.()) ?? null;
      const asked = await ask(clientSecret, state.refreshToken, configured);
      return await keep(id, held, state, { ...asked, configured });
    } finally {
      await credentials.release(id, holder);
    }
  }

  /** The newest refresh token; where it is worth nothing any more, the one that was configured may still be. */
  async function ask(clientSecret: string | null, newest: string | null, configured: string | null): Promise<Asked> {
    const askWith = async (used: string | null): Promise<Asked> => ({
      used,
      granted: await askForToken(account, { clientSecret, refreshToken: used }, ports.answerMs),
    });
    try {
      return await askWith(newest ?? configured);
    } catch (error) {
      const isRefused = isKind(error, "operator") && error.code === "invalid_grant";
      if (!isRefused || newest === null || newest === configured) throw error;
      return await askWith(configured);
    }
  }

  async function keep(
    id: string,
    { generation, refreshEndsAt }: StoredCredential,
    state: CredentialState,
    { granted, used, configured }: Asked & { configured: string | null },
  ): Promise<AccessToken> {
    const now = clock.now();
    const { accessToken, expiresInMs, refreshToken, refreshExpiresInMs } = granted;
    const access = {
      token: accessToken,
      freshUntil: now + expiresInMs - Math.min(marginMsMax, Math.round(expiresInMs / 5)),
    };
    const others = Object.entries(state.access).filter(([, one]) => one.freshUntil > now);
    const isNew = account.grant === "refresh_token" && refreshToken !== null && refreshToken !== used;
    const next: CredentialState = {
      refreshToken: isNew ? refreshToken : used === configured ? null : used,
      access: { ...Object.fromEntries(others), [scope]: access },
    };
    const endsAt = refreshExpiresInMs !== null ? now + refreshExpiresInMs : isNew ? null : refreshEndsAt;
    await credentials.save(id, { sealed: writeState(keys, id, next), generation, refreshEndsAt: endsAt }, now);
    log.info("token", {
      account: account.name,
      endpoint: endpointName(account),
      goodForSeconds: Math.round(expiresInMs / 1000),
      rotated: isNew,
    });
    return access;
  }

  async function token(refused: string | null): Promise<string> {
    if (isGood(known, refused)) return known.token;
    const begin = (): Promise<AccessToken> =>
      (asking ??= obtain(refused, false).finally(() => {
        asking = null;
      }));
    let got = await begin();
    // One that was asked for by others may be the very one that was refused.
    if (got.token === refused) got = await begin();
    known = got;
    return got.token;
  }

  async function ending(): Promise<TokenEnding | null> {
    const id = await rowToLookAt();
    const seen = id === null ? null : await credentials.get(id);
    return nextEnding(account, seen?.refreshEndsAt ?? null, clock.now());
  }

  return {
    token,
    ending,
    async check() {
      known = await obtain(null, true);
      const next = await ending();
      const isNear = next !== null && next.endsAt - clock.now() <= warnMs;
      const forMinutes = Math.max(0, Math.round((known.freshUntil - clock.now()) / 60_000));
      const end =
        next === null || isNear ? "" : `; the ${next.what} ends on ${new Date(next.endsAt).toISOString().slice(0, 10)}`;
      return {
        text: `${endpointName(account)} gives a token for ${account.user}, good for ${forMinutes} min${end}`,
        warning: isNear ? `${next.text} ${next.remedy}` : null,
      };
    },
  };
}
