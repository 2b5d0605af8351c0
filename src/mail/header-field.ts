// One header field as the wire carries it: encoded where it isn't ASCII, folded at white space. The values have come
// through header-value.ts: one line, no control characters. nodemailer knows the encodings; here is what they apply to.
// RFC 5322 2.2.3 (folding) and 3.4 (addresses), RFC 2047 (words beyond ASCII).
import { encodeWord, encodeWords, foldLines, isPlainText, quoteString } from "nodemailer/lib/mime-funcs";

/** RFC 2047 2 allows 75; less leaves room for the field's name on the first line. */
const encodedWordCharsMax = 52;
const lineCharsMax = 76;

// RFC 5322 3.2.3 and 3.2.4; real local parts such as `a..b`, which parseAddress() lets through, are neither.
const dotAtomOrQuoted =
  /^(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*|"(?:[^"\\]|\\.)*")$/;

/** `Name: value`; a line gets longer than 76 characters only where a single word does. */
export function headerField(name: string, value: string): string {
  return foldLines(`${name}: ${value}`, lineCharsMax);
}

/** Text of a subject or a file name: itself, or encoded as a whole, since some clients lose the space between words. */
export function encodedText(text: string): string {
  return encodeWords(text, textEncoding(text), encodedWordCharsMax, true);
}

/** `Name <address>`, so quoted that it can't be read as more than one address. */
export function nameAddress(name: string, address: string): string {
  const spec = addressSpec(address);
  if (name !== "") return `${phrase(name)} <${spec}>`;
  // Some readers split a list at a comma or semicolon within the quotes, but not within brackets.
  return spec.startsWith('"') ? `<${spec}>` : spec;
}

/** "Q" stays readable where letters are mostly Latin, "B" is shorter elsewhere (RFC 2047 4). */
export function textEncoding(text: string): "Q" | "B" {
  if (isPlainText(text)) return "Q";
  const latin = text.replace(/[^A-Za-z]+/g, "").length;
  const beyondAscii = text.replace(/[\0-\x7f]+/g, "").length;
  return beyondAscii < latin ? "Q" : "B";
}

function phrase(name: string): string {
  if (/^[\w ]*$/.test(name)) return name;
  return isPlainText(name) ? quoteString(name) : encodeWord(name, textEncoding(name), encodedWordCharsMax);
}

function addressSpec(address: string): string {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  return dotAtomOrQuoted.test(local) ? address : quoteString(local) + address.slice(at);
}
