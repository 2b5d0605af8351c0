// Text that both databases can store: PostgreSQL refuses U+0000, and a lone surrogate is no Unicode at all. Names,
// subjects and ids of a ParsedMail have been through here; a body keeps its U+0000, and src/database takes it out.

const unstorable = /[\u0000\p{Surrogate}]/gu;

/** The text without U+0000, each lone surrogate replaced by U+FFFD. */
export function storable(text: string): string {
  return text.replace(unstorable, (character) => (character === "\0" ? "" : "\ufffd"));
}

/** The first `charsMax` UTF-16 units, never ending in half a surrogate pair. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? charsMax - 1 : charsMax);
}
