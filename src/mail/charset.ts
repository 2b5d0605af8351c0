// Bytes to text in the charsets that mails really use, and really mislabel: "utf8", "ansi", "x-unknown", us-ascii with
// 8-bit letters, Big5 that is UTF-8. What the bytes prove outranks what the label says. Any byte sequence becomes
// some text; nothing here throws.
import { isAscii, isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { eucFromJapanese, eucFromKorean, gbFromHz } from "./iso-2022.ts";

/** Names under which iconv-lite does not know a charset, or knows the poorer one; the web's rule: superset wins. */
const supersets: Record<string, string> = {
  "windows-1252": "iso-8859-1 latin1 iso-ir-100 ansi",
  "windows-1254": "iso-8859-9",
  "windows-874": "iso-8859-11 tis-620",
  "iso-8859-8": "iso-8859-8-i iso-8859-8-e visual",
  "iso-8859-6": "iso-8859-6-i iso-8859-6-e",
  gb18030: "gb2312 gb_2312-80 gb2312-80 euc-cn x-gbk gbk cp936 windows-936",
  "big5-hkscs": "big5 x-x-big5 windows-950 cp950",
  cp949: "ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 ks-c-5601-1987 euc-kr windows-949 x-windows-949 uhc",
  shift_jis: "shift-jis x-sjis sjis windows-31j ms_kanji",
  "euc-jp": "x-euc-jp eucjp cp51932",
  "utf-7": "unicode-1-1-utf-7",
  macintosh: "x-mac-roman",
  maccyrillic: "x-mac-cyrillic",
  "koi8-r": "koi8",
  cp862: "dos-862",
};
const aliases = new Map(
  Object.entries(supersets).flatMap(([name, labels]) => labels.split(" ").map((label) => [label, name] as const)),
);

/** Labels that say nothing, or name what is no charset: the bytes decide. */
const meaningless = new Set([
  "",
  ..."us-ascii ascii ansi_x3.4-1968 ansi_x3.4-1986 iso646-us utf-8 unicode-1-1-utf-8".split(" "),
  ..."unknown x-unknown unknown-8bit x-user-defined default default_charset none null".split(" "),
  ..."7bit 8bit binary base64 hex".split(" "),
]);

const twoByte = new Set(["gb18030", "big5-hkscs", "cp949", "shift_jis", "euc-jp"]);

const shifting: { name: RegExp; twin: string; rewrite: (bytes: Buffer) => Buffer }[] = [
  { name: /^(iso-?2022-?jp|cs-?iso-?2022-?jp|jis)/, twin: "euc-jp", rewrite: eucFromJapanese },
  { name: /^(iso-?2022-?kr)/, twin: "cp949", rewrite: eucFromKorean },
  { name: /^hz(-gb-?2312)?$/, twin: "gb18030", rewrite: gbFromHz },
];

const japaneseEscape = Buffer.from("\u001b$");

/** The text of these bytes; `label` is the charset as the mail names it, or null. */
export function decodeText(bytes: Buffer, label: string | null): string {
  const marked = byOrderMark(bytes);
  if (marked !== null) return marked;
  const name = canonical(label ?? "");
  if (/^utf-?(7|16|32)/.test(name)) return fromUnicodeForm(bytes, name);
  const shifted = shifting.find((charset) => charset.name.test(name));
  if (isAscii(bytes)) {
    if (shifted !== undefined) return iconv.decode(shifted.rewrite(bytes), shifted.twin);
    const isJapanese = meaningless.has(name) && bytes.includes(japaneseEscape);
    return isJapanese ? iconv.decode(eucFromJapanese(bytes), "euc-jp") : bytes.toString("latin1");
  }
  // Two-byte charsets can look like UTF-8 by chance in a word or two, never over several characters.
  const couldBeChance = twoByte.has(name) && multiByteCount(bytes) < 4;
  if (isUtf8(bytes) && !couldBeChance) return bytes.toString("utf8");
  if (shifted !== undefined) return iconv.decode(shifted.rewrite(bytes), shifted.twin);
  return meaningless.has(name) || !iconv.encodingExists(name) ? guess(bytes) : iconv.decode(bytes, name);
}

function canonical(label: string): string {
  const written = label.trim().toLowerCase();
  if (written === "utf-8" || written === "") return written; // nearly every mail
  const plain = written
    .replace(/^["']+|["';,]+$/g, "")
    .replace(/^(utf|ucs)[-_ ]?(\d)/, "$1-$2")
    .replace(/^(?:win|windows|cp|x-cp|ms|ibm)[-_ ]?(125\d|874)$/, "windows-$1")
    .replace(/^(?:x-)?(?:cp|ibm|oem|dos)[-_ ]?(\d{3})$/, "cp$1")
    .replace(/^cp[-_ ]?(65001|utf8)$/, "utf-8")
    .replace(/^cp[-_ ]?(1200|1201)$/, "utf-16")
    .replace(/^iso[-_ ]?8859[-_ ]?(\d+)(-[ie])?$/, "iso-8859-$1$2")
    .replace(/^iso[-_ ]?(\d{1,2})$/, "iso-8859-$1")
    .replace(/^(?:latin|l)[-_ ]?1$/, "iso-8859-1");
  return aliases.get(plain) ?? plain;
}

function byOrderMark(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return decodeText(bytes.subarray(3), "utf-8");
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return iconv.decode(bytes.subarray(2), "utf-16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return iconv.decode(bytes.subarray(2), "utf-16be");
  return null;
}

function fromUnicodeForm(bytes: Buffer, name: string): string {
  // Relays turn a mail into UTF-8 and leave the label: UTF-16 of any language has zero bytes, UTF-7 is ASCII.
  const isLie = name.startsWith("utf-7") ? !isAscii(bytes) : !bytes.includes(0);
  if (isLie && isUtf8(bytes)) return bytes.toString("utf8");
  return iconv.encodingExists(name) ? iconv.decode(bytes, name) : guess(bytes);
}

/** Text without a usable label: UTF-8 with a few bad bytes, or Windows' western letters. */
function guess(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  let bad = 0;
  let good = 0;
  for (const character of text.slice(0, 64 * 1024)) {
    if (character === "\ufffd") bad += 1;
    else if (character > "\u007f") good += 1;
  }
  return good >= bad && good > 0 ? text : iconv.decode(bytes, "windows-1252");
}

function multiByteCount(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes.subarray(0, 4096)) if (byte >= 0xc0) count += 1;
  return count;
}
