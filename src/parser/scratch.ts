// The sheet of paper between the worker and one reading child: a file without a name that both hold open. A mail of a
// hundred kilobytes costs fifty times as much through a socket. Positions are always given, for both share the cursor.
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operator, systemCode } from "../errors.ts";

/** A sheet that became larger than this is cut back once it was read. */
const keptBytesMax = 8 * 1024 * 1024;

export interface Scratch {
  fd: number;
  write(bytes: Buffer): void;
  read(length: number): Buffer;
  close(): void;
}

/** Throws operator where the folder for temporary files is full or closed to us. */
export function openScratch(): Scratch {
  const fd = withRemedy(openUnnamed);
  return {
    fd,
    write: (bytes) => withRemedy(() => writeAll(fd, bytes)),
    read(length) {
      const bytes = readAll(fd, length);
      if (length > keptBytesMax) ftruncateSync(fd);
      return bytes;
    },
    close: () => closeSync(fd),
  };
}

/** Its name is gone before anything is written, so that a killed process leaves nothing behind. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "maildesk-"));
  const path = join(folder, "mail");
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  rmdirSync(folder);
  return fd;
}

export function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}

/** `into` is used where it is long enough. Throws where the sheet holds less. */
export function readAll(fd: number, length: number, into?: Buffer): Buffer {
  const bytes = into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const got = readSync(fd, bytes, at, length - at, at);
    if (got === 0) throw new Error(`the sheet between worker and reader holds ${at} of ${length} bytes`);
    at += got;
  }
  return bytes;
}

function withRemedy<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error) ?? "";
    throw operator(`The folder for temporary files, ${tmpdir()}, cannot be used: ${code || String(error)}.`, {
      cause: error,
      remedy: "Make room there, or name another folder in TMPDIR.",
      ...(code === "" ? {} : { code }),
    });
  }
}
