// The child's side of the conversation with child-process.ts: takes one call after the other, reads the mail from the
// sheet that both share, writes the answer there. What it says over the channel is a few numbers.
import { readAll, writeAll } from "./scratch.ts";

/** The descriptor of the shared sheet in the child, after standard input, output, error and the channel. */
export const sheetFd = 4;

export interface Call {
  method: string;
  /** Length of the mail on the sheet. */
  bytes: number;
  part: number;
}

export interface Answer {
  /** Length of the answer on the sheet; null where there is none. */
  bytes: number | null;
  /** From now and then, 0 where it was not looked at this time. */
  residentBytes: number;
  /** Stack of an error inside the child, which is a bug of ours. */
  bug?: string;
}

/** `raw` is only lent: the next mail is read into the same bytes. */
export type Method = (raw: Buffer, part: number) => Promise<Buffer | null> | Buffer | null;

/** The system needs half a millisecond to tell how large a process is: not after each mail, but after each large one. */
const sizeTellsEvery = 32;
const smallBytes = 1024 * 1024;

/** Answers calls until the parent is gone. */
export function serve(methods: Readonly<Record<string, Method>>): void {
  const desk = Buffer.allocUnsafe(smallBytes);
  let calls = 0;
  process.on("disconnect", () => process.exit());
  process.on("message", async ({ method, bytes, part }: Call) => {
    calls += 1;
    try {
      const result = (await methods[method]?.(readAll(sheetFd, bytes, desk), part)) ?? null;
      if (result !== null) writeAll(sheetFd, result);
      const isTelling = calls % sizeTellsEvery === 1 || bytes > smallBytes;
      answer({ bytes: result?.length ?? null, residentBytes: isTelling ? process.memoryUsage.rss() : 0 });
    } catch (error) {
      answer({ bytes: null, residentBytes: 0, bug: error instanceof Error ? (error.stack ?? error.message) : "" });
    }
  });
}

const answer = (message: Answer) => process.send?.(message);
