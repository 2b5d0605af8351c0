// How to reach the world: maildesk.yaml and the environment, checked with errors that name the line and the remedy.
// The only reader of process.env. How the desk behaves is not here but in the settings (src/desk/settings.ts).
import type { AfterFetch } from "./ports.ts";

/** A secret's value, read anew at each call, so that a mended password is noticed without a restart. */
export type Secret = () => Promise<string>;

export interface ImapSourceConfig {
  kind: "imap";
  host: string;
  port: number;
  secure: "tls" | "starttls" | "none";
  user: string;
  password: Secret;
  folder: string;
  allowInvalidCertificates: boolean;
}

export type SourceConfig = ImapSourceConfig | { kind: "maildir"; path: string } | { kind: "none" };

export interface SmtpOutgoingConfig {
  kind: "smtp";
  host: string;
  port: number;
  secure: "tls" | "starttls" | "opportunistic" | "none";
  user: string | null;
  password: Secret | null;
  ratePerMinute: number | null;
  allowInvalidCertificates: boolean;
}

export interface MailboxConfig {
  name: string;
  address: string;
  aliases: string[];
  displayName: string;
  plusAddressing: boolean;
  acknowledge: boolean;
  source: SourceConfig;
  after: AfterFetch;
  /** First contact: take what arrived in the last `ms`, everything, or since a moment (UTC milliseconds). */
  start: { kind: "all" } | { kind: "age"; ms: number } | { kind: "since"; atMs: number };
  pollEveryMs: number;
}

export interface Config {
  /** The file that was read; null where everything came from the environment and defaults. */
  path: string | null;
  /** `sqlite:` and an absolute path. */
  database: string;
  queue: { kind: "embedded" } | { kind: "redis"; url: string };
  outgoing: SmtpOutgoingConfig | { kind: "maildir"; path: string };
  mailboxes: MailboxConfig[];
  /** Signing keys for tokens; the first signs, all verify. At least one. */
  keys: { id: number; secret: Buffer }[];
  parser: { children: number };
  log: { format: "text" | "json"; level: "info" | "warn" | "error" | "silent" };
}
