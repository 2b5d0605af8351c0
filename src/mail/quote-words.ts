// The words by which mail programs introduce what they quote or forward, by language: how an attribution line begins
// and which verb it holds ("On .. wrote:"), what stands between dashes above an original or a forwarded mail, and
// which subject prefixes answer and forward. Data only. Add a language by adding a row.
import { column, readTable } from "./lines.ts";

// language | attribution begins with | attribution holds | original message | forwarded message
const quotes = `
en | on, at, in | wrote, writes, sent, has written | original message, original appointment, reply message, original email, original mail | forwarded message, begin forwarded message, forwarded mail, forwarded by, forwarded email, start of forwarded message
de | am, an, um | schrieb, schrieben, hat geschrieben, geschrieben | ursprüngliche nachricht, originalnachricht, originaltermin, original-nachricht, ursprüngliche e-mail | weitergeleitete nachricht, anfang der weitergeleiteten nachricht, weitergeleitete e-mail, weitergeleitet von, anfang der weitergeleiteten e-mail
fr | le, en date du | a écrit, a ecrit, écrivait, à écrit | message d'origine, message original, courriel original, message initial, e-mail d'origine | message transféré, début du message transféré, début du message réexpédié, message transmis, mail transféré, courriel transféré, transféré par
es | el, en fecha | escribió, ha escrito | mensaje original, correo original | mensaje reenviado, inicio del mensaje reenviado, forwarded message, reenviado por
pt | em, a, no dia, na data, à(s) | escreveu | mensagem original, mensagem de origem | mensagem encaminhada, mensagem reencaminhada, início da mensagem encaminhada, início da mensagem reencaminhada
it | il, in data, il giorno, alle | ha scritto, scrive | messaggio originale, messaggio originario | messaggio inoltrato, inizio messaggio inoltrato, messaggio girato
nl | op | schreef, geschreven | oorspronkelijk bericht, origineel bericht, oorspronkelijke bericht | doorgestuurd bericht, begin doorgestuurd bericht, doorgestuurde bericht
da | den, d., på | skrev, skrevet | oprindelig meddelelse, original meddelelse, oprindelig besked | videresendt meddelelse, videresendt besked, start på videresendt besked, begynd videresendt besked
nb | den, på, kl. | skrev | opprinnelig melding, original melding | videresendt melding, videresendt e-post, start på videresendt melding, begynnelse på videresendt melding
sv | den, på | skrev | ursprungligt meddelande, originalmeddelande, originalmeddelandet | vidarebefordrat meddelande, vidarebefordrat brev, vidarebefordrat mejl, börja vidarebefordrat meddelande
fi | klo | kirjoitti | alkuperäinen viesti | välitetty viesti, edelleenlähetetty viesti, välitetty viesti alkaa
is | þann | skrifaði | upphafleg skilaboð | áframsend skilaboð
pl | w dniu, dnia, użytkownik | napisał, napisała, napisał(a), pisze | wiadomość oryginalna, oryginalna wiadomość, wiadomość pierwotna | wiadomość przekazana dalej, przekazana wiadomość, przesłana dalej wiadomość, początek przekazywanej wiadomości, początek przekazanej wiadomości, treść przekazanej wiadomości
cs | dne, v | napsal, napsala, napsal(a) | původní zpráva, původní e-mail, původní email | přeposlaná zpráva, začátek přeposílané zprávy, přeposlaný e-mail
sk | dňa, v | napísal, napísala, napísal(a) | pôvodná správa | preposlaná správa, začiatok preposlanej správy
hu | ekkor | írta, ezt írta, írtam | eredeti üzenet, eredeti levél | továbbított üzenet, továbbított levél, továbbított levél kezdete
ro | în, la, pe data de, în data de | a scris | mesaj original, mesajul original | mesaj redirecționat, mesaj redirecţionat, începutul mesajului redirecționat
bg | на | написа, писа | оригинално съобщение, първоначално съобщение | препратено съобщение, начало на препратеното съобщение
ru | в, от | написал, написала, написал(а), написал (-а), пишет, писал | исходное сообщение, оригинальное сообщение, первоначальное сообщение | пересылаемое сообщение, пересылаемое письмо, пересланное сообщение, переадресованное сообщение, начало переадресованного сообщения
uk | у, в | написав, написала, написав(ла), пише, писав | оригінальне повідомлення, вихідне повідомлення, початкове повідомлення | переслане повідомлення, пересилане повідомлення, початок листа, початок переадресованого повідомлення
sr | дана, dana | је написао, је написао/ла, је написала, je napisao, je napisao/la | изворна порука, originalna poruka | прослеђена порука, prosleđena poruka
hr | dana, dne | napisao je, je napisao, napisala je, je napisao/la, piše | izvorna poruka, originalna poruka | proslijeđena poruka, započni proslijeđenu poruku
sl | dne, v | je napisal, je napisala, je napisal/-a | izvirno sporočilo | posredovano sporočilo
lt | išsiuntė | rašė, parašė | pradinis laiškas, originali žinutė | persiųstas laiškas, persiųstas pranešimas
lv | nosūtīts | rakstīja | sākotnējais ziņojums | pārsūtīts ziņojums, pārsūtītais ziņojums
et | kuupäeval | kirjutas | algne sõnum, algne kiri | edastatud sõnum, edastatud kiri
el | στις, την | έγραψε, γράφει | αρχικό μήνυμα, πρωτότυπο μήνυμα | προωθημένο μήνυμα, αρχή προωθημένου μηνύματος
tr | tarihinde | yazdı, şunu yazdı, şunları yazdı | özgün ileti, orijinal mesaj, özgün mesaj | yönlendirilmiş ileti, iletilmiş ileti, yönlendirilen mesaj, ileti başlangıcı, iletilen mesaj
ca | el | va escriure, ha escrit | missatge original | missatge reenviat, inici del missatge reenviat
he | בתאריך, ב- | כתב, כתבה, כתב/ה, מאת | הודעה מקורית | הודעה שהועברה, תחילת ההודעה שהועברה
ar | في, بتاريخ | كتب, كتبت | الرسالة الأصلية, رسالة أصلية | رسالة معاد توجيهها, رسالة محولة, بداية الرسالة المعاد توجيهها
fa | در | نوشت, نوشته است | پیام اصلی | پیام ارسال شده
hi | को | ने लिखा | मूल संदेश | अग्रेषित संदेश
th | เมื่อ, ใน | เขียนว่า, เขียน | ข้อความต้นฉบับ | ข้อความที่ส่งต่อ
vi | vào, lúc | đã viết | thư gốc, tin nhắn gốc | thư đã chuyển tiếp, thư được chuyển tiếp, chuyển tiếp thư, bắt đầu thư được chuyển tiếp
id | pada | menulis | pesan asli | pesan terusan, pesan diteruskan, mulai pesan terusan
zh | 在, 于, 於 | 写道, 寫道, 写到, 寫到, 来信 | 原始邮件, 原始郵件, 原邮件, 邮件原件 | 转发的邮件, 转发邮件, 轉寄的郵件, 轉寄郵件, 被转发邮件, 已转发邮件, 開始轉寄郵件, 下面是被转发的邮件
ja | 令和, 西暦 | 書きました, 書いた, のメール, のメッセージ | 元のメッセージ, オリジナルメッセージ, オリジナル メッセージ | 転送されたメッセージ, 転送メッセージ, メッセージを転送, 転送された電子メール
ko | 오전, 오후 | 작성, 님이 작성, 썼습니다 | 원본 메시지, 원본 메일, 원래 메시지 | 전달된 메시지, 전달된 메일, 전달 메시지
`;

// language | answering | forwarding; the prefix stands before a colon, also numbered: Re[2]:, AW(3):.
// "VS" answers in Finnish and forwards in Danish and Norwegian, so it stands in neither column.
const prefixes = `
en | re | fw, fwd
de | aw, antwort, antw | wg, weitergeleitet
fr | ré, rép | tr
es | rv re, resp | rv, reenv
pt | res, resp | enc, fwd
it | r, rif | i, inoltra
nl | antw, betr | doorst
nordic | sv, svar | vb, vl, videresendt
pl | odp | pd
cs | odp | pre
hu | vá, válasz | továbbítva, tov
ro | răspuns | redirecționat
ru | ответ | пересл, перенаправлено
el | απ, σχετ | πρθ
tr | ynt, cvp, yan | ilt
he | השב, תגובה | הועבר
ar | رد | تحويل, إعادة توجيه
id | bls | trs
vi | trl | ct
zh | 回复, 回覆, 答复 | 转发, 轉寄
ja | 返信 | 転送
ko | 회신, 답장 | 전달
`;

const quoteRows = readTable(quotes);
const prefixRows = readTable(prefixes);

export const quoteWords = {
  openers: column(quoteRows, 0),
  verbs: column(quoteRows, 1),
  original: column(quoteRows, 2),
  forwarded: column(quoteRows, 3),
} as const;

export const subjectPrefixes = {
  answer: new Set(column(prefixRows, 0)),
  forward: new Set(column(prefixRows, 1)),
} as const;
