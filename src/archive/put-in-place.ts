// A file that is there whole or not at all: written beside its place under another name, on the disk before it is renamed,
// and nobody else's to read. What was there before is replaced only where that was asked for, and where it is of the same kind.
import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { operator, systemCode, usage } from "../errors.ts";

export interface PlaceOptions {
  force: boolean;
  /** A file that must never be replaced, and those that SQLite keeps beside it. */
  never: string | null;
  /** Whether a file that is there, and not empty, is a dump or a backup. */
  isOurs(path: string): Promise<boolean>;
}

const abandonedMs = 24 * 3_600_000;
/** `.NAME.UUID.part`, and what SQLite keeps beside it. */
const partPattern = /^\..+\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.part(?:-journal)?$/;

/** `write` fills the file of that name, which is empty. Resolves to what `write` did; rejects: usage, operator. */
export async function putInPlace<T>(
  file: string,
  options: PlaceOptions,
  write: (temporary: string) => Promise<T>,
): Promise<T> {
  if (file.endsWith("/")) throw usage(`${file} names a folder.`, { remedy: "Name a file in it." });
  const path = resolve(file);
  await mayReplace(file, path, options);
  await forgetAbandoned(dirname(path));
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await (await open(temporary, "wx", 0o600)).close();
    const result = await write(temporary);
    await synced(temporary, "r+");
    await rename(temporary, path);
    await synced(dirname(path), "r");
    return result;
  } catch (error) {
    for (const left of [temporary, `${temporary}-journal`]) await rm(left, { force: true });
    throw placeError(file, error);
  }
}

async function mayReplace(file: string, path: string, { force, never, isOurs }: PlaceOptions): Promise<void> {
  if (never !== null && (await isDatabase(path, never)))
    throw usage(`${file} is the desk's own database.`, { remedy: "Name another file." });
  const found = await stat(path).catch(() => null);
  if (found === null) return;
  if (found.isDirectory()) throw usage(`${file} is a folder.`, { remedy: "Name a file in it." });
  if (!found.isFile()) throw usage(`${file} is no ordinary file.`, { remedy: "Name another one." });
  if (!force)
    throw usage(`There is a file ${file} already.`, { remedy: "Name another one, or replace it by --force." });
  if (found.size > 0 && !(await isOurs(path)))
    throw usage(`${file} is neither a dump nor a backup of maildesk: --force does not replace it.`, {
      remedy: "Name another file.",
    });
}

async function isDatabase(path: string, database: string): Promise<boolean> {
  const real = async (name: string) => await realpath(name).catch(() => resolve(name));
  const own = await real(database);
  return [own, `${own}-wal`, `${own}-shm`, `${own}-journal`].includes(await real(path));
}

/** What killed processes left behind here, once it is old enough to be nobody's. */
async function forgetAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => partPattern.test(one))) {
    const part = join(folder, name);
    const found = await stat(part).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > abandonedMs) await rm(part, { force: true }).catch(() => {});
  }
}

async function synced(path: string, flags: string): Promise<void> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, flags);
    await file.sync();
  } catch (error) {
    // Some file systems know no sync of a folder.
    if (flags !== "r" || !["EINVAL", "EISDIR", "EPERM", "ENOTSUP"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    await file?.close();
  }
}

function placeError(file: string, error: unknown): unknown {
  const code = systemCode(error) ?? "";
  const folder = dirname(resolve(file));
  if (code === "ENOENT" || code === "ENOTDIR")
    return usage(`There is no folder ${folder}.`, { remedy: "Make it first, or name another file.", cause: error });
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return operator(`This user may not write to ${folder} (${code}).`, { cause: error });
  if (code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL")
    return operator(`There is no room for ${file}: the disk is full.`, {
      remedy: "Make room, or name a file on another disk; nothing was left there.",
      cause: error,
    });
  return error;
}
