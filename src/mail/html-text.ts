// Sanitised HTML as plain text: paragraphs, lists, table cells and preformatted lines kept apart, quotations marked
// with "> " as in plain mail (so that reply-text.ts finds them), links followed by their address. Reads only what
// sanitise() wrote, where every tag is whole and known, and is linear in its length.

interface Writer {
  lines: string[];
  line: string;
  /** Line ends owed before the next text: 1 ends the line, 2 leaves a blank one. */
  owed: 0 | 1 | 2;
  quotes: number;
  pre: number;
  /** One entry a list: the next number, or null for a bullet. */
  lists: (number | null)[];
  links: { href: string; from: number; lines: number }[];
}

const token = /<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>|([^<]+)|</g;
const paragraphs = new Set([
  "p",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "ul",
  "ol",
  "dl",
  "table",
  "blockquote",
  "pre",
  "figure",
  "hr",
]);
const blocks = new Set([
  ...paragraphs,
  "address",
  "article",
  "aside",
  "caption",
  "center",
  "dd",
  "details",
  "div",
  "dt",
  "figcaption",
  "footer",
  "header",
  "li",
  "main",
  "nav",
  "section",
  "summary",
  "tr",
]);
const quotesMax = 20;

/** The text of sanitised HTML, lines ended by "\n". */
export function htmlText(html: string): string {
  const writer: Writer = { lines: [], line: "", owed: 0, quotes: 0, pre: 0, lists: [], links: [] };
  for (const [, closing, tag, attributes, text] of html.matchAll(token)) {
    if (text !== undefined) write(writer, unescapeHtml(text));
    else if (tag !== undefined && closing === "") open(writer, tag, attributes ?? "");
    else if (tag !== undefined) close(writer, tag);
  }
  endLine(writer);
  return writer.lines.join("\n").replace(/^\n+|\s+$/g, "");
}

function open(writer: Writer, tag: string, attributes: string): void {
  if (tag === "br") endLine(writer, true);
  if (blocks.has(tag)) owe(writer, breaksOf(writer, tag));
  if (tag === "hr") {
    write(writer, "-".repeat(40));
    owe(writer, 1);
  } else if (tag === "blockquote") {
    settle(writer); // the blank line stands before the quotation, not in it
    writer.quotes = Math.min(writer.quotes + 1, quotesMax);
  } else if (tag === "pre") writer.pre += 1;
  else if (tag === "ul") writer.lists.push(null);
  else if (tag === "ol") writer.lists.push(1);
  else if (tag === "li") openItem(writer);
  else if ((tag === "td" || tag === "th") && writer.line !== "") write(writer, " ");
  else if (tag === "img") write(writer, imageText(attributes));
  else if (tag === "a") {
    writer.links.push({
      href: attribute(attributes, "href"),
      from: writer.line.length,
      lines: writer.lines.length,
    });
  }
}

function close(writer: Writer, tag: string): void {
  if (tag === "a") closeLink(writer);
  if (tag === "blockquote") {
    endLine(writer);
    writer.quotes = Math.max(0, writer.quotes - 1);
  }
  if (tag === "pre") writer.pre = Math.max(0, writer.pre - 1);
  if (tag === "ul" || tag === "ol") writer.lists.pop();
  if (blocks.has(tag)) owe(writer, breaksOf(writer, tag));
}

/** A list inside a list stands close; other paragraphs have a blank line around them. */
function breaksOf(writer: Writer, tag: string): 1 | 2 {
  const inner = (tag === "ul" || tag === "ol") && writer.lists.length > 0;
  return paragraphs.has(tag) && !inner ? 2 : 1;
}

function openItem(writer: Writer): void {
  const depth = Math.max(0, writer.lists.length - 1);
  const number = writer.lists.at(-1) ?? null;
  if (number !== null) writer.lists[depth] = number + 1;
  settle(writer);
  writer.line = `${prefix(writer)}${"  ".repeat(Math.min(depth, quotesMax))}${number === null ? "*" : `${number}.`} `;
}

function closeLink(writer: Writer): void {
  const link = writer.links.pop();
  if (link === undefined || !/^https?:/i.test(link.href)) return;
  const text = link.lines === writer.lines.length ? writer.line.slice(link.from).trim() : "";
  const same = text.replace(/^https?:\/\/|\/$/gi, "") === link.href.replace(/^https?:\/\/|\/$/gi, "");
  if (!same && text !== "") write(writer, ` [${link.href}]`);
}

function imageText(attributes: string): string {
  const alt = attribute(attributes, "alt").trim();
  return alt === "" ? "" : `[${alt}]`;
}

function attribute(attributes: string, name: string): string {
  return unescapeHtml(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

function write(writer: Writer, text: string): void {
  if (writer.pre > 0) {
    const [first = "", ...rest] = text.split(/\r?\n/);
    append(writer, first);
    for (const line of rest) {
      endLine(writer, true);
      append(writer, line);
    }
    return;
  }
  // The no-break space is a letter to HTML, but only a blank to a reader of plain text.
  const plain = text.replace(/[\s\u00a0]+/g, " ");
  if (plain === " " && (writer.owed > 0 || writer.line === "" || writer.line.endsWith(" "))) return;
  append(writer, writer.owed > 0 || writer.line === "" || writer.line.endsWith(" ") ? plain.trimStart() : plain);
}

function append(writer: Writer, text: string): void {
  if (text === "") return;
  settle(writer);
  if (writer.line === "") writer.line = prefix(writer);
  writer.line += text;
}

function owe(writer: Writer, breaks: 1 | 2): void {
  if (writer.line !== "") endLine(writer);
  if (writer.lines.length > 0 && writer.owed < breaks) writer.owed = breaks;
}

/** Pays what is owed: one line end was written when the line ended, a blank line may follow. */
function settle(writer: Writer): void {
  if (writer.owed === 0) return;
  if (writer.line !== "") endLine(writer);
  if (writer.owed === 2 && writer.lines.at(-1)?.replace(/[> ]/g, "") !== "")
    writer.lines.push(prefix(writer).trimEnd());
  writer.owed = 0;
}

function endLine(writer: Writer, always = false): void {
  if (always) settle(writer);
  if (writer.line === "" && !always) return;
  writer.lines.push((writer.line || prefix(writer)).trimEnd());
  writer.line = "";
}

const prefix = (writer: Writer) => (writer.quotes === 0 ? "" : `${">".repeat(writer.quotes)} `);

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function unescapeHtml(text: string): string {
  return text.includes("&") ? text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name] ?? "") : text;
}
