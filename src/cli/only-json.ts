// A worker that logs JSON writes nothing but JSON to stderr: what Node.js itself would print there, a warning or the stack
// of a mistake that nobody caught, becomes a line of the log as well.
import { exitCode } from "../errors.ts";
import type { LogLines } from "./log-lines.ts";

/** Until released. After a mistake that nobody caught the process ends at once: what it had in hand runs out by its leases. */
export function onlyJson(log: LogLines, flush: () => void): () => void {
  const warned = (warning: Error) => log.warn("node-warning", { error: warning });
  const failed = (error: unknown) => {
    log.error("worker-failed", { error, remedy: null, exitCode: exitCode(error) });
    flush();
    process.exit(exitCode(error));
  };
  const printers = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", warned);
  process.on("uncaughtException", failed);
  return () => {
    process.off("warning", warned);
    process.off("uncaughtException", failed);
    for (const printer of printers) process.on("warning", printer);
  };
}
