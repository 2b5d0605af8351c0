// How a decision is told to people: each step with its evidence, wrapped to the width of a page. The same words for
// `inspect`, which foretells, and `email explain`, which looks back.
import { shortTime } from "./output.ts";
import { block, cell, widthOf } from "./table.ts";

export const pageWidth = 100;

const stepWidth = 12;

/** One line or more for each step: what was looked at, and what it showed. */
export function traceLines(trace: readonly { step: string; text: string }[]): string[] {
  return trace.flatMap(({ step, text }) => {
    const [first = "", ...rest] = wrapped(cell(text), pageWidth - stepWidth - 2);
    return [`  ${step.padEnd(stepWidth)}${first}`, ...rest.map((line) => `  ${"".padEnd(stepWidth)}${line}`)];
  });
}

/** Lines of at most `width` columns, broken at blanks where there are any; what fits stays as it is. */
export function wrapped(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? "";
  let isEmpty = true;
  for (const word of text.trimStart().split(" ")) {
    if (isEmpty) line += word;
    else if (widthOf(line) + 1 + widthOf(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
    isEmpty = false;
  }
  return [...lines, line];
}

/** A text of several lines, each wrapped and set in by `indent`. */
export function page(text: string, indent = ""): string[] {
  return block(text)
    .split("\n")
    .flatMap((line) => wrapped(line, pageWidth - indent.length))
    .map((line) => `${indent}${line}`.trimEnd());
}

/** `Ann Example <ann@example.com>`, or the bare address. */
export const person = (name: string, address: string): string =>
  name === "" || name === address ? address : `${name} <${address}>`;

/** `12 B`, `3.4 kB`, `1.2 MB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `11-22 13:06` within the year, else `2025-03-01`: half the width of a full time, for tables that ids make wide. */
export function nearTime(ms: number | null): string {
  const full = shortTime(ms);
  return full.startsWith(String(new Date().getFullYear())) ? full.slice(5) : full.slice(0, 10);
}
