// One connection to one IMAP folder, made when it is needed and thrown away when it is silent. imapflow does not
// reconnect by itself, and a connection whose other end vanished looks alive until somebody asks (PEERS 19).
// RFC 3501; RFC 2177 (IDLE) is in wait.ts.
import { setTimeout as pause } from "node:timers/promises";
import { ImapFlow, type ImapFlowOptions } from "imapflow";
import { isKind } from "../errors.ts";
import type { AccessTokens } from "../ports-oauth.ts";
import { folderError, imapError, noTokensTaken, withoutSecret } from "./imap-error.ts";

export interface ImapConfig {
  /** The mailbox's name in maildesk.yaml. */
  name: string;
  host: string;
  port: number;
  secure: "tls" | "starttls" | "none";
  user: string;
  /** Called at each connect, so that a mended password is noticed. Null where there are `tokens`. */
  password: (() => Promise<string>) | null;
  /** Access tokens instead of a password: OAUTHBEARER (RFC 7628) or XOAUTH2, whichever the server offers. */
  tokens?: AccessTokens | null;
  /** With "/" between its levels, whatever the server's own delimiter is. */
  folder: string;
  allowInvalidCertificates?: boolean;
}

/** The folder as it is open now. `uidValidity` is a decimal number (RFC 3501 section 2.3.1.1). */
export interface OpenFolder {
  client: ImapFlow;
  uidValidity: string;
}

export interface Connection {
  config: ImapConfig;
  /** A connection that answered just now, with the folder selected. Rejects with operator or temporary. */
  open(): Promise<OpenFolder>;
  /** Notes that the folder is about to be listed: what the server announces from now on is news. */
  listing(client: ImapFlow): void;
  /** True if the server announced mail since the last listing, or if that listing was on an earlier connection. */
  hasNews(client: ImapFlow): boolean;
  /** Asks the server for a sign of life; throws the connection away if there is none. */
  probe(client: ImapFlow): Promise<boolean>;
  /** What the server said when it last refused a command that imapflow reports as a mere `false`. */
  lastRefusal(): unknown;
  close(): Promise<void>;
}

/** Every wait for the server has an end. */
export const imapTimeouts = {
  connectMs: 30_000,
  greetingMs: 20_000,
  /** Silence in the middle of a command. */
  silenceMs: 90_000,
  probeMs: 10_000,
  logoutMs: 2_000,
} as const;

/** Over this a literal ends the connection, whatever size the server claimed before. */
const literalBytesMax = 256 * 1024 * 1024;

/** Prepares a connection; nothing is sent before the first `open`. */
export function prepareConnection(config: ImapConfig): Connection {
  let current: ImapFlow | null = null;
  let opening: Promise<ImapFlow> | null = null;
  let listedOn: ImapFlow | null = null;
  let news = false;
  let refusal: unknown = null;
  let closed = false;

  const remember = (entry: { err?: unknown }) => {
    if (entry.err !== undefined) refusal = entry.err;
  };

  /** A token that the server does not take may have ended early: a fresh one is tried once. */
  async function connect(): Promise<ImapFlow> {
    const { tokens } = config;
    if (tokens == null) return await logIn({ pass: (await config.password?.()) ?? "" });
    const accessToken = await tokens.token(null);
    try {
      return await logIn({ accessToken });
    } catch (error) {
      if (!isKind(error, "operator") || error.code !== "login") throw error;
      const fresh = await tokens.token(accessToken);
      if (fresh === accessToken) throw error;
      return await logIn({ accessToken: fresh });
    }
  }

  async function logIn(secret: Secret): Promise<ImapFlow> {
    const client = new ImapFlow({ ...clientOptions(config, secret), logger: listener(remember) });
    // Without a listener, a socket error would end the process; whoever waits for a command hears of it anyway.
    client.on("error", () => {});
    client.on("exists", ({ count, prevCount }) => {
      if (client === current && count > prevCount) news = true;
    });
    current = client;
    try {
      if (closed) throw imapError({ code: "NoConnection" }, config);
      await client.connect();
      await client.mailboxOpen(folderPath(config.folder));
      return client;
    } catch (cause) {
      const error = client.usable
        ? folderError(cause, config, config.folder, await folderNames(client))
        : "accessToken" in secret && takesNoTokens(client)
          ? noTokensTaken(config)
          : imapError(withoutToken(cause, secret), config);
      client.close();
      throw error;
    }
  }

  async function probe(client: ImapFlow): Promise<boolean> {
    // imapflow's noop resolves in any case; afterwards the connection is usable or not.
    const answered = client.noop().then(() => client.usable);
    if (await withinTime(answered, imapTimeouts.probeMs, false)) return true;
    client.close();
    return false;
  }

  return {
    config,
    async open() {
      if (opening !== null || current === null || !isOpen(current) || !(await probe(current))) {
        opening ??= connect().finally(() => {
          opening = null;
        });
        await opening;
      }
      const client = current;
      if (client === null || !client.mailbox) throw imapError({ code: "NoConnection" }, config);
      return { client, uidValidity: String(client.mailbox.uidValidity) };
    },
    listing(client) {
      listedOn = client;
      news = false;
    },
    hasNews: (client) => news || client !== listedOn,
    probe,
    lastRefusal: () => refusal,
    async close() {
      closed = true;
      if (current?.usable) await withinTime(current.logout(), imapTimeouts.logoutMs, undefined);
      current?.close();
    },
  };
}

async function folderNames(client: ImapFlow): Promise<string[]> {
  const folders = await client.list().catch(() => []);
  return folders.map(({ path, delimiter }) => path.split(delimiter || "/").join("/"));
}

/** "Support/Done" in the server's own spelling: imapflow joins the levels with the server's delimiter. */
export const folderPath = (folder: string): string[] => folder.split("/");

const isOpen = (client: ImapFlow) => client.usable && client.mailbox !== false;

type Secret = { pass: string } | { accessToken: string };

const withoutToken = (cause: unknown, secret: Secret): unknown =>
  "accessToken" in secret ? withoutSecret(cause, secret.accessToken) : cause;

/** True where the server said what it can do, and access tokens are not among it. */
const takesNoTokens = ({ capabilities }: ImapFlow): boolean =>
  capabilities.size > 0 && !["AUTH=OAUTHBEARER", "AUTH=XOAUTH2", "AUTH=XOAUTH"].some((one) => capabilities.has(one));

function clientOptions(config: ImapConfig, secret: Secret): ImapFlowOptions {
  return {
    host: config.host,
    port: config.port,
    secure: config.secure === "tls",
    // imapflow takes `doSTARTTLS: true` together with `secure: true` for a mistake.
    ...(config.secure === "tls" ? {} : { doSTARTTLS: config.secure === "starttls" }),
    auth: { user: config.user, ...secret },
    tls: { rejectUnauthorized: config.allowInvalidCertificates !== true },
    clientInfo: { name: "maildesk" },
    // IDLE is started by hand, at once; by itself imapflow waits for 15 quiet seconds first.
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: imapTimeouts.connectMs,
    greetingTimeout: imapTimeouts.greetingMs,
    socketTimeout: imapTimeouts.silenceMs,
    maxLiteralSize: literalBytesMax,
    maxResponseSize: literalBytesMax + 1024 * 1024,
  };
}

// imapflow reports a refused STORE, COPY or SEARCH as `false` and tells the reason only to its logger.
function listener(remember: (entry: { err?: unknown }) => void) {
  const ignore = () => {};
  return { trace: ignore, debug: ignore, info: ignore, warn: remember, error: remember };
}

// Failing is as good as being silent.
async function withinTime<T>(work: Promise<T>, timeoutMs: number, otherwise: T): Promise<T> {
  const timer = new AbortController();
  const timeout = pause(timeoutMs, otherwise, { signal: timer.signal }).catch(() => otherwise);
  try {
    return await Promise.race([work.catch(() => otherwise), timeout]);
  } finally {
    timer.abort();
  }
}
