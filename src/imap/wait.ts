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
export async function waitForMail(connection: Connection, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    await listen(connection, over.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

// Leaving early leaves IDLE open: the next command ends it, and asks for a sign of life first.
async function listen(connection: Connection, over: AbortSignal): Promise<void> {
  const client = await unlessOver(open(connection), over);
  if (client === null) return quiet(untilOver, over);
  let stayMs: number = waitTimes.firstIdleMs;
  while (!over.aborted && !connection.hasNews(client)) {
    await stay(client, client.capabilities.has("IDLE") ? stayMs : waitTimes.pollMs, over);
    if (over.aborted || connection.hasNews(client)) return;
    if ((await unlessOver(connection.probe(client), over)) !== true) return quiet(waitTimes.afterLossMs, over);
    stayMs = waitTimes.idleMs;
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
async function stay(client: ImapFlow, durationMs: number, over: AbortSignal): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  client.on("exists", leave).on("close", leave);
  over.addEventListener("abort", leave);
  // A server that refuses IDLE lets this resolve at once; the pause below still lasts.
  if (client.capabilities.has("IDLE")) client.idle().catch(() => {});
  await quiet(durationMs, left.signal);
  client.off("exists", leave).off("close", leave);
  over.removeEventListener("abort", leave);
}

/** The longest that setTimeout can wait; the wait itself ends sooner. */
const untilOver = 2 ** 31 - 1;

async function quiet(durationMs: number, over: AbortSignal): Promise<void> {
  await pause(durationMs, undefined, { signal: over }).catch(() => {});
}

async function unlessOver<T>(work: Promise<T>, over: AbortSignal): Promise<T | null> {
  if (over.aborted) return null;
  let leave = () => {};
  const ending = new Promise<null>((resolve) => {
    leave = () => resolve(null);
    over.addEventListener("abort", leave);
  });
  try {
    return await Promise.race([work, ending]);
  } finally {
    over.removeEventListener("abort", leave);
  }
}
