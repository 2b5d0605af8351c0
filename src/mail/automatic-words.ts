// What mail programs put before the colon of an automatic answer's subject, by language. Data only; automatic.ts reads
// it and says when each list counts. Compared with the whole prefix, in lower case.
import { readWords } from "./lines.ts";

/** Written by programs only: nobody begins a subject of his own like this. */
export const automaticSubjects: ReadonlySet<string> = new Set(
  readWords(`
    automatic reply, autoreply, auto-reply, auto reply, auto response, auto-response, autoresponse, automated reply,
    automated response, automatic response, out of office autoreply, out of office auto-reply, out of office reply,
    automatische antwort, automatische rückantwort, autoantwort, automatische abwesenheitsantwort,
    réponse automatique, reponse automatique, réponse auto, message d'absence automatique,
    respuesta automática, respuesta automatica, resposta automática, resposta automatica,
    risposta automatica, automatisch antwoord, automatisch bericht, automatische beantwoording,
    automatisk svar, automatisk svar fra, autosvar, automatiskt svar, autosvar från, automaattinen vastaus,
    odpowiedź automatyczna, automatyczna odpowiedź, automatická odpověď, automatická odpoveď, automatikus válasz,
    răspuns automat, автоматичен отговор, автоматический ответ, автоответ, автоматична відповідь, автовідповідь,
    аутоматски одговор, automatski odgovor, samodejni odgovor, automatinis atsakymas, automātiska atbilde,
    automaatvastus, αυτόματη απάντηση, otomatik yanıt, otomatik cevap, resposta automàtica, sjálfvirkt svar,
    תשובה אוטומטית, מענה אוטומטי, رد تلقائي, پاسخ خودکار, ตอบกลับอัตโนมัติ, การตอบกลับอัตโนมัติ, trả lời tự động,
    balasan otomatis, 自动答复, 自动回复, 自動回覆, 自動回應, 自動応答, 自動返信, 자동 회신, 자동 응답, 자동회신
  `),
);

/** Also words that a person might use; they count in a mail that answers another. */
export const repliesOnlySubjects: ReadonlySet<string> = new Set(
  readWords(`
    out of office, out of the office, away from my mail, abwesenheitsnotiz, abwesenheitsmeldung, nicht im büro,
    absence du bureau, absent du bureau, fuera de la oficina, fuera de oficina, fora do escritório, fuori sede,
    fuori ufficio, niet op kantoor, ikke på kontoret, ej på kontoret, poissa toimistosta, poza biurem, mimo kancelář,
    mimo kanceláriu, házon kívül, în afara biroului, извън офиса, нет на месте, нет на рабочем месте, поза офісом,
    εκτός γραφείου, ofis dışında, fora de l'oficina, מחוץ למשרד, خارج المكتب, vắng mặt, 不在通知, 外出通知, 부재중 알림
  `),
);
