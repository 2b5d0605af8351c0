// Lists as CSV (RFC 4180) for spreadsheets: the fields of --json, objects flattened with dots, lists joined by a blank.
// A cell that a spreadsheet would run as a formula is disarmed: names and subjects come from strangers' mails. An import
// takes the disarming back, so that what was exported comes in as it was.

/** CRLF lines with a head line; "" where there are no rows. */
export function csvOf(rows: readonly object[]): string {
  const flat = rows.map((row) => flatten(row, ""));
  const heads = [...new Set(flat.flatMap((row) => Object.keys(row)))].filter((head) => !isEmptyParent(head, flat));
  if (heads.length === 0) return "";
  const lines = [heads, ...flat.map((row) => heads.map((head) => row[head] ?? ""))];
  return lines.map((cells) => csvLine(cells)).join("");
}

function flatten(row: object, prefix: string): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [key, value] of Object.entries(row)) {
    const head = prefix + key;
    if (value === null || value === undefined) flat[head] = "";
    else if (Array.isArray(value))
      flat[head] = value.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item))).join(" ");
    else if (typeof value === "object") Object.assign(flat, flatten(value, `${head}.`));
    else flat[head] = typeof value === "string" ? disarmed(value) : String(value);
  }
  return flat;
}

/** `organization` is null in one row and `organization.name` stands in another: only the latter is a column. */
const isEmptyParent = (head: string, rows: readonly Record<string, string>[]): boolean =>
  rows.every((row) => (row[head] ?? "") === "") &&
  rows.some((row) => Object.keys(row).some((other) => other.startsWith(`${head}.`)));

/** One line with its end; cells are written as they are. */
export const csvLine = (cells: readonly string[], delimiter = ","): string =>
  `${cells.map((cell) => quote(cell, delimiter)).join(delimiter)}\r\n`;

/** Not run by a spreadsheet: a quotation mark goes before it, which `armed` takes away. */
export const disarmed = (text: string): string =>
  /^'*[=@\t\r]|^'+[+-]|^[+-](?![\d\s()./-]*$)/.test(text) ? `'${text}` : text;

/** What was disarmed, as it was. */
export const armed = (text: string): string => (/^'+[=@\t\r+-]/.test(text) ? text.slice(1) : text);

const quote = (text: string, delimiter: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
