// Machines are known by headers and never by their words; a person's mail is never called automatic, whatever it is about.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMail } from "../../dist/mail/parse.js";

async function evidence(headers: string[], body = "Good morning, this is about order 5."): Promise<string[]> {
  const plain = ["From: Ann Example <ann@customer.example>", "To: support@desk.example", "Subject: Order 5"];
  const names = headers.map((header) => header.slice(0, header.indexOf(":") + 1).toLowerCase());
  const kept = plain.filter((line) => !names.includes(line.slice(0, line.indexOf(":") + 1).toLowerCase()));
  const raw = [...headers, ...kept, "Content-Type: text/plain; charset=utf-8", "", body].join("\r\n");
  return (await parseMail(Buffer.from(raw))).automatic;
}

const fixture = (name: string) => parseMail(readFileSync(new URL(`../../fixtures/mail/${name}`, import.meta.url)));

describe("a machine's mail names its evidence", () => {
  it.each([
    ["Auto-Submitted: auto-replied"],
    ["Auto-Submitted: auto-generated (rejected)"],
    ['Auto-Submitted: auto-notified; owner-email="x@customer.example"'],
    ["Precedence: bulk"],
    ["Precedence: list"],
    ["Precedence: auto_reply"],
    ["List-Id: Weekly news <news.shop.example>"],
    ["List-Unsubscribe: <mailto:leave@shop.example>"],
    ["Mailing-List: contact owner@shop.example; run by ezmlm"],
    ["X-Autoreply: yes"],
    ["X-Autorespond: I am away"],
    ["X-Vacation: yes"],
    ["X-Failed-Recipients: bob@customer.example"],
    ["Return-Path: <>"],
    ["From: no-reply@shop.example"],
    ["From: Shop <noreply+order5@shop.example>"],
    ["From: Boutique <ne-pas-repondre@boutique.example>"],
    ["From: MAILER-DAEMON@mx.customer.example"],
  ])("%s", async (header) => {
    const [name] = header.split(":");
    const found = await evidence([header]);
    expect(found).toHaveLength(1);
    expect(found[0]?.toLowerCase()).toContain(name?.toLowerCase());
  });

  it.each([
    ["Automatic reply: Order 5"],
    ["Automatische Antwort: Bestellung 5"],
    ["Réponse automatique : Commande 5"],
    ["Respuesta automática: Pedido 5"],
    ["Automatisch antwoord: Bestelling 5"],
    ["Autosvar: Ordre 5"],
    ["Odpowiedź automatyczna: Zamówienie 5"],
    ["Автоматический ответ: Заказ 5"],
    ["自动回复: 订单 5"],
    ["自動応答: 注文 5"],
    ["자동 회신: 주문 5"],
  ])("the subject %s", async (subject) => {
    expect(await evidence([`Subject: ${subject}`])).toEqual([`Subject: ${subject}`]);
  });

  it("takes an out-of-office subject only in a mail that answers another", async () => {
    const subject = "Subject: Abwesenheitsnotiz: Bestellung 5";
    expect(await evidence([subject])).toEqual([]);
    expect(await evidence([subject, "In-Reply-To: <1@desk.example>"])).toEqual([subject]);
  });

  it("cuts what a header says to one short clause", async () => {
    const [clause] = await evidence([`List-Id: ${"news ".repeat(500)}`]);
    expect(clause?.length).toBeLessThanOrEqual(120);
  });

  it("calls a read receipt automatic and not a bounce", async () => {
    const mail = await fixture("automatic-read-receipt.eml");
    expect(mail.automatic).toContain("Content-Type: multipart/report; report-type=disposition-notification");
    expect(mail.bounce).toBeNull();
  });

  it("reads a German out-of-office answer of Exchange", async () => {
    const mail = await fixture("automatic-out-of-office-exchange-german.eml");
    expect(mail.automatic).toEqual([
      "Auto-Submitted: auto-generated",
      "Return-Path: <>",
      "Subject: Automatische Antwort: [#12] Drucker im zweiten Stock",
    ]);
    expect(mail.bounce).toBeNull();
  });
});

describe("a person's mail is never called automatic", () => {
  it.each([
    ["Auto-Submitted: no"],
    ["Auto-Submitted: auto-forwarded"],
    ["X-Auto-Response-Suppress: DR, OOF, AutoReply"],
    ["X-Auto-Response-Suppress: All"],
    ["Precedence: normal"],
    ["X-Autoreply: no"],
    ["X-Loop: ann@customer.example"],
    ["Feedback-ID: 1.eu-west-1:relay"],
    ["X-MS-Exchange-Inbox-Rules-Loop: ann@customer.example"],
    ["Return-Path: <ann@customer.example>"],
    ["From: Postmaster of Acme <postmaster@customer.example>"],
    ["From: Noreen Reply <noreen.reply@customer.example>"],
    ["From: Info <info@customer.example>"],
    ["Subject: Re: Automatic reply: Order 5"],
    ["Subject: AW: Automatische Antwort: Bestellung 5"],
    ["Subject: Out of office"],
    ["Subject: How do I switch off the automatic reply?"],
    ["Subject: Automatic reply"],
    ["Subject: Undelivered mail to my colleague"],
  ])("%s", async (header) => {
    expect(await evidence([header])).toEqual([]);
  });

  it("though a mailbox rule forwarded it and Outlook asked for no answers", async () => {
    const mail = await fixture("automatic-not-person-with-exchange-headers.eml");
    expect(mail.automatic).toEqual([]);
  });

  it("when a contact form sent it from a no-reply address with the person in Reply-To", async () => {
    expect(await evidence(["From: no-reply@forms.example", "Reply-To: Ann <ann@customer.example>"])).toEqual([]);
    expect(await evidence(["From: no-reply@forms.example", "Reply-To: noreply@forms.example"])).toHaveLength(1);
  });

  it("when it answers a calendar invitation", async () => {
    expect(
      await evidence(["Content-Class: urn:content-classes:calendarmessage", "X-Microsoft-CDO-Busystatus: BUSY"]),
    ).toEqual([]);
  });
});
