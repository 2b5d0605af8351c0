// Mails that are too much of something (MAIL-21; mailparser 389 and 313): each is read, cheaply, with a remark that says
// what was left out. None may reject, and none may take the memory or the time of a hundred others.
import { describe, expect, test } from "vitest";
import { attachmentBytes, parseMail } from "../../dist/mail/parse.js";
import { peekMail } from "../../dist/mail/peek.js";

const head = "From: ann@example.com\r\nSubject: s\r\n";
const mixed = 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n';

function nested(depth: number): string {
  let mail = head;
  for (let level = 0; level < depth; level++)
    mail += `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`;
  return `${mail}\r\ninner`;
}

const hostile: { situation: string; mail: string; remark: string | null }[] = [
  { situation: "no bytes", mail: "", remark: null },
  { situation: "nothing but NUL", mail: "\0".repeat(10_000), remark: null },
  { situation: "200 nested multiparts", mail: nested(200), remark: "parts nested deeper than 50 not opened" },
  {
    situation: "one boundary for 5,000 nested multiparts",
    mail: head + mixed + `--b\r\n${mixed}`.repeat(5_000),
    remark: "parts after the 1,000th left out",
  },
  {
    situation: "2,000 parts",
    mail: head + mixed + "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(2_000),
    remark: "parts after the 1,000th left out",
  },
  {
    situation: "600 attachments",
    mail: head + mixed + "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(600),
    remark: "attachments after the 500th left out",
  },
  {
    situation: "10,000 headers",
    mail: `${head}${"X-A: b\r\n".repeat(10_000)}\r\ntext`,
    remark: "headers after the 2,000th left out",
  },
  {
    situation: "2 MB of headers",
    mail: `${head}${`X-A: ${"b".repeat(900)}\r\n`.repeat(2_300)}\r\ntext`,
    remark: "header cut at 1 MB",
  },
  { situation: "a line of 1 MB", mail: `${head}\r\n${"a".repeat(1 << 20)}`, remark: "text cut at 512 KB" },
  {
    situation: "2 MB of links",
    mail: `${head}\r\n${"see https://example.com/a?b=c www.example.org a@example.com ".repeat(35_000)}`,
    remark: "text cut at 512 KB",
  },
  {
    situation: "2 MB of host labels",
    mail: `${head}\r\n${"xn--a.xn--b.".repeat(170_000)}`,
    remark: "text cut at 512 KB",
  },
  {
    situation: "6 MB of HTML",
    mail: `${head}Content-Type: text/html\r\n\r\n${"word ".repeat(1_200_000)}`,
    remark: "HTML cut at 2 MB",
  },
  {
    situation: "250,000 tags",
    mail: `${head}Content-Type: text/html\r\n\r\n${"<b>x</b>".repeat(250_000)}`,
    remark: "HTML with more than 50,000 tags shown as bare text",
  },
  {
    situation: "2 MB of <",
    mail: `${head}Content-Type: text/html\r\n\r\n${"<".repeat(2_000_000)}`,
    remark: "HTML with more than 50,000 tags shown as bare text",
  },
  {
    situation: "40,000 nested elements",
    mail: `${head}Content-Type: text/html\r\n\r\n${"<div>".repeat(40_000)}x`,
    remark: null,
  },
  {
    situation: "20,000 nested quotations",
    mail: `${head}Content-Type: text/html\r\n\r\n${"<blockquote>".repeat(20_000)}x`,
    remark: null,
  },
  {
    situation: "70,000 recipients",
    mail: `To: ${"a@example.com, ".repeat(65_000)}\r\n${head}\r\ntext`,
    remark: "to cut at 64 KB",
  },
  {
    situation: "600 recipients",
    mail: `To: ${"a@example.com,".repeat(600)}\r\n${head}\r\ntext`,
    remark: "recipients after the 500th left out",
  },
  {
    situation: "names of blanks in all its addresses",
    mail: ["From", "To", "Cc", "Reply-To"].map((name) => `${name}: a${" ".repeat(64_000)}!\r\n`).join(""),
    remark: null,
  },
  {
    situation: "a From of brackets",
    mail: `From: ${"<".repeat(900_000)}\r\n\r\ntext`,
    remark: "from cut at 64 KB",
  },
  {
    situation: "a To of comments",
    mail: `To: ${"(".repeat(900_000)}\r\n\r\ntext`,
    remark: "to cut at 64 KB",
  },
  {
    situation: "unfinished encoded words",
    mail: `Subject: ${"=?a?q?x".repeat(140_000)}\r\n\r\ntext`,
    remark: null,
  },
  {
    situation: "70,000 encoded words",
    mail: `Subject: ${"=?utf-8?q?x?= ".repeat(70_000)}\r\n\r\ntext`,
    remark: null,
  },
  {
    situation: "160,000 references",
    mail: `References: ${"<a@b> <c@d> ".repeat(80_000)}\r\n\r\ntext`,
    remark: null,
  },
  {
    situation: "180,000 parameters",
    mail: `${head}Content-Type: text/plain${"; a=b".repeat(180_000)}\r\n\r\ntext`,
    remark: null,
  },
  {
    situation: "a boundary of 60,000 dashes",
    mail: `${head}Content-Type: multipart/mixed; boundary="${"-".repeat(60_000)}"\r\n\r\n${"-".repeat(2_000_000)}`,
    remark: "text cut at 512 KB",
  },
  {
    situation: "almost-boundaries",
    mail: `${nested(50)}${"\r\n--b0x".repeat(120_000)}`,
    remark: "boundaries after the 100,000th not looked at",
  },
  {
    situation: "raw letters all over its addresses",
    mail: ["From", "To", "Cc", "Reply-To"]
      .map((name) => `${name}: ${"\u00e9a".repeat(30_000)} <a@b.example>\r\n`)
      .join(""),
    remark: "from cut at 64 KB",
  },
  {
    situation: "300,000 base64 texts in a row",
    mail: `${head}Content-Transfer-Encoding: base64\r\n\r\n${"QQ==\r\n".repeat(300_000)}`,
    remark: null,
  },
  {
    situation: "2 MB of =",
    mail: `${head}Content-Transfer-Encoding: quoted-printable\r\n\r\n${"=".repeat(2_000_000)}`,
    remark: "text cut at 512 KB",
  },
  {
    situation: "100,000 beginnings of a uuencoded file",
    mail: `${head}\r\n${"begin 644 a\n".repeat(100_000)}`,
    remark: "text cut at 512 KB",
  },
  {
    situation: "escape sequences only",
    mail: `${head}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n${"\u001b$B".repeat(600_000)}`,
    remark: null,
  },
];

describe("a mail with", () => {
  test.each(hostile)("$situation is read, with a remark where something is left out", async ({ mail, remark }) => {
    const raw = Buffer.from(mail, "latin1");
    const parsed = await parseMail(raw);
    expect(parsed.remarks).toEqual(remark === null ? [] : expect.arrayContaining([remark]));
    expect(parsed.text.length).toBeLessThanOrEqual(512 * 1024);
    expect(parsed.references.length).toBeLessThanOrEqual(100);
    expect(peekMail(raw).cited.length).toBeLessThanOrEqual(50);
  });

  test("more than 50 MB is read up to there", async () => {
    const raw = Buffer.concat([Buffer.from(`${head}\r\nwords\r\n`), Buffer.alloc(60 * 1024 * 1024, "x\n")]);
    const parsed = await parseMail(raw);
    expect(parsed.remarks).toContain("mail cut at 50 MB");
    expect(parsed.text).toMatch(/^words/);
  });

  test("50 MB in one attachment hands out every byte of it", async () => {
    const content = Buffer.alloc(35 * 1024 * 1024, "maildesk");
    const raw = Buffer.concat([
      Buffer.from(`${head}Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n`),
      Buffer.from(content.toString("base64")),
    ]);
    const parsed = await parseMail(raw);
    expect(parsed.remarks).toEqual([]);
    expect(parsed.attachments).toMatchObject([{ sizeBytes: content.length }]);
    expect((await attachmentBytes(raw, 0))?.equals(content)).toBe(true);
  });
});
