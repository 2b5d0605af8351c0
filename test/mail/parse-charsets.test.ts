// Every charset that senders really use, and the labels that lie (osTicket 6925 and 1946).
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { parseMail } from "../../dist/mail/parse.js";

const head = (label: string | null) =>
  `From: ann@example.com\r\nSubject: s\r\nContent-Type: text/plain${label === null ? "" : `; charset=${label}`}\r\n\r\n`;
const textOf = async (bytes: Buffer, label: string | null) =>
  (await parseMail(Buffer.concat([Buffer.from(head(label)), bytes]))).text;

describe("a text in the charset that its label names", () => {
  const labelled = [
    ["utf-8", "Grüße — 你好 🙂"],
    ["UTF8", "Grüße"],
    ["iso-8859-1", "Grüße"],
    ["iso-8859-2", "Zażółć gęślą jaźń"],
    ["iso-8859-15", "10 €"],
    ["windows-1250", "Příliš žluťoučký kůň"],
    ["windows-1251", "Здравствуйте"],
    ["cp1251", "Здравствуйте"],
    ["windows-1252", "„Grüße“ – 10 €"],
    ["windows-1253", "Καλημέρα"],
    ["windows-1254", "İyi günler"],
    ["windows-1255", "שלום"],
    ["windows-1256", "مرحبا"],
    ["windows-1257", "Ačiū"],
    ["windows-874", "สวัสดี"],
    ["koi8-r", "Здравствуйте"],
    ["koi8-u", "Привіт"],
    ["shift_jis", "お世話になっております。①"],
    ["euc-jp", "お世話になっております。"],
    ["gb2312", "您好,请帮忙"],
    ["gbk", "您好,請幫忙"],
    ["gb18030", "您好"],
    ["big5", "您好,請幫忙"],
    ["euc-kr", "안녕하세요"],
    ["utf-16le", "Grüße"],
    ["utf-16be", "Grüße"],
    ["utf-7", "Grüße"],
  ] as const;
  test.each(labelled)("%s", async (label, text) => {
    expect(await textOf(iconv.encode(text, label), label)).toBe(text);
  });

  test("ks_c_5601-1987, as Outlook calls Korean", async () => {
    expect(await textOf(iconv.encode("똠방각하", "cp949"), "ks_c_5601-1987")).toBe("똠방각하");
  });

  const shifting = [
    ["iso-2022-jp", "\u001b$B$*@$OC\u001b(B ok", "お世話 ok"],
    ["iso-2022-jp", "\u001b(I1\u001b(B", "ｱ"],
    ["iso-2022-jp", "\u001b$B-!\u001b(B", "①"],
    ["iso-2022-jp", "\u001b$B$*\nok", "お\nok"],
    ["iso-2022-kr", "\u001b$)C\u000e>H3g\u000f ok", "안녕 ok"],
    ["hz-gb-2312", "~{<:Ky2;S{~} ~~", "己所不欲 ~"],
  ] as const;
  test.each(shifting)("%s: %j", async (label, bytes, text) => {
    expect(await textOf(Buffer.from(bytes, "latin1"), label)).toBe(text);
  });
});

describe("a text whose label lies, says nothing or is missing", () => {
  const utf8 = Buffer.from("Grüße, 您好吗");
  test.each([null, "us-ascii", "x-unknown", "ansi", "iso-8859-1", "big5", '"utf-8"', "nonsense-17", "utf-16"])(
    "is UTF-8 where the bytes prove it, though the label is %s",
    async (label) => expect(await textOf(utf8, label)).toBe("Grüße, 您好吗"),
  );

  test.each([null, "us-ascii", "utf-8", "x-unknown", "nonsense-17"])(
    "is read as windows-1252 where the bytes are no UTF-8 and the label is %s",
    async (label) => expect(await textOf(Buffer.from("Gr\xfc\xdfe \x80", "latin1"), label)).toBe("Grüße €"),
  );

  test("keeps its good letters where one byte of UTF-8 is bad", async () => {
    expect(await textOf(Buffer.concat([Buffer.from("Здравствуйте"), Buffer.from([0xaa])]), "utf-8")).toBe(
      "Здравствуйте\ufffd",
    );
  });

  test("is Japanese where unlabelled ASCII carries its escapes", async () => {
    expect(await textOf(Buffer.from("\u001b$B$*@$OC\u001b(B"), null)).toBe("お世話");
  });

  test("follows a byte order mark before anything else", async () => {
    expect(await textOf(Buffer.from("\ufeffGrüße"), "iso-8859-1")).toBe("Grüße");
    expect(await textOf(iconv.encode("\ufeffGrüße", "utf-16le"), "utf-8")).toBe("Grüße");
  });

  test("is told by the HTML's own meta element where the header names no charset", async () => {
    const html = iconv.encode(
      '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Здравствуйте</p>',
      "koi8-r",
    );
    const raw = Buffer.concat([Buffer.from("From: ann@example.com\r\nContent-Type: text/html\r\n\r\n"), html]);
    expect((await parseMail(raw)).text).toBe("Здравствуйте");
  });
});

describe("a subject", () => {
  const subjects: [string, string | Buffer, string][] = [
    ["in encoded words that split a character", "=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"],
    ["in encoded words of two charsets", "=?utf-8?Q?Gr=C3=BC?= =?iso-8859-1?Q?=DFe?=", "Grüße"],
    ["with words around the encoded ones", "Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Köln", "Re: Grüße aus Köln"],
    ["with a language tag", "=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"],
    ["with blanks inside an encoded word", "=?utf-8?Q?Gr=C3=BC=C3=9Fe aus Bonn?=", "Grüße aus Bonn"],
    ["in iso-2022-jp", "=?iso-2022-jp?B?GyRCJCpAJE9DGyhC?=", "お世話"],
    ["in base64 without padding", "=?utf-8?B?R3LDvMOfZQ?=", "Grüße"],
    ["with a question mark before the end", "=?utf-8?Q?Wirklich??=", "Wirklich?"],
    ["raw in UTF-8", "Grüße", "Grüße"],
    ["raw in windows-1252", Buffer.from("Gr\xfc\xdfe", "latin1"), "Grüße"],
    ["that only looks encoded", "=?utf-8?X?abc?= =?unfinished", "=?utf-8?X?abc?= =?unfinished"],
    ["with a line end inside an encoded word", "=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"],
  ];
  test.each(subjects)("%s", async (_, value, expected) => {
    const raw = Buffer.concat([Buffer.from("Subject: "), Buffer.from(value), Buffer.from("\r\n\r\ntext")]);
    expect((await parseMail(raw)).subject).toBe(expected);
  });

  test("raw in the charset that the mail names is read by it", async () => {
    const raw = Buffer.concat([
      Buffer.from("Content-Type: text/plain; charset=koi8-r\r\nSubject: "),
      iconv.encode("Срочно\r\n\r\nтекст", "koi8-r"),
    ]);
    expect(await parseMail(raw)).toMatchObject({ subject: "Срочно", text: "текст" });
  });
});
