// Thirty mails that no decent program writes: too large, too deep, too many, without what every mail has, or with bytes
// that no charset knows. Made here, since some weigh more than a repository should.

import type { EmailReason } from "../../dist/intake/email.js";

export interface HostileMail {
  situation: string;
  raw: Buffer;
  /** The reason that it ends with. */
  verdict: EmailReason;
}

const crlf = "\r\n";
const person = (at: number) => `stranger${at}@hostile${at}.example`;

/** A head with the given lines first, then an empty line and the body. */
function mail(lines: readonly string[], body: string | Buffer = "Hello.", at = 0): Buffer {
  const own = [`Date: ${new Date().toUTCString()}`, `Message-ID: <hostile-${at}@hostile.example>`];
  return Buffer.concat([Buffer.from([...lines, ...own, "", ""].join(crlf), "latin1"), Buffer.from(body)]);
}

const plain = (at: number, more: readonly string[] = [], body: string | Buffer = "Hello.") =>
  mail([`From: ${person(at)}`, "To: support@desk.example", `Subject: Hostile ${at}`, ...more], body, at);

function nested(levels: number): string {
  const open = Array.from(
    { length: levels },
    (_, at) => `--b${at}${crlf}Content-Type: multipart/mixed; boundary=b${at + 1}${crlf}${crlf}`,
  );
  const close = Array.from({ length: levels + 1 }, (_, at) => `--b${levels - at}--${crlf}`);
  return `${open.join("")}--b${levels}${crlf}Content-Type: text/plain${crlf}${crlf}deep${crlf}${close.join("")}`;
}

const part = (headers: string, body: string) => `--b0${crlf}${headers}${crlf}${crlf}${body}${crlf}`;
const multipart = ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b0"];
const many = (count: number, line: (at: number) => string) => Array.from({ length: count }, (_, at) => line(at));

/** Thirty of them, each with a sender of its own where it has one. */
export function hostileMails(): HostileMail[] {
  return [
    { situation: "0 bytes", raw: Buffer.alloc(0), verdict: "empty" },
    { situation: "one line feed", raw: Buffer.from("\n"), verdict: "no-sender" },
    { situation: "no headers at all", raw: Buffer.from("\r\nJust a body.\r\n"), verdict: "no-sender" },
    {
      situation: "only bytes",
      raw: Buffer.from(many(64 * 1024, (at) => String.fromCharCode((at * 7) % 256)).join(""), "latin1"),
      verdict: "no-sender",
    },
    {
      situation: "60 MB",
      raw: plain(4, [], Buffer.alloc(60 * 1024 * 1024, "All work and no play.\r\n")),
      verdict: "too-large",
    },
    { situation: "200 nested multiparts", raw: plain(5, multipart, nested(200)), verdict: "new-ticket" },
    {
      situation: "10,000 headers",
      raw: plain(
        6,
        many(10_000, (at) => `X-Header-${at}: ${at}`),
      ),
      verdict: "new-ticket",
    },
    { situation: "a line of 1 MB", raw: plain(7, [], "x".repeat(1024 * 1024)), verdict: "new-ticket" },
    {
      situation: "a header line of 1 MB",
      raw: plain(8, [`X-Long: ${"y".repeat(1024 * 1024)}`]),
      verdict: "new-ticket",
    },
    {
      situation: "raw 8-bit headers",
      raw: mail(
        [`From: "J\xfcrgen" <${person(9)}>`, "To: support@desk.example", "Subject: gr\xfc\xdfe \xff\xfe"],
        "Hello.",
        9,
      ),
      verdict: "new-ticket",
    },
    {
      situation: "a charset that nobody knows",
      raw: plain(10, ["Content-Type: text/plain; charset=klingon-8"], Buffer.from([0xe9, 0xff, 0x41])),
      verdict: "new-ticket",
    },
    {
      situation: "no From",
      raw: mail(["To: support@desk.example", "Subject: Who"], "Hello.", 11),
      verdict: "no-sender",
    },
    {
      situation: "From without an address",
      raw: mail(["From: The Boss", "To: support@desk.example", "Subject: Who"], "Hello.", 12),
      verdict: "no-sender",
    },
    {
      situation: "From of angle brackets only",
      raw: mail(["From: <>", "Subject: Who"], "Hello.", 13),
      verdict: "no-sender",
    },
    {
      situation: "NUL bytes in head and body",
      raw: plain(14, ["X-Nul: a\0b"], "Hel\0lo \0\0."),
      verdict: "new-ticket",
    },
    {
      situation: "a file name that climbs",
      raw: plain(
        15,
        multipart,
        `${part('Content-Type: text/plain; name="../../../etc/passwd"\r\nContent-Disposition: attachment; filename="../../../etc/passwd"', "root")}--b0--`,
      ),
      verdict: "new-ticket",
    },
    {
      situation: "a file name of 10,000 characters",
      raw: plain(
        16,
        multipart,
        `${part(`Content-Disposition: attachment; filename="${"n".repeat(10_000)}.txt"`, "x")}--b0--`,
      ),
      verdict: "new-ticket",
    },
    {
      situation: "a boundary that never closes",
      raw: plain(17, multipart, part("Content-Type: text/plain", "open")),
      verdict: "new-ticket",
    },
    {
      situation: "a boundary that is not there",
      raw: plain(18, ["Content-Type: multipart/mixed"], "nothing"),
      verdict: "new-ticket",
    },
    {
      situation: "5,000 parts",
      raw: plain(19, multipart, `${many(5_000, (at) => part("Content-Type: text/plain", `${at}`)).join("")}--b0--`),
      verdict: "new-ticket",
    },
    {
      situation: "base64 that is none",
      raw: plain(20, ["Content-Transfer-Encoding: base64"], "!!!! not base64 ====\r\n".repeat(1_000)),
      verdict: "new-ticket",
    },
    {
      situation: "5,000 References",
      raw: plain(21, [`References: ${many(5_000, (at) => `<r${at}@hostile.example>`).join("\r\n ")}`]),
      verdict: "new-ticket",
    },
    {
      situation: "5,000 recipients",
      raw: plain(22, [`Cc: ${many(5_000, (at) => `c${at}@many.example`).join(",\r\n ")}`]),
      verdict: "new-ticket",
    },
    {
      situation: "two From headers and two Message-IDs",
      raw: plain(23, ["From: second@other.example", "Message-ID: <second@other.example>"]),
      verdict: "new-ticket",
    },
    {
      situation: "a Date beyond all calendars",
      raw: mail([`From: ${person(24)}`, "Date: Thu, 99 Foo 99999 99:99:99 +9999"], "Hello.", 24),
      verdict: "new-ticket",
    },
    {
      situation: "HTML of 100,000 open tags",
      raw: plain(25, ["Content-Type: text/html"], "<div><b>".repeat(100_000)),
      verdict: "new-ticket",
    },
    {
      situation: "an encoded word that never ends",
      raw: plain(26, [`Subject: =?utf-8?B?${"QUJD".repeat(50_000)}`]),
      verdict: "new-ticket",
    },
    {
      situation: "a mail in a mail, sixty deep",
      raw: plain(
        27,
        ["Content-Type: message/rfc822"],
        many(60, () => `From: a@b.example${crlf}Content-Type: message/rfc822${crlf}${crlf}`).join(""),
      ),
      verdict: "new-ticket",
    },
    {
      situation: "an answer to itself",
      raw: plain(28, ["In-Reply-To: <hostile-28@hostile.example>", "References: <hostile-28@hostile.example>"]),
      verdict: "new-ticket",
    },
    {
      situation: "a quotation of 100,000 levels",
      raw: plain(29, [], `${">".repeat(100_000)} hello${crlf}`),
      verdict: "new-ticket",
    },
  ];
}
