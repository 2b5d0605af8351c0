// The child's side of the conversation with child-process.ts: takes one call after the other; mails and answers stand on
// the sheet that both share (sheet.ts), and the channel carries a few numbers.
import { answerSheet, type SheetAnswer, type Span } from "./sheet.ts";

/** The sheet's descriptor in the child: after standard input, output, error and the channel. */
const sheetFd = 4;

export interface Call {
  method: string;
  mails: Span[];
  part: number;
}

/** What the child says when it is through with a call. */
export interface Done {
  /** The most memory that the process ever had, which the system tells at once; what it has now would cost more. */
  peakBytes: number;
  /** The system's word for it where the sheet could not be used, such as ENOSPC; else null. */
  failed: string | null;
}

/** `raw` is only lent: the next mail is read into the same bytes. Null where there is nothing to answer. */
export type Method = (raw: Buffer, part: number) => Promise<Buffer | null> | Buffer | null;

/** Mails up to this size are read into one piece of memory. */
const bufferBytes = 1024 * 1024;

/** Answers calls until the parent is gone. */
export function serve(methods: Readonly<Record<string, Method>>): void {
  const buffer = Buffer.allocUnsafe(bufferBytes);
  process.on("disconnect", () => process.exit());
  process.on("message", async ({ method, mails, part }: Call) => {
    const failed = await answerSheet(sheetFd, mails, buffer, (raw) => answerOf(methods[method], raw, part)).then(
      () => null,
      (error: unknown) => String((error as { code?: unknown }).code ?? error),
    );
    const done: Done = { peakBytes: process.resourceUsage().maxRSS * 1024, failed };
    process.send?.(done);
  });
}

async function answerOf(method: Method | undefined, raw: Buffer, part: number): Promise<SheetAnswer> {
  try {
    const bytes = (await method?.(raw, part)) ?? null;
    return bytes === null ? { kind: "nothing", bytes: Buffer.alloc(0) } : { kind: "bytes", bytes };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "mistake", bytes: Buffer.from(stack) };
  }
}
