// format=flowed (RFC 3676): lines that end in a blank go on in the next one, if it is quoted as deeply. Undone here, so
// that paragraphs are whole and quotation marks stand once at the head of each.

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
