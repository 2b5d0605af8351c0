// nodemailer's SMTP connection with promises instead of callbacks and events: every step settles, even when the
// connection breaks under it, and no event of a dead connection goes unheard. It knows no mail and no policy beyond
// when a connection may be trusted with a password (RFC 3207, RFC 4954, RFC 7435, RFC 8314).
import { TLSSocket } from "node:tls";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { MaildeskError, operator } from "../errors.ts";
import { type SmtpConfig, serverName, smtpLimits } from "./smtp-config.ts";

type Done = (error?: Error | null) => void;

/** What proves who we are: a password, or an access token that ends soon. */
export interface LoginSecret {
  kind: "password" | "token";
  value: string;
}

export interface Connection {
  smtp: SMTPConnection;
  /** Runs one step to its callback, or to the end of the connection, whichever comes first. */
  step(start: (done: Done) => void): Promise<void>;
  /** Rejects when the connection breaks; never resolves. */
  broken: Promise<never>;
}

/** Connects, encrypts and says EHLO; rejects with nodemailer's errors. */
export async function connect(config: SmtpConfig): Promise<Connection> {
  const smtp = new SMTPConnection(options(config));
  const broken = new Promise<never>((_, reject) => {
    smtp.on("error", reject);
    smtp.once("end", () => reject(new Error("the connection was closed")));
  });
  broken.catch(() => undefined);
  const step: Connection["step"] = (start) => {
    const done = new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(error) : resolve()));
    });
    return Promise.race([broken, done]);
  };
  try {
    await step((done) => smtp.connect(done));
  } catch (error) {
    destroy(smtp);
    throw error;
  }
  return { smtp, step, broken };
}

/** Logs in; rejects with operator where this connection must not or can't be used for it. */
export async function login({ smtp, step }: Connection, config: SmtpConfig, secret: LoginSecret): Promise<void> {
  const { user } = config;
  const what = secret.kind === "token" ? "access token" : "password";
  if (config.secure === "opportunistic" && !smtp.secure) {
    throw operator(`${serverName(config)} offers no encryption, so the ${what} of ${user} was not sent.`, {
      code: "TLS",
      remedy: "Use a port that offers STARTTLS or TLS, or a server that needs no login.",
    });
  }
  if (!smtp.allowsAuth) {
    throw operator(`${serverName(config)} offers no login${smtp.secure ? "" : " without encryption"}.`, {
      code: "EAUTH",
      remedy: "Remove the user of `outgoing`, or use the port for submission (465 or 587).",
    });
  }
  if (secret.kind === "token" && !offeredLogins(smtp).includes("XOAUTH2")) {
    throw operator(`${serverName(config)} takes no access tokens.`, {
      code: "mechanism",
      remedy: "Name the provider's own server under `outgoing`, or write a password instead of oauth.",
    });
  }
  const method = secret.kind === "token" ? { method: tokenLogin } : {};
  await step((done) => smtp.login({ user, pass: secret.value, ...method }, done));
}

/** A name of our own: by "XOAUTH2" nodemailer would take the first login that the server offers, and send the token there. */
const tokenLogin = "TOKEN";

/** What XOAUTH2 sends, before base64; the bytes are those of the providers' documents. */
export const tokenWords = (user: string, token: string): string => `user=${user}\u0001auth=Bearer ${token}\u0001\u0001`;

/** A refusal comes as 334 with a reason; after an empty line the server says the code (535). */
const sendToken: SMTPConnection.CustomAuthenticationHandlers[string] = async ({ auth, sendCommand }) => {
  const words = tokenWords(auth.credentials.user, auth.credentials.pass);
  let answer = await sendCommand(`AUTH XOAUTH2 ${Buffer.from(words).toString("base64")}`);
  if (answer.status === 334) answer = await sendCommand("");
  if (answer.status < 200 || answer.status > 299) throw new Error("Invalid login");
};

/** The secret for a login now, or null where none is needed; `refused` is the token that was not taken. */
export async function readSecret(config: SmtpConfig, refused: string | null): Promise<LoginSecret | null> {
  if (config.user !== undefined && config.tokens !== undefined)
    return { kind: "token", value: await config.tokens.token(refused) };
  const password = await readPassword(config);
  return password === null ? null : { kind: "password", value: password };
}

/** The password, or null where none is needed; rejects with operator where it is missing. */
async function readPassword(config: SmtpConfig): Promise<string | null> {
  if (config.user === undefined) return null;
  const who = `${config.user} at ${serverName(config)}`;
  const remedy = "Set the password of `outgoing` in maildesk.yaml.";
  let password: string;
  try {
    password = (await config.password?.()) ?? "";
  } catch (error) {
    if (error instanceof MaildeskError) throw error;
    throw operator(`The password of ${who} could not be read.`, { code: "EAUTH", remedy, cause: error });
  }
  if (password === "") throw operator(`There is no password for ${who}.`, { code: "EAUTH", remedy });
  return password;
}

function options(config: SmtpConfig): SMTPConnection.Options {
  // A relay in the house often has a certificate that it made itself; where no secret goes, RFC 7435 takes it as it is.
  const unproven = config.secure === "opportunistic" && config.user === undefined;
  return {
    host: config.host,
    port: config.port,
    // EHLO wants a full domain or an address in brackets (RFC 5321 section 4.1.1.1); servers refuse a bare host name.
    name: config.name.includes(".") ? config.name : "[127.0.0.1]",
    secure: config.secure === "tls",
    requireTLS: config.secure === "starttls",
    ignoreTLS: config.secure === "none",
    opportunisticTLS: config.secure === "opportunistic",
    connectionTimeout: config.connectTimeoutMs,
    greetingTimeout: config.connectTimeoutMs,
    dnsTimeout: config.connectTimeoutMs,
    socketTimeout: config.socketTimeoutMs,
    tls: { rejectUnauthorized: !(unproven || config.allowInvalidCertificates === true) },
    logger: false,
    customAuth: { [tokenLogin]: sendToken },
  };
}

/** Ends it now: nothing that is still in our hands goes out. */
export function destroy(smtp: SMTPConnection): void {
  smtp.close();
  // close() only asks the peer to close too, and waits for one that may be gone.
  if (smtp._socket) smtp._socket.destroy();
}

/** QUIT, bounded in time; never rejects. */
export async function quit({ smtp, broken }: Connection): Promise<void> {
  if (smtp.destroyed) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, smtpLimits.quitMs);
  });
  smtp.quit();
  await Promise.race([broken.catch(() => undefined), late]);
  clearTimeout(timer);
  destroy(smtp);
}

/** `TLS 1.3` or `not encrypted`. */
export function encryption(smtp: SMTPConnection): string {
  const socket = smtp._socket;
  if (!(socket instanceof TLSSocket)) return "not encrypted";
  return (socket.getProtocol() ?? "TLS").replace(/^TLSv/, "TLS ");
}

/** What EHLO offered (RFC 5321 section 2.2). */
export const extensions = (smtp: SMTPConnection): string[] => offered(smtp, "_supportedExtensions");

/** The logins that EHLO offered (RFC 4954) and that nodemailer knows. */
const offeredLogins = (smtp: SMTPConnection): string[] => offered(smtp, "_supportedAuth");

function offered(smtp: SMTPConnection, list: "_supportedExtensions" | "_supportedAuth"): string[] {
  // nodemailer keeps it to itself, so a cast is the only way to ask.
  const found = (smtp as unknown as Record<string, unknown>)[list];
  return Array.isArray(found) ? found.map(String) : [];
}
