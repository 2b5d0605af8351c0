// The 7-bit charsets that switch alphabets in mid-text (RFC 1468 iso-2022-jp, RFC 1557 iso-2022-kr, RFC 1843 hz-gb-2312),
// turned into bytes of their 8-bit twin, which the charset library knows. Any byte sequence is accepted: an escape
// that means nothing is dropped, a half character is left for the twin's decoder to replace.

const escapeByte = 0x1b;
const shiftOut = 0x0e;
const shiftIn = 0x0f;
const tilde = 0x7e;

/** How one escape sequence's alphabet is written in the 8-bit twin. */
interface Alphabet {
  /** Bytes of one character in the 7-bit text. */
  width: 1 | 2;
  /** Put before each character. */
  prefix: number[];
  high: boolean;
}

const ascii: Alphabet = { width: 1, prefix: [], high: false };
const double: Alphabet = { width: 2, prefix: [], high: true };

/** By the bytes after ESC; the twin is EUC-JP, where 0x8e leads half-width katakana and 0x8f JIS X 0212. */
const japanese: Record<string, Alphabet> = {
  "(B": ascii,
  "(J": ascii,
  "(H": ascii,
  "(I": { width: 1, prefix: [0x8e], high: true },
  "$@": double,
  $B: double,
  "$(B": double,
  "$(@": double,
  "$(D": { width: 2, prefix: [0x8f], high: true },
};

/** EUC-JP bytes of ISO-2022-JP text, its -1, -2 and -MS variants included as far as EUC-JP goes. */
export function eucFromJapanese(bytes: Buffer): Buffer {
  return rewrite(bytes, (rest) => {
    if (rest[0] !== escapeByte) return null;
    const sequence = rest.toString("latin1", 1, 4);
    for (const length of [3, 2]) {
      const alphabet = japanese[sequence.slice(0, length)];
      if (alphabet !== undefined) return { skip: 1 + length, alphabet };
    }
    return { skip: 1, alphabet: null };
  });
}

/** EUC-KR bytes of ISO-2022-KR text: shift-out begins Korean, shift-in ends it. */
export function eucFromKorean(bytes: Buffer): Buffer {
  return rewrite(bytes, (rest) => {
    if (rest[0] === escapeByte) return { skip: 4, alphabet: null };
    if (rest[0] === shiftOut) return { skip: 1, alphabet: double };
    return rest[0] === shiftIn ? { skip: 1, alphabet: ascii } : null;
  });
}

/** GB 2312 bytes of HZ text: `~{` begins Chinese, `~}` ends it, `~~` is a tilde. */
export function gbFromHz(bytes: Buffer): Buffer {
  return rewrite(bytes, (rest) => {
    if (rest[0] !== tilde) return null;
    if (rest[1] === 0x7b) return { skip: 2, alphabet: double };
    if (rest[1] === 0x7d) return { skip: 2, alphabet: ascii };
    return rest[1] === tilde ? { skip: 1, alphabet: null } : null;
  });
}

interface Switch {
  skip: number;
  /** Null: the alphabet stays. */
  alphabet: Alphabet | null;
}

function rewrite(bytes: Buffer, switchAt: (rest: Buffer) => Switch | null): Buffer {
  // The widest character: a prefix and two bytes for every two.
  const out = Buffer.allocUnsafe(bytes.length * 2 + 2);
  let length = 0;
  let alphabet = ascii;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    const special = byte < 0x20 || byte === tilde;
    const change = special ? switchAt(bytes.subarray(at, at + 4)) : null;
    if (change !== null) {
      alphabet = change.alphabet ?? alphabet;
      at += change.skip;
      if (byte === tilde && change.alphabet === null) out[length++] = bytes[at++] ?? tilde;
      continue;
    }
    if (byte === 0x0a) alphabet = ascii; // RFC 1468: every line begins in ASCII, and a broken one must not spoil the next
    if (byte <= 0x20 || alphabet === ascii) {
      out[length++] = byte;
      at += 1;
      continue;
    }
    for (const lead of alphabet.prefix) out[length++] = lead;
    for (let n = 0; n < alphabet.width && at < bytes.length; n++) out[length++] = (bytes[at++] ?? 0) | 0x80;
  }
  return out.subarray(0, length);
}
