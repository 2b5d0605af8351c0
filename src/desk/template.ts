// The texts that a desk sends (SHA-11): a kind of mail, or a part that stands in each, in a language. Where the desk wrote
// none of its own, the built-in one of desk/template-words holds; what a row does not say is built in as well. Whether a
// text may be saved is decided by desk/liquid, before it comes here.
import { badData, usage } from "../errors.ts";
import { nearest } from "../errors-did-you-mean.ts";
import { type Change, insert, update } from "./change.ts";
import { builtInOf } from "./language.ts";
import { builtIn } from "./template-words.ts";

/** Mails, each with a subject. */
export const mailKinds = [
  "acknowledgement",
  "reply",
  "customer-message",
  "project",
  "conversation",
  "closing",
] as const;
/** What stands above and below the words of a mail, and the sentence under what everybody answers to. */
export const partKinds = ["header", "signature", "shared"] as const;
export const templateKinds = [...mailKinds, ...partKinds] as const;
export type MailKind = (typeof mailKinds)[number];
export type TemplateKind = (typeof templateKinds)[number];

export const kindSentences: Readonly<Record<TemplateKind, string>> = {
  acknowledgement: "What the author of a new ticket gets at once.",
  reply: "A public message of an agent on a ticket.",
  "customer-message": "A customer's words, as the others get them.",
  project: "A message on a project, to all who follow it.",
  conversation: "A message of a conversation without a ticket.",
  closing: "What is said when a ticket is closed; nothing sends it yet but a preview.",
  header: "What stands above every mail's words.",
  signature: "What stands below the words of a message.",
  shared: "What stands below a message whose answers go to everybody who got it.",
};

/** Kinds that carry the words of a message: a text of theirs must have a place for them. */
export const carriesMessage = (kind: TemplateKind): boolean =>
  kind === "reply" || kind === "customer-message" || kind === "project" || kind === "conversation";

export const isMailKind = (kind: TemplateKind): kind is MailKind => mailKinds.some((one) => one === kind);

/** One kind in one language, as the desk wrote it; null is what is built in. `id` is kind, colon, language. */
export interface Template {
  id: string;
  kind: TemplateKind;
  /** A tag in lower case, as `readLanguage` gives it. */
  language: string;
  subject: string | null;
  text: string | null;
  /** Null is made from the text. */
  html: string | null;
  createdAt: number;
  version: number;
}

export type TemplateWords = Pick<Template, "subject" | "text" | "html">;

/** What holds for somebody: where it is from, and the three texts. */
export interface ChosenTemplate {
  language: string;
  /** True where the desk wrote at least one of them. */
  isOwn: boolean;
  subject: string;
  text: string;
  html: string | null;
}

/** The kind, or a usage error that says what is near. */
export function templateKind(text: string): TemplateKind {
  const found = templateKinds.find((kind) => kind === text.trim().toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(text, templateKinds);
  throw usage(
    `There is no kind of template "${text.slice(0, 60)}"${near === null ? "" : ` (did you mean "${near}"?)`}.`,
    {
      remedy: `There are: ${templateKinds.join(", ")}.`,
    },
  );
}

/** What is said without a language: the desk's own words are asked for in every language before what is built in. */
const isNeutral = (kind: TemplateKind): boolean => kind === "header" || kind === "signature";

/** Of the languages in this order, the first in which the desk wrote it or it is built in. */
export function chosenTemplate(
  kind: TemplateKind,
  rows: readonly Template[],
  languages: readonly string[],
): ChosenTemplate {
  const inWords = builtInOf(languages);
  for (const language of languages) {
    const row = rows.find((one) => one.kind === kind && one.language === language);
    if (row !== undefined) {
      const otherwise = builtIn[builtInOf([language, ...languages])][kind];
      return {
        language,
        isOwn: true,
        subject: row.subject ?? otherwise.subject,
        text: row.text ?? otherwise.text,
        html: row.html,
      };
    }
    if (language === inWords && !isNeutral(kind)) break;
  }
  return { language: inWords, isOwn: false, ...builtIn[inWords][kind], html: null };
}

/** What is built in, for who falls back on it. */
export const builtInTemplate = (kind: TemplateKind, languages: readonly string[]): ChosenTemplate =>
  chosenTemplate(kind, [], languages);

/** Writes what is given over what is there; null where nothing changes. A row that says nothing of its own can't be. */
export function writeTemplate(
  row: Template | null,
  where: Pick<Template, "kind" | "language">,
  next: Partial<TemplateWords>,
  now: number,
): Change | null {
  const words = { subject: row?.subject ?? null, text: row?.text ?? null, html: row?.html ?? null, ...next };
  if (words.subject !== null && !isMailKind(where.kind))
    throw usage(`The ${where.kind} has no subject: it stands within mails.`);
  if (Object.values(words).every((one) => one === null))
    throw badData("Nothing of its own would be left.", {
      remedy: `To have the built-in words again: maildesk template reset ${where.kind} --language ${where.language}`,
    });
  if (row !== null) return update("template", row, words);
  return insert("template", { id: `${where.kind}:${where.language}`, ...where, ...words, createdAt: now });
}
