// Waiting for new mail: IDLE (RFC 2177) where the server has it, asking now and then where not. It must never wait
// longer than it was told to, never trust a silent connection (PEERS 19), and never reject for a lost one.
import { setTimeout as pause } from "node:timers/promises";
import type { ImapFlow } from "imapflow";
import type { Connection } from "./connection.ts";

export const waitTimes = {
  /** The first stay in IDLE is short: mail that came between the last question and IDLE is then asked for. */
  firstIdleMs: 2_000,
  /** After each stay the server must give a sign of life. */
  idleMs: 60_000,
  /** Between two questions, where the server has no IDLE. */
  pollMs: 30_000,
  /** After a loss, so that a server that hangs up at once is not called in a tight loop. */
  afterLossMs: 5_000,
} as const;

/** See MailSource.wait in ports.ts. */
export async function waitForMail(
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const client = await unlessEnded(open(connection), ended);
  if (client === null) return quiet(timeoutMs, ended);
  let staysMs: number = waitTimes.firstIdleMs;
  while (!ended.aborted && !connection.hasNews(client)) {
    await stay(client, client.capabilities.has("IDLE") ? staysMs : waitTimes.pollMs, ended);
    // An abort leaves IDLE open: the next command ends it.
    if (signal.aborted || connection.hasNews(client)) return;
    if (!(await unlessEnded(connection.probe(client), signal))) return quiet(waitTimes.afterLossMs, ended);
    staysMs = waitTimes.idleMs;
  }
}

// Null where there is no connection: the next fetch says why.
async function open(connection: Connection): Promise<ImapFlow | null> {
  try {
    return (await connection.open()).client;
  } catch {
    return null;
  }
}

// In IDLE until the server announces something, the connection ends, the time is over, or the wait is.
async function stay(client: ImapFlow, durationMs: number, ended: AbortSignal): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  client.on("exists", leave).on("close", leave);
  // A server that refuses IDLE lets this resolve at once; the pause below still lasts.
  if (client.capabilities.has("IDLE")) client.idle().catch(() => {});
  await quiet(durationMs, AbortSignal.any([ended, left.signal]));
  client.off("exists", leave).off("close", leave);
}

async function quiet(durationMs: number, signal: AbortSignal): Promise<void> {
  await pause(durationMs, undefined, { signal }).catch(() => {});
}

async function unlessEnded<T>(work: Promise<T>, ended: AbortSignal): Promise<T | null> {
  if (ended.aborted) return null;
  const left = new AbortController();
  const end = new Promise<null>((resolve) => {
    ended.addEventListener("abort", () => resolve(null), { once: true, signal: left.signal });
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    left.abort();
  }
}
