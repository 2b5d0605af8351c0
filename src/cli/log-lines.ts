// Log lines of a running worker to stderr: text for people, JSON for collectors. Fields are ids, counts and sentences;
// nobody hands a body or a secret to the log, and this file adds nothing of its own.
import { cell } from "./table.ts";

export interface LogLines {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

const ranks = { info: 0, warn: 1, error: 2, silent: 3 } as const;

/** `write` gets whole lines without their end. */
export function openLog(
  { format, level }: { format: "text" | "json"; level: keyof typeof ranks },
  write: (line: string) => void,
): LogLines {
  const at =
    (rank: "info" | "warn" | "error") =>
    (event: string, given: Record<string, unknown> = {}) => {
      if (ranks[rank] < ranks[level]) return;
      const fields = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, told(value)]));
      const time = new Date().toISOString();
      write(
        format === "json"
          ? JSON.stringify({ time, level: rank, event, ...fields })
          : textLine(time, rank, event, fields),
      );
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

const gatherMs = 50;

/** Lines that are written together: a moment after the first, or when the process ends. */
export function gatherLines(write: (text: string) => void): { add(line: string): void; flush(): void } {
  let lines: string[] = [];
  const flush = () => {
    if (lines.length === 0) return;
    const text = lines.join("\n");
    lines = [];
    write(text);
  };
  return {
    add(line) {
      if (lines.length === 0) setTimeout(flush, gatherMs).unref();
      lines.push(line);
    },
    flush,
  };
}

/** An Error has no fields of its own that JSON would show. */
const told = (value: unknown): unknown => (value instanceof Error ? (value.stack ?? value.message) : value);

function textLine(time: string, level: string, event: string, fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === "string" && !/[\s"=]/.test(value) ? cell(value) : cell(JSON.stringify(value))}`,
    );
  return [time, level === "info" ? "" : level.toUpperCase(), event, ...pairs].filter((part) => part !== "").join(" ");
}
