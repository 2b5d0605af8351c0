// A file that somebody wants to import, as text: from a path or from standard input, in one of few encodings. It is read
// twice, once to see whether it is what it claims to be and once to import it; so standard input is kept in a file meanwhile.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { badData, systemCode } from "../errors.ts";

export const encodings = ["utf-8", "utf-16le", "latin1", "windows-1252"] as const;
export type Encoding = (typeof encodings)[number];

export interface ImportFile {
  /** As it was named, for sentences. */
  name: string;
  path: string;
  bytes: number;
  encoding: Encoding;
}

const readBytes = 256 * 1024;
export const fileBytesMax = 2 * 1024 ** 3;
const utf16Mark = Buffer.from([0xff, 0xfe]);

/** `-` is standard input. Without an encoding it is UTF-8, unless the file's first bytes say UTF-16. Rejects: data. */
export async function withImportFile<T>(
  name: string,
  encoding: Encoding | undefined,
  use: (file: ImportFile) => Promise<T>,
): Promise<T> {
  const folder = name === "-" ? await mkdtemp(join(tmpdir(), "maildesk-")) : null;
  try {
    const path = folder === null ? name : join(folder, "input");
    if (folder !== null) await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
    const shown = folder === null ? name : "Standard input";
    return await use({ name: shown, path, ...(await looked(path, shown, encoding)) });
  } catch (error) {
    throw cannotRead(name, error);
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

async function looked(
  path: string,
  shown: string,
  encoding: Encoding | undefined,
): Promise<Pick<ImportFile, "bytes" | "encoding">> {
  const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
  if (!isFile) throw badData(`${shown} is no ordinary file.`);
  if (size === 0) throw badData(`${shown} is empty.`);
  if (size > fileBytesMax) throw badData(`${shown} is larger than ${fileBytesMax / 1024 ** 3} GB.`);
  const handle = await open(path, "r");
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return { bytes: size, encoding: encoding ?? (buffer.equals(utf16Mark) ? "utf-16le" : "utf-8") };
  } finally {
    await handle.close();
  }
}

function cannotRead(name: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") return badData(`There is no file ${name}.`, { cause: error });
  if (code === "EISDIR") return badData(`${name} is a folder.`, { cause: error });
  if (code === "EACCES" || code === "EPERM") return badData(`This user may not read ${name}.`, { cause: error });
  return error;
}

/** The text in pieces, without a byte order mark. Rejects with data, and the line, where bytes are no text in this encoding. */
export async function* textOf({ name, path, encoding }: ImportFile): AsyncGenerator<string> {
  const decode = decoderOf(encoding);
  let line = 1;
  for await (const bytes of createReadStream(path, { highWaterMark: readBytes }) as AsyncIterable<Buffer>) {
    const text = decoded(() => decode(bytes), name, encoding, line);
    if (text.includes("\0"))
      throw badData(
        `${name} holds a NUL byte in line ${line + linesIn(text.slice(0, text.indexOf("\0")))}: it is no text.`,
        {
          remedy: "A file in UTF-16 needs --encoding utf-16le.",
        },
      );
    line += linesIn(text);
    yield text;
  }
  yield decoded(() => decode(null), name, encoding, line);
}

/** Bytes come one piece after the other, null is their end. */
function decoderOf(encoding: Encoding): (bytes: Buffer | null) => string {
  if (encoding === "latin1" || encoding === "windows-1252")
    // Some Node 22 and 23 decode windows-1252 as ISO 8859-1 (nodejs/node#56542): no euro sign, no curly quotes.
    return (bytes) => (bytes?.toString("latin1") ?? "").replace(/[\u0080-\u009f]/g, (sign) => above(sign));
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => (bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true }));
}

/** 0x80 to 0x9F in windows-1252, which whoever says latin1 means; a blank where nothing stands. */
const windowsSigns = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
const above = (sign: string): string => windowsSigns[sign.charCodeAt(0) - 0x80] ?? sign;

function decoded(decode: () => string, name: string, encoding: Encoding, line: number): string {
  try {
    return decode();
  } catch (error) {
    throw badData(`${name} is no text in ${encoding}, after line ${line}.`, {
      remedy:
        encoding === "utf-8"
          ? "If an older program wrote it, add --encoding latin1."
          : `Encodings: ${encodings.join(", ")}.`,
      cause: error,
    });
  }
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
