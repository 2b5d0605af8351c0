// Words that nobody may read any more: one text out of a message, or all of it (TIC-6).
import { badData } from "../errors.ts";

/** Stands where words were. */
export const redactedText = "(redacted)";

/** Stands with a mail whose bytes went with the words. */
export const redactedMail = "a message of it was redacted";

export const patternCharsMin = 2;

/** A text as it was typed; case does not count. badData where it is too short to mean one thing. */
export function readPattern(text: string): string {
  const pattern = text.normalize("NFC").trim();
  if (pattern.length < patternCharsMin)
    throw badData(`A pattern has at least ${patternCharsMin} characters, or it would be found everywhere.`);
  return pattern;
}

const special = /[.*+?^${}()|[\]\\]/g;

/** With any space of the pattern also a line's end, where mail programs break lines. */
const finder = (pattern: string): RegExp =>
  new RegExp(
    pattern
      .split(/\s+/u)
      .map((word) => word.replace(special, "\\$&"))
      .join("[\\s>]+"),
    "giu",
  );

/** How often it stands there. */
export const countIn = (text: string, pattern: string): number => [...text.matchAll(finder(pattern))].length;

export const without = (text: string, pattern: string): string => text.replace(finder(pattern), redactedText);
