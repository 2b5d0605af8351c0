// For `doctor`: whether a worker could answer on the address that `metrics:` names, or does so already.
import { createServer } from "node:http";
import { MaildeskError } from "../errors.ts";
import { type Address, askedAddress, forMetrics, listen, shownAddress, taken } from "../listen.ts";

const answerMs = 3_000;

/** Resolves to a short fact. Rejects like `openHealth` where a worker could not listen there. */
export async function checkAddress(address: Address): Promise<string> {
  const shown = shownAddress(address);
  const server = createServer();
  try {
    await listen(server, address, forMetrics);
  } catch (error) {
    const status = error instanceof MaildeskError && error.code === taken ? await statusThere(address) : null;
    if (status === null) throw error;
    return `${shown}: a worker answers there, and is ${status}`;
  }
  await new Promise((resolve) => server.close(resolve));
  return `${shown} is free for a worker`;
}

/** What the /healthz of a worker of ours says there; null where something else listens. */
async function statusThere(address: Address): Promise<string | null> {
  const url = `http://${askedAddress(address)}/healthz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
    const report: unknown = await response.json();
    if (typeof report !== "object" || report === null || !("status" in report) || !("loops" in report)) return null;
    return String(report.status);
  } catch {
    return null;
  }
}
