// The structure of a mail (RFC 2045, 2046): a tree of parts as offsets into the raw bytes, found in one walk from the
// outside in, so that an outer boundary always ends what stands inside it. Nothing is decoded or copied. Limits on
// depth and number of parts apply here, before anything expensive sees the mail.
import { type Field, firstField, readHead } from "./head.ts";
import { mailLimits } from "./limits.ts";
import { type MediaType, readMediaType } from "./media-type.ts";

export interface Part {
  fields: Field[];
  type: MediaType;
  disposition: MediaType;
  /** Content-Transfer-Encoding, lower case, "" where there is none. */
  encoding: string;
  /** The body: offsets into the raw mail, without the line end before the boundary. */
  start: number;
  end: number;
  children: Part[];
}

export interface Outline {
  root: Part;
  remarks: string[];
}

interface Walk {
  raw: Buffer;
  parts: number;
  /** Lines that began like a boundary and had to be looked at. */
  candidates: number;
  remarks: Set<string>;
}

const boundaryCharsMax = 1_000;
/** Honest mails have two a part; a body made of almost-boundaries must not be walked at every depth. */
const candidatesMax = 100_000;

/** Walks a mail; any bytes give an outline, with a remark for each limit that was applied. */
export function readOutline(raw: Buffer): Outline {
  const walk: Walk = { raw, parts: 0, candidates: 0, remarks: new Set() };
  const root = readPart(walk, 0, raw.length, 0, "text/plain");
  return { root, remarks: [...walk.remarks] };
}

/** The parts that hold content, in the order they stand in the mail. */
export function leaves(part: Part): Part[] {
  return part.children.length === 0 ? [part] : part.children.flatMap(leaves);
}

function readPart(walk: Walk, start: number, end: number, depth: number, defaultType: string): Part {
  walk.parts += 1;
  const head = readHead(walk.raw, start, end);
  for (const remark of head.remarks) walk.remarks.add(remark);
  const type = readMediaType(firstField(head.fields, "content-type"));
  const part: Part = {
    fields: head.fields,
    type: type.value.includes("/") ? type : { ...type, value: defaultType },
    disposition: readMediaType(firstField(head.fields, "content-disposition")),
    encoding: readMediaType(firstField(head.fields, "content-transfer-encoding")).value,
    start: head.bodyStart,
    end,
    children: [],
  };
  if (!part.type.value.startsWith("multipart/")) return part;
  if (depth >= mailLimits.nestingMax) {
    walk.remarks.add(`parts nested deeper than ${mailLimits.nestingMax} not opened`);
    return part;
  }
  split(walk, part, depth);
  // What calls itself a multipart and has no parts is read as the text it is.
  if (part.children.length === 0) part.type = { ...part.type, value: "text/plain" };
  return part;
}

function split(walk: Walk, part: Part, depth: number): void {
  const { raw } = walk;
  const named = part.type.parameters.get("boundary")?.trimEnd().slice(0, boundaryCharsMax) ?? "";
  const boundary = hasBoundary(walk, part, named) ? named : guessBoundary(raw, part);
  if (boundary === "") return;
  const childType = part.type.value === "multipart/digest" ? "message/rfc822" : "text/plain";
  let begin = -1;
  for (const delimiter of delimiters(walk, boundary, part.start, part.end)) {
    if (delimiter.closing && begin >= 0 && isBoundaryOf(raw, begin, delimiter.start, `${boundary}--`)) continue;
    if (begin >= 0) {
      if (walk.parts >= mailLimits.partCountMax) {
        walk.remarks.add(`parts after the ${mailLimits.partCountMax.toLocaleString("en")}th left out`);
        return;
      }
      part.children.push(
        readPart(walk, begin, Math.max(begin, beforeLineEnd(raw, delimiter.start)), depth + 1, childType),
      );
    }
    // Parts that follow the closing delimiter are read all the same: scanners and footers close too early.
    begin = delimiter.closing ? -1 : delimiter.end;
  }
  // The closing delimiter is missing: the mail was cut off, and its last part goes to the end.
  if (begin >= 0 && begin < part.end && walk.parts < mailLimits.partCountMax) {
    part.children.push(readPart(walk, begin, part.end, depth + 1, childType));
  }
}

/** True where the part that begins here is itself a multipart with that boundary, so that the line is its own. */
function isBoundaryOf(raw: Buffer, start: number, end: number, boundary: string): boolean {
  const { fields } = readHead(raw, start, end);
  return readMediaType(firstField(fields, "content-type")).parameters.get("boundary")?.trimEnd() === boundary;
}

interface Delimiter {
  start: number;
  end: number;
  closing: boolean;
}

function* delimiters(walk: Walk, boundary: string, start: number, end: number): Generator<Delimiter> {
  const { raw } = walk;
  const mark = Buffer.from(`\n--${boundary}`, "utf8");
  for (let found = raw.indexOf(mark, Math.max(0, start - 1)); found >= 0; found = raw.indexOf(mark, found + 1)) {
    const at = found + 1;
    walk.candidates += 1;
    if (at >= end) return;
    if (walk.candidates > candidatesMax) {
      walk.remarks.add(`boundaries after the ${candidatesMax.toLocaleString("en")}th not looked at`);
      return;
    }
    const feed = raw.indexOf(0x0a, at);
    const lineEnd = feed < 0 || feed >= end ? end : feed + 1;
    // Another boundary may begin with this one: only the closing dashes and white space may follow.
    const tail = raw.toString("latin1", found + mark.length, Math.min(lineEnd, found + mark.length + 200));
    const closing = tail.trim() === "--";
    if (!closing && tail.trim() !== "") continue;
    yield { start: at, end: lineEnd, closing };
  }
}

function hasBoundary(walk: Walk, part: Part, boundary: string): boolean {
  return boundary !== "" && !delimiters(walk, boundary, part.start, part.end).next().done;
}

/** A lost or wrong boundary parameter: the first line that looks like a delimiter and is followed by a header. */
function guessBoundary(raw: Buffer, part: Part): string {
  const opening = raw.toString("latin1", part.start, Math.min(part.end, part.start + 64 * 1024));
  for (const [, boundary = ""] of opening.matchAll(/^--([^\r\n]{1,200})\r?\n(?=Content-[\w-]{1,40}:)/gim)) {
    if (boundary.trim() !== "") return boundary.trimEnd();
  }
  return "";
}

function beforeLineEnd(raw: Buffer, at: number): number {
  if (raw[at - 1] === 0x0a) return raw[at - 2] === 0x0d ? at - 2 : at - 1;
  return raw[at - 1] === 0x0d ? at - 1 : at;
}
