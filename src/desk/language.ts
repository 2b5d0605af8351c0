// Languages of the texts that a desk sends: BCP 47 tags in lower case, and which of several is the first to be asked. A
// customer's own language comes first ("de-AT", then "de"), then the desk's, then English, in which there are texts always.
import { badData } from "../errors.ts";

/** Those in which maildesk brings texts along. */
export const builtInLanguages = ["en", "de", "fr", "es"] as const;
export type BuiltInLanguage = (typeof builtInLanguages)[number];

const tagCharsMax = 40;

/** `de-at` for "de-AT"; badData where nobody speaks it. */
export function readLanguage(text: string): string {
  const tag = text.trim().replaceAll("_", "-");
  const name = tag === "" || tag.length > tagCharsMax ? undefined : nameOf(tag);
  if (name === undefined)
    throw badData(`"${text.slice(0, tagCharsMax)}" is no language that is known here.`, {
      remedy: `Write a tag such as en, de or pt-BR; there are built-in texts in ${builtInLanguages.join(", ")}.`,
    });
  return tag.toLowerCase();
}

function nameOf(tag: string): string | undefined {
  try {
    return new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(tag);
  } catch {
    return undefined;
  }
}

/** The languages to be asked, the first first: the tag and its language alone, the desk's, English. */
export function languagesFor(customers: string, desks: string): string[] {
  const tags = [customers, desks].map((tag) => tag.trim().toLowerCase().replaceAll("_", "-"));
  const all = tags.flatMap((tag) => [tag, tag.replace(/-.*$/, "")]);
  return [...new Set([...all, "en"])].filter((tag) => tag !== "");
}

/** The first of them in which there are built-in texts. */
export const builtInOf = (languages: readonly string[]): BuiltInLanguage =>
  builtInLanguages.find((known) => known === languages.find((tag) => builtInLanguages.some((one) => one === tag))) ??
  "en";
