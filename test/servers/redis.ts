// A real Redis for tests: 127.0.0.1, a free port, nothing written to disk, never evicting (BullMQ needs that).
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "./free-port.ts";
import { type StartedProcess, startProcess, waitUntil } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";

export interface RedisServer {
  /** `redis://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** Null while it is stopped. */
  pid(): number | null;
  /** Empties it, as an administrator might. */
  flushAll(): Promise<void>;
  /** Sends one inline command and resolves to the answer as it comes: `:3`, `+OK`, or the text of an INFO section. */
  command(line: string): Promise<string>;
  /** Ends it; `restart` brings it back empty on the same port. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
}

/** Starts Redis and resolves when it answers PING. */
export async function startRedis(options: { evicting?: boolean; password?: string } = {}): Promise<RedisServer> {
  const folder = tempFolder("redis");
  const port = await freePort();
  let running: StartedProcess | null = null;

  async function start(): Promise<void> {
    const policy = options.evicting ? "allkeys-lru" : "noeviction";
    const settings = { port, bind: "127.0.0.1", save: "", "maxmemory-policy": policy, dir: folder.path };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    if (options.password) args.push("--requirepass", options.password);
    const process = await startProcess("redis-server", args);
    running = process;
    await waitUntil(
      async () => /^(\+PONG|-NOAUTH)/.test(await command("PING")),
      () => `Redis did not start:\n${process.output()}`,
    );
  }

  async function command(line: string): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    try {
      socket.write(`${line}\r\n`);
      const [answer] = (await once(socket, "data")) as [Buffer];
      return answer.toString("utf8").trim();
    } finally {
      socket.destroy();
    }
  }

  async function stop(): Promise<void> {
    await running?.stop();
    running = null;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: () => running?.pid ?? null,
    command,
    async flushAll() {
      await command("FLUSHALL");
    },
    stop,
    async restart() {
      await stop();
      await start();
    },
    async remove() {
      await stop();
      folder.remove();
    },
  };
}
