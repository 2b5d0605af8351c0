// A real SMTP server for tests (npm smtp-server) that keeps what it takes and answers by the recipient's local part,
// so that a test says in the address what shall happen to the mail:
//   451@, 550@, any 4xx or 5xx     refused with that code at RCPT TO
//   data451@, data554@             refused with that code after the last dot
//   slow@                          answered after `slowMs`
//   drop@                          kept in `received`, the connection dropped before the answer
//   dropearly@                     the connection dropped as soon as DATA began
// A name counts up to its first "+" or digit, so slow2@ and drop+tag@ work and dropbox@ is an ordinary recipient.
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from "smtp-server";

export interface SinkMail {
  from: string;
  to: string;
  raw: string;
  /** UTC milliseconds. */
  at: number;
}

export interface SinkOptions {
  /** Take a port that is known already, so that a stopped sink can come back. */
  port?: number;
  auth?: { user: string; password: string };
  /** Logins by access tokens (XOAUTH2): true where the token is good. They are offered behind PLAIN and LOGIN, as big providers do. */
  takesToken?: (user: string, token: string) => boolean;
  /** Greets everybody with 421. */
  refuseAll?: boolean;
  /** The code for every MAIL FROM. */
  refuseSender?: number;
  /** `starttls` offers it, `implicit` encrypts from the first byte; the certificate is self-signed. */
  tls?: "none" | "starttls" | "implicit";
  smtputf8?: boolean;
  sizeBytesMax?: number;
  slowMs?: number;
  /** What follows "250 " after the last dot. */
  answer?: (mail: SinkMail) => string;
  /** Awaited before the answer; a rejection becomes 451. */
  onData?: (mail: SinkMail) => Promise<void> | void;
}

export interface SmtpSink {
  host: "127.0.0.1";
  port: number;
  /** Mails whose last dot arrived, in that order. */
  received: SinkMail[];
  /** Connections that were ever opened, and those that are open now. */
  connections: { total: number; open(): number };
  /** The last name that a client called itself by. */
  ehlo(): string;
  /** Resolves to `received` once it holds `count` mails. */
  waitFor(count: number): Promise<SinkMail[]>;
  stop(): Promise<void>;
}

const waitTimeoutMs = 30_000;

/** Starts the sink on 127.0.0.1. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const received: SinkMail[] = [];
  let total = 0;
  let ehlo = "";

  const server: SMTPServer = new SMTPServer({
    ...protocol(options),
    onConnect(_session, callback) {
      total += 1;
      callback(options.refuseAll ? refusal(421, "4.3.2 Service shutting down") : null);
    },
    onAuth(login, _session, callback) {
      const right =
        login.method === "XOAUTH2"
          ? options.takesToken?.(login.username ?? "", login.accessToken ?? "") === true
          : options.auth !== undefined &&
            login.username === options.auth.user &&
            login.password === options.auth.password;
      if (right) callback(null, { user: login.username ?? "" });
      else callback(refusal(535, "5.7.8 Authentication credentials invalid"));
    },
    onMailFrom(_address, session, callback) {
      ehlo = session.hostNameAppearsAs || "";
      callback(options.refuseSender ? refusal(options.refuseSender, "5.7.1 Sender not allowed") : null);
    },
    onRcptTo(address, _session, callback) {
      const code = codeOf(address.address);
      callback(code === null ? null : refusal(code, "5.1.1 As the address asks"));
    },
    onData(stream, session, callback) {
      const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
      const to = session.envelope.rcptTo[0]?.address ?? "";
      if (word(to) === "dropearly") {
        stream.resume();
        drop(session);
        return;
      }
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const mail = { from, to, raw: Buffer.concat(chunks).toString("latin1"), at: Date.now() };
        answer(mail, session).then((text) => callback(null, text), callback);
      });
    },
  });

  async function answer(mail: SinkMail, session: SMTPServerSession): Promise<string> {
    const code = /^data([45]\d\d)/.exec(mail.to)?.[1];
    if (code) throw refusal(Number(code), "5.6.0 As the address asks");
    received.push(mail);
    if (word(mail.to) === "drop") drop(session);
    if (word(mail.to) === "slow") await pause(options.slowMs ?? 1_000);
    await options.onData?.(mail);
    return options.answer?.(mail) ?? `2.0.0 queued as ${received.length}`;
  }

  function drop(session: SMTPServerSession): void {
    for (const connection of server.connections) if (connection.id === session.id) connection._socket.destroy();
  }

  // A client that breaks off is an error to the server and the very point of some tests.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;

  return {
    host: "127.0.0.1",
    port,
    received,
    connections: {
      get total() {
        return total;
      },
      open: () => server.connections.size,
    },
    ehlo: () => ehlo,
    async waitFor(count) {
      const end = Date.now() + waitTimeoutMs;
      while (received.length < count && Date.now() < end) await pause(10);
      if (received.length < count) throw new Error(`The sink took ${received.length} mails, not ${count}.`);
      return received;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const connection of server.connections) connection._socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function protocol(options: SinkOptions): SMTPServerOptions {
  const tls = options.tls ?? "none";
  const wantsLogin = options.auth !== undefined || options.takesToken !== undefined;
  return {
    secure: tls === "implicit",
    hideSTARTTLS: tls !== "starttls",
    hideSMTPUTF8: options.smtputf8 !== true,
    authOptional: !wantsLogin,
    disabledCommands: wantsLogin ? [] : ["AUTH"],
    authMethods: options.takesToken === undefined ? ["PLAIN", "LOGIN"] : ["PLAIN", "LOGIN", "XOAUTH2"],
    allowInsecureAuth: true,
    // Off, because the certificate that comes with smtp-server would be complained about on stderr.
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 1_000,
    ...(options.sizeBytesMax === undefined ? {} : { size: options.sizeBytesMax }),
  };
}

const word = (address: string) => /^[a-z]+(?=[+\d@])/i.exec(address)?.[0].toLowerCase() ?? "";

function codeOf(address: string): number | null {
  const digits = /^([45]\d\d)(?!\d)/.exec(address)?.[1];
  return digits === undefined ? null : Number(digits);
}

function refusal(code: number, text: string): Error {
  return Object.assign(new Error(code < 500 ? text.replace(/^5/, "4") : text), { responseCode: code });
}
