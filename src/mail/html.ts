// HTML from a stranger, made safe to show: an allow-list of tags and attributes, no scripts, no event handlers, no
// forms, no styles (which hide text and cover buttons), no address but https, http, mailto, tel and cid. Images of the
// mail itself (cid:) and of the web (https:) stay; the original stays in the raw mail.
import { createRequire } from "node:module";
import type sanitizeHtml from "sanitize-html";
import { mailLimits } from "./limits.ts";
import { cut } from "./storable.ts";

/** Deeper elements lose their tags and keep their text. */
const nestingMax = 200;
/** More tags than any mail program writes: such HTML is shown as its bare text, in time linear to its size. */
const tagsMax = 50_000;

const block = ["align", "dir", "lang", "title"];
const cell = [...block, "colspan", "rowspan", "valign", "width", "bgcolor"];

const options: sanitizeHtml.IOptions = {
  allowedTags: [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
  ],
  allowedAttributes: {
    "*": block,
    a: ["href", "name", "title"],
    blockquote: ["cite", "type"],
    font: ["color", "face", "size"],
    img: ["src", "alt", "title", "width", "height"],
    li: ["value"],
    ol: ["start", "type"],
    table: [...cell, "border", "cellpadding", "cellspacing"],
    td: cell,
    th: cell,
    tr: [...block, "valign", "bgcolor"],
  },
  // The marks by which mail programs wrap what they quote; no other class has a meaning here.
  allowedClasses: {
    blockquote: ["gmail_quote", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix"],
    div: [
      "gmail_quote",
      "gmail_signature",
      "gmail_extra",
      "yahoo_quoted",
      "protonmail_quote",
      "moz-cite-prefix",
      "moz-signature",
    ],
  },
  allowedSchemes: ["https", "http", "mailto", "tel"],
  allowedSchemesByTag: { img: ["https", "cid"] },
  allowedSchemesAppliedToAttributes: ["href", "src", "cite"],
  allowProtocolRelative: false,
  nonTextTags: [
    "script",
    "style",
    "textarea",
    "option",
    "noscript",
    "title",
    "head",
    "svg",
    "math",
    "template",
    "xml",
    "xmp",
    "plaintext",
    "noembed",
    "noframes",
    "iframe",
  ],
  nestingLimit: nestingMax,
  parseStyleAttributes: false,
};

/** The HTML with everything dangerous gone; `remarks` gets a clause for each limit that was applied. */
export function sanitise(html: string, remarks: Set<string>): string {
  const short = html.length > mailLimits.htmlCharsMax ? html.slice(0, mailLimits.htmlCharsMax) : html;
  if (short !== html) remarks.add("HTML cut at 2 MB");
  if (tagCount(short) > tagsMax) {
    remarks.add(`HTML with more than ${tagsMax.toLocaleString("en")} tags shown as bare text`);
    return escapeHtml(cut(short.replace(/<[^<>]*>/g, " "), mailLimits.textCharsMax));
  }
  return sanitiser()(short, options).trim();
}

let loaded: typeof sanitizeHtml | null = null;

/** It brings 78 files along: a mail that has a plain text must not pay for them. */
function sanitiser(): typeof sanitizeHtml {
  const require = createRequire(import.meta.url);
  loaded ??= require("sanitize-html") as typeof sanitizeHtml; // what it exports
  return loaded;
}

/** Plain text as HTML: lines kept, nothing read as a tag. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/\r?\n/g, "<br>\n");
}

function tagCount(html: string): number {
  let count = 0;
  for (let at = html.indexOf("<"); at >= 0 && count <= tagsMax; at = html.indexOf("<", at + 1)) count += 1;
  return count;
}
