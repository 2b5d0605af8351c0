// One raw mail to plain data (MAIL-6): addresses, ids, dates, structure, and the text that a person would read.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseMail, shownHtml } from "../../dist/mail/parse.js";

const mail = (...lines: string[]) => Buffer.from(lines.join("\r\n"), "utf8");
const headed = (...headers: string[]) => parseMail(mail(...headers, "", "text"));
const bodied = (...lines: string[]) => parseMail(mail("From: ann@example.com", ...lines));
const shownOf = async (...lines: string[]) => (await shownHtml(mail("From: ann@example.com", ...lines)))?.html;

describe("the headers of a mail", () => {
  test("become addresses with decoded names, ids without brackets, and a date in UTC", async () => {
    const parsed = await headed(
      "From: =?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <Juergen@Example.com>",
      'To: "Support, Desk" <support@desk.example>, sales@desk.example',
      "Cc: friends: bob@example.org, Carla <carla@example.net>;, dan@example.org",
      "Reply-To: <other@example.com>",
      "Subject: =?iso-8859-1?Q?Dr=FCcker?= kaputt",
      "Message-ID: <Abc.1@Example.com>",
      "In-Reply-To: Your mail of Monday <first@desk.example>",
      "References: <root@desk.example>\r\n <first@desk.example> <root@desk.example>",
      "Date: Mon, 2 Nov 2026 10:00:00 +0100 (CET)",
    );
    expect(parsed).toMatchObject({
      from: { name: "Jürgen Müller", address: "Juergen@Example.com" },
      to: [
        { name: "Support, Desk", address: "support@desk.example" },
        { name: "", address: "sales@desk.example" },
      ],
      cc: [{ address: "bob@example.org" }, { address: "carla@example.net" }, { address: "dan@example.org" }],
      replyTo: [{ address: "other@example.com" }],
      subject: "Drücker kaputt",
      messageId: "Abc.1@Example.com",
      inReplyTo: ["first@desk.example"],
      references: ["root@desk.example", "first@desk.example"],
      dateMs: Date.UTC(2026, 10, 2, 9),
      remarks: [],
    });
  });

  const senders = [
    ["ann@example.com (Ann)", { name: "Ann", address: "ann@example.com" }],
    ['"ann@example.com" <mallory@example.net>', { name: "ann@example.com", address: "mallory@example.net" }],
    ["Ann <ann@xn--mnchen-3ya.example>", { name: "Ann", address: "ann@xn--mnchen-3ya.example" }],
    ["=?utf-8?B?QW5uLCA=?= =?utf-8?B?TGVl?= <ann@example.com>", { name: "Ann, Lee", address: "ann@example.com" }],
    ["Ann Lée <ann@example.com>", { name: "Ann Lée", address: "ann@example.com" }],
    ["=?utf-8?Q?a=0D=0ABcc=3A_x?= <ann@example.com>", { name: "a Bcc: x", address: "ann@example.com" }],
    ["MAILER-DAEMON", null],
    ["undisclosed-recipients:;", null],
    ["Ann <ann@>", null],
    ["<>", null],
    ["", null],
  ] as const;
  test.each(senders)("From: %s", async (value, expected) => {
    expect((await headed(`From: ${value}`)).from).toEqual(expected);
  });

  test("that stand twice count once: the first From and Subject, and all recipients", async () => {
    const parsed = await headed(
      "From: a@example.com",
      "From: b@example.com",
      "To: c@example.com",
      "Subject: one",
      "Subject: two",
      "To: d@example.com",
    );
    expect(parsed.from?.address).toBe("a@example.com");
    expect(parsed.subject).toBe("one");
    expect(parsed.to.map((to) => to.address)).toEqual(["c@example.com", "d@example.com"]);
  });

  const dates = [
    ["Mon, 02 Nov 2026 10:00:00 -0500", Date.UTC(2026, 10, 2, 15)],
    ["2 Nov 2026 10:00 GMT", Date.UTC(2026, 10, 2, 10)],
    ["2 Nov 26 10:00:00 EST", Date.UTC(2026, 10, 2, 15)],
    ["Mon Nov  2 10:00:00 2026", Date.UTC(2026, 10, 2, 10)],
    ["2026-11-02T10:00:00+01:00", Date.UTC(2026, 10, 2, 9)],
    ["Mon, 02 Nov 2026 10:00:00", Date.UTC(2026, 10, 2, 10)],
    ["yesterday 1", null],
    ["Mon, 32 Nov 2026 10:00:00 +0000", null],
    ["", null],
  ] as const;
  test.each(dates)("Date: %s", async (value, expected) => {
    expect((await headed(`Date: ${value}`)).dateMs).toBe(expected);
  });

  test("that were lost, folded badly or preceded by an mbox line do not cost the text", async () => {
    expect((await parseMail(mail("just a text", "", "without any header"))).text).toBe(
      "just a text\n\nwithout any header",
    );
    expect(await parseMail(mail("From ann@example.com Mon Nov  2 10:00:00 2026", "Subject: a", "", "b"))).toMatchObject(
      { subject: "a", text: "b" },
    );
    expect(await parseMail(mail("", "Subject: a", "", "b"))).toMatchObject({ subject: "a", text: "b" });
    expect(await parseMail(mail("Subject: a", "lost fold", "From: ann@example.com", "", "b"))).toMatchObject({
      subject: "a",
      from: { address: "ann@example.com" },
      text: "b",
    });
    expect(await parseMail(mail("Subject: a", "the blank line was forgotten", "here"))).toMatchObject({
      subject: "a",
      text: "the blank line was forgotten\nhere",
    });
    expect(await parseMail(Buffer.from("Subject: a\rFrom: ann@example.com\r\rold Macintosh\rlines"))).toMatchObject({
      subject: "a",
      text: "old Macintosh\nlines",
    });
  });

  test("with our marks are handed on as found", async () => {
    expect((await headed("X-Maildesk-Token: abc", "X-Maildesk-Token: def")).marks).toEqual(["abc", "def"]);
  });
});

describe("the text of a mail", () => {
  test("is the plain form of an alternative, and its HTML can be shown beside it", async () => {
    const lines = [
      'Content-Type: multipart/alternative; boundary="a"',
      "",
      "--a",
      "",
      "plain words",
      "--a",
      "Content-Type: text/html",
      "",
      "<p>rich <b>words</b></p>",
      "--a--",
    ];
    expect(await bodied(...lines)).toMatchObject({ text: "plain words", attachments: [] });
    expect(await shownOf(...lines)).toBe("<p>rich <b>words</b></p>");
  });

  test("is made of the HTML where the plain form is blank or missing", async () => {
    const html = ["Content-Type: text/html", "", "<p>only here</p>"];
    expect((await bodied(...html)).text).toBe("only here");
    expect(
      (await bodied('Content-Type: multipart/alternative; boundary="a"', "", "--a", "", " ", "--a", ...html, "--a--"))
        .text,
    ).toBe("only here");
    expect((await bodied('Content-Type: multipart/related; boundary="a"', "", "--a", ...html, "--a--")).text).toBe(
      "only here",
    );
  });

  test("goes on behind an attachment, as Apple Mail and list footers write it", async () => {
    const lines = [
      'Content-Type: multipart/mixed; boundary="a"',
      "",
      "--a",
      "Content-Type: text/html",
      "",
      "<p>before</p>",
      "--a",
      "Content-Type: image/png",
      "",
      "x",
      "--a",
      "",
      "a < b",
      "--a--",
    ];
    const parsed = await bodied(...lines);
    expect(parsed.text).toBe("before\na < b");
    expect(await shownOf(...lines)).toBe("<p>before</p><br>\na &lt; b");
    expect(parsed.attachments).toHaveLength(1);
  });

  test("is found though boundaries are missing, wrong, prefixes of one another, or end too early", async () => {
    const parts = ["--x", "", "one", "--x", "", "two"];
    const cases = [
      ['Content-Type: multipart/mixed; boundary="x"', "", ...parts],
      ['Content-Type: multipart/mixed; boundary="x"', "", ...parts, "--x--", "", "--x", "", "three", "--x--"],
      ["Content-Type: multipart/mixed; boundary*0=x", "", ...parts],
      ['Content-Type: multipart/mixed; boundary="x "', "", ...parts, "--x--"],
    ];
    for (const lines of cases) expect((await bodied(...lines)).text).toMatch(/^one\ntwo/);
    const wrong = await bodied(
      'Content-Type: multipart/mixed; boundary="other"',
      "",
      "--x",
      "Content-Type: text/plain",
      "",
      "one",
      "--x--",
    );
    expect(wrong.text).toBe("one");
    const prefix = await bodied(
      'Content-Type: multipart/mixed; boundary="x"',
      "",
      "--x",
      'Content-Type: multipart/alternative; boundary="xy"',
      "",
      "--xy",
      "",
      "inner",
      "--xy--",
      "--x--",
    );
    expect(prefix.text).toBe("inner");
    const none = await bodied("Content-Type: multipart/mixed", "", "nothing but text");
    expect(none.text).toBe("nothing but text");
  });

  test("has the soft line breaks of format=flowed undone, quotations included", async () => {
    const parsed = await bodied(
      "Content-Type: text/plain; format=flowed",
      "",
      "One long ",
      "paragraph.",
      "> quoted ",
      "> words",
      ">> deeper",
      " From the start",
      "-- ",
      "Ann",
    );
    expect(parsed.text).toBe("One long paragraph.\n> quoted words\n>> deeper\nFrom the start\n-- \nAnn");
  });

  test("survives quoted-printable and base64 that are broken or merely claimed", async () => {
    const cases = [
      ["quoted-printable", "caf=C3=A9 =\r\nau lait =zz 100=", "café au lait =zz 100"],
      ["base64", "aGVsbG8g\r\nd29ybGQ", "hello world"],
      ["base64", "aGVsbG8=\r\nIHdvcmxk", "hello world"],
      ["base64", "aGVsbG8= and nothing of this", "hello"],
      ["base64", "This, obviously, was never encoded!", "This, obviously, was never encoded!"],
      ["x-strange", "as it stands", "as it stands"],
    ] as const;
    for (const [encoding, body, text] of cases) {
      expect((await bodied(`Content-Transfer-Encoding: ${encoding}`, "", body)).text).toBe(text);
    }
  });

  test("says what was newly written apart", async () => {
    const parsed = await bodied(
      "",
      "It works now.",
      "",
      "On Mon, 2 Nov 2026 at 10:00, Desk <support@desk.example> wrote:",
      "> Does it work?",
    );
    expect(parsed.newText).toBe("It works now.");
    expect(parsed.text).toContain("> Does it work?");
  });
});

test("a plain mail is read without the packages that only strange ones need", () => {
  const program = `
    import { createRequire } from "node:module";
    const { parseMail } = await import(${JSON.stringify(new URL("../../dist/mail/parse.js", import.meta.url).href)});
    const files = () => Object.keys(createRequire(import.meta.url).cache ?? {});
    const loaded = () => ["/mailparser/", "/sanitize-html/"].map((name) => files().some((file) => file.includes(name)));
    const read = async (...lines) => parseMail(Buffer.from(lines.join("\\r\\n")));
    await read("From: Ann <ann@example.com>", "To: bob@example.com", "", "text");
    const before = loaded();
    await read("From: friends: ann@example.com;", "Content-Type: text/html", "", "<p>text</p>");
    console.log(...before, ...loaded());`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(run.stdout.trim()).toBe("false false true true");
});
