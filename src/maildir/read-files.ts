// Mails out of files, for `ingest` and `inspect`: single mails, mbox files, Maildirs, and folders of all of these. What
// somebody names must be a mail; what merely lies in a folder is passed over. Nothing is changed, nothing is parsed.
import { lstat, open, readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { badData, systemCode } from "../errors.ts";
import { baseName, isMaildir } from "./maildir-folder.ts";
import { looksLikeMbox, readMbox } from "./mbox.ts";

export interface MailInFile {
  /** The path, or `path#n` for the nth mail of an mbox, from 1. */
  origin: string;
  raw: Buffer;
  /** From the mbox "From " line, else when the file was last written; UTC milliseconds. */
  receivedAtMs: number;
}

export interface ReadOptions {
  /** A larger mail is skipped. Default 200 MB. */
  mailBytesMax?: number;
  /** Told of each mail of a folder or an mbox that could not be taken, with the reason as a clause. */
  skipped?: (origin: string, why: string) => void;
}

export const readLimits = { mailBytesMax: 200 * 1024 * 1024, folderDepthMax: 50 } as const;

interface Reading {
  mailBytesMax: number;
  /** Rejects for a path that was named, tells of one that was found. */
  skipped: (origin: string, why: string) => void;
}

/**
 * The mails of these files and folders, in the order given; folders by name, Maildirs by base name. Rejects with badData
 * where a named path is missing, unreadable, too large or no mail.
 */
export async function* readMails(paths: string[], options: ReadOptions = {}): AsyncGenerator<MailInFile> {
  const mailBytesMax = options.mailBytesMax ?? readLimits.mailBytesMax;
  const found: Reading = { mailBytesMax, skipped: options.skipped ?? (() => {}) };
  const named: Reading = {
    mailBytesMax,
    skipped: (origin, why) => {
      throw badData(`${origin}: ${why}.`, { code: "file" });
    },
  };
  for (const path of paths) {
    const kind = await stat(path).catch((cause) => {
      const missing = systemCode(cause) === "ENOENT";
      throw badData(missing ? `There is no file or folder ${path}.` : `${path} cannot be read.`, {
        code: "file",
        cause,
      });
    });
    if (kind.isDirectory()) yield* readFolder(path, found, 0);
    else if (kind.isFile()) yield* readOneFile(path, named, found, true);
    else throw badData(`${path} is neither a file nor a folder.`, { code: "file" });
  }
}

/** All bytes of a mail that an MTA pipes in; a "From " line that it put on top is taken off. Rejects with badData over `bytesMax`. */
export async function readStandardInput(stream: AsyncIterable<Buffer | string>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const piece = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    bytes += piece.length;
    if (bytes > bytesMax)
      throw badData(`The mail on standard input is larger than ${bytesMax} bytes.`, { code: "size" });
    chunks.push(piece);
  }
  return withoutFromLine(Buffer.concat(chunks));
}

// Delivery agents put the "From " line of mbox on top of a single mail, too; it is no header field.
const withoutFromLine = (raw: Buffer) => (looksLikeMbox(raw) ? raw.subarray(raw.indexOf("\n") + 1) : raw);

async function* readFolder(path: string, reading: Reading, depth: number): AsyncGenerator<MailInFile> {
  if (depth > readLimits.folderDepthMax) return reading.skipped(path, "it lies too deep");
  const maildir = await isMaildir(path);
  if (maildir) yield* readMaildir(path, reading);
  for (const name of (await readdir(path)).sort()) {
    const inside = join(path, name);
    const kind = await lstat(inside).catch(() => null);
    // Links to folders are not followed: they may lead back here.
    if (kind?.isDirectory()) {
      if (maildir && ["tmp", "new", "cur"].includes(name)) continue;
      if (!name.startsWith(".") || (await isMaildir(inside))) yield* readFolder(inside, reading, depth + 1);
    } else if (kind !== null && !maildir && !name.startsWith(".")) {
      yield* readOneFile(inside, reading, reading, false);
    }
  }
}

// Base names begin with the time of delivery, so this is the order of arrival, whatever was moved to cur/ meanwhile.
async function* readMaildir(path: string, reading: Reading): AsyncGenerator<MailInFile> {
  const files: { base: string; path: string }[] = [];
  for (const part of ["new", "cur"]) {
    for (const name of await readdir(join(path, part))) {
      if (!name.startsWith(".")) files.push({ base: baseName(name), path: join(path, part, name) });
    }
  }
  files.sort((a, b) => (a.base < b.base ? -1 : 1));
  for (const file of files) yield* readSingle(file.path, reading);
}

async function* readOneFile(
  path: string,
  reading: Reading,
  inMbox: Reading,
  named: boolean,
): AsyncGenerator<MailInFile> {
  const start = await startOf(path).catch((cause) => {
    reading.skipped(path, `it cannot be read (${systemCode(cause) ?? "unknown"})`);
    return null;
  });
  if (start === null) return;
  const extension = extname(path).toLowerCase();
  if (looksLikeMbox(start) && extension !== ".eml") return yield* readMany(path, inMbox);
  if (extension === ".mbox" && start.length === 0) return;
  if (extension === ".eml" || (named && (start.length === 0 || looksLikeMail(start)))) yield* readSingle(path, reading);
  else if (named) reading.skipped(path, "it does not look like a mail or an mbox");
  // In a folder, other files (README, .json) are no mails; only names without extension may be, as in MH folders.
  else if (/^\.?\d*$/.test(extension) && looksLikeMail(start)) yield* readSingle(path, reading);
}

async function* readMany(path: string, reading: Reading): AsyncGenerator<MailInFile> {
  const { mtimeMs } = await stat(path);
  let count = 0;
  for await (const { raw, receivedAtMs, cut } of readMbox(path, reading.mailBytesMax)) {
    count += 1;
    const origin = `${path}#${count}`;
    if (cut) reading.skipped(origin, tooLarge(reading.mailBytesMax));
    else yield { origin, raw, receivedAtMs: receivedAtMs ?? Math.floor(mtimeMs) };
  }
}

async function* readSingle(path: string, reading: Reading): AsyncGenerator<MailInFile> {
  const read = await readWhole(path, reading.mailBytesMax).catch((cause) => `it cannot be read (${systemCode(cause)})`);
  if (typeof read === "string") reading.skipped(path, read);
  else yield { origin: path, ...read };
}

// A string is the reason why not.
async function readWhole(path: string, bytesMax: number): Promise<Omit<MailInFile, "origin"> | string> {
  const { size, mtimeMs } = await requireFile(path);
  if (size > bytesMax) return tooLarge(bytesMax);
  return { raw: withoutFromLine(await readFile(path)), receivedAtMs: Math.floor(mtimeMs) };
}

const tooLarge = (bytesMax: number) => `it is larger than ${Math.round(bytesMax / 1024 / 1024)} MB`;

// A pipe would be read for ever, and a link to a folder may lead back here.
async function requireFile(path: string) {
  const found = await stat(path);
  if (found.isFile()) return found;
  throw badData(`${path} is no file.`, { code: "no file" });
}

const startBytes = 4096;

async function startOf(path: string): Promise<Buffer> {
  await requireFile(path);
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

// The first line is a header field: a name of printable ASCII and a colon (RFC 5322 section 2.2).
const looksLikeMail = (start: Buffer) => /^[\x21-\x39\x3b-\x7e]{1,100}[ \t]*:/.test(start.toString("latin1", 0, 200));
