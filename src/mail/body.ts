// Which parts of a mail are its text and which are attachments (RFC 2046 5.1, RFC 2183); then the text itself: charset,
// flowed lines, uuencoded files found, alternatives joined. HTML is read where there is no plain text, and sanitised whole
// only when somebody asks to see it. What goes over a limit is cut and named in a remark.
import { decodeText } from "./charset.ts";
import { unflow } from "./flowed.ts";
import { escapeHtml, sanitise } from "./html.ts";
import { htmlText } from "./html-text.ts";
import { mailLimits } from "./limits.ts";
import type { Part } from "./outline.ts";
import { cut } from "./storable.ts";
import { decodeTransfer } from "./transfer.ts";
import { readUuencoded, type UuencodedFile } from "./uuencode.ts";

/** A stretch of the mail's text: plain, HTML, or the same words in both. */
export interface Stretch {
  plain: Part[];
  html: Part[];
}

export interface Plain {
  text: string;
  /** The text without the files that are uuencoded in it. */
  words: string;
  files: UuencodedFile[];
}

export interface Body {
  text: string;
  /** The text without uuencoded files: what its sender wrote. */
  words: string;
}

/** The stretches of text in reading order; every other leaf is an attachment. */
export function readStretches(root: Part): Stretch[] {
  if (root.children.length === 0 && isReadable(root)) return [{ plain: [root], html: [] }];
  return collect(root, false, { text: false });
}

/** Decodes one text/plain part and finds the files that are uuencoded in it. */
export function readPlain(raw: Buffer, part: Part, remarks: Set<string>): Plain {
  const holdsFile = raw.subarray(part.start, part.end).includes("begin ");
  const bytesMax = holdsFile ? raw.length : mailLimits.textCharsMax * 8;
  const source = decodeText(beginning(raw, part, bytesMax), charsetOf(part, null));
  const { text, files } = readUuencoded(source);
  const shorten = (whole: string) => cut(whole, mailLimits.textCharsMax);
  if (shorten(text) !== text || part.end - part.start > bytesMax) remarks.add("text cut at 512 KB");
  const flowed = part.type.parameters.get("format")?.toLowerCase() === "flowed";
  const delSp = part.type.parameters.get("delsp")?.toLowerCase() === "yes";
  const read = (whole: string) => {
    const short = shorten(whole);
    return (flowed ? unflow(short, delSp) : short).replace(/\r\n?/g, "\n");
  };
  const words = read(text);
  return { text: files.length === 0 ? words : read(source), words, files };
}

/** Joins the stretches to one text. */
export function readBody(raw: Buffer, stretches: Stretch[], plains: Map<Part, Plain>, remarks: Set<string>): Body {
  const texts: string[] = [];
  const bare: string[] = [];
  for (const stretch of stretches) {
    const plain = stretch.plain.map((part) => plains.get(part)?.text ?? "").join("\n");
    const html = plain.trim() === "" ? stretchHtml(raw, stretch, remarks) : "";
    const text = html === "" ? plain : htmlText(html);
    if (text !== "") texts.push(text);
    if (text !== "") bare.push(text === plain ? wordsOf(stretch, plains) : text);
  }
  const text = texts.join("\n");
  if (text.length > mailLimits.textCharsMax) remarks.add("text cut at 512 KB");
  return {
    text: cut(text, mailLimits.textCharsMax),
    words: cut(bare.join("\n"), mailLimits.textCharsMax),
  };
}

/** Joins the stretches to one sanitised HTML; null where none has any. */
export function readHtml(
  raw: Buffer,
  stretches: Stretch[],
  plains: Map<Part, Plain>,
  remarks: Set<string>,
): string | null {
  if (!stretches.some((stretch) => stretch.html.length > 0)) return null;
  const htmls = stretches.map((stretch) => stretchHtml(raw, stretch, remarks) || escapeHtml(wordsOf(stretch, plains)));
  return cut(htmls.join("<br>\n"), mailLimits.htmlCharsMax);
}

const wordsOf = (stretch: Stretch, plains: Map<Part, Plain>): string =>
  stretch.plain.map((part) => plains.get(part)?.words ?? "").join("\n");

const stretchHtml = (raw: Buffer, stretch: Stretch, remarks: Set<string>): string =>
  stretch.html.map((part) => sanitise(htmlSource(raw, part, remarks), remarks)).join("<br>\n");

/** True where the part brings a file name, in whatever encoding. */
function isNamed(part: Part): boolean {
  const names = (parameters: Map<string, string>, name: string) =>
    [...parameters.keys()].some((key) => key === name || key.startsWith(`${name}*`));
  return names(part.disposition.parameters, "filename") || names(part.type.parameters, "name");
}

function collect(part: Part, alternative: boolean, seen: { text: boolean }): Stretch[] {
  if (part.type.value === "multipart/alternative" && part.children.length > 0) {
    return alternatives(part.children.map((child) => collect(child, true, seen)));
  }
  if (part.children.length > 0) return part.children.flatMap((child) => collect(child, alternative, seen));
  const type = part.type.value;
  if (type !== "text/plain" && type !== "text/html") return [];
  if (part.disposition.value !== "" && part.disposition.value !== "inline") return [];
  // A named text beside the mail's own is a file, whatever its disposition says.
  if (seen.text && !alternative && isNamed(part)) return [];
  seen.text = true;
  return [type === "text/html" ? { plain: [], html: [part] } : { plain: [part], html: [] }];
}

/** The same words in several forms: one stretch of all that are plain and all that have HTML. */
function alternatives(forms: Stretch[][]): Stretch[] {
  const hasHtml = (form: Stretch[]) => form.some((stretch) => stretch.html.length > 0);
  const plain = forms.filter((form) => !hasHtml(form)).flat();
  const html = forms.filter(hasHtml).flat();
  if (plain.length + html.length === 0) return [];
  return [
    {
      plain: (plain.length > 0 ? plain : html).flatMap((stretch) => stretch.plain),
      html: html.flatMap((stretch) => stretch.html),
    },
  ];
}

/** A whole mail of text/enriched, text/markdown or the like is read as it stands. */
function isReadable(root: Part): boolean {
  const { value } = root.type;
  const readable = value.startsWith("text/") && value !== "text/html" && value !== "text/calendar";
  return readable && (root.disposition.value === "" || root.disposition.value === "inline");
}

const metaCharset = /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})/i;

function htmlSource(raw: Buffer, part: Part, remarks: Set<string>): string {
  const bytesMax = mailLimits.htmlCharsMax * 4;
  if (part.end - part.start > bytesMax) remarks.add("HTML cut at 2 MB");
  const bytes = beginning(raw, part, bytesMax);
  return decodeText(bytes, charsetOf(part, metaCharset.exec(bytes.toString("latin1", 0, 4096))?.[1] ?? null));
}

function charsetOf(part: Part, meta: string | null): string | null {
  const label = part.type.parameters.get("charset") ?? "";
  return label === "" || /^(us-)?ascii$/i.test(label) ? (meta ?? label) : label;
}

/** The decoded bytes of the part, of long ones the beginning. */
function beginning(raw: Buffer, part: Part, bytesMax: number): Buffer {
  return decodeTransfer(raw, part.start, Math.min(part.end, part.start + bytesMax), part.encoding);
}
