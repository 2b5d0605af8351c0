// What `doctor` looks at besides the servers: the machine's clock, its disk, and the address of /healthz.
import { access, constants, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { checkClock } from "./app-clock.ts";
import type { Config } from "./config.ts";
import { operator, systemCode } from "./errors.ts";
import { checkAddress } from "./health/check-address.ts";
import type { Clock } from "./ports.ts";
import type { DeskHealth } from "./ports-health.ts";

/** A mail may have 50 MB, and is in the database and its log at the same time. */
const freeBytesMin = 512 * 1024 * 1024;

/** Each resolves to a short fact, or rejects with what to do. */
export const machineChecks = (config: Config, health: DeskHealth, clock: Clock) => ({
  clock: () => checkClock(health, clock),
  disk: async () => (await Promise.all(foldersOf(config).map(checkFolder))).join("; "),
  metrics: async () => (config.metrics === null ? "off" : await checkAddress(config.metrics)),
});

/** Folders that a desk grows in, and that of the reading children. */
function foldersOf({ database, outgoing }: Config): string[] {
  const files = database.startsWith("sqlite:") ? [dirname(database.slice("sqlite:".length))] : [];
  return [...new Set([...files, ...(outgoing.kind === "maildir" ? [outgoing.path] : []), tmpdir()])];
}

async function checkFolder(folder: string): Promise<string> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return `${folder} will be made`;
    throw operator(`This user may not write to ${folder} (${systemCode(error) ?? "unknown"}).`, {
      cause: error,
      remedy: `Give it to the user that runs maildesk: chown -R USER ${folder}`,
    });
  }
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes < freeBytesMin)
    throw operator(`Only ${spoken(freeBytes)} are free in ${folder}.`, {
      remedy: "Make room before it is full: then no mail is read, and nothing is lost, but nobody is answered.",
    });
  return `${spoken(freeBytes)} free in ${folder}`;
}

const spoken = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.floor(bytes / 1024 ** 2)} MB` : `${Math.floor(bytes / 1024 ** 3)} GB`;
