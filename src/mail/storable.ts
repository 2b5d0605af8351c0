// Text that both databases can store: PostgreSQL refuses U+0000, and a lone surrogate is no Unicode at all. Names,
// subjects and ids of a ParsedMail have been through here; a body keeps its U+0000, and src/database takes it out.

const unstorable = /[\u0000\p{Surrogate}]/gu;

/** The text without U+0000, each lone surrogate replaced by U+FFFD. */
export function storable(text: string): string {
  return text.replace(unstorable, (character) => (character === "\0" ? "" : "\ufffd"));
}

/** The beginning of the text that takes at most `bytesMax` bytes in UTF-8, never ending in half a letter. */
export function cutBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text);
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1; // within a letter
  return bytes.toString("utf8", 0, end);
}

/** The first `charsMax` UTF-16 units, never ending in half a surrogate pair. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax);
}
