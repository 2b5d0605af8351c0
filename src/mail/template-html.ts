// HTML that an administrator wrote for the desk's mails, made fit for mail programs when it is saved: text, structure, links
// and harmless styles. Nothing is loaded from elsewhere: no image, no font, no style sheet, no script.
import { createRequire } from "node:module";
import type sanitizeHtml from "sanitize-html";

export interface CleanHtml {
  html: string;
  /** Names of the tags that were taken out. */
  removed: string[];
}

const size =
  /^(?:0|auto|\d{1,4}(?:\.\d+)?(?:px|em|rem|%|pt)?)(?: (?:0|auto|\d{1,4}(?:\.\d+)?(?:px|em|rem|%|pt)?)){0,3}$/;
const colour = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d., %]{1,40}\))$/i;
const word = /^[a-z-]{1,30}$/i;
const border = /^(?:none|0|\d{1,2}px [a-z]{3,10} (?:#[0-9a-f]{3,8}|[a-z]{3,20}))$/i;

const structure = "p div span br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code address".split(" ");
const words = "a b strong i em u s small sub sup abbr del ins q cite mark".split(" ");
const tables = "table thead tbody tfoot tr td th caption".split(" ");
const dropped = "script style textarea option noscript title head svg math template xml iframe object".split(" ");

/** A whole document is taken for its body. */
const silent: ReadonlySet<string> = new Set([
  ...structure,
  ...words,
  ...tables,
  "html",
  "head",
  "body",
  "meta",
  "title",
]);

const options: sanitizeHtml.IOptions = {
  allowedTags: [...structure, ...words, ...tables],
  allowedAttributes: {
    "*": ["style", "dir", "lang", "title", "align"],
    a: ["href"],
    ol: ["start", "type"],
    ...Object.fromEntries(
      ["table", "td", "th"].map((tag) => [
        tag,
        ["width", "valign", "colspan", "rowspan", "border", "cellpadding", "cellspacing", "role"],
      ]),
    ),
  },
  allowedStyles: {
    "*": {
      color: [colour],
      "background-color": [colour],
      "font-size": [size],
      "font-weight": [/^(?:[a-z]{4,8}|[1-9]00)$/],
      "font-style": [word],
      "font-family": [/^[\w ,'"-]{1,200}$/],
      "line-height": [size],
      "text-align": [word],
      "text-decoration": [word],
      "white-space": [word],
      ...Object.fromEntries(
        ["margin", "padding"].flatMap((side) =>
          [side, `${side}-top`, `${side}-right`, `${side}-bottom`, `${side}-left`].map((name) => [name, [size]]),
        ),
      ),
      ...Object.fromEntries(
        ["border", "border-top", "border-right", "border-bottom", "border-left"].map((name) => [name, [border]]),
      ),
      "border-radius": [size],
      width: [size],
      "max-width": [size],
    },
  },
  allowedSchemes: ["https", "http", "mailto", "tel"],
  allowProtocolRelative: false,
  nonTextTags: dropped,
  nestingLimit: 100,
};

/** What a person wrote stands between these while it is cleaned; no HTML holds them. */
const opening = "\ue0f0";
const closing = "\ue0f1";
const signs = /[\ue0f0\ue0f1]/g;

/** `token` matches what must stay as it is, such as placeholders; those that stood in what is taken out go with it. */
export function cleanTemplateHtml(html: string, token: RegExp): CleanHtml {
  const kept: string[] = [];
  const covered = html.replace(signs, "").replace(token, (found) => `${opening}${kept.push(found) - 1}${closing}`);
  const met = new Set<string>();
  const cleaned = sanitiser()(covered, {
    ...options,
    transformTags: {
      "*": (tagName, attribs) => {
        met.add(tagName);
        return { tagName, attribs };
      },
    },
  });
  const back = cleaned.replace(/\ue0f0(\d+)\ue0f1/g, (_, at: string) => kept[Number(at)] ?? "");
  return { html: back.trim(), removed: [...met].filter((tag) => !silent.has(tag)).sort() };
}

function sanitiser(): typeof sanitizeHtml {
  return createRequire(import.meta.url)("sanitize-html") as typeof sanitizeHtml; // what it exports
}
