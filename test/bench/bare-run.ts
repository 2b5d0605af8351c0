// Runs bare.mjs on one mailbox and reads its figures.
import { fileURLToPath } from "node:url";
import { startProcess, waitUntil } from "../servers/process.ts";
import type { BenchSource } from "./bench-desk.ts";
import type { Rates } from "./rates.ts";

const script = fileURLToPath(new URL("./bare.mjs", import.meta.url));

/** Fetches and parses all mails of the mailbox, and nothing else. */
export async function measureBare({ port, user, password }: BenchSource): Promise<Rates> {
  const run = await startProcess(process.execPath, [script, "127.0.0.1", String(port), user, password]);
  await waitUntil(
    () => run.exitCode() !== null,
    () => "the bare run does not end",
    300_000,
  );
  if (run.exitCode() !== 0) throw new Error(`the bare run failed: ${run.output()}`);
  const { mails, ms, cpuMs, laterCpuMs } = JSON.parse(run.output()) as Record<string, number>; // bare.mjs wrote it
  if (mails === undefined || ms === undefined || cpuMs === undefined || laterCpuMs === undefined)
    throw new Error(`the bare run said: ${run.output()}`);
  return {
    mailsPerSecond: (mails * 1000) / ms,
    cpuMsPerMail: cpuMs / mails,
    laterCpuMsPerMail: laterCpuMs / Math.floor(mails / 2),
  };
}
