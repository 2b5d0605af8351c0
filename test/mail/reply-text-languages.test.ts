// How mail programs introduce a quotation and sign, in the languages of the word tables: each row is cut to the answer.
import { describe, expect, it } from "vitest";
import { newText } from "../../dist/mail/reply-text.js";

const old = "the old mail";

describe("an attribution line is cut with what it introduces", () => {
  const attributions: [string, string][] = [
    ["English, Gmail", "On Mon, Mar 2, 2026 at 10:15 AM Desk <support@desk.example> wrote:"],
    ["English, Apple", "On 2 Mar 2026, at 10:15, Desk <support@desk.example> wrote:"],
    ["English, wrapped", "On Mon, Mar 2, 2026 at 10:15 AM A Very Long Desk Name <\nsupport@desk.example> wrote:"],
    ["English, wrapped twice", "On Mar 2, 2026,\nat 10:15,\nDesk <support@desk.example> wrote:"],
    ["English, Zoho", "---- On Mon, 02 Mar 2026 10:15:00 +0100 Desk <support@desk.example> wrote ----"],
    ["English, without date", "Desk <support@desk.example> wrote:"],
    ["no language, old Gmail", "2026-03-02 10:15 GMT+01:00 Desk <support@desk.example>:"],
    ["German", "Am 02.03.26 um 10:15 schrieb Desk:"],
    ["German, Gmail", "Desk <support@desk.example> schrieb am Mo., 2. März 2026, 10:15:"],
    ["French", "Le lun. 2 mars 2026 à 10:15, Desk <support@desk.example> a écrit :"],
    ["Spanish", "El lun, 2 mar 2026 a las 10:15, Desk (<support@desk.example>) escribió:"],
    ["Portuguese", "Em seg., 2 de mar. de 2026 às 10:15, Desk <support@desk.example> escreveu:"],
    ["Italian", "Il giorno lun 2 mar 2026 alle ore 10:15 Desk <support@desk.example> ha scritto:"],
    ["Dutch", "Op ma 2 mrt 2026 om 10:15 schreef Desk <support@desk.example>:"],
    ["Dutch, Apple", "Op 2 mrt. 2026 om 10:15 heeft Desk <support@desk.example> het volgende geschreven:"],
    ["Danish", "Den man. 2. mar. 2026 kl. 10.15 skrev Desk <support@desk.example>:"],
    ["Norwegian", "man. 2. mars 2026 kl. 10:15 skrev Desk <support@desk.example>:"],
    ["Swedish", "Den mån 2 mars 2026 kl 10:15 skrev Desk <support@desk.example>:"],
    ["Finnish", "ma 2. maalisk. 2026 klo 10.15 Desk (support@desk.example) kirjoitti:"],
    ["Polish", "W dniu 2.03.2026 o 10:15, Desk pisze:"],
    ["Polish, Gmail", "pon., 2 mar 2026 o 10:15 Desk <support@desk.example> napisał(a):"],
    ["Czech", "po 2. 3. 2026 v 10:15 odesílatel Desk <support@desk.example> napsal:"],
    ["Slovak", "po 2. 3. 2026 o 10:15 Desk <support@desk.example> napísal(a):"],
    ["Hungarian", "Desk <support@desk.example> ezt írta (időpont: 2026. márc. 2., H, 10:15):"],
    ["Romanian", "În lun., 2 mar. 2026 la 10:15, Desk <support@desk.example> a scris:"],
    ["Bulgarian", "На пн, 2.03.2026 г. в 10:15 Desk <support@desk.example> написа:"],
    ["Russian", "пн, 2 мар. 2026 г. в 10:15, Desk <support@desk.example>:"],
    ["Russian, Mail.ru", "Понедельник, 2 марта 2026, 10:15 +03:00 от Desk <support@desk.example>:"],
    ["Ukrainian", "пн, 2 бер. 2026 р. о 10:15 Desk <support@desk.example> пише:"],
    ["Croatian", "pon, 2. ožu 2026. u 10:15 Desk <support@desk.example> napisao je:"],
    ["Slovenian", "V pon., 2. mar. 2026 ob 10:15 je oseba Desk <support@desk.example> napisala:"],
    ["Greek", "Στις Δευ 2 Μαρ 2026 στις 10:15, Desk <support@desk.example> έγραψε:"],
    ["Turkish", "Desk <support@desk.example>, 2 Mar 2026 Pzt, 10:15 tarihinde şunu yazdı:"],
    ["Hebrew", "‫בתאריך יום ב׳, 2 במרץ 2026 ב-10:15 מאת ‪Desk‬‏ <‪support@desk.example‬‏>:‬"],
    ["Vietnamese", "Vào Th 2, 2 thg 3, 2026 lúc 10:15 Desk <support@desk.example> đã viết:"],
    ["Indonesian", "Pada Sen, 2 Mar 2026 pukul 10.15 Desk <support@desk.example> menulis:"],
    ["Chinese", "在 2026年3月2日，上午10:15，Desk <support@desk.example> 写道："],
    ["Chinese, Gmail", "Desk <support@desk.example> 于2026年3月2日周一 10:15写道："],
    ["Japanese", "2026年3月2日(月) 10:15 Desk <support@desk.example>:"],
    ["Korean", "2026년 3월 2일 (월) 오전 10:15, Desk <support@desk.example>님이 작성:"],
  ];
  it.each(attributions)("%s", (_, line) => {
    expect(newText(`Yes, please.\n\n${line}\n\n> ${old}\n> and more\n`)).toBe("Yes, please.");
    expect(newText(`Yes, please.\r\n\r\n${line.replaceAll("\n", "\r\n")}\r\n\r\n${old}\r\n`)).toBe("Yes, please.");
  });
});

describe("a block of quoted headers is cut with what stands below it", () => {
  it.each([
    ["English", "From: Desk <support@desk.example>\nSent: Monday, March 2, 2026 10:15 AM\nTo: Ann\nSubject: Order 5"],
    ["English, bold", "*From:* Desk <support@desk.example>\n*Sent:* Monday\n*To:* Ann\n*Subject:* Order 5"],
    ["English, inside a company", "From: Desk\nSent: Monday, March 2, 2026 10:15 AM\nTo: Ann\nSubject: Order 5"],
    [
      "English, wrapped",
      "From: A Very Long Desk Name\n<support@desk.example>\nSent: 2 March 2026\nTo: Ann\nSubject: Order 5",
    ],
    ["German", "Von: Desk <support@desk.example>\nGesendet: Montag, 2. März 2026 10:15\nAn: Ann\nBetreff: Auftrag 5"],
    ["French", "De : Desk <support@desk.example>\nEnvoyé : lundi 2 mars 2026 10:15\nÀ : Ann\nObjet : Commande 5"],
    ["Spanish", "De: Desk <support@desk.example>\nEnviado el: lunes, 2 de marzo\nPara: Ann\nAsunto: Pedido 5"],
    ["Italian", "Da: Desk <support@desk.example>\nInviato: lunedì 2 marzo\nA: Ann\nOggetto: Ordine 5"],
    ["Dutch", "Van: Desk <support@desk.example>\nVerzonden: maandag 2 maart\nAan: Ann\nOnderwerp: Bestelling 5"],
    ["Danish", "Fra: Desk <support@desk.example>\nSendt: 2. marts 2026\nTil: Ann\nEmne: Ordre 5"],
    ["Swedish", "Från: Desk <support@desk.example>\nSkickat: den 2 mars\nTill: Ann\nÄmne: Order 5"],
    [
      "Finnish",
      "Lähettäjä: Desk <support@desk.example>\nLähetetty: 2. maaliskuuta\nVastaanottaja: Ann\nAihe: Tilaus 5",
    ],
    ["Polish", "Od: Desk <support@desk.example>\nWysłano: 2 marca\nDo: Ann\nTemat: Zamówienie 5"],
    ["Czech", "Od: Desk <support@desk.example>\nOdesláno: 2. března\nKomu: Ann\nPředmět: Objednávka 5"],
    ["Russian", "От: Desk <support@desk.example>\nОтправлено: 2 марта\nКому: Ann\nТема: Заказ 5"],
    ["Turkish", "Kimden: Desk <support@desk.example>\nGönderildi: 2 Mart\nKime: Ann\nKonu: Sipariş 5"],
    ["Greek", "Από: Desk <support@desk.example>\nΣτάλθηκε: 2 Μαρτίου\nΠρος: Ann\nΘέμα: Παραγγελία 5"],
    ["Chinese", "发件人: Desk <support@desk.example>\n发送时间: 2026年3月2日\n收件人: Ann\n主题: 订单 5"],
    ["Japanese", "差出人: Desk <support@desk.example>\n送信日時: 2026年3月2日\n宛先: Ann\n件名: 注文 5"],
    ["Korean", "보낸 사람: Desk <support@desk.example>\n보낸 날짜: 2026년 3월 2일\n받는 사람: Ann\n제목: 주문 5"],
  ])("%s", (_, block) => {
    expect(newText(`Yes, please.\n\n________________________________\n${block}\n\n${old}\n`)).toBe("Yes, please.");
  });

  it.each([
    ["-----Original Message-----"],
    ["-----Ursprüngliche Nachricht-----"],
    ["----- Mensaje original -----"],
    ["-------- Message d'origine --------"],
    ["-----Oprindelig meddelelse-----"],
    ["-----邮件原件-----"],
    ["*-------- Original Message --------*"],
  ])("below %s", (line) => {
    expect(newText(`Yes, please.\n\n${line}\n${old}\n`)).toBe("Yes, please.");
  });
});

describe("a signature is cut", () => {
  it.each([
    ["-- \nAnn Example\nAcme"],
    ["--\nAnn Example"],
    ["—\nAnn Example"],
    ["_______________________\nusers mailing list\nusers@lists.example"],
    ["Sent from my iPhone"],
    ["Sent from my Phone 7, please excuse typos"],
    ["Get Outlook for Android<https://outlook.example/app>"],
    ["Von meinem iPhone gesendet"],
    ["Gesendet von Outlook für iOS"],
    ["Envoyé de mon iPhone"],
    ["Enviado desde mi iPhone"],
    ["Enviado do meu iPhone"],
    ["Inviato da iPhone"],
    ["Verstuurd vanaf mijn iPhone"],
    ["Sendt fra min iPhone"],
    ["Skickat från min iPhone"],
    ["Lähetetty iPhonesta"],
    ["Wysłano z iPhone'a"],
    ["Odesláno z iPhonu"],
    ["Отправлено с iPhone"],
    ["Надіслано з iPhone"],
    ["iPhone'umdan gönderildi"],
    ["从我的 iPhone 发送"],
    ["iPhoneから送信"],
    ["나의 iPhone에서 보냄"],
  ])("%s", (signature) => {
    expect(newText(`Yes, please.\n\n${signature}\n`)).toBe("Yes, please.");
    expect(
      newText(`Yes, please.\n\n${signature}\n\nOn 2 Mar 2026, at 10:15, Desk <support@desk.example> wrote:\n> ${old}`),
    ).toBe("Yes, please.");
  });
});
