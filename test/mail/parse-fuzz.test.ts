// Whatever the bytes: parseMail never rejects, and everything it returns can be stored in both databases.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mailDigest } from "../../dist/mail/digest.js";
import { attachmentBytes, parseMail, shownHtml } from "../../dist/mail/parse.js";
import { peekMail } from "../../dist/mail/peek.js";

const folder = new URL("../../fixtures/mail/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".eml"))
  .map((name) => readFileSync(new URL(name, folder)));

/** Words of the language that mails are written in, so that chance finds its way into every branch. */
const tokens = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  " ",
  "\t",
  ";",
  '"',
  "<",
  ">",
  "=",
  "?",
  "\0",
  "\\",
  "(",
  ")",
  ",",
  "@",
  "From: ",
  "To: ",
  "Subject: ",
  "Message-ID: <a@b>",
  "Date: ",
  "References: <a@b> <c",
  "Content-Disposition: attachment; ",
  "Content-Type: ",
  "multipart/mixed; boundary=b",
  "multipart/alternative; boundary=b",
  "text/html",
  "text/plain; format=flowed",
  "message/rfc822",
  "message/delivery-status",
  "application/ms-tnef",
  "multipart/report; boundary=b",
  "; charset=",
  "constructor",
  "__proto__",
  "utf-16",
  "utf-7",
  "iso-2022-jp",
  "gb18030",
  "big5",
  "x-unknown",
  "Content-Transfer-Encoding: ",
  "base64",
  "quoted-printable",
  "x-uuencode",
  "--b",
  "--b--",
  "=?utf-8?B?",
  "=?iso-2022-jp?Q?",
  "?=",
  "filename=",
  "filename*0*=",
  "utf-8''%C3",
  "name=",
  "begin 644 a\n",
  "end\n",
  "<p>",
  "</p>",
  "<a href=",
  "<blockquote>",
  "<script>",
  "&amp;",
  "> ",
  "On Mon wrote:",
  "Final-Recipient: rfc822; a@b",
  "-- \n",
  "X-Maildesk-Token: ",
];

const language = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...tokens) },
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.uint8Array({ maxLength: 8 }),
    ),
    { maxLength: 80 },
  )
  .map((pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece))));

const damaged = fc
  .record({
    mail: fc.constantFrom(...fixtures),
    cuts: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.nat(40),
        put: fc.uint8Array({ maxLength: 10 }),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ mail, cuts }) =>
    cuts.reduce((bytes: Buffer, { at, length, put }) => {
      const from = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + length)]);
    }, mail),
  );

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  language,
  damaged,
);

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

test("any bytes give a mail whose every string is Unicode, without U+0000 but in the body, and attachments that can be fetched", async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (raw) => {
      const parsed = await parseMail(raw);
      const { text, newText, forwarded, bounce, ...rest } = parsed;
      for (const body of stringsOf([text, newText, forwarded, bounce, (await shownHtml(raw))?.html ?? ""]))
        expect(body.isWellFormed()).toBe(true);
      for (const other of stringsOf([rest, peekMail(raw)])) expect(other).not.toMatch(/[\0\p{Surrogate}]/u);
      for (const { part, sizeBytes } of parsed.attachments)
        expect((await attachmentBytes(raw, part))?.length).toBe(sizeBytes);
      expect(parsed.digest).toBe(mailDigest(raw));
      expect(peekMail(raw).messageId).toBe(parsed.messageId);
    }),
    { numRuns: 3_000 },
  );
});
