// What the sender wrote now (MAIL-7): quotation and signature cut, answers between quotes kept. It reads line by line,
// once; a mail is never emptied by it, and the whole text stays available elsewhere. When in doubt a line stays.
// Plain text by RFC 3676 (quote marks, signature); the rest is what mail programs do.
import { plain, type ScannedText, scanLines, unquote } from "./lines.ts";
import { attributionEnd, headerBlockAt, separatorKind } from "./quote-headers.ts";
import { isReplyMarker } from "./reply-marker.ts";
import { delimiterKind, isDeviceLine, isRule } from "./signature.ts";

const signatureLinesMax = 15;

type Line =
  | { kind: "text" | "blank" | "quoted" | "device" | "certain" | "likely" | "code" }
  | { kind: "header"; end: number; attribution: boolean };

/** The new text of a mail's plain text; the whole text, trimmed, where nothing would be left. */
export function newText(text: string, scanned: ScannedText = scanLines(text)): string {
  const kept = newLines(scanned);
  return kept === "" || isRule(kept) ? text.trim() : kept;
}

/**
 * What stands above our marker in an answer to one of our notifications, without attribution and signature; "" where nothing
 * does, null where the marker is not there. Nothing below it is looked at, however it is quoted.
 */
export function textAboveMarker(text: string): string | null {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => isReplyMarker(plain(unquote(line).text)));
  if (at < 0) return null;
  const kept = newLines(scanLines(lines.slice(0, at).join("\n")));
  return isRule(kept) ? "" : kept;
}

function newLines({ lines, plains }: ScannedText): string {
  const kinds = lines.map((line, at) => classify(line, plains, at));
  keepCode(lines, kinds);
  keepPrompts(lines, kinds);
  return trimRules(keep(lines, kinds)).join("\n").trim();
}

function classify(line: string, plains: string[], at: number): Line {
  const text = plains[at] ?? "";
  if (text === "") {
    return { kind: "blank" };
  }
  if (text.startsWith(">") || text.startsWith("＞")) {
    return { kind: "quoted" };
  }
  if (isReplyMarker(text)) {
    return { kind: "header", end: at + 1, attribution: false };
  }
  if (separatorKind(text) !== null) {
    return { kind: "header", end: at + 1, attribution: false };
  }
  const attribution = attributionEnd(plains, at);
  if (attribution !== null) {
    return { kind: "header", end: attribution, attribution: true };
  }
  const block = headerBlockAt(plains, at);
  if (block !== null) {
    return { kind: "header", end: block.end, attribution: false };
  }
  return { kind: delimiterKind(line, text) ?? (isDeviceLine(text) ? "device" : "text") };
}

/** Between two ``` fences everything is the sender's own text, whatever it looks like. */
function keepCode(lines: string[], kinds: Line[]): void {
  let open = -1;
  lines.forEach((line, at) => {
    if (!line.startsWith("```")) {
      return;
    }
    if (open < 0) {
      open = at;
      return;
    }
    kinds.fill({ kind: "code" }, open, at + 1);
    open = -1;
  });
}

/** Runs of ">>> " without a quotation above them are a program's prompt or decoration, and ">From" is mbox escaping. */
function keepPrompts(lines: string[], kinds: Line[]): void {
  let announced = false;
  for (let at = 0; at < kinds.length; at++) {
    const kind = kinds[at]?.kind;
    if (kind === "header") {
      announced = true;
    }
    if (kind !== "quoted") {
      continue;
    }
    let end = at;
    let prompts = true;
    while (kinds[end]?.kind === "quoted") {
      const { depth } = unquote(lines[end] ?? "");
      prompts &&= depth >= 3 && (lines[end] ?? "").trimStart().startsWith(">>>");
      end++;
    }
    const escaped = end === at + 1 && (lines[at] ?? "").startsWith(">From ");
    if ((prompts && !announced) || escaped) {
      kinds.fill({ kind: "text" }, at, end);
    }
    at = end - 1;
  }
}

function keep(lines: string[], kinds: Line[]): string[] {
  const kept: string[] = [];
  const runs = textRuns(kinds);
  let signature = false;
  let written = false;
  let cut = false; // the blanks above and below a cut become one
  for (let at = 0; at < lines.length; at++) {
    const line = kinds[at] ?? { kind: "text" };
    if (line.kind === "header") {
      signature = false;
      const quoted = nextKind(kinds, line.end) === "quoted";
      // Unmarked text below a header is the old mail, to the end. On top of a mail that would leave nothing.
      if (!quoted && (written || !line.attribution)) {
        break;
      }
      at = line.end - 1;
    } else if (line.kind === "quoted") {
      signature = false;
    } else if (line.kind === "certain" || (line.kind === "likely" && (runs[at + 1] ?? 0) <= signatureLinesMax)) {
      signature = true;
    } else if (line.kind === "device" && written && isParagraph(kinds, at)) {
      signature = true;
    } else if (!signature && !(line.kind === "blank" && cut && kept.at(-1)?.trim() === "")) {
      kept.push(lines[at] ?? "");
      written ||= line.kind !== "blank";
      cut &&= line.kind === "blank";
      continue;
    }
    cut = true;
  }
  return kept;
}

/** For each line, how many lines with text follow (itself included) before a quotation begins or the mail ends. */
function textRuns(kinds: Line[]): number[] {
  const runs = new Array<number>(kinds.length).fill(0);
  for (let at = kinds.length - 1; at >= 0; at--) {
    const kind = kinds[at]?.kind;
    const below = runs[at + 1] ?? 0;
    runs[at] = kind === "header" || kind === "quoted" ? 0 : below + (kind === "blank" ? 0 : 1);
  }
  return runs;
}

function nextKind(kinds: Line[], from: number): Line["kind"] | null {
  for (let at = from; at < kinds.length; at++) {
    const kind = kinds[at]?.kind;
    if (kind !== undefined && kind !== "blank") {
      return kind;
    }
  }
  return null;
}

/** A line that a program added stands alone: nothing, a blank or another such line above it. */
function isParagraph(kinds: Line[], at: number): boolean {
  const above = kinds[at - 1]?.kind;
  return above !== "text" && above !== "code";
}

/** Drawn lines at the end divide the text from what was cut. */
function trimRules(lines: string[]): string[] {
  let end = lines.length;
  while (end > 0 && (plain(lines[end - 1] ?? "") === "" || isRule(lines[end - 1] ?? ""))) {
    end--;
  }
  return lines.slice(0, end);
}
