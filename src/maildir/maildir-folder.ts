// The layout of a Maildir: tmp/, new/, cur/, a base name that never changes, and flags behind ":2," that do. Sub-folders
// are Maildir++: ".Support.Done" beside cur/. Readers may rename a file at any moment, so a path is only a guess and
// the base name is the identity. cr.yp.to/proto/maildir.html; maildir(5).
import { mkdir, readdir, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MaildeskError, operator, systemCode } from "../errors.ts";
import type { AfterFetch } from "../ports.ts";

export interface MaildirFile {
  /** The name without flags. */
  base: string;
  part: "new" | "cur";
  /** The name as it stands in `part` now. */
  name: string;
}

/** Runs work on the disk; what fails there is for a person to mend. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MaildeskError) throw cause;
    const code = systemCode(cause);
    throw operator(`The Maildir ${path} cannot be used${code === null ? "" : ` (${code})`}.`, {
      remedy: "Give maildesk the right to read and write there, and space on the disk.",
      code: code ?? "maildir",
      cause,
    });
  }
}

/** Makes tmp/, new/ and cur/ where they are missing. */
export async function makeMaildir(path: string): Promise<void> {
  await onDisk(path, async () => {
    for (const part of ["tmp", "new", "cur"]) await mkdir(join(path, part), { recursive: true });
  });
}

/** Makes the folder "Support/Done" below a Maildir where it is missing. */
export async function makeSubfolder(maildir: string, folder: string): Promise<void> {
  const path = subfolder(maildir, folder);
  await makeMaildir(path);
  // Some Maildir++ readers know a sub-folder by this empty file.
  await onDisk(path, () => writeFile(join(path, "maildirfolder"), "", { flag: "a" }));
}

/** Rejects with operator unless the folder has new/ and cur/. */
export async function requireMaildir(path: string): Promise<void> {
  if (await isMaildir(path)) return;
  const there = await isFolder(path);
  const message = there ? `${path} is not a Maildir: it lacks "new" or "cur".` : `There is no folder ${path}.`;
  throw operator(message, {
    remedy: "Mend the path of the mailbox in maildesk.yaml, or make the Maildir.",
    code: "folder",
  });
}

/** True for a folder that has new/ and cur/. */
export async function isMaildir(path: string): Promise<boolean> {
  return (await isFolder(join(path, "new"))) && (await isFolder(join(path, "cur")));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** All mails by base name. new/ is read first: a file that a reader moves meanwhile is then met in cur/. */
export async function listMaildir(path: string): Promise<Map<string, MaildirFile>> {
  return new Map([...(await listPart(path, "new")), ...(await listPart(path, "cur"))].map((file) => [file.base, file]));
}

/** The mails of new/ or cur/; what is no file or link, and dot files, are none. */
export async function listPart(path: string, part: MaildirFile["part"]): Promise<MaildirFile[]> {
  const entries = await readdir(join(path, part), { withFileTypes: true });
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
    .map(({ name }) => ({ base: baseName(name), part, name }));
}

const flagMark = ":2,";

/** The name without its flags. */
export function baseName(name: string): string {
  const mark = name.lastIndexOf(flagMark);
  return mark < 0 ? name : name.slice(0, mark);
}

/** Where a mail lies now. */
export const filePath = (maildir: string, file: MaildirFile) => join(maildir, file.part, file.name);

/** Does `after` to one mail; resolves without complaint where it is gone meanwhile. */
export async function finishFile(maildir: string, file: MaildirFile, after: AfterFetch): Promise<void> {
  try {
    const from = filePath(maildir, file);
    if (after.kind === "delete") await unlink(from);
    if (after.kind === "seen")
      await rename(from, join(maildir, "cur", `${file.base}${flagMark}${withSeen(file.name)}`));
    if (after.kind === "move") await rename(from, join(subfolder(maildir, after.folder), file.part, file.name));
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") throw cause;
  }
}

/** The path of "Support/Done" below a Maildir: ".Support.Done". Rejects names that would lead elsewhere. */
function subfolder(maildir: string, folder: string): string {
  const levels = folder.split("/");
  const odd = levels.some((level) => level === "" || level.startsWith(".") || /[\0\n]/.test(level));
  if (!odd) return join(maildir, `.${levels.join(".")}`);
  throw operator(`"${folder}" cannot be the name of a Maildir folder.`, {
    remedy: 'Use a name such as "Done" or "Support/Done".',
  });
}

// Flags stand in the order of ASCII (maildir(5)).
function withSeen(name: string): string {
  const mark = name.lastIndexOf(flagMark);
  const flags = mark < 0 ? [] : [...name.slice(mark + flagMark.length)];
  return [...new Set([...flags, "S"])].sort().join("");
}
