// A TCP relay between a client and a real server that can be told to fall silent, as a connection does whose router
// forgot it, or to hang up when the client asks for a certain thing.
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

export interface TcpProxy {
  host: "127.0.0.1";
  port: number;
  /** From now on nothing passes in either direction on the connections that are open; new ones work. */
  silence(): void;
  /** Closes the connection whenever this is true of what a client sends, which the server then does not get. */
  hangUpOn(fatal: (text: string) => boolean): void;
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

  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(serverPort, "127.0.0.1");
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
        to.write(data);
      });
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        if (!silent.has(from)) to.destroy();
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
    connections: () => connections,
    sent: () => sent,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
