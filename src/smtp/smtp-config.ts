// How to reach the server that carries our mail away, as app.ts hands it over. It holds no secret: the password is
// asked for at each login, because it may come from a file or a command and change while we run.
import type { AccessTokens } from "../ports-oauth.ts";

export interface SmtpConfig {
  host: string;
  port: number;
  /**
   * `tls` from the first byte (RFC 8314), `starttls` or nothing (RFC 3207), `opportunistic`: encrypted where the
   * server can, or `none`. Opportunistic never sends a password in the clear.
   */
  secure: "tls" | "starttls" | "opportunistic" | "none";
  user?: string;
  password?: () => Promise<string>;
  /** Access tokens instead of a password, by XOAUTH2. */
  tokens?: AccessTokens;
  /** What we call ourselves in EHLO; a name without a dot is not said. */
  name: string;
  maxConnections?: number;
  maxMailsPerConnection?: number;
  /** Mails handed to this host in a minute, evenly spaced; null = as fast as it takes them. */
  ratePerMinute?: number | null;
  connectTimeoutMs: number;
  /** Silence after which a connection counts as dead. RFC 5321 section 4.5.3.2.6 asks for 10 minutes after the last dot. */
  socketTimeoutMs: number;
  allowInvalidCertificates?: boolean;
}

export const smtpLimits = {
  maxConnections: 2,
  maxMailsPerConnection: 100,
  /** An idle connection says goodbye after this. */
  idleMs: 10_000,
  /** How long a goodbye may take. */
  quitMs: 2_000,
  /** Callers that wait for a connection; one more is told to come later. */
  waitingMax: 1_000,
  /** Characters kept of what a server said. */
  lineCharsMax: 300,
} as const;

/** `mail.example.com:587`, as sentences name the server. */
export const serverName = (config: SmtpConfig) => `${config.host}:${config.port}`;
