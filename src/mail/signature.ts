// Recognises where a sender's signature begins: RFC 3676 section 4.3 "-- ", the lines that people and lists draw
// instead, and what telephones and mail programs add by themselves ("Sent from my ..."). It never guesses from names,
// greetings or telephone numbers: those stay with the text.
import { fold, lineCharsMax, plain, readWords } from "./lines.ts";

const deviceCharsMax = 90;
const deviceLineMax = 400; // links included
const deviceWordsMax = 7;

interface DeviceLine {
  before: string;
  after: string;
}

// "…" stands for the device. Whole lines only.
const deviceLines = readWords(`
  sent from …, sent via …, sent with …, sent using …, sent by …, get outlook for …, from my iphone…, from my ipad…,
  von meinem … gesendet, von meiner … gesendet, von … gesendet, gesendet von …, gesendet mit …, gesendet über …, gesendet aus …,
  diese nachricht wurde von … gesendet, diese e-mail wurde von … gesendet, holen sie sich outlook für …, outlook für … herunterladen,
  envoyé de …, envoyé depuis …, envoyé à partir …, envoyé par …, envoyé avec …, envoyé d'…, télécharger outlook pour …, obtenez outlook pour …, obtenir outlook pour …,
  enviado desde …, enviado con …, enviado a través de …, obtener outlook para …, enviado de …, enviado do …, enviado da …, enviado a partir de …, enviado pelo …, enviada do …, obter o outlook para …, obtenha o outlook para …,
  inviato da …, inviato dal …, inviato con …, scarica outlook per …, ottieni outlook per …,
  verzonden vanaf …, verzonden met …, verzonden via …, verstuurd vanaf …, verstuurd met …, outlook voor … downloaden, download outlook voor …,
  sendt fra …, sendt med …, hent outlook til …, skaff deg outlook for …, få outlook for …,
  skickat från …, skickat med …, skickades från …, hämta outlook för …,
  lähetetty …, hanki outlook …, hae outlook …,
  wysłano z …, wysłane z …, wysłano przy użyciu …, pobierz aplikację outlook …, pobierz outlook …,
  odesláno z …, odesláno ze …, získejte outlook …, stáhnout outlook …, odoslané z …, odoslané zo …, získajte outlook …,
  elküldve …, az én … küldve, …-ról küldve, …-ról küldve:, …emről küldve, outlook …-hoz beszerzése,
  trimis de pe …, trimis de la …, trimis din …, obțineți outlook …, descărcați outlook …,
  изпратено от …, отправлено с …, отправлено из …, отправлено от …, загрузить outlook для …, скачать outlook для …, получить outlook для …,
  надіслано з …, надіслано із …, відправлено з …, отримати outlook для …, послато са …, poslano s …, poslano iz …, poslato sa …, preuzmite outlook …,
  išsiųsta iš …, nosūtīts no …, saadetud minu …, saadetud …, στάλθηκε από …, αποκτήστε το outlook …, enviat des de …,
  …'umdan gönderildi, …'imden gönderildi, …'dan gönderildi, … cihazımdan gönderildi, … gönderildi, outlook … indirin,
  נשלח מה…, נשלח מ…, أُرسلت من …, أرسلت من …, تم الإرسال من …, أُرسل من …, مرسل من …, ارسال شده از …,
  ส่งจาก …, ส่งจาก…, đã gửi từ …, gửi từ …, dikirim dari …, terkirim dari …,
  从我的 … 发送, 从我的…发送, 發自我的…, 发自我的…, 發自 …, 发自 …, 從我的 … 傳送, 從我的…傳送, 来自我的…, 获取 …,
  …から送信, 送信元 …, … から送信, … で送信, outlook for …を入手, 나의 …에서 보냄, 내 …에서 보냄, …에서 보냄, …에서 보낸 메일
`).map((words): DeviceLine => {
  const [before = "", after = ""] = words.split("…");
  return { before, after };
});

/** Most lines of a mail begin with a letter that few of these begin with. */
const deviceLinesByLetter = new Map<string, DeviceLine[]>();
for (const line of deviceLines.filter(({ before }) => before !== "")) {
  const letter = line.before.charAt(0);
  deviceLinesByLetter.set(letter, [...(deviceLinesByLetter.get(letter) ?? []), line]);
}
const deviceLinesByEnd = deviceLines.filter(({ before }) => before === "");

const apology = /^(?:please|so please|sorry|excuse|apolog|bitte|entschuldig|merci|desculpe|disculp|scus)/;

/** True for a line (plain() of lines.ts) that a telephone or mail program added, in any of the languages above. */
export function isDeviceLine(line: string): boolean {
  if (line.length > deviceLineMax) {
    return false;
  }
  const text = withoutLinks(fold(line))
    .replace(/^[<([*_-]+/, "")
    .replace(/[>)\]*_.-]+$/, "")
    .trim();
  if (text === "" || text.length > deviceCharsMax) {
    return false;
  }
  return isOneOf(deviceLinesByLetter.get(text.charAt(0)) ?? [], text) || isOneOf(deviceLinesByEnd, text);
}

/** Links behind the program's name go: <https://..>, (https://..), [mail](https://..) */
function withoutLinks(line: string): string {
  if (!/[<([]/.test(line)) {
    return line;
  }
  return line.replace(/\]?[<([]+(?:https?:|mailto:)[^>)\]\s]*[>)\]]*/g, " ").replace(/\s+/g, " ");
}

function isOneOf(lines: DeviceLine[], text: string): boolean {
  return lines.some(({ before, after }) => {
    if (text.length <= before.length + after.length || !text.startsWith(before) || !text.endsWith(after)) {
      return false;
    }
    return isDeviceName(text.slice(before.length, text.length - after.length));
  });
}

/** A few words without a sentence in them; "please excuse typos" may follow. */
function isDeviceName(text: string): boolean {
  const [name = "", ...more] = text.split(/[,;.!] ?(?=\p{L})/u);
  const rest = more.join(" ").trim();
  return name.split(" ").length <= deviceWordsMax && (rest === "" || apology.test(rest));
}

/**
 * "-- " is a signature by RFC 3676; "--", a long dash or a drawn line is one only if little follows. `text` is the same
 * line as plain() gives it.
 */
export function delimiterKind(line: string, text: string): "certain" | "likely" | null {
  if (line === "-- ") {
    return "certain";
  }
  return text === "--" || text === "—" || text === "–" || text === "---" || /^_{2,}$/.test(text) ? "likely" : null;
}

/** True for a line of punctuation only, which divides but says nothing. */
export function isRule(line: string): boolean {
  // The whole new text is asked about too, and its first letter decides.
  if (/[a-z0-9]/i.test(line.slice(0, lineCharsMax))) {
    return false;
  }
  const text = plain(line);
  // U+1427: a tracking mark that some Gmail add-ons leave at the end of a mail.
  return /^[-–—_*=#~+.<>\u1427 ]+$/.test(text);
}
