// A mail as a stream that holds its own end back: all of it flows, then `handing` is awaited, and only then does the
// stream end, which is what makes nodemailer send the closing CRLF.CRLF (RFC 5321 section 4.1.1.4). Before that dot no
// server may take a mail; after it nobody but the server knows. It must never ask for `handing` unless the server
// has taken the whole envelope and is waiting for that dot.
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";

const chunkBytes = 16 * 1024;

export interface HandingStream {
  readable: Readable;
  /** True once the first byte was asked for: the server has answered DATA with 354. */
  started(): boolean;
  /** True once the end was let go: from here on a lost connection leaves the outcome unknown. */
  released(): boolean;
  /** What `handing` rejected with, where it did. */
  refusal(): { error: unknown } | null;
  /** Lets nothing more out and never asks for `handing` again; resolves when one that was asked for has ended. */
  stop(): Promise<void>;
}

/** Streams `raw` and keeps the end until `handing` resolves. */
export function handingStream(raw: Buffer, handing: () => Promise<void>): HandingStream {
  let offset = 0;
  let started = false;
  let released = false;
  let refusal: { error: unknown } | null = null;
  let asked: Promise<void> | null = null;

  async function letGo(): Promise<void> {
    try {
      // A stream asks for more just before it hands on what it has: let that go first.
      await setImmediate();
      if (readable.destroyed) return;
      await handing();
    } catch (error) {
      refusal = { error };
      // A wrapper, because nodemailer writes its own code and command into the error it is given.
      readable.destroy(new Error("the sender took the mail back"));
      return;
    }
    if (readable.destroyed) return;
    released = true;
    readable.push(null);
  }

  const readable = new Readable({
    // One byte: nothing is read ahead while the connection is slow.
    highWaterMark: 1,
    read() {
      started = true;
      if (offset < raw.length) {
        const chunk = raw.subarray(offset, offset + chunkBytes);
        offset += chunk.length;
        this.push(chunk);
      } else asked ??= letGo();
    },
  });

  return {
    readable,
    started: () => started,
    released: () => released,
    refusal: () => refusal,
    async stop() {
      readable.destroy();
      await asked;
    },
  };
}
