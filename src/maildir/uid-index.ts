// A Maildir has no UIDs, so this file gives them: `.maildesk-uids` inside the Maildir, a first line with a random
// validity, then one JSON string a line: the base name whose UID is the number of the line. It only grows, by whole
// batches written at once and flushed before any of their UIDs is used, so a kill at any instant leaves at most one torn
// line, which is no JSON string and names nothing. Two processes may append at the same time: whoever stands first in the
// file wins, and both read the same file. If it is lost, a new validity is drawn, and the digests find the duplicates.
import { randomBytes } from "node:crypto";
import { constants, type FileHandle, link, open, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MaildeskError, operator, systemCode, temporary } from "../errors.ts";

export interface UidIndex {
  /** "maildir-" and 16 hex digits, once `number` was called. */
  uidValidity(): string;
  /** Reads what is new in the index and gives UIDs to the names that have none, in this order. */
  number(names: string[]): Promise<void>;
  uidOf(name: string): number | undefined;
}

const indexName = ".maildesk-uids";
const title = "maildesk-uids 1 ";
const headerBytes = Buffer.byteLength(title) + 16 + 1;
const chunkBytes = 1024 * 1024;
const triesMax = 5;
/** Names of mails that are long gone are forgotten above this many, and above twice the mails that are there. */
const forgottenMin = 10_000;

/** The index of one Maildir; nothing is read or written before the first `number`. */
export function prepareUidIndex(maildir: string): UidIndex {
  const path = join(maildir, indexName);
  let uidByName = new Map<string, number>();
  let validity = "";
  let inode = -1;
  let lines = 0;
  let offset = 0;

  async function read(file: FileHandle): Promise<void> {
    const { ino, size } = await file.stat();
    const header = await readAt(file, 0, headerBytes);
    const found = validityIn(header.toString("latin1"));
    if (found === null) throw new LostIndex();
    if (ino !== inode || found !== validity || size < offset) {
      uidByName = new Map();
      [validity, inode, lines, offset] = [found, ino, 0, headerBytes];
    }
    for (let rest = Buffer.alloc(0); ; ) {
      const chunk = await readAt(file, offset + rest.length, chunkBytes);
      if (chunk.length === 0) return;
      const bytes = Buffer.concat([rest, chunk]);
      const complete = bytes.lastIndexOf("\n") + 1;
      for (const line of bytes.toString("utf8", 0, complete).split("\n").slice(0, -1)) {
        lines += 1;
        const name = nameIn(line);
        if (name !== null && !uidByName.has(name)) uidByName.set(name, lines);
      }
      offset += complete;
      rest = bytes.subarray(complete);
    }
  }

  async function append(file: FileHandle, names: string[]): Promise<void> {
    const { size } = await file.stat();
    const torn = (await readAt(file, size - 1, 1)).toString("latin1") !== "\n";
    await file.appendFile(`${torn ? "\n" : ""}${names.map((name) => `${JSON.stringify(name)}\n`).join("")}`);
    await file.datasync();
  }

  async function numberOnce(names: string[]): Promise<boolean> {
    const file = await open(path, constants.O_RDWR | constants.O_APPEND);
    try {
      await read(file);
      const unnumbered = names.filter((name) => !uidByName.has(name));
      if (unnumbered.length === 0) return true;
      await append(file, unnumbered);
      // Only what is read back counts: the file may have been replaced, or another process was first.
      return false;
    } finally {
      await file.close();
    }
  }

  function forget(names: string[]): void {
    if (names.length === 0 || uidByName.size < forgottenMin || uidByName.size < 2 * names.length) return;
    const kept = new Set(names);
    for (const name of uidByName.keys()) if (!kept.has(name)) uidByName.delete(name);
  }

  return {
    uidValidity: () => `maildir-${validity}`,
    uidOf: (name) => uidByName.get(name),
    async number(names) {
      try {
        for (let tried = 0; tried < triesMax; tried += 1) {
          try {
            if (await numberOnce(names)) return forget(names);
          } catch (error) {
            if (error instanceof LostIndex) await makeIndex(path, rename);
            else if (systemCode(error) === "ENOENT") await makeIndex(path, linkOnce);
            else throw error;
          }
        }
      } catch (cause) {
        throw indexError(path, cause);
      }
      throw temporary(`${path} changes faster than it can be read.`, { code: "index" });
    },
  };
}

/** Not a failure: the index must be made anew. Never leaves this file. */
class LostIndex extends Error {}

// Complete before it gets its name, so that nobody ever reads half a header.
async function makeIndex(path: string, give: (from: string, to: string) => Promise<void>): Promise<void> {
  const fresh = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(fresh, `${title}${randomBytes(8).toString("hex")}\n`, { flush: true });
  await give(fresh, path);
}

// Of two processes that make a missing index at once, the second must use the first one's.
async function linkOnce(from: string, to: string): Promise<void> {
  await link(from, to).catch((error) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
  await unlink(from);
}

function validityIn(header: string): string | null {
  if (header.length !== headerBytes || !header.startsWith(title) || !header.endsWith("\n")) return null;
  const validity = header.slice(title.length, -1);
  return /^[0-9a-f]{16}$/.test(validity) ? validity : null;
}

function nameIn(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, Math.max(0, position));
  return buffer.subarray(0, bytesRead);
}

function indexError(path: string, cause: unknown): MaildeskError {
  if (cause instanceof MaildeskError) return cause;
  return operator(`maildesk cannot keep its numbers in ${path}.`, {
    remedy: "Give it the right to write there, and space on the disk.",
    code: systemCode(cause) ?? "index",
    cause,
  });
}
