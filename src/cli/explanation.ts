// How a decision is told to people: each step with its evidence, wrapped to the width of a page. The same words for
// `inspect`, which foretells, and `email explain`, which looks back.
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

/** Lines of at most `width` columns, broken at blanks where there are any. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
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
