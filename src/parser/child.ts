// The program that reads hostile mails: a process of its own with two calls, no configuration and an empty environment.
// Only child-process.ts starts it; workerpool ends it when the channel to the parent breaks. It must write nothing
// but answers, and each answer says how large the process has become, so that the parent can replace it.
import workerpool from "workerpool";
import { attachmentBytes, parseMail } from "../mail/parse.ts";
import type { Answer } from "./child-process.ts";

workerpool.worker({
  parse: (raw: Uint8Array) => answer(() => parseMail(asBuffer(raw))),
  attachment: (raw: Uint8Array, part: number) => answer(() => attachmentBytes(asBuffer(raw), part)),
});

/** Names this process before the work begins: from here on the parent watches its memory. */
async function answer<Result>(work: () => Promise<Result>): Promise<Answer<Result>> {
  workerpool.workerEmit({ pid: process.pid });
  return { result: await work(), residentBytes: process.memoryUsage.rss() };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
