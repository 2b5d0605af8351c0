// The Redis under BullMQ: two kinds of connections, because who pushes must not wait (the row is in the database, sweep
// pushes it again) while who works must never give up. Errors of connections become one of our sentences, never an
// unhandled event, and no sentence ever contains the password of the URL.
import { once } from "node:events";
import { Queue, Worker } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import { MaildeskError, operator, systemCode, temporary } from "../errors.ts";
import type { BullmqStore, Wake } from "./bullmq-store.ts";

/** How long a first contact, or the answer to a push, may take. */
const answerMs = 2_000;
const connectMs = 5_000;
const retryMsMax = 1_000;
/** Below it BullMQ complains (6.2.0). */
const versionMin = 6.2;

/** Connects to `redis://` or `rediss://` and waits for nothing: an absent Redis shows at `ready` and `check`. */
export function openRedisStore(url: string): BullmqStore {
  const { hostname, port } = new URL(url);
  const name = `Redis at ${hostname}:${port || 6379}`;
  const clients: Redis[] = [];
  let stopping = false;
  let lastError: unknown = null;

  function track(client: Redis): Redis {
    clients.push(client);
    client.on("error", () => undefined);
    // A worker copies its client for blocking reads; such a copy has to obey settle() too.
    client.duplicate = (more?: Partial<RedisOptions>) => track(new Redis({ ...client.options, ...more }));
    return client;
  }

  const shared: RedisOptions = {
    connectTimeout: connectMs,
    retryStrategy: (times) => (stopping ? null : Math.min(50 * 2 ** times, retryMsMax)),
  };
  const pushing = track(
    new Redis(url, {
      ...shared,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: answerMs,
    }),
  );
  const working = track(new Redis(url, { ...shared, maxRetriesPerRequest: null }));
  pushing.on("error", (error) => {
    lastError = error;
  });
  pushing.on("ready", () => {
    lastError = null;
  });

  async function ready(): Promise<void> {
    if (pushing.status === "ready") return;
    // Known to be away: waiting would only hold up who pushes.
    if (lastError !== null || stopping) throw trouble(name, lastError ?? "it is being closed");
    try {
      await once(pushing, "ready", { signal: AbortSignal.timeout(answerMs) });
    } catch (error) {
      throw trouble(name, isAbort(error) ? `no answer within ${answerMs / 1_000} s` : error);
    }
  }

  async function check(): Promise<string> {
    await ready();
    const info = await pushing.info().catch((error) => {
      throw trouble(name, error);
    });
    return judge(name, info);
  }

  return {
    needsFirstContact: false,
    openQueue: (topic, options) => new Queue<Wake>(topic, { ...options, connection: pushing }),
    openWorker: (topic, processor, options) => new Worker<Wake>(topic, processor, { ...options, connection: working }),
    ready,
    trouble: (error) => trouble(name, error),
    check,
    async settle() {
      stopping = true;
      const unsettled = clients.filter(({ status }) => status !== "ready" && status !== "end" && status !== "wait");
      // BullMQ would wait for ever for the end of a connection that is between two attempts (its issue 4656).
      await Promise.all(unsettled.map(upOrGivenUp));
    },
    disconnect() {
      for (const client of clients) client.disconnect();
    },
  };
}

async function upOrGivenUp(client: Redis): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), connectMs + retryMsMax);
  const event = (word: string) =>
    new Promise<void>((resolve) => {
      client.once(word, resolve);
      over.signal.addEventListener("abort", () => {
        client.off(word, resolve);
        resolve();
      });
    });
  await Promise.race([event("ready"), event("end")]);
  clearTimeout(timer);
  over.abort();
}

const isAbort = (error: unknown) => error instanceof Error && error.name === "AbortError";

function trouble(name: string, error: unknown): MaildeskError {
  if (error instanceof MaildeskError) return error;
  const words = (error instanceof Error ? error.message : String(error)) || (systemCode(error) ?? "no reason given");
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR (invalid password|AUTH|Client sent AUTH))/.test(words)) {
    return operator(`${name} refused the login: ${words}`, {
      code: "EAUTH",
      remedy: "Correct the user and the password in `queue` of maildesk.yaml.",
    });
  }
  if (/^(OOM|MISCONF)/.test(words)) {
    return operator(`${name} takes no more jobs: ${words}`, {
      code: "full",
      remedy: "Give it more memory or disk, or let nothing else use it.",
    });
  }
  return temporary(`${name} can't be used: ${words}`, {
    code: "connection",
    remedy: "Start it, or name another queue under `queue` in maildesk.yaml.",
  });
}

/** Reads INFO: a Redis that evicts would forget jobs that wait, and an old one lacks what BullMQ needs. */
function judge(name: string, info: string): string {
  const value = (key: string) => new RegExp(`^${key}:(.*)$`, "m").exec(info)?.[1]?.trim() ?? "";
  const version = value("redis_version");
  if (Number.parseFloat(version) < versionMin) {
    throw operator(`${name} has version ${version}, which is too old.`, {
      code: "version",
      remedy: `Install Redis ${versionMin} or newer.`,
    });
  }
  const policy = value("maxmemory_policy");
  if (policy !== "" && policy !== "noeviction") {
    throw operator(`${name} may forget jobs when its memory is full (maxmemory-policy ${policy}).`, {
      code: "eviction",
      remedy:
        "Set maxmemory-policy noeviction in redis.conf, and now: redis-cli CONFIG SET maxmemory-policy noeviction",
    });
  }
  return `${name}, version ${version}`;
}
