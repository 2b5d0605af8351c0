// Writes a dump, row by row as they come: never faster than the reader takes it, and never all of it in memory.
import { createHash } from "node:crypto";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { RowCounts, RowSource } from "../ports-archive.ts";
import { endLine, headLine, rowLine } from "./dump-format.ts";

export interface DumpOptions {
  gzip: boolean;
  signal: AbortSignal;
  /** Is told now and then how many rows were written. */
  seen(rows: number): void;
}

const chunkChars = 256 * 1024;
/** Fast rather than small: most of a desk is mail, in base64. */
const gzipLevel = 1;

/** Resolves to the rows of each table when all is handed over; the stream is ended unless it is standard output. */
export async function writeDump(source: RowSource, to: Writable, options: DumpOptions): Promise<RowCounts> {
  const counts: Record<string, number> = {};
  const lines = Readable.from(chunks(source, counts, options.seen), { objectMode: false, highWaterMark: 1 });
  const end = to !== process.stdout;
  const { signal } = options;
  if (options.gzip) await pipeline(lines, createGzip({ level: gzipLevel }), to, { signal, end });
  else await pipeline(lines, to, { signal, end });
  return counts;
}

async function* chunks(
  source: RowSource,
  counts: Record<string, number>,
  seen: (rows: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let text = headLine({ migration: source.migration });
  let rows = 0;
  const flush = (): Buffer => {
    const bytes = Buffer.from(text);
    hash.update(bytes);
    text = "";
    return bytes;
  };
  for await (const page of source.pages) {
    for (const row of page) {
      text += rowLine(row);
      counts[row.table] = (counts[row.table] ?? 0) + 1;
      if (text.length >= chunkChars) yield flush();
    }
    rows += page.length;
    seen(rows);
  }
  yield flush();
  yield Buffer.from(endLine({ rows: counts, sha256: hash.digest("hex") }));
}
