// The same mail counts once (MAIL-5), and only the same mail.
import { describe, expect, test } from "vitest";
import { mailDigest } from "../../dist/mail/digest.js";

interface Letter {
  before?: string[];
  id?: string;
  from?: string;
  date?: string;
  subject?: string;
  body?: string;
  lineEnd?: string;
}

function digest({
  before = [],
  id = "<1@example.com>",
  from = "Ann <ann@example.com>",
  date = "Mon, 2 Nov 2026 10:00:00 +0000",
  subject = "s",
  body = "one\ntwo",
  lineEnd = "\r\n",
}: Letter = {}): string {
  const lines = [
    ...before,
    `From: ${from}`,
    `Date: ${date}`,
    `Message-ID: ${id}`,
    `Subject: ${subject}`,
    "",
    ...body.split("\n"),
  ];
  return mailDigest(Buffer.from(lines.join(lineEnd)));
}

describe("copies of one mail have one digest", () => {
  const copies: [string, Letter][] = [
    ["on another route", { before: ["Received: from elsewhere", "Delivered-To: other@desk.example", "X-Spam: no"] }],
    ["with other line ends", { lineEnd: "\n" }],
    ["with blank lines at its end", { body: "one\ntwo\n\n \n" }],
    ["with the sender's name in another encoding", { from: "=?utf-8?Q?Ann?= <Ann@example.com>" }],
    ["with the sender's address alone", { from: "ann@example.com" }],
    ["with a tag in its subject", { subject: "[list] s" }],
    ["with its headers folded otherwise", { date: "Mon, 2 Nov 2026\r\n 10:00:00 +0000", id: "\r\n <1@example.com>" }],
  ];
  test.each(copies)("%s", (_, copy) => expect(digest(copy)).toBe(digest()));
});

describe("another mail has another digest", () => {
  const others: [string, Letter][] = [
    ["though it claims the same Message-ID", { body: "one\nthree" }],
    ["from another sender", { from: "Ann <ann@example.net>" }],
    ["of another date", { date: "Mon, 2 Nov 2026 10:00:01 +0000" }],
    ["of another Message-ID", { id: "<2@example.com>" }],
    ["whose name holds the first one's address", { from: '"ann@example.com" <mallory@example.net>' }],
    ["with a blank line in its middle", { body: "one\n\ntwo" }],
  ];
  test.each(others)("%s", (_, other) => expect(digest(other)).not.toBe(digest()));
});

test("line ends do not count in bodies longer than any buffer, lone CRs do", () => {
  const body = `${"line of text\n".repeat(60_000)}${"x".repeat(600_000)}\nend`;
  expect(digest({ body })).toBe(digest({ body, lineEnd: "\n" }));
  expect(digest({ body: "a\rb" })).not.toBe(digest({ body: "ab" }));
});

test("the line ends of a large mail do not count either, wherever it is cut into blocks", () => {
  for (const before of ["", "a", "ab", "abc"]) {
    const body = `${before}${"line\n".repeat(500_000)}end`;
    expect(digest({ body })).toBe(digest({ body, lineEnd: "\n" }));
  }
});
