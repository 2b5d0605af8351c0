// Templates as they are written and filled (SHA-11): Liquid, cut down to what a mail needs. No loop, no file, no other template,
// no clock; a closed list of tags, filters and placeholders. Values are put in once: they are never read for placeholders, and
// in HTML they never become markup, whatever a template does with them.
import { type Context, Liquid, type Template as Parsed } from "liquidjs";
import { nearest } from "../errors-did-you-mean.ts";
import { type DefinedFields, type FieldRoot, type TemplateValues, whyUnknown } from "./placeholders.ts";

export type Form = "text" | "html";

export const templateCharsMax = 20_000;
export const templateHtmlCharsMax = 100_000;
/** A rendered text is cut here, visibly, and so is each value. */
export const renderedCharsMax = 512 * 1024;
export const cutRemark = "\n[cut here: the text is too long]";

const tags = ["if", "unless", "case", "assign", "capture", "comment", "raw"];
/** Words that stand within these tags. */
const innerTags = ["elsif", "else", "when", "endif", "endunless", "endcase", "endcapture", "endcomment", "endraw"];
const filters = [
  ...["append", "prepend", "capitalize", "downcase", "upcase", "default", "strip", "lstrip", "rstrip", "squish"],
  ...["strip_newlines", "remove", "remove_first", "slice", "truncate", "truncatewords"],
];
/** Milliseconds that filling may take: a thousand times what it takes. */
const renderMsMax = 2_000;
/** Characters that filling may put out and make in between, all together. */
const memoryMax = 16 * 1024 * 1024;
const parsedMax = 500;

/** What is markup already, such as the words of a message made HTML. */
export interface Markup {
  text: string;
  html: string;
}

/** What a template is filled with. */
export interface Filling {
  values: TemplateValues;
  /** By `ticket.fields` and `customer.fields`, then by key. */
  fields?: Readonly<Partial<Record<FieldRoot, Readonly<Record<string, string>>>>>;
  /** The words of the message, in both forms; instead of `message.text` among the values. */
  message?: Markup;
}

/** Stands for a value that is empty, and takes one space before it along; no text holds it. */
const nothing = "\ufdd0";
const nothings = / ?\ufdd0/g;
const nothingSigns = /\ufdd0/g;

const entities: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\n": "<br>\n" },
};

/** Words of a message within a template; a filter gets them as text, and what it makes of them is text. */
class Words {
  readonly #markup: Markup;
  constructor(markup: Markup) {
    this.#markup = markup;
  }
  html(): string {
    return this.#markup.html;
  }
  toString(): string {
    return this.#markup.text;
  }
}

const wordsOf = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

/** What is put out counts, so that no capture of captures grows beyond all bounds. */
function put(form: Form) {
  return function (this: { context: Context }, value: unknown): string {
    const text = form === "html" && value instanceof Words ? value.html() : wordsOf(value);
    this.context.memoryLimit.use(text.length);
    if (text === "") return nothing;
    if (form === "text" || value instanceof Words) return text;
    return text.replace(/[&<>"'\n]/g, (sign) => entities[sign] ?? "");
  };
}

function engineOf(form: Form): Liquid {
  const engine = new Liquid({
    ...{ strictFilters: true, jsTruthy: true, ownPropertyOnly: true, relativeReference: false, dynamicPartials: false },
    ...{ parseLimit: templateHtmlCharsMax + 1, renderLimit: renderMsMax, memoryLimit: memoryMax },
    outputEscape: put(form) as (value: unknown) => string, // it is called as a filter is
  });
  for (const name of Object.keys(engine.tags)) if (!tags.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) if (!filters.includes(name)) delete engine.filters[name];
  return engine;
}

const engines: Partial<Record<Form, Liquid>> = {};
const engineFor = (form: Form): Liquid => {
  engines[form] ??= engineOf(form);
  return engines[form];
};
const parsed = { text: new Map<string, Parsed[]>(), html: new Map<string, Parsed[]>() };

/** Parsed once: a desk has few templates and many mails. */
function parsedOf(source: string, form: Form): Parsed[] {
  const known = parsed[form].get(source);
  if (known !== undefined) return known;
  const made = engineFor(form).parse(source);
  if (parsed[form].size >= parsedMax) parsed[form].clear();
  parsed[form].set(source, made);
  return made;
}

/** The template filled in; what is too long is cut. Throws where it is broken or goes beyond its limits. */
export function fillTemplate(source: string, form: Form, { values, fields = {}, message }: Filling): string {
  const scope: Record<string, Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(values)) {
    const [root = "", key = ""] = name.split(".");
    scope[root] = { ...scope[root], [key]: typeof value === "string" ? clean(value) : value };
  }
  for (const [name, own] of Object.entries(fields)) {
    const root = name.split(".")[0] ?? "";
    const cleaned = Object.entries(own).map(([key, value]) => [key, clean(value)]);
    scope[root] = { ...scope[root], fields: Object.fromEntries(cleaned) };
  }
  if (message !== undefined)
    scope.message = { text: new Words({ text: clean(message.text), html: message.html.replace(nothingSigns, "") }) };
  const rendered = String(engineFor(form).renderSync(parsedOf(source, form), scope)).replace(nothings, "");
  if (rendered.length <= renderedCharsMax * (form === "html" ? 4 : 1)) return rendered;
  if (form === "html") throw new RangeError("the HTML is too long");
  return rendered.slice(0, renderedCharsMax - cutRemark.length) + cutRemark;
}

function clean(value: string): string {
  const short =
    value.length > renderedCharsMax ? value.slice(0, renderedCharsMax - cutRemark.length) + cutRemark : value;
  return short.replace(nothingSigns, "");
}

/** Whether a text may be saved; if not, one sentence that says what to change. */
export function checkTemplate(
  source: string,
  form: Form,
  fields: DefinedFields,
): { ok: true; names: string[] } | { ok: false; text: string } {
  const charsMax = form === "html" ? templateHtmlCharsMax : templateCharsMax;
  if (source.length > charsMax)
    return { ok: false, text: `A template holds at most ${charsMax} characters; this one has ${source.length}.` };
  let templates: Parsed[];
  try {
    templates = engineFor(form).parse(source);
  } catch (error) {
    return { ok: false, text: whyBroken(error) };
  }
  if (/\{\{|\}\}|\{%|%\}/.test(withoutTokens(source)))
    return {
      ok: false,
      text: "A placeholder is not complete: write {{ and }} around its name, such as {{ticket.number}}.",
    };
  const { globals } = engineFor(form).analyzeSync(templates, { partials: false });
  const names = Object.values(globals).flatMap((uses) => uses.map((use) => nameOf(use.segments)));
  for (const name of names) {
    const text = whyUnknown(name, fields);
    if (text !== null) return { ok: false, text };
  }
  if (form === "html" && tokenInTag(source))
    return { ok: false, text: "A placeholder can't stand within a tag of HTML; write it between tags." };
  return { ok: true, names };
}

type Segment = string | number | { segments?: unknown };

/** `ticket.fields.plan`; what is looked up by another value is no name. */
const nameOf = (segments: readonly unknown[]): string =>
  (segments as readonly Segment[]).map((one) => (typeof one === "object" ? "[...]" : String(one))).join(".");

const withoutTokens = (source: string): string =>
  source
    .replace(/\{%-?\s*raw\s*-?%\}[\s\S]*?\{%-?\s*endraw\s*-?%\}/g, "")
    .replace(/\{%-?\s*comment\s*-?%\}[\s\S]*?\{%-?\s*endcomment\s*-?%\}/g, "")
    .replace(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, "");

/** Each token of Liquid in a source, for whoever must keep them as they are. */
export const liquidToken = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

function tokenInTag(source: string): boolean {
  const bare = source.replace(liquidToken, "\ufdd1");
  return /<(?:[a-z!/][^<>]*)?\ufdd1/i.test(bare);
}

function whyBroken(error: unknown): string {
  const [said = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const line = /, line:(\d+)/.exec(said)?.[1];
  const where = line === undefined ? "" : ` in line ${line}`;
  const what = said.replace(/, line:\d+.*$/, "");
  const tag = /^tag "(.{1,60})" not found$/.exec(what)?.[1];
  if (tag !== undefined) {
    if (innerTags.includes(tag)) return `{% ${tag} %}${where} closes nothing that was opened.`;
    const near = nearest(tag, tags);
    return `Unknown tag {% ${tag} %}${where}. ${near === null ? `Known are: ${tags.join(", ")}.` : `Did you mean {% ${near} %}?`}`;
  }
  const filter = /^undefined filter: (.{1,60})$/.exec(what)?.[1];
  if (filter !== undefined) {
    const near = nearest(filter, filters);
    return `Unknown filter ${filter}${where}. ${near === null ? `Known are: ${filters.join(", ")}.` : `Did you mean ${near}?`}`;
  }
  if (/^output .* not closed$/.test(what) || /^tag "\{%/.test(what))
    return `A placeholder${where} is not complete: write {{ and }} around its name, such as {{ticket.number}}.`;
  return `The template can't be read${where}: ${what.slice(0, 200)}.`;
}
