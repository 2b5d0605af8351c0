// Saved views: a list that somebody looks at often, with its flags, under a name (TIC-3). What is kept are the words of the
// command, so that whatever a list can do a view can.
import { badData, usage } from "../errors.ts";
import { type Change, insert, update } from "./change.ts";
import { foldName } from "./organization.ts";

export interface View {
  id: string;
  name: string;
  /** The name folded; unique. */
  nameKey: string;
  /** `["customer", "list", "--type", "VIP"]`. */
  words: string[];
  createdAt: number;
  version: number;
}

/** Nouns whose lists can be kept. */
export const viewNouns = ["ticket", "customer", "org", "email", "outbox", "agent", "log"] as const;
const nameCharsMax = 60;
const wordsMax = 50;

export function newView(id: string, name: string, words: readonly string[], now: number): Change {
  const clean = viewName(name);
  return insert("view", { id, name: clean, nameKey: foldName(clean), words: listWords(words), createdAt: now });
}

export const setView = (view: View, next: { name?: string; words?: readonly string[] }): Change | null =>
  update("view", view, {
    ...(next.name === undefined ? {} : { name: viewName(next.name), nameKey: foldName(next.name) }),
    ...(next.words === undefined ? {} : { words: listWords(next.words) }),
  });

function viewName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.startsWith("-") || name.length > nameCharsMax)
    throw badData(`A view needs a name of at most ${nameCharsMax} characters that does not begin with a hyphen.`);
  return name;
}

/** Only a list: a view is looked at, and changes nothing. */
function listWords(words: readonly string[]): string[] {
  const [noun, verb] = words;
  if (!viewNouns.some((one) => one === noun) || verb !== "list")
    throw usage("A view keeps a list with its flags.", {
      remedy: "Such as: maildesk view add vips -- customer list --type VIP",
    });
  if (words.length > wordsMax) throw usage(`A view has at most ${wordsMax} words.`);
  return [...words];
}
