// Outgoing mail: to one person, the same bytes each time, safe for every relay, and no value can add a header.
import fc from "fast-check";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { composeMail, type OutgoingMail } from "../../dist/mail/compose.js";
import { flow, unflow } from "../../dist/mail/flowed.js";
import { boundedReferences, oneLine } from "../../dist/mail/header-value.js";
import { parseMail } from "../../dist/mail/parse.js";

const plain: OutgoingMail = {
  from: { name: "Ann at Acme Desk", address: "support@desk.example" },
  to: { name: "Bob Lee", address: "bob@acme.example" },
  replyTo: "support+token@desk.example",
  subject: "Re: [#12] Printer",
  text: "Hello Bob,\n\nit works again.\n",
  html: null,
  messageId: "token.1@desk.example",
  inReplyTo: "question@acme.example",
  references: ["conversation.12@desk.example", "question@acme.example"],
  dateMs: Date.UTC(2026, 2, 4, 5, 6, 7),
  autoSubmitted: null,
  unsubscribe: null,
  mark: null,
  attachments: [],
};

const compose = async (change: Partial<OutgoingMail> = {}) =>
  (await composeMail({ ...plain, ...change })).toString("latin1");

/** Header names in order, folded lines joined. */
function headers(raw: string): Map<string, string[]> {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replace(/\r\n[ \t]/g, " ");
  const found = new Map<string, string[]>();
  for (const line of head.split("\r\n")) {
    const [, name = line, value = ""] = /^([^\s:]+): ?(.*)$/s.exec(line) ?? [];
    found.set(name.toLowerCase(), [...(found.get(name.toLowerCase()) ?? []), value]);
  }
  return found;
}

function expectSafe(raw: string): void {
  expect(raw).toMatch(/^[\t\r\n\x20-\x7e]*$/);
  expect(raw.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  expect(Math.max(...raw.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
}

test("a plain reply has exactly the headers of a reply", async () => {
  const raw = await compose();
  expectSafe(raw);
  expect(Object.fromEntries(headers(raw))).toEqual({
    from: ["Ann at Acme Desk <support@desk.example>"],
    to: ["Bob Lee <bob@acme.example>"],
    "reply-to": ["support+token@desk.example"],
    "in-reply-to": ["<question@acme.example>"],
    references: ["<conversation.12@desk.example> <question@acme.example>"],
    subject: ["Re: [#12] Printer"],
    "message-id": ["<token.1@desk.example>"],
    date: ["Wed, 04 Mar 2026 05:06:07 +0000"],
    "mime-version": ["1.0"],
    "content-type": ["text/plain; charset=utf-8"],
    "content-transfer-encoding": ["7bit"],
  });
  expect(raw.endsWith("\r\n\r\nHello Bob,\r\n\r\nit works again.\r\n")).toBe(true);
});

test("the same input makes the same bytes, whenever it is composed", async () => {
  const rich = {
    html: "<p>Grüße</p>",
    attachments: [{ filename: "a.txt", contentType: "text/plain", content: Buffer.from("x") }],
  };
  expect(await compose(rich)).toBe(await compose(rich));
});

test("a first mail has neither In-Reply-To nor References nor Reply-To", async () => {
  const names = headers(await compose({ inReplyTo: null, references: [], replyTo: null }));
  for (const name of ["in-reply-to", "references", "reply-to"]) expect(names.has(name)).toBe(false);
});

test("an acknowledgement says that a machine wrote it and asks Exchange for silence, but not for no bounces", async () => {
  const sent = headers(await compose({ autoSubmitted: "auto-replied", mark: "mtoken" }));
  expect(sent.get("auto-submitted")).toEqual(["auto-replied"]);
  expect(sent.get("x-auto-response-suppress")).toEqual(["DR, RN, NRN, OOF, AutoReply"]);
  expect(sent.get("x-maildesk-token")).toEqual(["mtoken"]);
  expect(sent.has("precedence")).toBe(false);
});

test("a follower can leave by mail", async () => {
  const address = "support+leave&me?x@desk.example";
  const sent = headers(await compose({ unsubscribe: { address, subject: "unsubscribe", url: null } }));
  expect(sent.get("list-unsubscribe")).toEqual(["<mailto:support+leave%26me%3Fx@desk.example?subject=unsubscribe>"]);
  expect(sent.has("list-unsubscribe-post")).toBe(false);
  const url = "https://desk.example/leave/abc";
  const web = headers(
    await compose({ unsubscribe: { address: "support@desk.example", subject: "unsubscribe abc", url } }),
  );
  expect(web.get("list-unsubscribe")).toEqual([
    "<https://desk.example/leave/abc>, <mailto:support@desk.example?subject=unsubscribe%20abc>",
  ]);
  expect(web.get("list-unsubscribe-post")).toEqual(["List-Unsubscribe=One-Click"]);
});

const injection = "x\r\nBcc: eve@evil.example\r\n\r\nbody\u2028\u0000\u0085";
test.each<[string, Partial<OutgoingMail>]>([
  ["subject", { subject: injection }],
  ["sender's name", { from: { name: injection, address: "support@desk.example" } }],
  ["recipient's name", { to: { name: injection, address: "bob@acme.example" } }],
  ["name with an address", { to: { name: '"eve@evil.example" <eve@evil.example>,', address: "bob@acme.example" } }],
  ["In-Reply-To", { inReplyTo: `a@b>${injection}` }],
  ["References", { references: ["a@b", `c@d>${injection}`, "<e@f>\r\nBcc: eve@evil.example"] }],
  ["mark", { mark: injection }],
  ["file name", { attachments: [{ filename: injection, contentType: "image/png", content: Buffer.from("x") }] }],
  ["content type", { attachments: [{ filename: "a", contentType: `a/b${injection}`, content: Buffer.from("x") }] }],
  [
    "content id",
    {
      attachments: [
        {
          filename: "a",
          contentType: "image/png",
          content: Buffer.from("x"),
          inline: true,
          contentId: injection,
        },
      ],
      html: "<p>x</p>",
    },
  ],
])("line ends in the %s add no header and no recipient", async (_, change) => {
  const raw = await compose(change);
  expectSafe(raw);
  expect(raw).not.toMatch(/^Bcc:/im);
  expect(headers(raw).has("bcc")).toBe(false);
  const parsed = await simpleParser(raw);
  expect(
    [parsed.to]
      .flat()
      .flatMap((to) => to?.value ?? [])
      .map((to) => to.address),
  ).toEqual(["bob@acme.example"]);
  expect(parsed.cc).toBeUndefined();
  expect(parsed.text).toContain("it works again.");
});

test.each([
  ["two@a.example, three@a.example", "address"],
  ["Bob <bob@acme.example>", "address"],
  ["bob@acme.example\r\nBcc: eve@evil.example", "address"],
  ["bob", "address"],
  ["bob@[192.0.2.1]", "address"],
  ["böb@acme.example", "smtputf8"],
])("a mail to %j is refused for good", async (address, code) => {
  await expect(compose({ to: { name: "", address } })).rejects.toMatchObject({ kind: "permanent", code });
});

test("a domain beyond ASCII is written in punycode", async () => {
  expect(headers(await compose({ to: { name: "", address: "bob@Bücher.example" } })).get("to")).toEqual([
    "bob@xn--bcher-kva.example",
  ]);
});

test("names, subject, text, HTML and attachments of every script arrive as they were", async () => {
  const content = Buffer.from([0, 255, 13, 10, 46, 10]);
  const raw = await compose({
    from: { name: "Łukasz, Zażółć", address: "support@desk.example" },
    to: { name: "山田 太郎", address: "bob@acme.example" },
    subject: `Re: [#12] ${"Drucker brennt – 打印机着火了 🔥 ".repeat(8)}`,
    text: "Grüße\n.\nFrom here\n打印机 🔥\ntrailing \n",
    html: "<p>Grüße 🔥 <img src='cid:logo@desk'></p>",
    attachments: [
      { filename: "Übersicht 打印机.pdf", contentType: "application/pdf", content },
      { filename: "logo.png", contentType: "image/png", content, inline: true, contentId: "logo@desk" },
      { filename: "mail", contentType: "message/rfc822", content: Buffer.from("Subject: ü\n\nx") },
    ],
  });
  expectSafe(raw);
  const parsed = await simpleParser(raw, { skipImageLinks: true });
  expect(parsed.from?.value).toEqual([{ name: "Łukasz, Zażółć", address: "support@desk.example" }]);
  expect([parsed.to].flat()[0]?.value).toEqual([{ name: "山田 太郎", address: "bob@acme.example" }]);
  expect(parsed.subject).toBe(`Re: [#12] ${"Drucker brennt – 打印机着火了 🔥 ".repeat(8)}`.trim());
  expect(parsed.text?.trimEnd()).toBe("Grüße\n.\nFrom here\n打印机 🔥\ntrailing");
  expect(parsed.html).toBe("<p>Grüße 🔥 <img src='cid:logo@desk'></p>");
  expect(
    parsed.attachments.map((part) => [part.filename, part.contentType, part.cid ?? null, part.content.length]),
  ).toEqual([
    ["logo.png", "image/png", "logo@desk", content.length],
    ["Übersicht 打印机.pdf", "application/pdf", null, content.length],
    ["mail", "application/octet-stream", null, 14],
  ]);
});

test("long lines, words, names and ids never pass 998 characters a line", async () => {
  const long = "x".repeat(5_000);
  const raw = await compose({
    from: { name: long, address: "support@desk.example" },
    subject: long,
    text: `${long}\n${"ü".repeat(3_000)}`,
    html: `<p>${long}</p>`,
    references: [
      `${long}@acme.example`,
      ...Array.from({ length: 200 }, (_, at) => `${at}${"y".repeat(400)}@a.example`),
    ],
    attachments: [{ filename: `${long}ü${long}`, contentType: `a/${long}`, content: Buffer.from(long) }],
  });
  expectSafe(raw);
  expect((await simpleParser(raw)).text).toContain(long);
});

test("a text that holds the boundary's look is not cut by it", async () => {
  const first = await compose({ html: "<p>x</p>" });
  const boundary = /boundary="([^"]+)"/.exec(first)?.[1] ?? "";
  expect(boundary).not.toBe("");
  const text = `before\n--${boundary}\nContent-Type: text/html\n\nafter\n--${boundary}--\nend`;
  expect((await simpleParser(await compose({ html: "<p>x</p>", text }))).text).toBe(text);
});

test("an empty text is still a text beside an attachment", async () => {
  const attachments = [{ filename: "a.pdf", contentType: "application/pdf", content: Buffer.from("x") }];
  const parsed = await simpleParser(await compose({ text: "", attachments }));
  expect(parsed.attachments.map((part) => part.filename)).toEqual(["a.pdf"]);
});

const file = (filename: string, content = "x") => ({
  filename,
  contentType: "text/plain",
  content: Buffer.from(content),
});
const picture = { filename: "logo.png", contentType: "image/png", content: Buffer.from("x"), inline: true };

test("files lie beside the words, a picture with the HTML that shows it, each multipart within its own boundary", async () => {
  const raw = await compose({
    html: "<img src='cid:logo@desk'>",
    attachments: [file("a.txt"), { ...picture, contentId: "<logo@desk>" }],
  });
  const types = [...raw.matchAll(/^Content-Type: ([a-z]+\/[a-z]+)/gm)].map((match) => match[1]);
  expect(types).toEqual([
    "multipart/mixed",
    "multipart/alternative",
    "text/plain",
    "multipart/related",
    "text/html",
    "image/png",
    "text/plain",
  ]);
  expect(raw).toMatch(/^Content-Type: multipart\/related; type="text\/html";/m);
  const boundaries = [...raw.matchAll(/boundary="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(new Set(boundaries).size).toBe(3);
  for (const boundary of boundaries) {
    expect(boundary.length).toBeLessThanOrEqual(70);
    expect(raw.split(`\r\n--${boundary}\r\n`)).toHaveLength(3);
    expect(raw.split(`\r\n--${boundary}--\r\n`)).toHaveLength(2);
  }
});

test.each([
  ["no HTML", null],
  ["an empty HTML", ""],
])("with %s the text stands alone and a picture is a file beside it", async (_, html) => {
  expect(headers(await compose({ html })).get("content-type")).toEqual(["text/plain; charset=utf-8"]);
  const raw = await compose({ html, attachments: [{ ...picture, contentId: "logo@desk" }] });
  expect(headers(raw).get("content-type")?.join()).toMatch(/^multipart\/mixed;/);
  expect(raw).not.toContain("multipart/alternative");
  expect((await simpleParser(raw)).attachments.map((part) => [part.filename, part.cid])).toEqual([
    ["logo.png", "logo@desk"],
  ]);
});

test("a content id is written as the HTML cites it, whatever signs it holds", async () => {
  const contentId = `a"b'c=d@desk`;
  const raw = await compose({ html: "<p>x</p>", attachments: [{ ...picture, contentId }] });
  expect(raw).toContain(`\r\nContent-ID: <${contentId}>\r\n`);
});

test.each([
  ["short lines of ASCII", "Hello\n.\nFrom here", "7bit"],
  ["a word of more than 998 characters", "word".repeat(300), "quoted-printable"],
  ["mostly Latin letters", `${"Grüße an alle, ".repeat(30)}\n.\nFrom here = \n`, "quoted-printable"],
  ["mostly other letters", "打印机着火了 🔥 ".repeat(60), "base64"],
])("%s travel as %s", async (_, text, encoding) => {
  const raw = await compose({ text });
  expect(headers(raw).get("content-transfer-encoding")).toEqual([encoding]);
  expect(raw.endsWith("\r\n")).toBe(true);
  const body = raw.slice(raw.indexOf("\r\n\r\n") + 4).split("\r\n");
  expect(Math.max(...body.map((line) => line.length))).toBeLessThanOrEqual(76);
  expect((await simpleParser(raw)).text?.trimEnd()).toBe(text.trimEnd());
});

test("long lines of ASCII flow: read as text they are short, and a reader makes them whole again (RFC 3676)", async () => {
  const quoted = `> ${"cited words ".repeat(12)}end`;
  const text = [`${"word ".repeat(100)}end`, ` ${"indented ".repeat(20)}end`, quoted, ">> deep", "-- ", "Ann"].join(
    "\n",
  );
  const raw = await compose({ text });
  expect(headers(raw).get("content-type")).toEqual(["text/plain; charset=utf-8; format=flowed"]);
  const body = raw.slice(raw.indexOf("\r\n\r\n") + 4).split("\r\n");
  expect(Math.max(...body.map((line) => line.length))).toBeLessThanOrEqual(76);
  expect((await parseMail(Buffer.from(raw))).text.trimEnd()).toBe(text);
});

test.each([
  ["a word that no line may hold", `${"long ".repeat(40)}\n  indented\n${"w".repeat(1_200)}`],
  ["more text than is looked through", `  ${"a few words ".repeat(12_000)}\n> ${"cited ".repeat(40)}`],
])("a text of %s is encoded as it stands, not as it would flow", async (_, text) => {
  const raw = await compose({ text });
  expect(headers(raw).get("content-transfer-encoding")).toEqual(["quoted-printable"]);
  expect(headers(raw).get("content-type")).toEqual(["text/plain; charset=utf-8"]);
  expect((await simpleParser(raw)).text?.trimEnd()).toBe(text.trimEnd());
});

test("whatever flows comes together again, but for blanks at the ends of lines", () => {
  const words = fc.constantFrom("a", "word", "w".repeat(80), " ", "  ", "From ", ">", "> ", "-- ", "--", "\r\n", ".");
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      const text = parts.join("");
      const kept = text.split("\r\n").map((line) => (line === "-- " ? line : line.replace(/ +$/, "")));
      const quoted = kept.map((line) => line.replace(/^(>+)(?!>) ?(.*)$/, "$1 $2"));
      expect(unflow(flow(text), false).split("\n")).toEqual(quoted);
    }),
    { numRuns: 2_000 },
  );
});

test("lines of an attachment have at most 76 characters, and none of its bytes is lost at a line's end", async () => {
  for (const size of [0, 1, 56, 57, 58, 57 * 1024, 57 * 1024 + 1]) {
    const content = "é".repeat(size).slice(0, size);
    const raw = await compose({ attachments: [file("a.txt", content)] });
    expect(Math.max(...raw.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(76);
    expect((await simpleParser(raw)).attachments[0]?.content.toString()).toBe(content);
  }
});

test("a file's name is given twice: encoded words for old clients, RFC 2231 for the others", async () => {
  const raw = await compose({ attachments: [file("Übersicht.pdf")] });
  expect(raw).toContain('Content-Type: text/plain; name="=?UTF-8?Q?=C3=9Cbersicht=2Epdf?="\r\n');
  expect(raw).toContain("Content-Disposition: attachment; filename*0*=utf-8''%C3%9Cbersicht.pdf\r\n");
});

test.each([
  'quote".txt',
  "semi;colon=.txt",
  "it's (1), <2>.txt",
  `${"long name ".repeat(15)}.pdf`,
  `${"ü".repeat(150)}.pdf`,
  "🔥 👩‍👩‍👧.png",
])("a file called %s arrives under its name", async (filename) => {
  const raw = await compose({ attachments: [file(filename)] });
  expectSafe(raw);
  expect((await simpleParser(raw)).attachments.map((part) => part.filename)).toEqual([filename]);
});

test.each([
  ["a..b@docomo.example", "", '<"a..b"@docomo.example>'],
  ["a..b@docomo.example", "Bob", 'Bob <"a..b"@docomo.example>'],
  ['"b, c"@acme.example', "", '<"b, c"@acme.example>'],
  ["bob@acme.example", "Lee, Bob", '"Lee, Bob" <bob@acme.example>'],
  ["bob@acme.example", 'Bob "B" \\', '"Bob \\"B\\" \\\\" <bob@acme.example>'],
  ["bob@acme.example", "Jürgen", "=?UTF-8?Q?J=C3=BCrgen?= <bob@acme.example>"],
  ["bob@acme.example", "山田 太郎", "=?UTF-8?B?5bGx55SwIOWkqumDjg==?= <bob@acme.example>"],
])("%s with the name %j can be read as one address only", async (address, name, written) => {
  expect(headers(await compose({ to: { name, address } })).get("to")).toEqual([written]);
});

test("a header without a value is left out", async () => {
  const names = headers(await compose({ mark: " ", references: ["no id"], inReplyTo: "no id" }));
  for (const name of ["x-maildesk-token", "references", "in-reply-to"]) expect(names.has(name)).toBe(false);
  expect(headers(await compose({ subject: "\n" })).get("subject")).toEqual(["(no subject)"]);
});

test("References keep the conversation's id first and the newest 20, each once, the parent last", () => {
  const many = Array.from({ length: 60 }, (_, at) => `m${at}@a.example`);
  expect(boundedReferences(many, "m3@a.example")).toEqual([many[0], ...many.slice(41), "m3@a.example"]);
  expect(boundedReferences(["<a@b>", "a@b", "no id", "ü@b", "c@d"], null)).toEqual(["a@b", "c@d"]);
  expect(boundedReferences([], null)).toEqual([]);
});

test("whatever people wrote, the mail is safe and shows one recipient", async () => {
  const anything = fc.string({ unit: "binary", maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(anything, anything, anything, anything, async (name, subject, text, filename) => {
      const attachments = [{ filename, contentType: "image/png", content: Buffer.from(text) }];
      const raw = await compose({
        to: { name, address: "bob@acme.example" },
        subject,
        text,
        html: text,
        attachments,
      });
      expectSafe(raw);
      expect([...headers(raw).keys()].toSorted()).toEqual(expected);
      expect(headers(raw).get("to")?.join()).toMatch(/bob@acme\.example>?$/);
      expect(oneLine(subject, 20).length).toBeLessThanOrEqual(40);
    }),
    { numRuns: 300 },
  );
});
const expected = [
  "content-type",
  "date",
  "from",
  "in-reply-to",
  "message-id",
  "mime-version",
  "references",
  "reply-to",
  "subject",
  "to",
];
