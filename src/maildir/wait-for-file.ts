// Waiting for a new file in a Maildir: the system's notice where it comes (inotify, FSEvents), looking now and then
// where it does not (network file systems, no watches left). It never rejects.
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { listMaildir, listPart } from "./maildir-folder.ts";
import type { UidIndex } from "./uid-index.ts";

/** Between two looks, where no notice comes. */
const lookMs = 5_000;

/** See MailSource.wait in ports.ts; ends with the first of `signals`. */
export async function waitForFile(
  path: string,
  index: UidIndex,
  timeoutMs: number,
  signals: AbortSignal[],
): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return;
  let watcher: FSWatcher | null = null;
  let timers: NodeJS.Timeout[] = [];
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const look = async (files: Promise<Iterable<{ base: string }>>) => {
    // A folder that cannot be listed is told by the next fetch.
    for (const { base } of await files.catch(() => [])) if (index.uidOf(base) === undefined) end();
  };
  // Deliveries come to new/, so only the first look is at cur/ as well.
  const lookAtNew = () => look(listPart(path, "new"));
  try {
    for (const signal of signals) signal.addEventListener("abort", end);
    timers = [setTimeout(end, timeoutMs), setInterval(lookAtNew, lookMs)];
    watcher = startWatching(join(path, "new"), lookAtNew);
    // After the watch has begun: what came before it is seen here.
    await look(listMaildir(path).then((files) => files.values()));
    await over;
  } finally {
    watcher?.close();
    for (const timer of timers) clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", end);
  }
}

function startWatching(path: string, notice: () => void): FSWatcher | null {
  try {
    return watch(path, notice).on("error", () => {});
  } catch {
    return null;
  }
}
