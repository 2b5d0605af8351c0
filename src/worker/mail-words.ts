// The words of one mail, made of templates: subject, text and HTML, with what stands above and below. Facts in, words out;
// nothing is looked up here. A template of the desk's that can't be filled in gives way to the built-in one, for a mail that
// says less is better than none.
import { historyCharsMax, quotedCharsMax } from "../desk/history.ts";
import { builtInOf } from "../desk/language.ts";
import { type Filling, fillTemplate, type Markup } from "../desk/liquid.ts";
import { mailSubject } from "../desk/mail-subject.ts";
import { historyCharsMax as owedCharsMax } from "../desk/owed-history.ts";
import {
  builtInTemplate,
  type ChosenTemplate,
  chosenTemplate,
  type MailKind,
  type Template,
  type TemplateKind,
} from "../desk/template.ts";
import { phrases } from "../desk/template-words.ts";
import { sentence } from "../errors.ts";
import { mailHtml } from "../mail/mail-html.ts";
import { replyMarkers } from "../mail/reply-marker.ts";
import { textToHtml } from "../mail/text-to-html.ts";

/** Something that somebody said: a message of the mail, or an earlier one. */
export interface Said {
  text: string;
  /** The name under which others read it; null where it is the mail's own. */
  by: string | null;
}

export interface WordsInput {
  kind: MailKind;
  /** Null where there is no ticket. */
  number: number | null;
  /** Those of the desk, in all languages. */
  templates: readonly Template[];
  /** To be asked in this order: `languagesFor`. */
  languages: readonly string[];
  /** All but the message. */
  filling: Omit<Filling, "message">;
  messages: readonly Said[];
  /** What is said of the messages below them. */
  remarks: readonly string[];
  /** An answer goes to everybody who got it. */
  isShared: boolean;
  /** What is quoted below, the newest first. */
  earlier: readonly (Said & { id: string; atMs: number })[];
  /** They are what somebody gets who came later, bounded already; so many older ones are left out. */
  owed: { left: number } | null;
  /** In which times are told; "" for UTC. */
  timeZone: string;
}

export interface MailWords {
  subject: string;
  text: string;
  html: string;
  /** Ids of the earlier messages that stand in it. */
  quoted: string[];
  /** Templates of the desk's that could not be filled in. */
  broken: { kind: TemplateKind; language: string; error: string }[];
}

interface Filled {
  subject: string;
  text: string;
  /** Safe: made here of text, or by a template in which values are no markup. */
  html: string;
  source: ChosenTemplate;
}

export function mailWords(input: WordsInput): MailWords {
  const { kind, languages, number, messages, isShared } = input;
  const language = builtInOf(languages);
  const broken: MailWords["broken"] = [];
  const fill = (what: TemplateKind, message?: Markup): Filled => filled(what, input, broken, message);
  const said = messages.map((one) => saidText(one, languages));
  const remark = isShared ? [fill("shared").text.trim()] : [];
  const text = [...said, ...input.remarks, ...remark].filter((part) => part !== "").join("\n\n");
  const body = fill(kind, { text, html: textToHtml(text) });
  const header = fill("header");
  const signature = messages.length === 0 || signsItself(body.source) ? null : fill("signature");
  const quotes = quotesOf(input);
  const marker = replyMarkers[language] ?? "";
  const left = input.owed === null || input.owed.left === 0 ? "" : leftText(input.owed.left, language);
  const below = [...quotes.map((quote) => `${quote.by}\n${prefixed(quote.text)}`), left];
  const parts = [marker, header.text, body.text, signature?.text ?? "", ...below].map(trimmed);
  return {
    subject: mailSubject(body.subject, number),
    text: `${parts.filter((part) => part !== "").join("\n\n")}\n`,
    html: mailHtml({
      language: body.source.language,
      marker,
      header: header.html,
      body: body.html,
      signature: signature?.html ?? "",
      quotes,
      left,
    }),
    quoted: quotes.map(({ id }) => id),
    broken,
  };
}

const leftText = (count: number, language: ReturnType<typeof builtInOf>): string =>
  phrases[language].left.replace("COUNT", String(count));

/** Blank lines around it go; the blank of "-- " stays. */
const trimmed = (text: string): string => text.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();

/** A text with a signature of its own gets no second one. */
const signsItself = ({ text }: ChosenTemplate): boolean =>
  /^-- ?\r?$/m.test(text) || /\{\{-?\s*agent\.signature\b/.test(text);

function filled(
  kind: TemplateKind,
  { templates, languages, filling }: WordsInput,
  broken: MailWords["broken"],
  message?: Markup,
): Filled {
  const source = chosenTemplate(kind, templates, languages);
  const whole = message === undefined ? filling : { ...filling, message };
  try {
    return fillAll(kind, source, whole);
  } catch (error) {
    if (!source.isOwn) throw error;
    broken.push({ kind, language: source.language, error: sentence(error).split("\n")[0] ?? "" });
    return fillAll(kind, builtInTemplate(kind, languages), whole);
  }
}

function fillAll(kind: TemplateKind, source: ChosenTemplate, filling: Filling): Filled {
  const text = source.text === "" ? "" : fillTemplate(source.text, "text", filling);
  return {
    subject: source.subject === "" ? "" : fillTemplate(source.subject, "text", filling),
    text,
    html:
      source.html === null
        ? textToHtml(kind === "signature" ? text.replace(/^-- ?\n/, "") : text)
        : fillTemplate(source.html, "html", filling),
    source,
  };
}

/** A customer's words reach the others under their name, and never with their address. */
function saidText({ text, by }: Said, languages: readonly string[]): string {
  if (by === null) return text;
  const { wrote } = phrases[builtInOf(languages)];
  return `${wrote.replace("NAME", () => nameShown(by, languages))}\n\n${text}`;
}

/** A name that is none, or in whose place an address stands, is not told. */
function nameShown(name: string, languages: readonly string[]): string {
  const oneLine = name.replace(/\s+/g, " ").trim();
  return oneLine === "" || oneLine.includes("@") ? phrases[builtInOf(languages)].somebody : oneLine;
}

function quotesOf({ earlier, owed, languages, timeZone }: WordsInput): { id: string; by: string; text: string }[] {
  const { wroteAt, cut } = phrases[builtInOf(languages)];
  const eachMax = owed === null ? quotedCharsMax : owedCharsMax;
  let room = owed === null ? historyCharsMax : Number.POSITIVE_INFINITY;
  return earlier.flatMap(({ id, by, atMs, text }) => {
    const whole = text.trim();
    if (room <= 0 || whole === "") return [];
    const most = Math.min(room, eachMax);
    room -= whole.length;
    const when = timeText(atMs, languages, timeZone);
    const attribution = wroteAt.replace("NAME", () => nameShown(by ?? "", languages)).replace("WHEN", () => when);
    return [{ id, by: attribution, text: whole.length > most ? `${whole.slice(0, most).trimEnd()}\n${cut}` : whole }];
  });
}

const prefixed = (text: string): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => (line === "" ? ">" : line.startsWith(">") ? `>${line}` : `> ${line}`))
    .join("\n");

const formats = new Map<string, Intl.DateTimeFormat>();
const formatsMax = 200;

/** "2 Nov 2026, 10:00 UTC", as the language writes it. */
function timeText(atMs: number, languages: readonly string[], timeZone: string): string {
  const language = builtInOf(languages);
  const locale = languages.find((tag) => tag.startsWith(`${language}-`)) ?? (language === "en" ? "en-GB" : language);
  const key = `${locale} ${timeZone}`;
  let format = formats.get(key);
  if (format === undefined) {
    format =
      formatOf(locale, timeZone) ?? formatOf(locale, "") ?? new Intl.DateTimeFormat(language, { timeZone: "UTC" });
    if (formats.size >= formatsMax) formats.clear();
    formats.set(key, format);
  }
  return format.format(atMs);
}

/** Null where this machine does not know the zone or the locale. */
function formatOf(locale: string, timeZone: string): Intl.DateTimeFormat | null {
  const shape = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  try {
    return new Intl.DateTimeFormat(locale, { ...shape, timeZone: timeZone || "UTC", timeZoneName: "short" });
  } catch {
    return null;
  }
}
