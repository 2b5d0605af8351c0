// Rows as aligned text that fits a terminal. Control characters and invisible ones are made visible, so that nobody's
// subject line moves a cursor or turns the reading direction of the lines below it.

export interface Column<T> {
  head: string;
  value(row: T): string | number | null;
  /** Wider values end in "…"; without it the column may grow to `widthMax`. */
  max?: number;
  /** Wider values go on in further lines instead, broken between words. */
  wrap?: boolean;
  right?: boolean;
}

const widthMax = 60;
const gap = "  ";

/** One line a row, or more where a column wraps, below a head line; `bold` marks the head for a terminal that shows colours. */
export function tableOf<T>(rows: readonly T[], columns: readonly Column<T>[], bold: boolean): string[] {
  const cells = rows.flatMap((row) => {
    const parts = columns.map((column) => {
      const text = cell(String(column.value(row) ?? ""));
      const max = column.max ?? widthMax;
      return column.wrap === true ? wrapped(text, max) : [clip(text, max)];
    });
    const height = Math.max(1, ...parts.map((lines) => lines.length));
    return Array.from({ length: height }, (_, at) => parts.map((lines) => lines[at] ?? ""));
  });
  const widths = columns.map((column, at) =>
    Math.max(widthOf(column.head), ...cells.map((row) => widthOf(row[at] ?? ""))),
  );
  const lineOf = (texts: readonly string[]) =>
    texts
      .map((text, at) => pad(text, widths[at] ?? 0, columns[at]?.right === true))
      .join(gap)
      .trimEnd();
  const head = lineOf(columns.map((column) => column.head));
  return [bold ? `\u001b[1m${head}\u001b[0m` : head, ...cells.map(lineOf)];
}

/** One line of text that is safe to print: controls, line ends and direction marks become spaces or signs. */
export const cell = (text: string): string =>
  text
    .replace(/[\r\n\t]+/gu, " ")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\u00b7")
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu, "");

/** The same for a text of several lines. */
export const block = (text: string): string =>
  text
    .split(/\r?\n/u)
    .map((line) => cell(line.replaceAll("\t", "    ")))
    .join("\n");

// Letters of East Asian scripts and emoji take two columns.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const noWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a terminal uses for the text. */
export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += noWidth.test(letter) ? 0 : wide.test(letter) ? 2 : 1;
  return width;
}

function clip(text: string, max: number): string {
  if (widthOf(text) <= max) return text;
  let clipped = "";
  let width = 0;
  for (const letter of text) {
    width += widthOf(letter);
    if (width > max - 1) break;
    clipped += letter;
  }
  return `${clipped.trimEnd()}…`;
}

/** Lines of at most `max` columns; a longer word is cut. */
function wrapped(text: string, max: number): string[] {
  const lines = [""];
  for (const word of text.split(" ").map((one) => clip(one, max))) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (widthOf(last) + 1 + widthOf(word) <= max) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pad(text: string, width: number, right: boolean): string {
  const spaces = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? spaces + text : text + spaces;
}
