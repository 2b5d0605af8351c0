// For `doctor`: whether a worker could answer for the pages of `web:`, or does so already.
import { createServer } from "node:http";
import { MaildeskError } from "../errors.ts";
import { type Address, askedAddress, forWeb, listen, shownAddress, taken } from "../listen.ts";
import { webHeader } from "./open-web.ts";

const answerMs = 3_000;

/** Resolves to a short fact. Rejects like `openWeb` where a worker could not listen there. */
export async function checkWeb(address: Address): Promise<string> {
  const shown = shownAddress(address);
  const server = createServer();
  try {
    await listen(server, address, forWeb);
  } catch (error) {
    if (error instanceof MaildeskError && error.code === taken && (await isOurs(address)))
      return `${shown}: a worker answers there`;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  return `${shown} is free for a worker`;
}

async function isOurs(address: Address): Promise<boolean> {
  try {
    const response = await fetch(`http://${askedAddress(address)}/leave/`, { signal: AbortSignal.timeout(answerMs) });
    await response.body?.cancel();
    return response.headers.has(webHeader);
  } catch {
    return false;
  }
}
