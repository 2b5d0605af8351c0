// What stands in front of a subject's first colon: Re, AW, SV answer; Fwd, WG, TR forward. In the languages of
// quote-words.ts, also numbered (Re[2]:, AW(3):), also behind a tag of a list or a scanner ([EXTERNAL] Fwd:).
import { fold, plain } from "./lines.ts";
import { subjectPrefixes } from "./quote-words.ts";

const prefixCharsMax = 24;
const tagsMax = 3;
const prefixesMax = 10;

/** Whether a subject says that the mail answers or forwards another; the first prefix decides. */
export function subjectKind(subject: string): "answer" | "forward" | null {
  return firstPrefix(plain(subject)).kind;
}

/** The subject without its prefixes and the tags between them: "Fwd: [EXTERNAL] Re: Invoice" is "Invoice". */
export function bareSubject(subject: string): string {
  let rest = plain(subject);
  for (let count = 0; count < prefixesMax; count++) {
    const prefix = firstPrefix(rest);
    if (prefix.kind === null) {
      return rest;
    }
    rest = prefix.rest;
  }
  return rest;
}

function firstPrefix(subject: string): { kind: "answer" | "forward" | null; rest: string } {
  let text = subject;
  for (let count = 0; count < tagsMax && text.startsWith("["); count++) {
    const close = text.indexOf("]");
    if (close < 0) {
      break;
    }
    text = text.slice(close + 1).trimStart();
  }
  const colon = text.slice(0, prefixCharsMax).search(/[:：]/);
  if (colon <= 0) {
    return { kind: null, rest: subject };
  }
  const word = fold(text.slice(0, colon))
    .replace(/ ?[[(^]?\d{1,3}[\])]?$/, "")
    .trim();
  const rest = text.slice(colon + 1).trimStart();
  if (subjectPrefixes.forward.has(word)) {
    return { kind: "forward", rest };
  }
  return subjectPrefixes.answer.has(word) ? { kind: "answer", rest } : { kind: null, rest: subject };
}
