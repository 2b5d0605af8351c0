// What a failure on the way out means (RFC 5321 section 4.2.1 for the digits, RFC 4954 for logins): try later, give
// this mail up, or tell the administrator because every mail would fail alike. The one thing it must never do is to
// call a mail undelivered whose last dot may have left: that is "uncertain", and a person decides.
import { MaildeskError, operator, permanent, temporary } from "../errors.ts";
import { smtpLimits } from "./smtp-config.ts";

export interface Circumstances {
  /** `mail.example.com:587` */
  server: string;
  user: string | null;
  /** The login is by an access token. */
  hasToken?: boolean;
  step: "connect" | "send";
  /** True once the final dot may have left. */
  released: boolean;
  /** Words that must not be repeated, should the server echo them. */
  secrets: string[];
}

/** The error for the caller; one that is ours already passes through. */
export function failure(thrown: unknown, where: Circumstances): MaildeskError {
  if (thrown instanceof MaildeskError) return thrown;
  const error = read(thrown);
  const words = said(error.response ?? error.message, where.secrets);
  if (error.status !== null) return refused(error.status, error.command, words, where);
  if (where.released) {
    return temporary(`${where.server} took the mail and never said what became of it: ${words}`, {
      code: "uncertain",
    });
  }
  return unanswered(error, words, where);
}

/** The reply code (400 to 599) by which the server refused, or null where it said nothing. */
export const answeredWith = (thrown: unknown): number | null => read(thrown).status;

/** One printable line of at most 300 characters out of what a server said, its secrets masked. */
export function said(response: string, secrets: string[] = []): string {
  const joined = response
    .split(/\r?\n/)
    .map((line, at) => (at === 0 ? line.replace(/^(\d{3})-/, "$1 ") : line.replace(/^\d{3}[ -]?/, "")))
    .join(" ");
  const masked = secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "***")), joined);
  const plain = masked
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return plain.length > smtpLimits.lineCharsMax ? `${plain.slice(0, smtpLimits.lineCharsMax - 1)}…` : plain;
}

interface SmtpError {
  message: string;
  /** nodemailer's own word: EAUTH, ETLS, ESOCKET, EDNS, EENVELOPE. */
  word: string;
  /** The command that was refused: `MAIL FROM`, `RCPT TO`, `DATA`, `AUTH PLAIN`, `CONN`. */
  command: string;
  response: string | null;
  /** The refusing reply code, 400 to 599. */
  status: number | null;
}

function read(thrown: unknown): SmtpError {
  if (!(thrown instanceof Error)) {
    return { message: String(thrown), word: "", command: "", response: null, status: null };
  }
  // Whatever nodemailer adds to an Error is optional and unchecked, so each field is looked at on its own.
  const more = thrown as Error & {
    code?: unknown;
    command?: unknown;
    response?: unknown;
    responseCode?: unknown;
  };
  const status = typeof more.responseCode === "number" ? more.responseCode : 0;
  return {
    message: thrown.message,
    word: typeof more.code === "string" ? more.code : "",
    command: typeof more.command === "string" ? more.command : "",
    response: typeof more.response === "string" ? more.response : null,
    status: status >= 400 && status <= 599 ? status : null,
  };
}

/** A refusal that the server spoke. */
function refused(status: number, command: string, words: string, where: Circumstances): MaildeskError {
  const code = String(status);
  if (status < 500) {
    return temporary(`${where.server} asks to come back later: ${words}`, { code });
  }
  if (command.startsWith("AUTH")) return loginRefused(words, where);
  if (command === "STARTTLS") return tlsTrouble(words, where);
  if (where.step === "connect") {
    return operator(`${where.server} takes no mail from this machine: ${words}`, {
      code: "refused",
      remedy: "Ask whoever runs that server, or name another one under `outgoing` in maildesk.yaml.",
    });
  }
  if (command === "MAIL FROM" && !aboutThisMail(status, words)) return senderRefused(words, where);
  // RFC 4954 section 6: 530 is "log in first", whichever command it answers.
  if (command === "RCPT TO" && status === 530) return senderRefused(words, where);
  if (command === "CONN" && !where.released) {
    // A goodbye that answers none of our commands says nothing about this mail.
    return temporary(`${where.server} hung up: ${words}`, { code: "connection" });
  }
  const what = command === "RCPT TO" ? "the recipient" : "the mail";
  return permanent(`${where.server} refused ${what}: ${words}`, { code });
}

/** RFC 1870 (too large) and RFC 6531 (address needs SMTPUTF8) are refused at MAIL FROM, yet concern one mail only. */
function aboutThisMail(status: number, words: string): boolean {
  return status === 552 || /^\d{3} 5\.(2\.3|3\.4|6\.7)\b/.test(words);
}

function senderRefused(words: string, where: Circumstances): MaildeskError {
  return operator(`${where.server} does not let us send with this sender: ${words}`, {
    code: "sender",
    remedy: "Let this server accept the address of the mailbox as a sender, or log in under `outgoing`.",
  });
}

function loginRefused(words: string, where: Circumstances): MaildeskError {
  if (where.hasToken === true)
    return operator(`${where.server} refused the access token of ${where.user}: ${words}`, {
      code: "token",
      remedy: `Check that ${where.user} is the one who signed in, that SMTP AUTH is switched on for that mailbox, and that the scope allows SMTP.`,
    });
  const who = where.user === null ? "the login" : `the login of ${where.user}`;
  return operator(`${where.server} refused ${who}: ${words}`, {
    code: "EAUTH",
    remedy: "Correct the user or the password of `outgoing` in maildesk.yaml.",
  });
}

function tlsTrouble(words: string, where: Circumstances): MaildeskError {
  return operator(`No trusted encryption with ${where.server}: ${words}`, {
    code: "TLS",
    remedy: "Use the host name that the certificate is made out to and the right port, or renew the certificate.",
  });
}

/** No answer, and surely not delivered. */
function unanswered(error: SmtpError, words: string, where: Circumstances): MaildeskError {
  if (error.word === "EAUTH") return loginRefused(words, where);
  if (isTlsTrouble(error)) return tlsTrouble(words, where);
  if (error.word === "EMESSAGE") {
    return permanent(`${where.server} does not take a mail of this size: ${words}`, { code: "552" });
  }
  if (error.word === "EENVELOPE") {
    return permanent(`This address can't be written in SMTP: ${words}`, { code: "address" });
  }
  const what = where.step === "connect" ? "could not be reached" : "was lost before the mail was handed over";
  return temporary(`${where.server} ${what}: ${words}`, {
    code: "connection",
    cause: error.message,
    remedy: "Check host and port under `outgoing:` in maildesk.yaml, and that the server runs.",
  });
}

// nodemailer replaces Node's error code (DEPTH_ZERO_SELF_SIGNED_CERT, EPROTO) by ESOCKET; the words are what is left.
const certificateWords = /certificate|altnames|issuer|self[- ]signed|EPROTO|wrong version number|SSL routines/i;

function isTlsTrouble(error: SmtpError): boolean {
  if (error.word === "ETLS") return !/closed unexpectedly|timeout|ECONNRESET|disconnected/i.test(error.message);
  return error.word === "ESOCKET" && certificateWords.test(error.message);
}
