// Mails as a support mailbox gets them: about 81 KB each (text, HTML, one attachment of 56 KB base64), from people of 500
// companies, seven of ten an answer by References to an earlier one. Seeded: the same options make the same bytes.
import { type Random, seeded } from "./random.ts";

export const companies = 500;
export const peoplePerCompany = 4;
const answered = 0.7;
/** Answers cite one of the last so many conversations. */
const openConversations = 300;
const usualAttachmentBytes = 41_000;

export interface BenchMail {
  messageId: string;
  /** The author's address. */
  from: string;
  isAnswer: boolean;
  raw: Buffer;
}

/** What a mail can be an answer to. */
export interface Thread {
  subject: string;
  company: number;
  person: number;
  messageIds: string[];
}

export interface MailsOptions {
  seed: number;
  /** Makes the Message-IDs of two lists differ. */
  name: string;
  count: number;
  /** Conversations that exist already and that answers may cite as well. */
  threads?: readonly Thread[];
  /** Of each mail's one attachment, before it is encoded; 41,000 unless given. */
  attachmentBytes?: number;
}

const first = ["Ada", "Bela", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hana", "Ines", "Jonas"] as const;
const last = ["Abel", "Brandt", "Costa", "Demir", "Eriksen", "Fischer", "Grant", "Haas", "Ito", "Jansen"] as const;
const words =
  "the our of printer order invoice since yesterday cannot open login page shows error after update please check whether account delivery number was sent to wrong address customer portal export file does not contain all rows we need it before friday otherwise production stops again thank you for your help regards as discussed on phone attached you find the log with details another colleague has same problem on floor two network drive slow when saving large document contract renewal price list quarter".split(
    " ",
  );

export const companyDomain = (company: number): string => `company-${company}.example`;
export const personName = (company: number, person: number): string =>
  `${first[(company + person) % 10]} ${last[Math.floor(company / 10 + person) % 10]}`;
export const personAddress = (company: number, person: number): string =>
  `${personName(company, person).toLowerCase().replace(" ", ".")}.${person}@${companyDomain(company)}`;

/** The mails one after the other, in the order in which they would arrive. */
export function* benchMails(options: MailsOptions): Generator<BenchMail> {
  const { seed, name, count, threads = [], attachmentBytes = usualAttachmentBytes } = options;
  const random = seeded(seed);
  const binary = attachment(random, attachmentBytes);
  const open: Thread[] = [...threads];
  const startMs = Date.UTC(2026, 0, 5, 8);
  for (let number = 0; number < count; number += 1) {
    const isAnswer = open.length > 0 && random.next() < answered;
    const thread = isAnswer ? random.pick(open) : freshThread(random);
    const messageId = `${name}.${number}.${random.below(2 ** 30).toString(36)}@${companyDomain(thread.company)}`;
    const author = random.next() < 0.8 ? thread.person : random.below(peoplePerCompany);
    const dateMs = startMs + number * 1000;
    const raw = compose({ random, thread, author, messageId, binary, attachmentBytes, dateMs });
    yield { messageId, from: personAddress(thread.company, author), isAnswer, raw };
    thread.messageIds.push(messageId);
    if (!isAnswer) open.push(thread);
    if (open.length > openConversations + threads.length) open.splice(threads.length, 1);
  }
}

function freshThread(random: Random): Thread {
  const subject = sentence(random, 4 + random.below(5)).slice(0, -1);
  return { subject, company: random.below(companies), person: random.below(peoplePerCompany), messageIds: [] };
}

interface Parts {
  random: Random;
  thread: Thread;
  author: number;
  messageId: string;
  binary: Buffer;
  attachmentBytes: number;
  dateMs: number;
}

function compose({ random, thread, author, messageId, binary, attachmentBytes, dateMs }: Parts): Buffer {
  const { company, messageIds } = thread;
  const from = `${personName(company, author)} <${personAddress(company, author)}>`;
  const cited = messageIds.slice(-8).map((id) => `<${id}>`);
  const own = paragraphs(random, 6 + random.below(3));
  const old = cited.length === 0 ? [] : paragraphs(random, 9);
  const date = new Date(dateMs).toUTCString().replace("GMT", "+0000");
  const boundary = `=_${messageId.slice(0, messageId.indexOf("@"))}`;
  // Each mail's attachment differs, as real ones do: a moving window over one block of bytes.
  const start = random.below(binary.length - attachmentBytes);
  return Buffer.from(
    [
      "Return-Path: <bounces@relay.example>",
      `Received: from relay.example (relay.example [192.0.2.17])\n\tby mx.example.com with ESMTPS id ${boundary.slice(2)}\n\tfor <support@example.com>; ${date}`,
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${companyDomain(company)}; s=k1;\n\th=from:to:subject:date:message-id; bh=${binary.toString("base64", start, start + 32)};\n\tb=${binary.toString("base64", start + 32, start + 160)}`,
      `From: ${from}`,
      "To: Support <support@example.com>",
      `Subject: ${cited.length === 0 ? "" : "Re: "}${thread.subject}`,
      `Date: ${date}`,
      `Message-ID: <${messageId}>`,
      ...(cited.length === 0 ? [] : [`In-Reply-To: ${cited.at(-1)}`, `References: ${cited.join("\n ")}`]),
      "MIME-Version: 1.0",
      "X-Mailer: Example Mail 7.2",
      `Content-Type: multipart/mixed; boundary="${boundary}-m"`,
      "",
      `--${boundary}-m`,
      `Content-Type: multipart/alternative; boundary="${boundary}-a"`,
      "",
      `--${boundary}-a`,
      'Content-Type: text/plain; charset="utf-8"',
      "Content-Transfer-Encoding: quoted-printable",
      "",
      quotedPrintable(plainText(own, old, from)),
      `--${boundary}-a`,
      'Content-Type: text/html; charset="utf-8"',
      "Content-Transfer-Encoding: quoted-printable",
      "",
      quotedPrintable(htmlText(own, old, from)),
      `--${boundary}-a--`,
      "",
      `--${boundary}-m`,
      'Content-Type: application/pdf; name="protocol.pdf"',
      'Content-Disposition: attachment; filename="protocol.pdf"',
      "Content-Transfer-Encoding: base64",
      "",
      ...(binary.toString("base64", start, start + attachmentBytes).match(/.{1,76}/g) ?? []),
      `--${boundary}-m--`,
      "",
    ].join("\n"),
  );
}

function plainText(own: string[], old: string[], from: string): string {
  const quoted =
    old.length === 0 ? [] : [`On Monday, Support wrote to ${from.split(" <")[0]}:`, ...old.map((text) => `> ${text}`)];
  return ["Hello,", ...own, "Kind regards", `-- \n${from.split(" <")[0]}\nPhone +49 30 000000`, ...quoted].join("\n\n");
}

/** As office programs write it: a block of styles, and a styled span around every paragraph. */
function htmlText(own: string[], old: string[], from: string): string {
  const styles = Array.from(
    { length: 60 },
    (_, n) => `p.MsoNormal${n} { margin: 0cm; font-size: 11.0pt; font-family: "Calibri",sans-serif; }`,
  );
  const block = (text: string) =>
    `<p class="MsoNormal"><span lang="EN-GB" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;color:#1F497D">${text}<o:p></o:p></span></p>`;
  return [
    `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8"><style><!--\n${styles.join("\n")}\n--></style></head><body lang="EN-GB" link="#0563C1"><div>`,
    ...["Hello,", ...own, "Kind regards", from.split(" <")[0] ?? ""].map(block),
    `<table border="0" cellpadding="0"><tr><td><a href="https://www.example.com/help">www.example.com</a></td><td><img src="https://www.example.com/logo.png" width="120"></td></tr></table>`,
    ...(old.length === 0
      ? []
      : [
          `<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Support</p></div><blockquote>`,
          ...old.map(block),
          "</blockquote>",
        ]),
    "</div></body></html>",
  ].join("\n");
}

function paragraphs(random: Random, count: number): string[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: 6 }, () => sentence(random, 8 + random.below(8))).join(" "),
  );
}

function sentence(random: Random, length: number): string {
  const text = Array.from({ length }, () => random.pick(words)).join(" ");
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}${random.next() < 0.1 ? " (größer)" : ""}.`;
}

/** RFC 2045 section 6.7, for lines that end in a line feed. */
function quotedPrintable(text: string): string {
  const lines = text.split("\n").map((line) => {
    const encoded = [...Buffer.from(line)].map((byte) =>
      byte === 0x3d || byte > 126 || byte < 32
        ? `=${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte),
    );
    let out = "";
    let column = 0;
    for (const piece of encoded) {
      if (column + piece.length > 75) {
        out += "=\n";
        column = 0;
      }
      out += piece;
      column += piece.length;
    }
    return out.endsWith(" ") ? `${out.slice(0, -1)}=20` : out;
  });
  return lines.join("\n");
}

function attachment(random: Random, attachmentBytes: number): Buffer {
  const bytes = Buffer.alloc(attachmentBytes * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.below(2 ** 32), at);
  return bytes;
}
