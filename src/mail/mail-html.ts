// The HTML half of an outgoing mail: one column, system fonts, styles where they are used, nothing from elsewhere. No colour but
// a grey that can be read on white and on black, so that a mail program may turn it dark. What it gets is safe HTML already.
import { escapeHtml, textToHtml } from "./text-to-html.ts";

export interface MailParts {
  /** A language tag. */
  language: string;
  /** The line above which answers are written. */
  marker: string;
  /** HTML each; "" for none. */
  header: string;
  body: string;
  signature: string;
  /** Earlier messages, the newest first: who wrote them when, and their words. */
  quotes: readonly { by: string; text: string }[];
  /** What is said of those that are left out; "" for nothing. */
  left?: string;
}

const grey = "color:#767676";

/** A whole document; its source lines are short, so that most of it travels as it is. */
export function mailHtml({ language, marker, header, body, signature, quotes, left = "" }: MailParts): string {
  const blocks = [
    `<p style="${grey};font-size:12px;margin:0 0 16px">
${escapeHtml(marker)}</p>`,
    header === "" ? "" : `<div style="margin:0 0 16px">\n${header}\n</div>`,
    `<div>\n${body}\n</div>`,
    signature === "" ? "" : `<div style="${grey};margin:24px 0 0">\n${signature}\n</div>`,
    ...quotes.map(quoted),
    left === "" ? "" : `<p style="${grey};margin:24px 0 0">\n${escapeHtml(left)}\n</p>`,
  ];
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport"
content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
</head>
<body style="margin:0;padding:0">
<div dir="auto" style="max-width:640px;
margin:0 auto;padding:16px;
font-family:-apple-system,'Segoe UI',Roboto,
Helvetica,Arial,sans-serif;
font-size:15px;line-height:1.5;overflow-wrap:break-word">
${blocks.filter((block) => block !== "").join("\n")}
</div>
</body>
</html>
`;
}

const quoted = ({ by, text }: MailParts["quotes"][number]): string =>
  `<p style="${grey};margin:24px 0 4px">
${escapeHtml(by)}</p>
<blockquote style="margin:0;padding:0 0 0 12px;
border-left:3px solid #a0a0a0">
${textToHtml(text)}
</blockquote>`;
