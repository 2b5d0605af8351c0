// How a long command ends: the first SIGTERM or SIGINT asks it to finish what it has in hand, a second one ends it there
// and then. Whatever is cut off stays in the database, under a lease that runs out.
import { constants } from "node:os";

export interface StopSignal {
  signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

/** Listens until released; `said` is told once, at the first signal. */
export function stopSignal(said: () => void): StopSignal {
  const controller = new AbortController();
  const stop = (name: "SIGTERM" | "SIGINT") => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    said();
    controller.abort();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
    },
  };
}
