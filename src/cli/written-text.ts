// Text that a command writes, of any length: to standard output, or to a file that is there whole or not at all. It waits
// for whoever reads, so that memory does not grow with what is written.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { operator, systemCode, usage } from "../errors.ts";

export type Put = (text: string) => Promise<void>;

/** `file` is null for standard output. Rejects: usage, operator; then the file is as it was before. */
export async function writeText<T>(
  file: string | null,
  { replace }: { replace: boolean },
  write: (put: Put) => Promise<T>,
): Promise<T> {
  if (file === null) return await write((text) => putTo(process.stdout, text));
  const path = resolve(file);
  await mayWrite(file, path, replace);
  const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  // Opened before anything else is done: what can't be written is said first.
  const handle = await open(part, "wx", 0o600).catch((error: unknown) => {
    throw writeError(file, error);
  });
  const stream = handle.createWriteStream();
  const ended = finished(stream);
  ended.catch(() => {}); // heard below
  try {
    const result = await write((text) => putTo(stream, text));
    stream.end();
    await ended;
    await rename(part, path);
    return result;
  } catch (error) {
    stream.destroy();
    await rm(part, { force: true });
    throw writeError(file, error);
  }
}

/** A reader that left takes no more: what is said to it is lost, and main knows why. */
async function putTo(stream: Writable, text: string): Promise<void> {
  if (stream.errored != null) throw stream.errored;
  if (stream.destroyed || stream.write(text)) return;
  const stop = new AbortController();
  const wait = (name: string) => once(stream, name, { signal: stop.signal }).catch(() => {});
  await Promise.race([wait("drain"), wait("close"), wait("error")]);
  stop.abort();
}

async function mayWrite(file: string, path: string, replace: boolean): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) return;
  if (!found.isFile()) throw usage(`${file} is no ordinary file.`, { remedy: "Name another one." });
  if (!replace)
    throw usage(`There is a file ${file} already.`, { remedy: "Name another one, or replace it by --force." });
}

/** True where both names lead to one file. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const real = async (name: string) => await realpath(name).catch(() => resolve(name));
  return (await real(one)) === (await real(other));
}

function writeError(file: string, error: unknown): unknown {
  const code = systemCode(error) ?? "";
  if (code === "ENOENT" || code === "ENOTDIR")
    return usage(`There is no folder ${dirname(resolve(file))}.`, { cause: error });
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return operator(`This user may not write to ${dirname(resolve(file))} (${code}).`, { cause: error });
  if (code === "ENOSPC" || code === "EDQUOT")
    return operator(`There is no room for ${file}: the disk is full.`, { cause: error });
  return error;
}
