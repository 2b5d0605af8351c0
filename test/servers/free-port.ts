// A TCP port on 127.0.0.1 that nobody listens on. Two callers of one process never get the same port; between
// processes a port may still be taken in the moment before its server binds it, as everywhere.
import { createServer } from "node:net";

const givenOut = new Set<number>();
const triesMax = 100;

/** A free port of 127.0.0.1, never given out twice by this process. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < triesMax; tried += 1) {
    const port = await portOfTheSystem();
    if (!givenOut.has(port)) {
      givenOut.add(port);
      return port;
    }
  }
  throw new Error(`No free port after ${triesMax} tries.`);
}

function portOfTheSystem(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
