// format=flowed (RFC 3676): lines that end in a blank go on in the next one, if it is quoted as deeply. Undone here for
// mail that comes, so that paragraphs are whole and quotation marks stand once at the head of each; done for mail that goes.

/** Shorter than the 78 of section 4.2, so that a quotation mark more does not break what was broken once. */
const lineCharsMax = 76;

/** The text with its soft line breaks undone; `delSp` as the parameter of that name says. */
export function unflow(text: string, delSp: boolean): string {
  const out: string[] = [];
  let open: string[] | null = null;
  let openDepth = 0;
  for (const raw of text.split(/\r?\n/)) {
    const marks = /^>*/.exec(raw)?.[0].length ?? 0;
    const rest = raw.slice(marks);
    const line = rest.startsWith(" ") ? rest.slice(1) : rest; // space-stuffing, section 4.4
    const flows = line.endsWith(" ") && line !== "-- ";
    const piece = flows && delSp ? line.slice(0, -1) : line;
    if (open !== null && marks === openDepth && line !== "-- ") {
      open.push(piece);
    } else {
      if (open !== null) out.push(open.join(""));
      open = [marks > 0 ? `${">".repeat(marks)} ${piece}` : piece];
      openDepth = marks;
    }
    if (flows) continue;
    out.push(open.join(""));
    open = null;
  }
  if (open !== null) out.push(open.join(""));
  return out.join("\n");
}

/** Lines end in CRLF; those over 76 characters get soft line breaks, but for words that are longer by themselves. */
export function flow(text: string): string {
  return text.split("\r\n").map(flowLine).join("\r\n");
}

function flowLine(line: string): string {
  if (line === "-- ") return line;
  const marks = /^>*/.exec(line)?.[0] ?? "";
  let rest = line.slice(marks.length).replace(/ +$/, "");
  if (marks !== "" && rest.startsWith(" ")) rest = rest.slice(1);
  const pieces: string[] = [];
  let at = 0;
  while (at < rest.length || pieces.length === 0) {
    let end = breakAfter(rest, at, lineCharsMax - marks.length - 1);
    if (rest.slice(at, end) === "-- ") end = breakAfter(rest, end, 1); // alone it would be the mark of a signature
    const piece = rest.slice(at, end);
    pieces.push(marks + (marks !== "" || isStuffed.test(piece) ? " " : "") + piece);
    at = end;
  }
  return pieces.join("\r\n");
}

/** What would be read as stuffing or as a quotation, and what mailboxes on disk take for a new mail (section 4.4). */
const isStuffed = /^(?: |>|From )/;

/** Behind the last blank that fits, else behind the first one. */
function breakAfter(text: string, from: number, charsMax: number): number {
  if (text.length - from <= charsMax) return text.length;
  const fitting = text.lastIndexOf(" ", from + charsMax - 1);
  const blank = fitting > from ? fitting : text.indexOf(" ", from + 1);
  return blank === -1 ? text.length : blank + 1;
}
