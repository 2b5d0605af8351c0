// Log lines of a running worker to stderr: text for people, JSON for collectors. Events and fields are those of
// ports-log.ts; this file adds the time and the level, and nothing of its own.
import type { LogLevel } from "../app.ts";
import { cell } from "./table.ts";

type Write = (event: string, fields: Readonly<Record<string, unknown>>) => void;

export interface LogLines {
  info: Write;
  warn: Write;
  error: Write;
}

const ranks: Record<LogLevel, number> = { info: 0, warn: 1, error: 2, silent: 3 };

/** `write` gets whole lines without their end. */
export function openLog(
  { format, level }: { format: "text" | "json"; level: LogLevel },
  write: (line: string) => void,
): LogLines {
  const at =
    (rank: "info" | "warn" | "error"): Write =>
    (event, given) => {
      if (ranks[rank] < ranks[level]) return;
      const time = new Date().toISOString();
      write(
        format === "json"
          ? JSON.stringify({ time, level: rank, event, ...withStacks(given) })
          : textLine(time, rank, event, given),
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

/** An Error has no fields of its own that JSON would show: its message, with the stack beside it. */
function withStacks(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const pairs = Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    value instanceof Error
      ? [
          [name, value.message],
          ["stack", value.stack ?? ""],
        ]
      : [[name, value]],
  );
  return Object.fromEntries(pairs);
}

function textLine(time: string, level: string, event: string, fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${textOf(value)}`);
  return [time, level === "info" ? "" : level.toUpperCase(), event, ...pairs].filter((part) => part !== "").join(" ");
}

function textOf(value: unknown): string {
  const told = value instanceof Error ? (value.stack ?? value.message) : value;
  return typeof told === "string" && !/[\s"=]/.test(told) ? cell(told) : cell(JSON.stringify(told));
}
