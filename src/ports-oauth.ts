// What a login by OAuth 2.0 needs: access tokens for whoever logs in, a place for what the token endpoint handed out, and
// word of what is going to end.

export interface AccessTokens {
  /**
   * A token for a login now. `refused` is the one that the mail server did not take: it is not handed out again, unless the
   * endpoint itself gives the same. Rejects: operator where a person must mend something, else temporary.
   */
  token(refused: string | null): Promise<string>;
}

/** What a token endpoint handed out, sealed: the newest refresh token and the access tokens. */
export interface StoredCredential {
  sealed: string | null;
  /** How often it was written. */
  generation: number;
  /** When the refresh token ends, where the endpoint said so; UTC milliseconds. */
  refreshEndsAt: number | null;
}

/** Shared by all processes of a desk, so that a refresh token which is good for one use only is used once. */
export interface Credentials {
  get(id: string): Promise<StoredCredential | null>;
  /** The right to ask the endpoint until `untilMs`; null where another one has it. */
  lease(id: string, owner: string, now: number, untilMs: number): Promise<StoredCredential | null>;
  /** Writes over the generation that was read, and gives the lease back; false where somebody wrote meanwhile. */
  save(id: string, credential: StoredCredential, now: number): Promise<boolean>;
  release(id: string, owner: string): Promise<void>;
}

/** Something without which no mail is read or sent, and which a person must renew before it ends. */
export interface TokenEnding {
  /** `mailbox support` or `outgoing`. */
  account: string;
  what: "refresh token" | "client secret" | "client secret or refresh token";
  /** UTC milliseconds; in the past where it has ended. */
  endsAt: number;
  /** One sentence for a person: what ends when. */
  text: string;
  /** What to do, as an imperative sentence. */
  remedy: string;
}

export interface TokenEndings {
  /** What ends within two weeks or has ended, the soonest first. */
  tokenEndings(now: number): Promise<TokenEnding[]>;
}
