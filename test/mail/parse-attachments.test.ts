// Files of a mail: every one kept, its name decoded and made safe, its bytes handed out again by index (MAIL-6;
// freescout 2782, zammad 2403).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attachmentBytes, parseMail } from "../../dist/mail/parse.js";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url));

/** A mail of one text and these parts, each given as its header lines, a blank line, and its content. */
function mailOf(...parts: string[][]): Buffer {
  const lines = parts.flatMap((part) => ["--b", ...part]);
  return Buffer.from(
    [
      "From: ann@example.com",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "",
      "text",
      ...lines,
      "--b--",
    ].join("\r\n"),
  );
}

const namesOf = async (raw: Buffer) => (await parseMail(raw)).attachments.map((file) => file.filename);
const nameOf = async (name: string) =>
  (
    await namesOf(
      mailOf(["Content-Type: application/pdf", `Content-Disposition: attachment; filename="${name}"`, "", "x"]),
    )
  )[0];

describe("attachments", () => {
  test("are described by size and digest, and handed out by the index they are described with", async () => {
    const raw = mailOf(
      ['Content-Type: application/pdf; name="a.pdf"', "Content-Transfer-Encoding: base64", "", "b25l"],
      ["Content-Type: image/png", "Content-ID: <logo@example.com>", "", "two"],
    );
    const { attachments } = await parseMail(raw);
    expect(attachments).toEqual([
      {
        part: 0,
        filename: "a.pdf",
        contentType: "application/pdf",
        sizeBytes: 3,
        sha256: sha256("one"),
        inline: false,
        contentId: null,
      },
      {
        part: 1,
        filename: "attachment-2.png",
        contentType: "image/png",
        sizeBytes: 3,
        sha256: sha256("two"),
        inline: true,
        contentId: "logo@example.com",
      },
    ]);
    expect((await attachmentBytes(raw, 0))?.toString()).toBe("one");
    expect((await attachmentBytes(raw, 1))?.toString()).toBe("two");
    for (const part of [2, -1, 0.5]) expect(await attachmentBytes(raw, part)).toBeNull();
  });

  test("include attached mails, invitations and texts with a name, but not the mail's own text", async () => {
    const raw = mailOf(
      ["Content-Type: message/rfc822", "", "Subject: inner", "", "inner text"],
      ["Content-Type: text/calendar; method=REQUEST", "", "BEGIN:VCALENDAR"],
      ["Content-Type: text/plain; name=notes.txt", "Content-Disposition: inline", "", "notes"],
      ["Content-Type: text/plain", "", "a footer"],
    );
    const parsed = await parseMail(raw);
    expect(parsed.attachments.map((file) => [file.filename, file.contentType])).toEqual([
      ["attachment-1.eml", "message/rfc822"],
      ["attachment-2.ics", "text/calendar"],
      ["notes.txt", "text/plain"],
    ]);
    expect(parsed.text).toBe("text\na footer");
    expect((await attachmentBytes(raw, 0))?.toString()).toBe("Subject: inner\r\n\r\ninner text");
  });

  test("may be the whole mail", async () => {
    const raw = Buffer.from('From: ann@example.com\r\nContent-Type: application/pdf; name="only.pdf"\r\n\r\npdf');
    expect(await parseMail(raw)).toMatchObject({ text: "", attachments: [{ filename: "only.pdf" }] });
    expect((await attachmentBytes(raw, 0))?.toString()).toBe("pdf");
  });

  test("carry names in every encoding that senders use", async () => {
    expect(await namesOf(fixture("attachment-names-in-many-encodings"))).toEqual([
      "Straße €.pdf",
      "Müller und Sohn.pdf",
      "Büro.pdf",
      "договор.pdf",
      "résumé.pdf",
      "two words.pdf",
      "latin ümlaut.pdf",
      "申込.pdf",
    ]);
  });

  const unsafe = [
    ["../../etc/passwd", "passwd"],
    ["..\\\\..\\\\autoexec.bat", "autoexec.bat"],
    ["/", "attachment-1.pdf"],
    ["..", "attachment-1.pdf"],
    [" ", "attachment-1.pdf"],
    ["a\u0000b\u0007.pdf", "ab.pdf"],
    ["invoice\u202efdp.exe", "invoicefdp.exe"],
    ["zero\u200bwidth.pdf", "zerowidth.pdf"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["console.txt", "console.txt"],
    ["trailing. . ", "trailing"],
    [`${"long".repeat(100)}.pdf`, `${"long".repeat(49)}.pdf`],
    [".htaccess", ".htaccess"],
  ];
  test.each(unsafe)("named %j are safe to write as %j", async (name, safe) => {
    expect(await nameOf(name)).toBe(safe);
  });

  test("with a nonsense content type are opaque", async () => {
    const [file] = (await parseMail(mailOf(["Content-Type: a/b/c<script>", "", "x"]))).attachments;
    expect(file).toMatchObject({ contentType: "application/octet-stream", filename: "attachment-1.bin" });
  });
});

describe("files that are no part of their own", () => {
  test("stand uuencoded in the text and are no part of its new text", async () => {
    const raw = fixture("attachment-uuencoded-in-text");
    const parsed = await parseMail(raw);
    expect(parsed.newText.replace(/\n+/g, "\n")).toBe("Here are the two logs.\nPlease begin with the first one.");
    expect(parsed.text).toContain("begin 644 first.log");
    expect(parsed.attachments.map((file) => file.filename)).toEqual(["first.log", "second.log"]);
    expect((await attachmentBytes(raw, 0))?.toString()).toBe("first log line".repeat(10));
    expect(await attachmentBytes(raw, 1)).toEqual(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
  });

  test("stay text where a block has no end or is none", async () => {
    const text = "begin 644 file\nthis is no uuencode\n\nbegin 644 file\n#86)C";
    expect(await parseMail(Buffer.from(`Subject: s\n\n${text}`))).toMatchObject({ text, attachments: [] });
  });

  test("are unwrapped from winmail.dat, with the words of the mail where it has no other", async () => {
    const raw = fixture("attachment-winmail-dat");
    const parsed = await parseMail(raw);
    expect(parsed.text).toBe("The words of this mail are in winmail.dat only.\nGrüße");
    expect(parsed.attachments).toMatchObject([
      { filename: "Prüfbericht März.txt", contentType: "text/plain", contentId: null },
      { filename: "photo.png", contentId: "photo@example.com" },
    ]);
    expect((await attachmentBytes(raw, 0))?.toString()).toBe("Alles gut.\n");
  });

  test("stay wrapped where winmail.dat is broken, whatever byte of it is lost", async () => {
    const whole = fixture("attachment-winmail-dat").toString("latin1");
    const start = whole.indexOf("eJ8+");
    expect(start).toBeGreaterThan(0);
    for (let length = 0; length < 900; length += 7) {
      const parsed = await parseMail(Buffer.from(`${whole.slice(0, start + length)}\r\n\r\n--mix--\r\n`, "latin1"));
      expect(parsed.attachments.length + parsed.text.length).toBeGreaterThan(0);
    }
  });
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
