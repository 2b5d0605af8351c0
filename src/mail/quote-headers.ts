// Recognises the lines by which mail programs introduce quoted mail: attribution lines ("On .. wrote:"), separators
// ("-----Original Message-----"), and blocks of quoted headers ("From: .. Sent: .. Subject: .."), in the languages of
// quote-words.ts and header-labels.ts. It says what a line is and where it ends, never what becomes of it.
// All functions take lines that went through plain() of lines.ts. Each question looks at a handful of bounded lines, so
// asking it of every line of a mail is linear.
import { findAddresses } from "./addresses-in-text.ts";
import { type HeaderField, readLabel } from "./header-labels.ts";
import { fold } from "./lines.ts";
import { quoteWords } from "./quote-words.ts";

const attributionLinesMax = 4;
const attributionCharsMax = 500;
const separatorCharsMax = 120;
const blockLinesMax = 30;
const continuationLinesMax = 3;

const openers = new Set(quoteWords.openers);
const verbEnds = new Set(quoteWords.verbs.map((verb) => verb.slice(verb.lastIndexOf(" ") + 1)));
const openerStarts = new Set(quoteWords.openers.map((opener) => opener.split(" ", 1)[0] ?? ""));
const openerWordsMax = 4;
const nameWordsMax = 8;
const clock = /\b\d{1,2}[:.h]\d{2}\b|\d时|\d時|\d시|오전|오후|上午|下午/;
const year = /(?:^|\D)(?:19|20)\d{2}(?:\D|$)/;
const startsWithDate = /^\p{L}{0,12}[.,]? ?\d{1,4}[\p{L}./ -]/u;
const dashes = "-–—_*=#~ ";
const colonAtEnd = /[:：]$/;
const spaceless = /[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]/;

/** The index after the attribution line that starts at line `at` (it may be wrapped over four lines), or null. */
export function attributionEnd(lines: string[], at: number): number | null {
  const first = lines[at] ?? "";
  const kind = attributionStart(first);
  if (kind === null) {
    return null;
  }
  let joined = "";
  for (let count = 0, look = at; count < attributionLinesMax && look < lines.length; look++) {
    const line = lines[look] ?? "";
    if (line === "") {
      // Some programs put the address on a paragraph of its own; nothing else continues after a blank line.
      if (count === 0 || !(lines[look + 1] ?? "").startsWith("<")) {
        return null;
      }
      continue;
    }
    if (count > 0 && line.startsWith(">") && joined.split("<").length <= joined.split(">").length) {
      return null; // a quoted line; but a ">" may close the bracket of a wrapped address
    }
    joined = count === 0 ? line : `${joined} ${line}`;
    count++;
    if (joined.length > attributionCharsMax) {
      return null;
    }
    if (kind === "name" ? isNameAttribution(joined) : isDatedAttribution(joined)) {
      return isDated(first) || !startsLater(lines, at, look) ? look + 1 : null;
    }
    if (count === 1 && kind === "dated" && isBareAttribution(joined) && quotedNext(lines, look + 1)) {
      return look + 1;
    }
  }
  return null;
}

/** True if the attribution that ends at line `end` begins below line `at`, which then is a sentence of the sender. */
function startsLater(lines: string[], at: number, end: number): boolean {
  for (let start = at + 1; start <= end; start++) {
    const first = lines[start] ?? "";
    if (attributionStart(first) === "dated" && isDated(first)) {
      return isDatedAttribution(lines.slice(start, end + 1).join(" "));
    }
  }
  return false;
}

/** "2011/4/7 Ann <ann@example.com>": no verb, no colon, so it counts only right above quoted lines. */
function isBareAttribution(line: string): boolean {
  return isDated(line) && line.endsWith(">") && findAddresses(line).length > 0;
}

function quotedNext(lines: string[], at: number): boolean {
  return (lines[at] ?? "").startsWith(">") || ((lines[at] ?? "") === "" && (lines[at + 1] ?? "").startsWith(">"));
}

function isDated(line: string): boolean {
  return clock.test(line) || year.test(line);
}

function attributionStart(line: string): "dated" | "name" | null {
  const text = stripDashes(line);
  if (text === "") {
    return null;
  }
  const start = text.slice(0, 60);
  // A line that begins with a date has a digit in its first 60 characters; most lines have none.
  if ((/\d/.test(start) && beginsWithDate(text)) || beginsWithOpener(start)) {
    return "dated";
  }
  return text.includes("<") || text.includes("@") ? "name" : null;
}

function beginsWithDate(text: string): boolean {
  return (
    (startsWithDate.test(text) && !text.slice(0, text.search(/ |$/)).includes("@")) ||
    (spaceless.test(text[0] ?? "") && /\d/.test(text.slice(0, 12))) ||
    /^\p{L}{2,14}[.,]?,? \d{1,2}/u.test(text) ||
    /^\p{L}{2,14}, \p{L}{2,12} \d/u.test(text)
  );
}

function beginsWithOpener(start: string): boolean {
  const blank = start.indexOf(" ");
  if (!openerStarts.has(fold(blank < 0 ? start : start.slice(0, blank)).replace(/,$/, ""))) {
    return false;
  }
  const words = fold(start).split(" ");
  for (let count = 1; count <= openerWordsMax && count <= words.length; count++) {
    if (openers.has(words.slice(0, count).join(" ").replace(/,$/, ""))) {
      return true;
    }
  }
  return false;
}

function isDatedAttribution(line: string): boolean {
  const text = stripDashes(line);
  const dated = isDated(text);
  const mail = text.includes("@") && findAddresses(text).length > 0;
  if (colonAtEnd.test(text)) {
    return (dated && mail) || ((dated || mail) && hasVerb(text));
  }
  return dated && endsWithVerb(text) && (mail || text !== line);
}

/** "Ann Example <ann@example.com> wrote:", "Ann <ann@example.com> schrieb am Fr., 2. Mai 2025 um 11:53:". */
function isNameAttribution(line: string): boolean {
  const close = line.indexOf(">", line.indexOf("@"));
  if (close < 0 || !colonAtEnd.test(line)) {
    return false;
  }
  const name = line.slice(0, Math.max(0, line.indexOf("<"))).split(" ");
  const rest = fold(line.slice(close + 1)).trim();
  const says = quoteWords.verbs.some((verb) => rest.startsWith(verb)) || (isDated(rest) && hasVerb(rest));
  return name.length <= nameWordsMax && says;
}

function hasVerb(text: string): boolean {
  const folded = fold(text);
  return quoteWords.verbs.some((verb) => containsWord(folded, verb));
}

function endsWithVerb(text: string): boolean {
  const folded = fold(text);
  const last = folded.slice(folded.lastIndexOf(" ") + 1);
  return verbEnds.has(last) && quoteWords.verbs.some((verb) => folded.endsWith(` ${verb}`));
}

/** True if `word` stands in `text` between non-letters; scripts without blanks need no border. Both folded. */
function containsWord(text: string, word: string): boolean {
  const at = text.lastIndexOf(word);
  if (at < 0 || spaceless.test(word[0] ?? "")) {
    return at >= 0;
  }
  const before = text[at - 1];
  const after = text[at + word.length];
  return !(before !== undefined && /\p{L}/u.test(before)) && !(after !== undefined && /\p{L}/u.test(after));
}

/** What stands between dashes, or the line itself where there are none. */
function stripDashes(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && dashes.includes(line.charAt(start))) start++;
  while (end > start && dashes.includes(line.charAt(end - 1))) end--;
  return line.slice(start, end);
}

/**
 * What a separator line announces: "-----Original Message-----" an original, "---------- Forwarded message ---------"
 * and Apple's "Begin forwarded message:" a forwarded mail; null for any other line.
 */
export function separatorKind(text: string): "original" | "forwarded" | null {
  if (text === "" || text.length > separatorCharsMax) {
    return null;
  }
  const dashed = /^[*_ ]*[-–—_=]{2,}/.test(text);
  if (!dashed && !colonAtEnd.test(text)) {
    return null;
  }
  const inner = fold(stripDashes(text));
  if (inner === "") {
    return null;
  }
  if (dashed) {
    if (quoteWords.forwarded.some((words) => inner.startsWith(words))) {
      return "forwarded";
    }
    if (quoteWords.original.some((words) => inner.startsWith(words))) {
      return "original";
    }
    return text.endsWith("-") && endsWithVerb(stripDashes(text)) ? "original" : null;
  }
  const bare = inner.replace(/ ?[:：]$/, "");
  return quoteWords.forwarded.some(
    (words) => bare === words || (bare.startsWith(words) && bare.length < words.length + 24),
  )
    ? "forwarded"
    : null;
}

/** Quoted headers: the index after them, and each field's value as written, wrapped lines joined. */
export interface HeaderBlock {
  end: number;
  fields: Map<HeaderField, string>;
}

/** The block of quoted headers that starts at line `at`, or null. `trusted`: a separator above already announced it. */
export function headerBlockAt(lines: string[], at: number, trusted = false): HeaderBlock | null {
  const first = readLabel(lines[at] ?? "");
  if (first === null) {
    return null;
  }
  const fields = new Map<HeaderField, string>();
  let field = first.field;
  let end = at;
  for (let look = at; look < lines.length && look < at + blockLinesMax; look++) {
    const line = lines[look] ?? "";
    const label = readLabel(line);
    if (label !== null) {
      if (fields.has(label.field) && label.field !== "cc") {
        break;
      }
      field = label.field;
      fields.set(field, fields.get(field) ?? label.value);
      end = look + 1;
    } else if (line === "" ? !blankInside(lines, look, fields) : !continues(lines, look, fields.get(field) ?? "")) {
      break;
    } else if (line !== "") {
      fields.set(field, `${fields.get(field) ?? ""} ${line}`.trim());
      end = look + 1;
    }
  }
  return isBlock(fields, trusted) ? { end, fields } : null;
}

/** Some HTML makes each header a paragraph: one blank line is inside if a label that is new follows. */
function blankInside(lines: string[], at: number, fields: Map<HeaderField, string>): boolean {
  const next = readLabel(lines[at + 1] ?? "");
  return next !== null && !fields.has(next.field);
}

/** A wrapped value: a line that is no label, with a label soon after it, or after a value that is visibly unfinished. */
function continues(lines: string[], at: number, value: string): boolean {
  if (value === "" || /[,;<]$/.test(value) || (lines[at] ?? "").startsWith("<")) {
    return true;
  }
  for (let look = at + 1; look <= at + continuationLinesMax && look < lines.length; look++) {
    const line = lines[look] ?? "";
    if (line === "") {
      return false;
    }
    if (readLabel(line) !== null) {
      return true;
    }
  }
  return false;
}

/**
 * From and another field, with an address in it or with Date and Subject: enough to tell a quoted mail from a
 * traveller's "From: Berlin / To: Hamburg". After a separator, From alone will do.
 */
function isBlock(fields: Map<HeaderField, string>, trusted: boolean): boolean {
  const from = fields.get("from");
  if (trusted) {
    return from !== undefined;
  }
  if (fields.size < 2) {
    return false;
  }
  const addressed = ["from", "to"].some((name) => fields.get(name as HeaderField)?.includes("@") === true);
  const when = fields.get("date");
  const dated = when !== undefined && /\d/.test(when);
  return from !== undefined ? addressed || (dated && fields.has("subject")) : dated && addressed;
}
