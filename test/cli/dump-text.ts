// A dump as a test takes it apart, changes it, and ends it again with the counts and the digest that fit.
import { createHash } from "node:crypto";

export interface DumpLine {
  table: string;
  row: Record<string, string | number | null>;
}

/** The first line and the rows; the last line is left out. */
export function takeApart(text: string): { head: Record<string, unknown>; rows: DumpLine[] } {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  return { head: JSON.parse(head), rows: lines.slice(0, -1).map((line) => JSON.parse(line)) };
}

/** The same with an end of its own, as if a maildesk had written it. */
export function putTogether(head: Record<string, unknown>, rows: readonly DumpLine[]): string {
  const counts: Record<string, number> = {};
  for (const { table } of rows) counts[table] = (counts[table] ?? 0) + 1;
  const text = [head, ...rows].map((line) => `${JSON.stringify(line)}\n`).join("");
  const sha256 = createHash("sha256").update(text).digest("hex");
  return `${text}${JSON.stringify({ end: { rows: counts, sha256 } })}\n`;
}

/** Columns that later migrations added; a row of now without them is one of then. */
const newest = ["hears", "signature", "historyUntil", "isHistory", "why"];
const newer: ReadonlySet<string> = new Set([
  ...["rawGoneAt", "readerDeaths", "groupId", "mutedAt", "logo", "projectId", "reached", "unpublishedAt"],
  ...newest,
]);

/** As of the migration 020. */
export const before021 = ({ table, row }: DumpLine): DumpLine["row"] =>
  Object.fromEntries(
    Object.entries(row).filter(([column]) => !newest.includes(column) && !(table === "notice" && column === "agentId")),
  );

export const withoutNewer = ({ table, row }: DumpLine): DumpLine["row"] =>
  Object.fromEntries(
    Object.entries(row).filter(
      ([column]) =>
        !newer.has(column) &&
        !(table === "organization" && column === "visibility") &&
        !(table === "notice" && column === "agentId"),
    ),
  );
