// Outgoing mail: to one person, the same bytes each time, safe for every relay, and no value can add a header.
import fc from "fast-check";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { composeMail, type OutgoingMail } from "../../dist/mail/compose.js";
import { boundedReferences, oneLine } from "../../dist/mail/header-value.js";

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
  const sent = headers(await compose({ unsubscribe: "support+leave&me?x@desk.example" }));
  expect(sent.get("list-unsubscribe")).toEqual(["<mailto:support+leave%26me%3Fx@desk.example?subject=unsubscribe>"]);
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
