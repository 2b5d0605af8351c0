// The program that reads hostile mails: a process of its own with two calls, no configuration and an empty environment.
// Only child-process.ts starts it; workerpool ends it when the channel to the parent breaks. It must write nothing
// but answers, and every few answers say how large the process has become, so that the parent can replace it.
import workerpool from "workerpool";
import { attachmentBytes, parseMail } from "../mail/parse.ts";
import type { Answer } from "./child-process.ts";

workerpool.worker({
  parse: (raw: Uint8Array) => answer(() => parseMail(asBuffer(raw))),
  attachment: (raw: Uint8Array, part: number) => answer(() => attachmentBytes(asBuffer(raw), part)),
});

/** The system needs half a millisecond to tell how large a process is: not after each mail. */
const sizeTellsEvery = 32;
let calls = 0;

/** Names this process before its first work begins: from here on the parent watches its memory. */
async function answer<Result>(work: () => Promise<Result>): Promise<Answer<Result>> {
  if (calls === 0) workerpool.workerEmit({ pid: process.pid });
  calls += 1;
  const result = await work();
  return { result, residentBytes: calls % sizeTellsEvery === 0 ? process.memoryUsage.rss() : 0 };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
