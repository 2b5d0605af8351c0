// Base32 of RFC 4648 section 6, lower case and unpadded, because mail systems may change the case of a local part and
// some take "=" for a quoted-printable escape. Decoding is strict: each byte string has one text, so a text that
// differs in unused trailing bits is refused (section 3.5).

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** Lower-case, unpadded. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= 5) {
      heldBits -= 5;
      text += alphabet.charAt((held >> heldBits) & 31);
    }
    held &= (1 << heldBits) - 1;
  }
  return heldBits === 0 ? text : text + alphabet.charAt((held << (5 - heldBits)) & 31);
}

/** Reads either case; null for a foreign character, an impossible length or trailing bits that are not zero. */
export function decodeBase32(text: string): Buffer | null {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let held = 0;
  let heldBits = 0;
  let at = 0;
  for (const letter of text) {
    const value = letterValue(letter);
    if (value < 0) return null;
    held = (held << 5) | value;
    heldBits += 5;
    if (heldBits >= 8) {
      heldBits -= 8;
      bytes[at++] = held >> heldBits;
      held &= (1 << heldBits) - 1;
    }
  }
  return held === 0 && heldBits < 5 ? bytes : null;
}

/** Characters that `bytes` bytes make. */
export function base32Length(bytes: number): number {
  return Math.ceil((bytes * 8) / 5);
}

// Not toLowerCase() of the whole: the Kelvin sign would become a k.
function letterValue(letter: string): number {
  const code = letter.charCodeAt(0);
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x32 && code <= 0x37) return code - 0x32 + 26;
  return -1;
}
