// The way out over SMTP (RFC 5321), by nodemailer's connection. The server is asked to take one mail for one recipient;
// what became of it is the server's answer and nothing else. It must never send a mail twice, never say "not delivered"
// of what may have been delivered, and never judge content: retries, limits per customer and loops are the outbox's.
import type { Accepted, Envelope, Transport } from "../ports.ts";
import { said } from "./failure.ts";
import { openPool } from "./pool.ts";
import { openSession } from "./session.ts";
import { type SmtpConfig, smtpLimits } from "./smtp-config.ts";

/** Opens the way out; nothing is connected before the first mail. */
export function openSmtp(config: SmtpConfig): Transport {
  const rate = config.ratePerMinute ?? null;
  const pool = openPool(() => openSession(config), {
    maxConnections: config.maxConnections ?? smtpLimits.maxConnections,
    maxMailsPerConnection: config.maxMailsPerConnection ?? smtpLimits.maxMailsPerConnection,
    spacingMs: rate === null ? 0 : Math.ceil(60_000 / rate),
  });

  return {
    async send(envelope, raw, handing) {
      const answer = await pool.run((session) => session.send(envelope, raw, handing));
      return accepted(answer, envelope);
    },
    async check() {
      const session = await openSession(config);
      const fact = `ready, ${session.encryption()}${config.user === undefined ? "" : `, as ${config.user}`}`;
      await session.quit();
      return fact;
    },
    close: () => pool.close(),
  };
}

/** Reads the answer that follows the last dot. Some relays give the mail a Message-ID of their own and name it there. */
export function accepted(answer: string, envelope: Envelope): Accepted {
  const lastLine = answer.split(/\r?\n/).at(-1) ?? answer;
  const named = [...answer.matchAll(/<([^<>\s@]+@[^<>\s@]+)>/g)].map((match) => match[1] ?? "");
  const people = [envelope.from.toLowerCase(), envelope.to.toLowerCase()];
  // Others name the recipient in the same brackets.
  const messageId = named.find((id) => !people.includes(id.toLowerCase())) ?? null;
  return { response: said(lastLine), messageId };
}
