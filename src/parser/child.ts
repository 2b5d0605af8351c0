// The program that reads hostile mails: one process, two calls, no configuration, no secrets in its environment. It is
// started and killed by open-parser.ts only. Each answer carries the process's resident memory, so that the parent can
// replace a child that has grown. workerpool ends this process when the channel to the parent breaks.
import workerpool from "workerpool";
import { attachmentBytes, parseMail } from "../mail/parse.ts";

/** Calls of the parent; the bytes arrive as a Uint8Array over the channel. */
const calls = {
  parse: (raw: Uint8Array) => answered(parseMail(asBuffer(raw))),
  attachment: (raw: Uint8Array, part: number) => answered(attachmentBytes(asBuffer(raw), part)),
};

workerpool.worker(calls);

/** Tells the parent which process is about to work, so that it can watch its memory. */
async function answered<Result>(result: Promise<Result>): Promise<{ result: Result; residentBytes: number }> {
  return { result: await result, residentBytes: process.memoryUsage.rss() };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
