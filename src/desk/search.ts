// How people search (TIC-7): the words of a text as the index keeps them, what somebody asked for, and the part of a text in
// which it was found. One language whatever the database: words that must all be there, "phrases", -without, begin*. Anything
// else is words; no sign of an engine's own language has a meaning, so nothing that is typed is an error of syntax. Scripts that put
// no space between words are kept letter by letter, and found as phrases of letters.
import { usage } from "../errors.ts";

/** Words that follow one another; the last one may be the beginning of a longer one. */
export interface Phrase {
  words: readonly string[];
  isBeginning: boolean;
}

export interface SearchQuery {
  /** All of these must be there. At least one. */
  all: readonly Phrase[];
  without: readonly Phrase[];
}

/** A folded word, and where it begins and ends in the text. */
interface Spot {
  word: string;
  start: number;
  end: number;
}

const termsMax = 50;
const wordCharsMax = 60;
/** Of one text; what follows is not found. PostgreSQL counts words up to 16,383, and holds less than 1 MB of different ones. */
const wordsMax = 16_000;
const charsMax = 200_000;
const textCharsMax = 500_000;

const run = /[\p{L}\p{N}\p{M}]+/gu;
const outside = /[^\p{L}\p{N}\p{M}]+/gu;
const asciiRun = /[A-Za-z0-9]+/g;
const notAscii = /[^\x00-\x7f]/;
const isAscii = (text: string): boolean => !notAscii.test(text);
/** Letters of scripts without spaces, one by one, and whatever stands between them. */
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]|[^\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+/gu;
const mayBeUnspaced = /[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u{3ffff}]/u;

const plain: Readonly<Record<string, string>> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ς: "σ" },
};

/** Without case, accents and ligatures: `Straße`, `STRASSE` and `strasse` are one word, and so are `Café` and `cafe`. */
function fold(word: string): string {
  if (isAscii(word)) return word.toLowerCase();
  return word
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[ßæœøłđðþıς]/g, (letter) => plain[letter] ?? letter)
    .normalize("NFC")
    .replace(outside, "");
}

const shortened = (word: string): string =>
  word.length <= wordCharsMax ? word : [...word].slice(0, wordCharsMax).join("");

/** The words of one run of letters and digits: one, or each letter of a script without spaces. */
function wordsOfRun(text: string): string[] {
  const folded = fold(text);
  if (folded === "") return [];
  if (!mayBeUnspaced.test(folded)) return [shortened(folded)];
  return (folded.match(unspaced) ?? []).map(shortened);
}

/** Most texts hold few other letters than these, which are found in half of the time. */
const runsOf = (text: string): string[] => text.match(isAscii(text) ? asciiRun : run) ?? [];

/** The words of these texts, one after the other, as the index keeps them. */
export function indexWords(...texts: readonly string[]): string[] {
  const words: string[] = [];
  let chars = 0;
  for (const text of texts) {
    for (const found of runsOf(text.slice(0, textCharsMax))) {
      for (const word of isAscii(found) ? [shortened(found.toLowerCase())] : wordsOfRun(found)) {
        chars += word.length;
        if (words.length >= wordsMax || chars > charsMax) return words;
        words.push(word);
      }
    }
  }
  return words;
}

/** Where the words stand, for what is shown. */
function spotsIn(text: string): Spot[] {
  const spots: Spot[] = [];
  for (const match of text.slice(0, textCharsMax).matchAll(run)) {
    if (spots.length >= wordsMax) break;
    const [found] = match;
    const words = wordsOfRun(found);
    if (words.length === 1) {
      spots.push({ word: words[0] ?? "", start: match.index, end: match.index + found.length });
      continue;
    }
    // Letter by letter; where folding made more or less of them, the run as a whole.
    const parts = mayBeUnspaced.test(found) ? (found.match(unspaced) ?? []) : [found];
    let at = match.index;
    for (const [place, word] of words.entries()) {
      const part = parts.length === words.length ? (parts[place] ?? "") : "";
      spots.push(
        part === ""
          ? { word, start: match.index, end: match.index + found.length }
          : { word, start: at, end: at + part.length },
      );
      at += part.length;
    }
  }
  return spots;
}

/** What somebody typed. `byBeginning`: each word may be the beginning of a longer one. Usage where there is nothing to find. */
export function readQuery(text: string, byBeginning = false): SearchQuery {
  const all: Phrase[] = [];
  const without: Phrase[] = [];
  const terms =
    /(?<=^|\s)(?<minus>[-\u2212]?)(?:["“”„](?<phrase>[^"“”„]*)["“”„]|(?<plain>[^\s"“”„]+))|["“”„](?<inner>[^"“”„]*)["“”„]|(?<rest>[^\s"“”„]+)/gu;
  for (const { groups = {} } of text.matchAll(terms)) {
    const quoted = groups.phrase ?? groups.inner;
    const said = quoted ?? groups.plain ?? groups.rest ?? "";
    const words = indexWords(said);
    if (words.length === 0) continue;
    const isBeginning = quoted === undefined && (said.endsWith("*") || byBeginning);
    (groups.minus ? without : all).push({ words, isBeginning });
    if (all.length + without.length > termsMax) throw usage(`Search for at most ${termsMax} words at once.`);
  }
  if (all.length === 0)
    throw usage(
      without.length > 0 ? "Say also a word that must be there." : "There is no word in this to search for.",
      {
        remedy: 'Such as: printer "on fire" -toner invoic*',
      },
    );
  return { all, without };
}

const aroundChars = 60;
const snippetCharsMax = 160;

/** The part of the text around what was found, in one line; its beginning where nothing of it stands there. */
export function snippetOf(text: string, { all }: SearchQuery): string {
  const spots = spotsIn(text);
  const first = firstFound(spots, all);
  const from = first === null ? 0 : Math.max(0, first.start - aroundChars);
  // Not in the middle of a word, where one begins near.
  const begin = from === 0 ? 0 : (spots.find(({ start }) => start >= from)?.start ?? from);
  const part = text.slice(begin, begin + snippetCharsMax * 2).toWellFormed();
  const line = [...part.replace(/\s+/gu, " ").trim()];
  const isCut = line.length > snippetCharsMax || begin + snippetCharsMax * 2 < text.length;
  return `${begin > 0 ? "..." : ""}${line.slice(0, snippetCharsMax).join("")}${isCut ? "..." : ""}`;
}

function firstFound(spots: readonly Spot[], phrases: readonly Phrase[]): Spot | null {
  return spots.find((_, at) => phrases.some((phrase) => standsAt(spots, at, phrase))) ?? null;
}

const standsAt = (spots: readonly Spot[], at: number, { words, isBeginning }: Phrase): boolean =>
  words.every((word, place) => {
    const here = spots[at + place]?.word;
    return isBeginning && place === words.length - 1 ? here?.startsWith(word) === true : here === word;
  });

/** True where the text has any of it. */
export const isFoundIn = (text: string, { all }: SearchQuery): boolean => firstFound(spotsIn(text), all) !== null;
