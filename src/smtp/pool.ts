// A few connections that are used again, so that a hundred mails don't cost a hundred logins. At most `maxConnections`
// exist at once, callers wait in line for one, and a connection that nobody wants for ten seconds says goodbye. It
// knows no SMTP beyond asking a session whether it is still good.
import { setTimeout as sleep } from "node:timers/promises";
import { temporary } from "../errors.ts";
import type { Session } from "./session.ts";
import { smtpLimits } from "./smtp-config.ts";

export interface PoolLimits {
  maxConnections: number;
  maxMailsPerConnection: number;
  /** Milliseconds between two mails; 0 = as fast as the server takes them. */
  spacingMs: number;
}

export interface Pool {
  /** Runs `use` with a connection of its own; rejects with temporary (`code: "closed"`, `"busy"`) or what opening rejects with. */
  run<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** Turns away who waits, lets running mails end, then says goodbye. */
  close(): Promise<void>;
}

/** A pool over `open`, which connects and logs in. */
export function openPool(open: () => Promise<Session>, limits: PoolLimits): Pool {
  const idle: { session: Session; timer: NodeJS.Timeout }[] = [];
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const places = connectionPlaces(limits.maxConnections);
  const pace = pacer(limits.spacingMs, closing.signal);

  /** The connection used last that still answers, else a new one. */
  async function take(): Promise<Session> {
    for (let next = idle.pop(); next; next = idle.pop()) {
      const { session, timer } = next;
      clearTimeout(timer);
      if (session.usable() && (await answers(session))) return session;
    }
    return open();
  }

  function give(session: Session): void {
    if (!session.usable()) return;
    if (session.mails() >= limits.maxMailsPerConnection) {
      void session.quit();
      return;
    }
    const entry = { session, timer: setTimeout(() => retire(entry), smtpLimits.idleMs).unref() };
    idle.push(entry);
  }

  function retire(entry: (typeof idle)[number]): void {
    idle.splice(idle.indexOf(entry), 1);
    void entry.session.quit();
  }

  async function work<T>(use: (session: Session) => Promise<T>): Promise<T> {
    await places.take();
    try {
      await pace();
      const session = await take();
      return await use(session).finally(() => give(session));
    } finally {
      places.give();
    }
  }

  return {
    run(use) {
      const promise = work(use);
      const tracked = promise.catch(() => undefined).finally(() => running.delete(tracked));
      running.add(tracked);
      return promise;
    },
    async close() {
      closing.abort();
      places.close();
      await Promise.all(running);
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all(idle.splice(0).map(({ session }) => session.quit()));
    },
  };
}

const closed = () => temporary("The way out is being closed.", { code: "closed" });

const answers = (session: Session) =>
  session.reset().then(
    () => true,
    () => false,
  );

/** So many may hold a place at once, the others wait in line. */
function connectionPlaces(count: number) {
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let free = count;
  let isClosed = false;
  return {
    async take(): Promise<void> {
      if (isClosed) throw closed();
      if (free > 0) {
        free -= 1;
        return;
      }
      if (waiting.length >= smtpLimits.waitingMax) {
        throw temporary("Too many mails wait for a connection already.", { code: "busy" });
      }
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    give(): void {
      const next = waiting.shift();
      if (next) next.resolve();
      else free += 1;
    },
    close(): void {
      isClosed = true;
      for (const one of waiting.splice(0)) one.reject(closed());
    },
  };
}

/** Waits for one mail's place in the minute. */
function pacer(spacingMs: number, closing: AbortSignal): () => Promise<void> {
  let nextMs = 0;
  return async () => {
    const now = Date.now();
    const at = Math.max(now, nextMs);
    nextMs = at + spacingMs;
    if (at === now) return;
    await sleep(at - now, undefined, { signal: closing }).catch(() => {
      throw closed();
    });
  };
}
