// A dump as text: one JSON object a line. The first names the format and the tables' version, then one a row, and the last
// counts the rows and carries a digest of all before it, so that a dump which was cut off or changed is noticed. Bytes
// are base64. Nothing in it tells when or where it was made: two dumps of one state are equal to the byte.
import { badData } from "../errors.ts";
import type { ArchivedRow, RowCounts, StoredValue } from "../ports-archive.ts";

export const dumpFormat = "maildesk-dump";
/** Of the format, not of the tables; readers refuse a newer one. */
export const dumpVersion = 1;
/** How every dump begins, of whatever version. */
export const dumpStart = `{"format":"${dumpFormat}"`;

export interface DumpHead {
  migration: string;
}

export interface DumpEnd {
  rows: RowCounts;
  sha256: string;
}

/** Which column of a table holds bytes. */
export type BytesColumn = (table: string) => string | undefined;

export const headLine = ({ migration }: DumpHead): string =>
  `${JSON.stringify({ format: dumpFormat, version: dumpVersion, migration })}\n`;

export const endLine = ({ rows, sha256 }: DumpEnd): string => `${JSON.stringify({ end: { rows, sha256 } })}\n`;

export function rowLine({ table, row }: ArchivedRow): string {
  const columns: Record<string, string | number | null> = {};
  for (const [name, value] of Object.entries(row))
    columns[name] = Buffer.isBuffer(value) ? value.toString("base64") : value;
  return `${JSON.stringify({ table, row: columns })}\n`;
}

/** Rejects: data where it is the first line of something else, or of a newer format. */
export function readHead(line: string, name: string): DumpHead {
  const head = objectOf(line);
  if (head?.format !== dumpFormat || typeof head.migration !== "string")
    throw badData(`${name} is no dump of maildesk.`);
  if (head.version !== dumpVersion)
    throw badData(`${name} is a dump of format ${String(head.version)}; this maildesk reads format ${dumpVersion}.`, {
      remedy: "Load it with the maildesk that wrote it, or a newer one.",
    });
  return { migration: head.migration };
}

/** A row, or the end. Rejects: data, with the line's number, where it is neither. */
export function readLine(line: string, number: number, bytesColumn: BytesColumn): ArchivedRow | DumpEnd {
  const read = objectOf(line);
  if (read === null) throw badData(`Line ${number} is no JSON object.`);
  if ("end" in read) return endOf(read.end, number);
  const { table, row } = read;
  if (typeof table !== "string" || typeof row !== "object" || row === null)
    throw badData(`Line ${number} is neither a row nor the end of a dump.`);
  const bytes = bytesColumn(table);
  const columns: Record<string, StoredValue> = {};
  for (const [name, value] of Object.entries(row)) columns[name] = valueIn(value, name === bytes, number, name);
  return { table, row: columns, line: number };
}

export const isEnd = (read: ArchivedRow | DumpEnd): read is DumpEnd => "sha256" in read;

function endOf(end: unknown, number: number): DumpEnd {
  const { rows, sha256 } = (end ?? {}) as { rows?: unknown; sha256?: unknown };
  if (typeof rows !== "object" || rows === null || typeof sha256 !== "string")
    throw badData(`Line ${number} is not the end that a dump has.`);
  return { rows: rows as RowCounts, sha256 }; // compared with what was counted
}

function valueIn(value: unknown, isBytes: boolean, number: number, name: string): StoredValue {
  if (isBytes && typeof value === "string") {
    const bytes = Buffer.from(value, "base64");
    if (bytes.toString("base64") !== value) throw badData(`Line ${number}: ${name} is not base64.`);
    return bytes;
  }
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw badData(`Line ${number}: ${name.slice(0, 40)} is neither text nor a whole number nor null.`);
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
