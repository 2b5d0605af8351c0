// A TCP relay between a client and a real server that can be told to fall silent, as a connection does whose router
// forgot it, to hang up when the client asks for a certain thing, or to be slow, or to lie, about what the server says.
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface TcpProxy {
  host: "127.0.0.1";
  port: number;
  /** From now on nothing passes in either direction on the connections that are open; new ones work. */
  silence(): void;
  /** Closes the connection whenever this is true of what a client sends, which the server then does not get. */
  hangUpOn(fatal: (text: string) => boolean): void;
  /** What the server says becomes this text instead, byte for byte as latin1; a promise holds it back. */
  rewrite(change: (text: string) => string | Promise<string>): void;
  /** What the server says comes so many bytes at a time, with a pause after each. */
  trickle(bytes: number, pauseMs: number): void;
  /** Closes the connections that are open, once what was said has left. */
  cut(): void;
  /** How many connections clients made so far. */
  connections(): number;
  /** What clients sent so far, all connections together. */
  sent(): string;
  close(): Promise<void>;
}

/** A relay to a server on 127.0.0.1. */
export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  let connections = 0;
  let sent = "";
  let isFatal = (_text: string) => false;
  let change: ((text: string) => string | Promise<string>) | null = null;
  let pace: { bytes: number; pauseMs: number } | null = null;

  async function answer(client: Socket, data: Buffer): Promise<void> {
    const said = change === null ? data : Buffer.from(await change(data.toString("latin1")), "latin1");
    const step = pace?.bytes ?? Math.max(1, said.length);
    for (let at = 0; at < said.length && !client.destroyed; at += step) {
      client.write(said.subarray(at, at + step));
      if (pace !== null) await pause(pace.pauseMs);
    }
  }

  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(serverPort, "127.0.0.1");
    let answers = Promise.resolve();
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => {
        if (silent.has(from)) return;
        if (from === client) {
          const text = data.toString("latin1");
          sent += text;
          if (isFatal(text)) return client.destroy();
        }
        if (from === client) to.write(data);
        else answers = answers.then(() => answer(client, data));
      });
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        // The server's last words go first.
        if (!silent.has(from)) void answers.then(() => to.destroySoon());
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port,
    silence() {
      for (const socket of sockets) silent.add(socket);
    },
    hangUpOn(fatal) {
      isFatal = fatal;
    },
    rewrite(next) {
      change = next;
    },
    trickle(bytes, pauseMs) {
      pace = { bytes, pauseMs };
    },
    cut() {
      for (const socket of sockets) socket.destroySoon();
    },
    connections: () => connections,
    sent: () => sent,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
