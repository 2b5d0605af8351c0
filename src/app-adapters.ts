// Which adapter a configuration asks for, loaded when it is first used: a command that lists tickets need not wait for
// the IMAP, SMTP and Redis clients to be read from disk.
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { Config, MailboxConfig } from "./config.ts";
import { withoutPassword } from "./config-url.ts";
import type { Clock, Log, MailSource, Queue, Transport } from "./ports.ts";
import type { AccessTokens } from "./ports-oauth.ts";

/** Makes a thing at its first use; `made` is null before. */
export function lazily<T>(make: () => Promise<T>): (() => Promise<T>) & { made(): Promise<T> | null } {
  let made: Promise<T> | null = null;
  const get = () => {
    made ??= make();
    return made;
  };
  return Object.assign(get, { made: () => made });
}

/** The source of a mailbox that has one. */
export function sourceOf(mailbox: MailboxConfig, tokens: AccessTokens | null): MailSource {
  const open = lazily(() => openSource(mailbox, tokens));
  return {
    fetch: async (...call) => (await open()).fetch(...call),
    finish: async (...call) => (await open()).finish(...call),
    wait: async (...call) => (await open()).wait(...call),
    check: async () => (await open()).check(),
    close: async () => (await open.made())?.close(),
  };
}

async function openSource({ source, name }: MailboxConfig, tokens: AccessTokens | null): Promise<MailSource> {
  if (source.kind === "imap") return (await import("./imap/open-imap.ts")).openImap({ ...source, name, tokens });
  if (source.kind === "none") throw new Error(`the mailbox ${name} has no source`);
  const { openMaildirSource } = await import("./maildir/open-maildir-source.ts");
  return openMaildirSource({ name, path: source.path, create: true });
}

/** A way out. */
export function transportOf(outgoing: Config["outgoing"], tokens: AccessTokens | null): Transport {
  const open = lazily(() => openTransport(outgoing, tokens));
  return {
    send: async (...call) => (await open()).send(...call),
    check: async () => (await open()).check(),
    close: async () => (await open.made())?.close(),
  };
}

async function openTransport(outgoing: Config["outgoing"], tokens: AccessTokens | null): Promise<Transport> {
  if (outgoing.kind === "maildir") {
    const { openMaildirTransport } = await import("./maildir/open-maildir-transport.ts");
    return openMaildirTransport({ path: outgoing.path });
  }
  const { user, password, oauth: _oauth, ...server } = outgoing;
  const { openSmtp } = await import("./smtp/open-smtp.ts");
  return openSmtp({
    ...server,
    name: hostname(),
    connectTimeoutMs: 30_000,
    socketTimeoutMs: 600_000,
    ...(user === null ? {} : { user }),
    ...(password === null ? {} : { password }),
    ...(tokens === null ? {} : { tokens }),
  });
}

export async function openQueue({ queue, database }: Config, log: Log, clock: Clock): Promise<Queue> {
  if (queue.kind === "embedded") {
    const { openEmbeddedQueue } = await import("./queue/open-embedded-queue.ts");
    return openEmbeddedQueue({ log, clock });
  }
  const { openBullmq } = await import("./queue/open-bullmq.ts");
  return openBullmq({ url: queue.url, prefix: prefixOf(withoutPassword(database)), log });
}

/** Two desks on one server must not wake each other's ids; a new password makes no new desk. */
const prefixOf = (database: string): string =>
  `maildesk-${createHash("sha256").update(database).digest("hex").slice(0, 16)}`;
