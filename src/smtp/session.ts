// One connection that is logged in and carries one mail after the other. It must never be used again once a mail broke
// off between DATA and the server's answer, and never report as undelivered what may have been delivered.
import { domainToASCII } from "node:url";
import { isKind, permanent } from "../errors.ts";
import type { Envelope } from "../ports.ts";
import {
  type Connection,
  connect,
  destroy,
  encryption,
  extensions,
  type LoginSecret,
  login,
  quit,
  readSecret,
  tokenWords,
} from "./connection.ts";
import { answeredWith, type Circumstances, failure } from "./failure.ts";
import { type HandingStream, handingStream } from "./handing-stream.ts";
import { type SmtpConfig, serverName } from "./smtp-config.ts";

export interface Session {
  /** Sends one mail and resolves to the server's whole answer; rejects as Transport.send does. */
  send(envelope: Envelope, raw: Buffer, handing: () => Promise<void>): Promise<string>;
  /** RSET: forgets the last envelope and proves that the server is still there. */
  reset(): Promise<void>;
  /** False once the connection broke or was left in a state that no further mail may rely on. */
  usable(): boolean;
  /** Mails that this connection was asked to send. */
  mails(): number;
  /** `TLS 1.3` or `not encrypted`. */
  encryption(): string;
  /** Says goodbye; never rejects. */
  quit(): Promise<void>;
  destroy(): void;
}

/**
 * Connects, encrypts, says EHLO and logs in; rejects with a MaildeskError. A token that is not taken may have ended early: a
 * fresh one is tried once.
 */
export async function openSession(config: SmtpConfig): Promise<Session> {
  const secret = await readSecret(config, null);
  try {
    return await openWith(config, secret);
  } catch (error) {
    if (secret?.kind !== "token" || !isKind(error, "operator") || error.code !== "token") throw error;
    const fresh = await readSecret(config, secret.value);
    if (fresh?.value === secret.value) throw error;
    return await openWith(config, fresh);
  }
}

async function openWith(config: SmtpConfig, secret: LoginSecret | null): Promise<Session> {
  const where: Circumstances = {
    server: serverName(config),
    user: config.user ?? null,
    step: "connect",
    released: false,
    secrets: secretsOf(config.user, secret),
    hasToken: secret?.kind === "token",
  };
  let connection: Connection | null = null;
  try {
    connection = await connect(config);
    if (secret !== null) await login(connection, config, secret);
    return session(connection, { ...where, step: "send" });
  } catch (error) {
    if (connection !== null) destroy(connection.smtp);
    throw failure(error, where);
  }
}

function session(connection: Connection, where: Circumstances): Session {
  const { smtp, step } = connection;
  let mails = 0;
  return {
    async send(envelope, raw, handing) {
      mails += 1;
      const addresses = { from: wireAddress(envelope.from), to: wireAddress(envelope.to) };
      if (needsUtf8(addresses.from + addresses.to) && !extensions(smtp).includes("SMTPUTF8")) {
        const text = `${where.server} can't carry an address that is not ASCII: ${envelope.to}`;
        throw permanent(text, { code: "SMTPUTF8" });
      }
      const mail = handingStream(raw, handing);
      try {
        return await transmit(connection, { ...addresses, size: raw.length }, mail);
      } catch (error) {
        await mail.stop();
        const answer = answeredWith(error);
        const halfway = mail.started() && !mail.released();
        if (answer === null || answer === 421 || halfway) destroy(smtp);
        const refusal = mail.refusal();
        throw refusal === null ? failure(error, { ...where, released: mail.released() }) : refusal.error;
      }
    },
    async reset() {
      try {
        await step((done) => smtp.reset(done));
      } catch (error) {
        destroy(smtp);
        throw failure(error, where);
      }
    },
    usable: () => !smtp.destroyed,
    mails: () => mails,
    encryption: () => encryption(smtp),
    quit: () => quit(connection),
    destroy: () => destroy(smtp),
  };
}

async function transmit(
  { smtp, step }: Connection,
  envelope: { from: string; to: string; size: number },
  mail: HandingStream,
): Promise<string> {
  let response = "";
  await step((done) =>
    smtp.send(envelope, mail.readable, (error, info) => {
      // Here and not in the caller's catch: after a refused envelope nodemailer drains the stream to be rid of it,
      // and the stream would take that for the server waiting for the last dot.
      if (error) void mail.stop();
      else response = info.response;
      done(error);
    }),
  );
  if (!mail.released()) throw new Error(`it answered before the mail had ended: ${response}`);
  return response;
}

/** The domain in ASCII (RFC 5890); a local part has no other form than its own. */
function wireAddress(address: string): string {
  const at = address.lastIndexOf("@");
  if (at === -1 || !needsUtf8(address.slice(at))) return address;
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`;
}

const needsUtf8 = (text: string) => /[^\u0000-\u007f]/.test(text);

/** What an unkind server might echo. */
function secretsOf(user: string | undefined, secret: LoginSecret | null): string[] {
  if (secret === null) return [];
  const { value } = secret;
  const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");
  const sent = secret.kind === "token" ? tokenWords(user ?? "", value) : `\u0000${user ?? ""}\u0000${value}`;
  return [base64(sent), base64(value), value];
}
