// Plain text as HTML: nothing of the text becomes markup.
import fc from "fast-check";
import { expect, test } from "vitest";
import { textToHtml } from "../../dist/mail/text-to-html.js";

const anchor = (address: string) => `<a href="${address}">${address}</a>`;

test.each([
  ["One.\n\nTwo,\nthree.", "<p>One.</p>\n<p>Two,<br>\nthree.</p>"],
  ["a\r\n \r\n\r\nb\r\n", "<p>a</p>\n<p>b</p>"],
  ["", ""],
  ["  indented\n\ttab", "<p>&nbsp;&nbsp;indented<br>\n&nbsp;&nbsp;&nbsp;&nbsp;tab</p>"],
  [`<b>&"'`, "<p>&lt;b&gt;&amp;&quot;&#39;</p>"],
  ["See https://acme.com/a?b=1&c=2.", `<p>See\n${anchor("https://acme.com/a?b=1&amp;c=2")}.</p>`],
  ["(https://acme.com/)", `<p>(${anchor("https://acme.com/")})</p>`],
  ["https://acme.com/a_(b)", `<p>${anchor("https://acme.com/a_(b)")}</p>`],
  ["<https://acme.com>", `<p>&lt;${anchor("https://acme.com")}&gt;</p>`],
  ["javascript:alert(1) https://", "<p>javascript:alert(1) https://</p>"],
  ['https://acme.com/"onclick=x', `<p>${anchor("https://acme.com/")}&quot;onclick=x</p>`],
])("%j becomes %j", (text, html) => {
  expect(textToHtml(text)).toBe(html);
});

test("long lines are broken at blanks of the text, never within a tag or a word", () => {
  const address = `https://acme.com/${"path/".repeat(30)}`;
  const words = "word ".repeat(40).trim();
  const html = textToHtml(`${words} ${address} ${words}`);
  expect(html.replaceAll("\n", " ")).toBe(`<p>${words} ${anchor(address)} ${words}</p>`);
  const lines = html.split("\n").filter((line) => !line.includes("href="));
  expect(lines.length).toBeGreaterThan(4);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
});

test("whatever the text, the only tags are ours", () => {
  const hostile = fc.array(
    fc.constantFrom("<", ">", '"', "'", "&", "https://a.example/", "\n", " ", "<script>", "x", ")", "(", "\0"),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(hostile, (parts) => {
      const html = textToHtml(parts.join(""));
      expect(html.replace(/<(?:\/?p|br|\/a|a href="https:[^"<>']*")>/g, "")).not.toMatch(/[<>"']/);
    }),
    { numRuns: 500 },
  );
});
