// Mails as people and machines write them, and as they come out of an SMTP server again. Read here by a few lines of
// its own, so that the journeys don't ask the program under test what the program wrote (RFC 5322, RFC 2045).

export interface WrittenMail {
  /** `Ann Archer <ann@acme.example>`, or the address alone. */
  from: string;
  to?: string;
  cc?: string;
  subject?: string;
  text?: string;
  /** Without brackets; default: one that nobody had before. */
  messageId?: string;
  inReplyTo?: string;
  /** Oldest first, without brackets. */
  references?: string[];
  date?: Date;
  /** Whole header lines, above all others: `Received: ...`. */
  above?: string[];
  /** Whole header lines, below all others. */
  headers?: string[];
}

let written = 0;

/** An id without brackets that no other mail of this run has. */
export const newMessageId = (): string => `journey-${process.pid}-${++written}@mail.example.org`;

/** The mail as it lies in a mailbox: ASCII or UTF-8, LF line ends as local delivery writes them. */
export function mailText(mail: WrittenMail): string {
  const bracketed = (ids: string[]) => ids.map((id) => `<${id}>`).join(" ");
  const lines = [
    ...(mail.above ?? []),
    `From: ${mail.from}`,
    `To: ${mail.to ?? "support@desk.example"}`,
    ...(mail.cc === undefined ? [] : [`Cc: ${mail.cc}`]),
    `Subject: ${mail.subject ?? "The printer is on fire"}`,
    `Date: ${(mail.date ?? new Date()).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${mail.messageId ?? newMessageId()}>`,
    ...(mail.inReplyTo === undefined ? [] : [`In-Reply-To: ${bracketed([mail.inReplyTo])}`]),
    ...(mail.references === undefined ? [] : [`References: ${bracketed(mail.references)}`]),
    ...(mail.headers ?? []),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  return `${lines.join("\n")}\n\n${mail.text ?? "Please come and bring water."}\n`;
}

export interface SeenMail {
  /** MAIL FROM and RCPT TO. */
  envelope: { from: string; to: string };
  /** The value, unfolded; "" where the header is not there. */
  header(name: string): string;
  /** Without brackets. */
  messageId: string;
  references: string[];
  /** The address that an answer goes to: Reply-To, else From. */
  answerTo: string;
  /** Every body part decoded from quoted-printable, headers of parts included. */
  body: string;
  raw: string;
}

/** A mail that an SMTP server took, as its receiver sees it. */
export function seenMail(sent: { from: string; to: string; raw: string }): SeenMail {
  const split = sent.raw.indexOf("\r\n\r\n");
  const head = sent.raw.slice(0, split).replace(/\r\n[ \t]+/g, " ");
  const header = (name: string) =>
    new RegExp(`^${name}: *(.*)$`, "im").exec(head)?.[1]?.replace(/\r$/, "").trim() ?? "";
  return {
    envelope: { from: sent.from, to: sent.to },
    header,
    messageId: idsIn(header("Message-ID"))[0] ?? "",
    references: idsIn(header("References")),
    answerTo: addressIn(header("Reply-To") || header("From")),
    body: quotedPrintable(sent.raw.slice(split + 4)),
    raw: sent.raw,
  };
}

/** The answer that a mail program makes of it; `mail` says what differs. */
export function answer(seen: SeenMail, mail: Partial<WrittenMail> & { from: string }): string {
  return mailText({
    to: seen.answerTo,
    subject: seen.header("Subject").replace(/^(Re: )?/, "Re: "),
    inReplyTo: seen.messageId,
    references: [...seen.references, seen.messageId],
    text: "Here is my answer.",
    ...mail,
  });
}

/** An answer of a program that keeps neither ids nor subject: only the address that it goes to tells what it answers. */
export function bareAnswer(seen: SeenMail, mail: Pick<WrittenMail, "from"> & Partial<WrittenMail>): string {
  return mailText({ to: seen.answerTo, subject: "Good morning", text: "It burns again.", ...mail });
}

const idsIn = (value: string): string[] => [...value.matchAll(/<([^<>\s]+)>/g)].map((match) => match[1] ?? "");
const addressIn = (value: string): string => /<([^<>]+)>/.exec(value)?.[1] ?? value;

function quotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
