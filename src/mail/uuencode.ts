// Files written into the text of a mail between `begin 644 name` and `end`, from before MIME (POSIX uuencode): found,
// decoded and taken out of the text. Bounded; a block without an end, or with lines that are no uuencode, stays text.

export interface UuencodedFile {
  filename: string;
  bytes: Buffer;
}

export interface Uuencoded {
  /** The text without the files. */
  text: string;
  files: UuencodedFile[];
}

const filesMax = 50;
const begin = /^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n/gm;

/** Finds the files in a text; the usual text has none and pays one search. */
export function readUuencoded(text: string): Uuencoded {
  if (!text.includes("begin ")) return { text, files: [] };
  const files: UuencodedFile[] = [];
  let rest = "";
  let done = 0;
  begin.lastIndex = 0;
  for (let match = begin.exec(text); match !== null && files.length < filesMax; match = begin.exec(text)) {
    const file = readBlock(text, match.index + match[0].length);
    if (file === null) continue;
    files.push({ filename: match[1] ?? "", bytes: file.bytes });
    rest += text.slice(done, match.index);
    done = file.end;
    begin.lastIndex = file.end;
  }
  return { text: files.length === 0 ? text : rest + text.slice(done), files };
}

function readBlock(text: string, start: number): { bytes: Buffer; end: number } | null {
  const chunks: Buffer[] = [];
  for (let at = start; at < text.length; ) {
    const feed = text.indexOf("\n", at);
    const next = feed < 0 ? text.length : feed + 1;
    const line = text.slice(at, Math.min(next, at + 100)).trimEnd();
    if (line === "end") return { bytes: Buffer.concat(chunks), end: next };
    const chunk = line === "" ? Buffer.alloc(0) : decodeLine(line);
    if (chunk === null) return null;
    chunks.push(chunk);
    at = next;
  }
  return null;
}

function decodeLine(line: string): Buffer | null {
  const size = (line.charCodeAt(0) - 32) & 63;
  const groups = Math.ceil(size / 3);
  // Trailing blanks are lost on the way, so a line may be short, but never much longer than it says.
  if (line.length > 1 + groups * 4 + 4 || /[^ -`]/.test(line)) return null;
  const out = Buffer.alloc(groups * 3);
  const value = (index: number) => ((line.charCodeAt(index) || 32) - 32) & 63;
  for (let group = 0; group < groups; group++) {
    const at = 1 + group * 4;
    const bits = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3);
    out.writeUIntBE(bits, group * 3, 3);
  }
  return out.subarray(0, size);
}
