// Mails out of files: what `ingest` and `inspect` take, in which order, and what they refuse.
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type MailInFile, type ReadOptions, readMails, readStandardInput } from "../../dist/maildir/read-files.js";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder("files");
});
afterEach(() => folder.remove());

const at = (name: string) => join(folder.path, name);
function write(name: string, content: string | Buffer): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
}

async function read(paths: string[], options: ReadOptions = {}): Promise<MailInFile[]> {
  const mails: MailInFile[] = [];
  for await (const mail of readMails(paths, options)) mails.push(mail);
  return mails;
}
const texts = (mails: MailInFile[]) => mails.map(({ raw }) => raw.toString("latin1"));
const origins = (mails: MailInFile[]) => mails.map(({ origin }) => origin.slice(folder.path.length + 1));
const mail = (subject: string) => `Subject: ${subject}\n\nHello\n`;

describe("a single file", () => {
  test("is one mail, byte for byte, received when the file was written", async () => {
    const bytes = Buffer.concat([Buffer.from("Subject: x\r\n\r\n"), Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a])]);
    const path = write("a.eml", bytes);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect(await read([path])).toEqual([{ origin: path, raw: bytes, receivedAtMs: 1_700_000_000_000 }]);
  });

  test("may be empty", async () => {
    expect(texts(await read([write("empty.eml", ""), write("empty", "")]))).toEqual(["", ""]);
  });

  test("needs no extension if it begins with a header field", async () => {
    expect(texts(await read([write("1700.M1.host:2,S", mail("x"))]))).toEqual([mail("x")]);
  });

  test("loses a From line that a delivery agent put on top", async () => {
    const path = write("a.eml", `From ann@example.com Sat Jan  3 01:05:34 1996\n${mail("x")}`);
    expect(texts(await read([path]))).toEqual([mail("x")]);
  });

  test.each([
    { name: "picture.png", content: "\x89PNG\r\n\x1a\n", says: "does not look like a mail" },
    { name: "prose.txt", content: "Dear all,\nhello\n", says: "does not look like a mail" },
    { name: "large.eml", content: mail("x".repeat(2000)), says: "larger than" },
  ])("is refused by name if it is none or too large ($name)", async ({ name, content, says }) => {
    const path = write(name, content);
    const refused = read([path], { mailBytesMax: 1000 });
    await expect(refused).rejects.toMatchObject({ kind: "data", message: expect.stringContaining(path) });
    await expect(refused).rejects.toThrow(says);
  });

  test("that is missing is named", async () => {
    await expect(read([at("nowhere.eml")])).rejects.toMatchObject({
      kind: "data",
      message: `There is no file or folder ${at("nowhere.eml")}.`,
    });
  });
});

describe("an mbox", () => {
  const fromLine = (day: number) => `From ann@example.com Sat Jan ${String(day).padStart(2)} 01:05:34 1996\n`;

  test("is as many mails as it has From lines, each with the date of its own", async () => {
    const path = write("history.mbox", `${fromLine(3)}${mail("one")}\n${fromLine(13)}${mail("two")}`);
    const mails = await read([path]);
    expect(origins(mails)).toEqual(["history.mbox#1", "history.mbox#2"]);
    expect(texts(mails)).toEqual([mail("one"), mail("two")]);
    expect(mails.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())).toEqual([
      "1996-01-03T01:05:34.000Z",
      "1996-01-13T01:05:34.000Z",
    ]);
  });

  test.each([
    {
      case: "quoted From lines lose one >",
      inside: ">From me\n>>From you\n",
      becomes: "From me\n>From you\n",
    },
    { case: "From in the middle of a paragraph stays", inside: "text\nFrom ann Sat Jan  3 01:05:34 1996\n" },
    { case: "a sentence after an empty line stays", inside: "text\n\nFrom now on we close at noon.\n" },
    { case: "other quotations stay", inside: "> From me\n>Fromage\n" },
    { case: "empty lines inside stay", inside: "one\n\n\ntwo\n\n" },
    { case: "a long line stays whole", inside: `${"x".repeat(3_000_000)}\nFrom the end\n` },
  ])("keeps what is inside a mail: $case", async ({ inside, becomes = inside }) => {
    const path = write("a.mbox", `${fromLine(3)}Subject: x\n\n${inside}\n${fromLine(4)}${mail("next")}`);
    expect(texts(await read([path]))).toEqual([`Subject: x\n\n${becomes}`, mail("next")]);
  });

  test("is read with either line end", async () => {
    const path = write(
      "dos.mbox",
      `${fromLine(3)}${mail("one")}\n${fromLine(4)}${mail("two")}`.replaceAll("\n", "\r\n"),
    );
    expect(texts(await read([path]))).toEqual([mail("one"), mail("two")].map((text) => text.replaceAll("\n", "\r\n")));
  });

  test("gives the file's date where a From line has none that can be read", async () => {
    const path = write("odd.mbox", `From ann@example.com at 12:30 in the year 1996\n${mail("x")}`);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect((await read([path]))[0]?.receivedAtMs).toBe(1_700_000_000_000);
  });

  test("goes on behind a mail that is too large, and tells of it", async () => {
    const path = write("a.mbox", `${fromLine(3)}${mail("x".repeat(5000))}\n${fromLine(4)}${mail("two")}`);
    const skipped: string[] = [];
    const mails = await read([path], { mailBytesMax: 1000, skipped: (origin) => skipped.push(origin) });
    expect(texts(mails)).toEqual([mail("two")]);
    expect(skipped).toEqual([`${path}#1`]);
  });

  test("of many mails is read one by one", async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `${fromLine(3)}${mail(`number ${index}`)}\n`).join("");
    const mails = await read([write("many.mbox", many)]);
    expect(mails.length).toBe(3000);
    expect(texts(mails).at(-1)).toBe(mail("number 2999"));
  });
});

describe("a folder", () => {
  test("gives its mails by name, those of folders inside too, and nothing else", async () => {
    write("b/second.eml", mail("2"));
    write("a/first.eml", mail("1"));
    write("a/first.json", '{"status": "filed"}');
    write("a/README.md", "Note: not a mail\n");
    write("c/17", mail("3"));
    write(".git/18", mail("hidden"));
    write("c/.hidden.eml", mail("hidden"));
    write("c/inbox", `From ann@example.com Sat Jan  3 01:05:34 1996\n${mail("4")}`);
    const mails = await read([folder.path]);
    expect(origins(mails)).toEqual(["a/first.eml", "b/second.eml", "c/17", "c/inbox#1"].sort());
  });

  test("that is a Maildir gives its mails by the time of delivery, wherever they lie, and its sub-folders", async () => {
    write("cur/1700000002.M1.host:2,S", mail("two"));
    write("new/1700000001.M1.host", mail("one"));
    write("new/1700000003.M1.host", "no header at all");
    write("tmp/1700000000.M1.host", mail("half"));
    write(".maildesk-uids", "x");
    write("dovecot-uidlist", "3 V1 N1\n");
    write(".Old/cur/1600000000.M1.host:2,", mail("old"));
    mkdirSync(at(".Old/new"));
    mkdirSync(at(".empty"));
    expect(texts(await read([folder.path]))).toEqual([mail("one"), mail("two"), "no header at all", mail("old")]);
  });

  test("tells of what it could not read and goes on", async () => {
    write("b.eml", mail("b"));
    symlinkSync("a.eml", at("a.eml"));
    symlinkSync("..", at("loop"));
    const skipped: string[] = [];
    const mails = await read([folder.path], { skipped: (origin, why) => skipped.push(`${origin}: ${why}`) });
    expect(texts(mails)).toEqual([mail("b")]);
    expect(skipped).toEqual([
      `${at("a.eml")}: it cannot be read (ELOOP)`,
      `${at("loop")}: it cannot be read (no file)`,
    ]);
  });
});

describe("standard input", () => {
  test("is one mail, without the From line of the MTA", async () => {
    const input = Readable.from([
      Buffer.from("From ann@example.com Sat Jan  3 01:05:34 1996\nSub"),
      Buffer.from("ject: x\n\n"),
    ]);
    expect((await readStandardInput(input, 1000)).toString()).toBe("Subject: x\n\n");
  });

  test("may be empty, and may not be larger than allowed", async () => {
    expect((await readStandardInput(Readable.from([]), 10)).length).toBe(0);
    await expect(readStandardInput(Readable.from([Buffer.alloc(11)]), 10)).rejects.toMatchObject({
      kind: "data",
    });
  });
});
