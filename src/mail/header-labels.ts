// What mail programs call From, To, Cc, Date, Subject and Reply-To when they quote a mail's headers into a body, by
// language (Outlook, Apple Mail, Gmail, Thunderbird, Yahoo, Lotus, webmailers). Data only; quote-headers.ts reads it.
// Add a language by adding a row.
import { fold, readTable } from "./lines.ts";

export type HeaderField = "from" | "to" | "cc" | "date" | "subject" | "reply-to";

const fields: HeaderField[] = ["from", "to", "cc", "date", "subject", "reply-to"];

const labels = `
en | from | to | cc, bcc | date, sent, sent on, sent at | subject | reply-to, reply to
de | von, absender | an, empfänger | cc, kopie, kopie (cc), bcc | datum, gesendet, gesendet am | betreff | antwort an, antwort-an
fr | de, expéditeur | à, a, pour, destinataire | cc, copie à, copie, cci | date, envoyé, envoyé le, message du | objet, sujet | répondre à
es | de, remitente | para, a, destinatario | cc, con copia, copia, cco | fecha, enviado, enviado el, enviado a las | asunto, tema | responder a
pt | de, remetente | para, destinatário | cc, c/c, cópia | data, enviado, enviada, enviado em, enviada em | assunto | responder a, responder para
it | da, mittente | a, destinatario | cc, copia, per conoscenza, ccn | data, inviato, inviato il | oggetto | rispondi a
nl | van, afzender | aan | cc, kopie | datum, verzonden, verzonden op | onderwerp | antwoord aan, beantwoorden
da | fra, afsender | til | cc, kopi, kopi til | dato, sendt | emne | svar til
nb | fra | til | kopi, kopi til | dato, sendt | emne | svar til
sv | från | till | kopia, kopia till | datum, skickat, skickades | ämne | svara till, svar till
fi | lähettäjä | vastaanottaja, saaja | kopio | päivämäärä, päiväys, lähetetty, pvm | aihe | vastaus, vastausosoite
is | frá | til | afrit | dagsetning, sent | efni | svara til
pl | od, nadawca | do, adresat | dw, kopia, do wiadomości, udw | data, wysłano, wysłane | temat | odpowiedź do, odpowiedz do
cs | od, odesílatel | komu, pro | kopie, skrytá kopie | datum, odesláno, odeslané | předmět, věc | odpovědět komu, odpověď na
sk | od, odosielateľ | komu, pre | kópia | dátum, odoslané | predmet | odpovedať komu
hu | feladó, küldő | címzett, címzettek | másolat, másolatot kap | dátum, küldve, elküldve | tárgy | válaszcím
ro | de la, expeditor | către, catre, la, pentru | cc, copie | data, dată, trimis, trimis la | subiect | răspuns către
bg | от | до, за | копие, як | дата, изпратено | относно, тема | отговор до
ru | от, от кого, отправитель | кому | копия | дата, отправлено, послано | тема | ответить кому
uk | від, від кого, відправник | кому | копія | дата, надіслано, відправлено | тема | відповісти
sr | од, šalje, шаље | за, прима, prima | копија | датум, послато, poslato | наслов, naslov | одговор на
hr | od, šalje | za, prima | kopija, kop | datum, poslano | predmet, tema | odgovori na
sl | od, pošiljatelj | za, prejemnik | kp, kopija | datum, poslano | zadeva | odgovor na
lt | nuo, siuntėjas | kam, gavėjas | kopija | data, išsiųsta | tema | atsakyti
lv | no, sūtītājs | kam, adresāts | kopija | datums, nosūtīts | temats, tēma | atbildēt
et | saatja, kellelt | kellele, adressaat, saaja | koopia | kuupäev, saadetud | teema | vastus
el | από, αποστολέας | προς, παραλήπτης | κοινοποίηση, κοιν. | ημερομηνία, στάλθηκε, εστάλη | θέμα | απάντηση σε
tr | kimden, gönderen | kime, alıcı | bilgi | tarih, gönderildi, gönderme tarihi | konu | yanıt adresi
ca | de | per a, a | a/c | data, enviat, enviat el | assumpte, tema | respon a
he | מאת | אל, עבור | עותק, העתק | תאריך, נשלח, נשלח ב | נושא | השב אל
ar | من | إلى | نسخة, نسخة إلى | التاريخ, تاريخ الإرسال, تم الإرسال | الموضوع | الرد على
fa | از | به | رونوشت | تاریخ | موضوع | پاسخ به
hi | प्रेषक, से | प्रति, को | प्रतिलिपि | दिनांक, तारीख | विषय | उत्तर
th | จาก | ถึง | สำเนา, สำเนาถึง | วันที่, ส่งเมื่อ | เรื่อง, หัวเรื่อง | ตอบกลับ
vi | từ, người gửi | đến, tới, người nhận | đồng gửi | ngày, ngày gửi, đã gửi | chủ đề, tiêu đề | trả lời
id | dari | kepada, untuk | tembusan | tanggal, dikirim | subjek, perihal | balas ke
zh | 发件人, 發件人, 寄件者, 寄件人 | 收件人, 收件者 | 抄送, 副本 | 发送时间, 发送日期, 日期, 时间, 寄件日期, 傳送日期, 發送時間 | 主题, 主題, 主旨 | 回复, 回覆
ja | 差出人, 送信者, 送信元 | 宛先, 送信先 | cc, 写し | 日時, 日付, 送信日時, 送信日 | 件名 | 返信先
ko | 보낸 사람, 보낸사람, 발신인, 발신자 | 받는 사람, 받는사람, 수신인, 수신자 | 참조 | 보낸 날짜, 보낸날짜, 보낸 시간, 날짜 | 제목 | 답장 받는 사람
`;

const labelCharsMax = 30;

const byLabel = new Map<string, HeaderField>();
for (const row of readTable(labels)) {
  fields.forEach((field, index) => {
    for (const word of row[index] ?? []) {
      // Two languages may use one word for two fields: the first row wins.
      byLabel.set(word, byLabel.get(word) ?? field);
    }
  });
}

/** "Von: Ann" as its field and value, also bold (*Von:* Ann) and with blanks before the colon; null for any other line. */
export function readLabel(line: string): { field: HeaderField; value: string } | null {
  const bare = line.replace(/^[\s*]+/, "");
  const colon = bare.slice(0, labelCharsMax + 4).search(/[:：]/);
  if (colon <= 0) {
    return null;
  }
  const field = byLabel.get(fold(bare.slice(0, colon).replaceAll("*", "").trim()));
  return field === undefined ? null : { field, value: bare.slice(colon + 1).replace(/^[\s*]+/, "") };
}
