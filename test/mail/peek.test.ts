// What is shown and searched of a mail before it is read.
import { expect, test } from "vitest";
import { peekMail } from "../../dist/mail/peek.js";

const peek = (...lines: string[]) => peekMail(Buffer.from([...lines, "", "body"].join("\r\n")));

test("a peek shows the decoded sender and subject, and names the mail and what it cites, its parent last", () => {
  expect(
    peek(
      "Received: from somewhere",
      "Message-ID: <3@example.com>",
      "References: <1@desk.example> <2@desk.example>",
      "In-Reply-To: <1@desk.example>",
      "From: =?utf-8?Q?J=C3=BCrgen?= <juergen@example.com>",
      "Subject: =?iso-8859-1?Q?Dr=FCcker?=\r\n kaputt",
    ),
  ).toEqual({
    messageId: "3@example.com",
    cited: ["2@desk.example", "1@desk.example"],
    from: "Jürgen <juergen@example.com>",
    subject: "Drücker kaputt",
  });
});

test.each([
  ["<a@b>", "a@b"],
  ["a@b", "a@b"],
  ["  <A@B>  (comment)", "A@B"],
  ["<a\r\n @b>", "a@b"],
  ["<no-at-sign>", "no-at-sign"],
  ["no-brackets-no-at", "no-brackets-no-at"],
  ["two words", null],
  ["<>", null],
  ["", null],
])("Message-ID: %j is %j", (value, id) => {
  expect(peek(`Message-ID: ${value}`).messageId).toBe(id);
});

test("no more than the 50 newest of the cited ids are named, each once", () => {
  const ids = Array.from({ length: 80 }, (_, index) => `<${index}@example.com>`);
  const { cited } = peek(`References: ${[...ids, ...ids].join("\r\n ")}`);
  expect(cited).toHaveLength(50);
  expect(cited.at(-1)).toBe("79@example.com");
  expect(cited[0]).toBe("30@example.com");
});

test("ids in the text are not cited, and lines that only look like headers are not shown", () => {
  expect(
    peekMail(Buffer.from("From: ann@example.com\r\n\r\nSubject: not mine\r\nIn-Reply-To: <x@example.com>")),
  ).toEqual({
    messageId: null,
    cited: [],
    from: "ann@example.com",
    subject: "",
  });
});

test("control characters and endless values do not reach a list", () => {
  const { subject, from } = peek(`Subject: a\u001b[31mb${"c".repeat(2_000)}`, "From: a\0b <ann@example.com>");
  expect(subject).toMatch(/^a \[31mbc+$/);
  expect(subject).toHaveLength(998);
  expect(from).toBe("ab <ann@example.com>");
});
