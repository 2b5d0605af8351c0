// What a mail quotes of the conversation, in the language of whom it goes to, read as a mail program reads it: only what that
// person could read, and never somebody's address (SHA-3, SHA-11).
import { simpleParser } from "mailparser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "../cli/desk-folder.ts";

const [ann, carl, eve] = ["ann@acme.example", "carl@other.example", "eve@late.example"];

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await doneIn(desk, "agent", "add", "ina@desk.example", "--name", "Ina");
  await doneIn(desk, "customer", "add", ann, "--name", "Ann");
  await doneIn(desk, "customer", "set", ann, "language=de-AT", "timeZone=Europe/Vienna");
  await desk.run(["ingest", "-"], {
    input: mailOf({ from: `Ann <${ann}>`, text: "It burns.\r\n\r\nTruly.", headers: [`Cc: Carl <${carl}>`] }),
  });
  await doneIn(desk, "ticket", "follower", "add", "1", carl);
  await doneIn(desk, "ticket", "note", "1", "--text", "Secretly amused.", "--as", "ina@desk.example");
  await reply("Pull the plug.");
});
afterAll(() => desk.remove());

async function reply(text: string): Promise<void> {
  await doneIn(desk, "ticket", "reply", "1", "--text", text, "--as", "ina@desk.example");
  await doneIn(desk, "deliver");
}

/** The last mail to somebody, as a mail program reads it. */
async function lastTo(address: string) {
  const rows = await desk.json<{ id: string; to: string }[]>("outbox", "list");
  const row = rows.find(({ to }) => to === address);
  const { stdout } = await desk.run(["outbox", "show", row?.id ?? "none", "--raw"]);
  const mail = await simpleParser(stdout);
  return { ...mail, text: mail.text ?? "", html: mail.html === false ? "" : mail.html, raw: stdout };
}

it("quotes the message that is answered, in the reader's language and zone", async () => {
  const { text, html, subject } = await lastTo(ann);
  expect(subject).toBe("Re: [#1] The printer is on fire");
  expect(text).toMatch(/^## Bitte oberhalb dieser Zeile antworten ##\n\nPull the plug\.\n\n-- \nIna\nSupport\n\nAm /);
  expect(text).toMatch(/\nAm \d+\. \S+ \d{4}, \d\d:\d\d \S+ schrieb Ann:\n> It burns\.\n>\n> Truly\.\s*$/);
  expect(html).toMatch(/schrieb Ann:<\/p>\n<blockquote[^>]*>\n<p>It burns\.<\/p>\n<p>Truly\.<\/p>\n<\/blockquote>/);
});

it("quotes it to who had it by Cc, and shows nobody's address", async () => {
  const { text, raw } = await lastTo(carl);
  expect(text).toMatch(
    /^## Please write above this line ##\n\nPull the plug\.[\s\S]*\nOn .*, Ann wrote:\n> It burns\./,
  );
  expect(raw).not.toContain(ann);
  expect(text).not.toContain("amused");
});

it("quotes nothing of what was said before to who was added later, until there is something since", async () => {
  await doneIn(desk, "settings", "set", "mail.history=all");
  await doneIn(desk, "ticket", "follower", "add", "1", eve);
  await reply("And wait.");
  expect((await lastTo(eve)).text).toBe("## Please write above this line ##\n\nAnd wait.\n\n-- \nIna\nSupport\n");
  const toAnn = (await lastTo(ann)).text;
  expect(toAnn.match(/schrieb .*:$/gm)).toHaveLength(2);
  expect(toAnn.indexOf("> Pull the plug.")).toBeLessThan(toAnn.indexOf("> It burns."));
  await reply("Now call us.");
  expect((await lastTo(eve)).text).toContain("Ina wrote:\n> And wait.");
  expect((await lastTo(eve)).text).not.toMatch(/plug|burns/);
});

it("is one thread: the subject stays, and each mail names those before it", async () => {
  const { subject, inReplyTo, references } = await lastTo(ann);
  expect(subject).toBe("Re: [#1] The printer is on fire");
  expect(references).toContain(inReplyTo);
  expect(references).toContain("<1@acme.example>");
});

it("is cut off the answer again, whatever the mail program leaves of it", async () => {
  const { text, messageId } = await lastTo(ann);
  const headers = [`In-Reply-To: ${messageId}`];
  await desk.run(["ingest", "-"], {
    input: mailOf({
      from: `Ann <${ann}>`,
      id: "2@acme.example",
      text: `Danke!\n\n${text}`.replaceAll("\n", "\r\n"),
      headers,
    }),
  });
  const shown = await desk.json<{ messages: { newText: string }[] }>("ticket", "show", "1");
  expect(shown.messages.at(-1)?.newText).toBe("Danke!");
});

it("is none where the desk wants none", async () => {
  await doneIn(desk, "settings", "set", "mail.history=none");
  await reply("Bye.");
  expect((await lastTo(ann)).text).not.toContain("schrieb");
});

it("tells a template that can't be filled in, and sends the built-in words", async () => {
  const endless = `{% assign a = "xxxxxxxxxx" %}${"{% assign a = a | append: a %}".repeat(40)}{{a}}{{message.text}}`;
  await doneIn(desk, "template", "set", "reply", "--text", endless, "--language", "de");
  await doneIn(desk, "ticket", "reply", "1", "--text", "Still here.", "--as", "ina@desk.example");
  await doneIn(desk, "deliver");
  expect((await lastTo(ann)).text).toContain("Still here.");
});

it("goes with whoever wrote it when they are erased, in mails to others as well", async () => {
  await doneIn(desk, "settings", "set", "mail.history=last");
  await desk.run(["ingest", "-"], {
    input: mailOf({ from: `Ann <${ann}>`, id: "3@acme.example", text: "Zebras.", subject: "Re: [#1]" }),
  });
  await doneIn(desk, "deliver");
  await reply("Which?");
  expect((await lastTo(eve)).text).toContain("Ann wrote:\n> Zebras.");
  await doneIn(desk, "customer", "erase", ann);
  const rows = (await desk.run(["dump"])).stdout.split("\n").filter((line) => line.startsWith('{"table"'));
  const bytes = rows.map((line) => {
    const { row } = JSON.parse(line) as { row: { raw?: unknown } };
    return typeof row.raw === "string" ? Buffer.from(row.raw, "base64").toString("latin1") : "";
  });
  expect([...rows, ...bytes].filter((text) => /Zebras|burns/.test(text))).toEqual([]);
});
