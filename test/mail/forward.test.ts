// Who wrote the mail that a person forwarded; an answer that merely quotes one is no forward.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMail } from "../../dist/mail/parse.js";

async function forwarded(subject: string, text: string, more: string[] = []) {
  const head = ["From: Agent <agent@desk.example>", "To: support@desk.example", `Subject: ${subject}`, ...more];
  const raw = [...head, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text].join("\n");
  return (await parseMail(Buffer.from(raw))).forwarded;
}

const bob = { name: "Bob Customer", address: "bob@customer.example" };
const body = "Hello,\n\nthe printer is broken.\n\nBob";
const expected = { from: bob, subject: "Printer", text: body };
const quoted = (text: string) =>
  text
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");

describe("a mail forwarded in the body gives the original sender, subject and text", () => {
  const forms: [string, string][] = [
    [
      "Gmail",
      "---------- Forwarded message ---------\nFrom: Bob Customer <bob@customer.example>\nDate: Mon, Mar 2, 2026 at 10:15 AM\nSubject: Printer\nTo: <info@desk.example>\n\n\n",
    ],
    [
      "Gmail, German words",
      "---------- Forwarded message ---------\nVon: Bob Customer <bob@customer.example>\nDate: Mo., 2. März 2026 um 10:15 Uhr\nSubject: Printer\nTo: <info@desk.example>\n\n",
    ],
    [
      "Thunderbird",
      "-------- Forwarded Message --------\nSubject: \tPrinter\nDate: \tMon, 2 Mar 2026 10:15:00 +0100\nFrom: \tBob Customer <bob@customer.example>\nTo: \tinfo@desk.example\n\n\n\n",
    ],
    [
      "Thunderbird, German",
      "-------- Weitergeleitete Nachricht --------\nBetreff: \tPrinter\nDatum: \tMon, 2 Mar 2026 10:15:00 +0100\nVon: \tBob Customer <bob@customer.example>\nAn: \tinfo@desk.example\n\n",
    ],
    [
      "Outlook",
      "________________________________\nFrom: Bob Customer <bob@customer.example>\nSent: Monday, March 2, 2026 10:15 AM\nTo: Info\nSubject: Printer\n\n",
    ],
    [
      "Outlook, old",
      "-----Original Message-----\nFrom: Bob Customer [mailto:bob@customer.example]\nSent: Monday, March 2, 2026 10:15 AM\nTo: Info\nSubject: Printer\n\n",
    ],
    [
      "Outlook, French",
      "De : Bob Customer <bob@customer.example>\nEnvoyé : lundi 2 mars 2026 10:15\nÀ : Info\nObjet : Printer\n\n",
    ],
    [
      "Outlook, Polish",
      "Od: Bob Customer <bob@customer.example>\nWysłano: poniedziałek, 2 marca 2026 10:15\nDo: Info\nTemat: Printer\n\n",
    ],
    [
      "Yahoo",
      "----- Forwarded Message -----\nFrom: Bob Customer <bob@customer.example>\nTo: Info <info@desk.example>\nSent: Monday, March 2, 2026, 10:15:00 AM\nSubject: Printer\n\n",
    ],
    [
      "Lotus Notes",
      "----- Forwarded by Agent/Desk on 02.03.2026 10:20 -----\n\nFrom:    Bob Customer <bob@customer.example>\nTo:      info@desk.example\nDate:    02.03.2026 10:15\nSubject: Printer\n\n",
    ],
    [
      "HubSpot, Japanese",
      "---------- メッセージを転送 ---------\n送信元：Bob Customer <bob@customer.example>\n日付：2026年3月2日\n件名：Printer\n送信先：info@desk.example\n\n",
    ],
  ];
  it.each(forms)("%s, with words above and without", async (_, header) => {
    expect(await forwarded("Fwd: Printer", `${header}${body}`)).toEqual(expected);
    expect(await forwarded("WG: Printer", `Can you look at this?\n\n${header}${body}`)).toEqual(expected);
  });

  it.each([
    ["English", "Begin forwarded message:", "From:", "Subject:", "Date:", "To:"],
    ["German", "Anfang der weitergeleiteten Nachricht:", "Von:", "Betreff:", "Datum:", "An:"],
    ["French", "Début du message réexpédié :", "De:", "Objet:", "Date:", "À:"],
    ["Spanish", "Inicio del mensaje reenviado:", "De:", "Asunto:", "Fecha:", "Para:"],
    ["Italian", "Inizio messaggio inoltrato:", "Da:", "Oggetto:", "Data:", "A:"],
    ["Dutch", "Begin doorgestuurd bericht:", "Van:", "Onderwerp:", "Datum:", "Aan:"],
    ["Russian", "Начало переадресованного сообщения:", "От:", "Тема:", "Дата:", "Кому:"],
    ["Turkish", "İleti başlangıcı:", "Kimden:", "Konu:", "Tarih:", "Kime:"],
  ])("Apple Mail, %s, quoted", async (_, start, from, subject, date, to) => {
    const head = `${from} Bob Customer <bob@customer.example>\n${subject} Printer\n${date} 2. 3. 2026, 10:15\n${to} info@desk.example\n\n`;
    expect(await forwarded("Fwd: Printer", quoted(`${start}\n\n${head}${body}`))).toEqual(expected);
    expect(await forwarded("Fwd: Printer", `FYI\n\n${quoted(`${start}\n\n${head}${body}`)}`)).toEqual(expected);
  });

  it("Yandex, whose form has an attribution line instead of headers", async () => {
    const text = `-------- Пересылаемое сообщение --------\n02.03.2026, 10:15, "Bob Customer" <bob@customer.example>:\n\n${body}`;
    expect(await forwarded("Fwd: Printer", text)).toEqual(expected);
  });

  it("takes the first of several forwarded mails, and a subject that the headers leave out from the mail's own", async () => {
    const first =
      "---------- Forwarded message ---------\nFrom: Bob Customer <bob@customer.example>\nDate: Mon, Mar 2, 2026\n\n";
    const second = "---------- Forwarded message ---------\nFrom: Cid <cid@other.example>\nSubject: Older\n\nolder";
    const found = await forwarded("[EXT] Fwd: Re: Printer", `${first}${body}\n\n${second}`);
    expect(found).toMatchObject({ from: bob, subject: "Printer" });
    expect(found?.text).toContain("older");
  });
});

describe("a mail forwarded as an attachment", () => {
  it("gives the same, with encoded subject and body", async () => {
    const raw = readFileSync(new URL("../../fixtures/mail/forward-as-attachment-encoded.eml", import.meta.url));
    expect((await parseMail(raw)).forwarded).toEqual({
      from: { name: "Jörg Kunde", address: "joerg@kunde.example" },
      subject: "Drucker lässt grüßen",
      text: "Guten Tag,\n\nder Drucker läuft über.",
    });
  });

  it("is no forward in an answer that brings a mail along", async () => {
    const raw = readFileSync(new URL("../../fixtures/mail/forward-not-answer-with-attached-mail.eml", import.meta.url));
    expect((await parseMail(raw)).forwarded).toBeNull();
  });
});

describe("an ordinary mail is no forward", () => {
  const gmail =
    "---------- Forwarded message ---------\nFrom: Bob Customer <bob@customer.example>\nSubject: Printer\n\nHello";
  it.each([
    ["a fresh mail", "Printer", "It is broken."],
    [
      "an answer of Outlook",
      "RE: Printer",
      "Thanks.\n\nFrom: Bob Customer <bob@customer.example>\nSent: Monday\nTo: Info\nSubject: Printer\n\nHello",
    ],
    [
      "an answer that quotes a forwarded mail",
      "Re: Fwd: Printer",
      `Thanks.\n\nOn Mon, 2 Mar 2026 at 10:15, Agent <agent@desk.example> wrote:\n${quoted(gmail)}`,
    ],
    [
      "an answer whose quotation holds a forward without marks",
      "Re: Fwd: Printer",
      `Thanks.\n\nFrom: Agent <agent@desk.example>\nSent: Monday\nSubject: Fwd: Printer\n\n${gmail}`,
    ],
    ["an answer under a quotation", "Re: Printer", `> Hello\n\nThanks\n\n${gmail}`],
    [
      "headers without an address",
      "Fwd: Printer",
      "From: Bob Customer\nSent: Monday, March 2, 2026 10:15 AM\nTo: Info\nSubject: Printer\n\nHello",
    ],
    ["a mail about forwarding", "Forwarded message", "How do I begin a forwarded message: with Fwd?"],
    ["an empty one", "Fwd:", ""],
  ])("%s", async (_, subject, text) => {
    expect(await forwarded(subject, text)).toBeNull();
  });
});
