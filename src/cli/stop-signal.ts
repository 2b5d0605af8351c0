// How a long command ends: the first SIGTERM or SIGINT asks it to finish what it has in hand, a second one ends it there
// and then. Whatever is cut off stays in the database, under a lease that runs out. SIGHUP ends it as well where the
// terminal was closed; elsewhere it tells of a rotated log, and a worker goes on.
import { constants } from "node:os";

type StopName = "SIGTERM" | "SIGINT" | "SIGHUP";

export interface StopSignal {
  /** Its reason is the name of the signal that came first. */
  signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

/** Listens until released; `goesOn` is told of a SIGHUP that does not end it. */
export function stopSignal(goesOn: () => void = () => {}): StopSignal {
  const controller = new AbortController();
  const stop = (name: StopName) => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort(name);
  };
  const hangup = () => (process.stderr.isTTY === true ? stop("SIGHUP") : goesOn());
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", hangup);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
      process.off("SIGHUP", hangup);
    },
  };
}
