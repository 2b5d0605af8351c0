// What a file is that somebody wants to load or restore, by its first bytes and never by its name.
import { createReadStream, type ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { promisify } from "node:util";
import { constants, gunzip } from "node:zlib";
import { badData, systemCode, usage } from "../errors.ts";
import type { RowSource } from "../ports-archive.ts";
import { type BytesColumn, dumpStart } from "./dump-format.ts";
import { gzipStart, readDump } from "./read-dump.ts";

export type InputKind = "database" | "dump" | "gzip";

const sqliteStart = "SQLite format 3\0";
const objectStart = "{";
/** Where the format of SQLite (section 1.3) says how a file is written: 1 without a log, 2 with one. */
const journalModesAt = 18;
const withoutLog = Buffer.from([1, 1]);
const headBytes = 4_096;
const readBytes = 1024 * 1024;

/** Rejects: usage where it can't be read, data where it is empty or something else. */
export async function inputKind(path: string): Promise<InputKind> {
  const start = await firstBytes(path, sqliteStart.length);
  if (start.length === 0) throw badData(`${path} is empty.`);
  if (start.toString("latin1") === sqliteStart) return "database";
  if (start.subarray(0, 2).equals(gzipStart)) return "gzip";
  if (start.toString("latin1").startsWith(objectStart)) return "dump";
  throw badData(`${path} is neither a dump nor a backup of maildesk.`);
}

/**
 * What a file is of what maildesk writes; null for anything else. A database that a desk lives in has a log, and says so in
 * its head; a copy has none. What else a database holds is not looked at.
 */
export async function writtenKind(path: string): Promise<InputKind | null> {
  const start = await firstBytes(path, headBytes).catch(() => Buffer.alloc(0));
  if (start.toString("latin1").startsWith(sqliteStart))
    return start.subarray(journalModesAt, journalModesAt + 2).equals(withoutLog) ? "database" : null;
  const isGzip = start.subarray(0, 2).equals(gzipStart);
  const text = isGzip ? await unpackedStart(start) : start;
  return text.toString("latin1").startsWith(dumpStart) ? (isGzip ? "gzip" : "dump") : null;
}

/** As much as can be unpacked of a file's first bytes. */
const unpackedStart = async (bytes: Buffer): Promise<Buffer> =>
  await promisify(gunzip)(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).catch(() => Buffer.alloc(0));

async function firstBytes(path: string, length: number): Promise<Buffer> {
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") return usage(`There is no file ${path}.`, { cause: error });
  if (code === "EISDIR") return usage(`${path} is a folder.`, { remedy: "Name the file.", cause: error });
  if (code === "EACCES" || code === "EPERM") return usage(`This user may not read ${path}.`, { cause: error });
  return error;
}

/**
 * Hands the rows of a dump to `use`; `path` is null for standard input. Once `signal` is aborted reading
 * them rejects with code ABORT_ERR.
 */
export async function withDump<T>(
  path: string | null,
  { bytesColumn, signal }: { bytesColumn: BytesColumn; signal: AbortSignal },
  use: (source: RowSource) => Promise<T>,
): Promise<T> {
  const stream = path === null ? process.stdin : createReadStream(path, { highWaterMark: readBytes });
  addAbortSignal(signal, stream);
  try {
    return await use(await readDump({ name: path ?? "Standard input", stream, bytesColumn }));
  } finally {
    (stream as Pick<ReadStream, "destroy">).destroy();
  }
}
