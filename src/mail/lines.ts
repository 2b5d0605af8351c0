// A body as lines, and a line as the scanners compare it: short, lower case, one kind of blank. Nothing here knows
// what a line means. Every scanner of this room works on lines from here, so a hostile line of a megabyte is cut
// before anybody looks at it.

/** Characters of one line that scanners look at; what stands behind them is carried along unread. */
export const lineCharsMax = 1000;

/** The lines of a text, for LF, CRLF and bare CR alike. */
export function toLines(text: string): string[] {
  return text.includes("\r") ? text.split(/\r\n|\r|\n/) : text.split("\n");
}

/** A text as lines, and each line as plain() gives it: made once, read by every scanner of that text. */
export interface ScannedText {
  lines: string[];
  plains: string[];
}

/** The lines of a text, ready for the scanners. */
export function scanLines(text: string): ScannedText {
  const lines = toLines(text);
  return { lines, plains: lines.map(plain) };
}

// Zero-width and direction marks, which mail programs put around names, dates and colons.
const invisible = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

// What plain() may have to change, so that most lines pay one search; from U+1680 on there are blanks of many kinds.
const untidy = /[^ -\u009f\u00a1-\u00ac\u00ae-\u167f]| {2}|^ | $/;

/** One line as scanners see it: cut, invisible characters gone, any run of blanks one space, trimmed; case kept. */
export function plain(line: string): string {
  const short = line.slice(0, lineCharsMax);
  return untidy.test(short) ? short.replace(invisible, "").replace(/\s+/g, " ").trim() : short;
}

const beyondLatin1 = /[\u0100-\uffff]/;

/** Lower case for comparing with the word tables, which are written in composed, lower-case letters. */
export function fold(text: string): string {
  // Latin-1 is composed already.
  if (!beyondLatin1.test(text)) return text.toLowerCase();
  // Turkish capital dotted I lowers to "i" and a combining dot, which no table holds.
  return text.normalize("NFC").replaceAll("İ", "i").toLowerCase();
}

/** A line without its quotation marks, and how many it had: "> > yes" is "yes" at depth 2. */
export function unquote(line: string): { depth: number; text: string } {
  let depth = 0;
  let at = 0;
  for (let look = 0; look < line.length && look < lineCharsMax; look++) {
    const char = line[look];
    if (char === ">") {
      depth++;
      at = look + 1;
    } else if (char !== " " && char !== "\u00a0" && char !== "\t") {
      break;
    }
  }
  if (depth === 0) {
    return { depth, text: line };
  }
  return { depth, text: line[at] === " " ? line.slice(at + 1) : line.slice(at) };
}

/** Removes one level of quotation from a line that has one. */
export function unquoteOnce(line: string): string {
  const start = line.length - line.trimStart().length;
  if (line[start] !== ">") {
    return line;
  }
  return line[start + 1] === " " ? line.slice(start + 2) : line.slice(start + 1);
}

/**
 * A table written as text, one row a line, columns separated by "|", words by ",": the rows as lists of columns, each
 * a list of words. The first column names the language for the reader and is left out.
 */
export function readTable(table: string): string[][][] {
  return table
    .trim()
    .split("\n")
    .map((row) => row.split("|").slice(1).map(readWords));
}

/** The words of one column. */
export function readWords(cell: string): string[] {
  return cell
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** All words of one column of a table, each once. */
export function column(rows: string[][][], index: number): string[] {
  return [...new Set(rows.flatMap((row) => row[index] ?? []))];
}
