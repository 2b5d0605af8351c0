// Runs bare.mjs on one mailbox and reads its figures.
import { fileURLToPath } from "node:url";
import { startProcess, waitUntil } from "../servers/process.ts";
import type { BenchSource } from "./bench-desk.ts";

const script = fileURLToPath(new URL("./bare.mjs", import.meta.url));

export interface Bare {
  mailsPerSecond: number;
  cpuMsPerMail: number;
}

/** Fetches and parses all mails of the mailbox, and nothing else. */
export async function measureBare({ port, user, password }: BenchSource): Promise<Bare> {
  const run = await startProcess(process.execPath, [script, "127.0.0.1", String(port), user, password]);
  await waitUntil(
    () => run.exitCode() !== null,
    () => "the bare run does not end",
    300_000,
  );
  if (run.exitCode() !== 0) throw new Error(`the bare run failed: ${run.output()}`);
  const { mails, ms, cpuMs } = JSON.parse(run.output()) as { mails: number; ms: number; cpuMs: number }; // bare.mjs wrote it
  return { mailsPerSecond: (mails * 1000) / ms, cpuMsPerMail: cpuMs / mails };
}
