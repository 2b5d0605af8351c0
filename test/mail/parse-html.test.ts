// HTML from strangers: nothing in it may act, what it says must stay readable (MAIL-6).
import { describe, expect, test } from "vitest";
import { parseMail, shownHtml } from "../../dist/mail/parse.js";

const mailOf = (html: string) =>
  Buffer.from(`From: ann@example.com\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`);
const read = (html: string) => parseMail(mailOf(html));
const shown = async (html: string) => (await shownHtml(mailOf(html)))?.html;

describe("sanitised HTML", () => {
  const dangerous = [
    ["<p>a</p><script>alert(1)</script>", "<p>a</p>"],
    ['<p onclick="alert(1)" style="position:fixed">a</p>', "<p>a</p>"],
    ["<style>p{display:none}</style><p>a</p>", "<p>a</p>"],
    ['<a href="javascript:alert(1)">a</a>', "<a>a</a>"],
    ['<a href=" java\tscript:alert(1)">a</a>', "<a>a</a>"],
    ['<img src="data:image/svg+xml;base64,PHN2Zz4=">', "<img />"],
    ['<form action="https://evil.example"><input name="password"><button>go</button></form>', "go"],
    ['<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">a', "a"],
    ['<svg onload="alert(1)"><text>a</text></svg>b', "b"],
    ['<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example">a', "a"],
    ["<xmp><script>alert(1)</script></xmp>a", "a"],
    ["<!--[if mso]><p>hidden</p><![endif]-->a", "a"],
    ['<img src="//evil.example/x.png">', "<img />"],
  ];
  test.each(dangerous)("of %s is %s", async (html, safe) => {
    expect(await shown(html)).toBe(safe);
  });

  test("keeps links, inline images, images of the web, tables and quotations", async () => {
    const html =
      '<p>See <a href="https://example.com/a?b=1&amp;c=2">here</a></p><img src="cid:logo@example.com" alt="logo" /><img src="https://example.com/x.png" />' +
      '<table><tbody><tr><td colspan="2">cell</td></tr></tbody></table><blockquote class="gmail_quote">old</blockquote>';
    expect(await shown(html)).toBe(html);
  });
});

describe("HTML as text", () => {
  const texts = [
    ["<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"],
    ["<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"],
    ["a  \n b&nbsp;c &lt;d&gt; &amp;amp;", "a b c <d> &amp;"],
    ["<ul><li>one</li><li>two<ol><li>inner</li><li>next</li></ol></li></ul>", "* one\n* two\n  1. inner\n  2. next"],
    ["<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d"],
    ["<pre>a\n  b</pre>", "a\n  b"],
    ['<a href="https://example.com/x">the page</a>', "the page [https://example.com/x]"],
    ['<a href="https://example.com/">example.com</a>', "example.com"],
    ['<img src="cid:x" alt="a logo">', "[a logo]"],
    ["new<blockquote>old<blockquote>older</blockquote></blockquote>", "new\n\n> old\n>\n>> older"],
    ["<h1>Title</h1>text<hr>end", `Title\n\ntext\n\n${"-".repeat(40)}\nend`],
    ["<title>no</title><p>yes</p>", "yes"],
  ];
  test.each(texts)("%s", async (html, text) => {
    expect((await read(html)).text).toBe(text);
  });
});
