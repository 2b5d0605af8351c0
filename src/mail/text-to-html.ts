// Plain text as simple HTML for the second half of an outgoing mail: escaped, paragraphs, line ends, web links. Nothing
// of the text becomes markup; a link shows the very address it leads to. For text of ours and of agents.

/** Over this, links stay plain text. */
export const linksMax = 500;

/** Lines of the source stay short enough to travel as they are; a line end within HTML is a blank. */
const sourceLine = /(.{1,68})(?: (?!href=)|$)/g;

const link = /\bhttps?:\/\/[^\s<>"'`]{1,2000}/gi;
const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Paragraphs between blank lines, `<br>` within; indentation is kept; http and https addresses become links. */
export function textToHtml(text: string): string {
  const paragraphs = text
    .replace(/\r\n?/g, "\n")
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .filter((paragraph) => paragraph.trim() !== "");
  let links = 0;
  const linkOrText = (address: string): boolean => URL.canParse(address) && ++links <= linksMax;
  return paragraphs.map((paragraph) => `<p>${paragraphHtml(paragraph, linkOrText)}</p>`).join("\n");
}

/** `& < > " '` as entities: fit for text and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? "");
}

function paragraphHtml(paragraph: string, isLink: (address: string) => boolean): string {
  return paragraph
    .replace(/^\n+|\n+$/g, "")
    .split("\n")
    .map((line) => {
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      return "&nbsp;".repeat(indent.replaceAll("\t", "    ").length) + lineHtml(line.slice(indent.length), isLink);
    })
    .join("<br>\n");
}

function lineHtml(line: string, isLink: (address: string) => boolean): string {
  let html = "";
  let done = 0;
  for (const match of line.matchAll(link)) {
    const address = withoutClosingSigns(match[0]);
    if (!isLink(address)) continue;
    const shown = escapeHtml(address);
    html += `${escapeHtml(line.slice(done, match.index))}<a href="${shown}">${shown}</a>`;
    done = match.index + address.length;
  }
  return broken(html + escapeHtml(line.slice(done)));
}

function broken(html: string): string {
  return html.replace(sourceLine, (found: string, words: string, at: number) =>
    at + found.length === html.length ? found : `${words}\n`,
  );
}

/** The full stop after an address belongs to the sentence; a closing bracket too, unless the address opened it. */
function withoutClosingSigns(address: string): string {
  const closing = address.includes("(") ? ".,;:!?*_" : ".,;:!?*_)";
  let end = address.length;
  while (closing.includes(address.charAt(end - 1)) && end > 0) end--;
  return address.slice(0, end);
}
