// A real Dovecot for tests: IMAP on 127.0.0.1 over Maildirs in a temporary folder, as root or as a normal user.
// STARTTLS is off unless `tls` asks for it; the certificate is then self-signed, for "localhost".
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rename, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type StartedProcess, startProcess, waitUntil } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";

export interface DovecotUser {
  user: string;
  password: string;
  /** The user's Maildir: `new/`, `cur/`, `.Folder/`. */
  maildir: string;
}

export interface Dovecot {
  host: "127.0.0.1";
  port: number;
  /** IMAP inside TLS from the first byte; 0 without `tls`. */
  tlsPort: number;
  /** Null while it is stopped. */
  pid: number | null;
  /** Makes the user at its first mention. */
  user(name: string): DovecotUser;
  /** Puts a mail into the Maildir as a local delivery does; `receivedAtMs` becomes its INTERNALDATE. */
  deliver(user: string, raw: Buffer | string, options?: { folder?: string; receivedAtMs?: number }): Promise<void>;
  stop(): Promise<void>;
  /** Starts it after `stop`, or stops it first; same port, same mails. */
  restart(): Promise<void>;
  /** Gives the user's folders a new UIDVALIDITY and their mails new UIDs. */
  renumber(user: string): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
  log(): string;
}

export interface DovecotOptions {
  /** Names and passwords; others get the password "secret-NAME". */
  users?: Record<string, string>;
  tls?: boolean;
  /** Logins by access tokens, which Dovecot asks this address about (RFC 7662). */
  introspectionUrl?: string;
  /** Offered for access tokens; default: both, of which clients take OAUTHBEARER. */
  tokenMechanisms?: string;
}

/** Starts Dovecot and resolves when it greets. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = tempFolder("dovecot");
  const port = await freePort();
  const tlsPort = options.tls ? await freePort() : 0;
  const logFile = join(folder.path, "dovecot.log");
  const log = () => readFileSync(logFile, "utf8");
  chmodSync(folder.path, 0o755);
  mkdirSync(join(folder.path, "mail"));
  mkdirSync(join(folder.path, "users"));
  writeFileSync(join(folder.path, "dovecot.log"), "");
  if (options.tls) makeCertificate(folder.path);
  if (options.introspectionUrl !== undefined)
    writeFileSync(join(folder.path, "oauth2.conf"), introspection(options.introspectionUrl));
  writeFileSync(join(folder.path, "dovecot.conf"), configuration(folder.path, port, tlsPort, options));

  const users = new Map<string, DovecotUser>();
  let process: StartedProcess | null = null;
  let delivered = 0;

  const start = async () => {
    const started = await startProcess("dovecot", ["-F", "-c", join(folder.path, "dovecot.conf")]);
    process = started;
    await waitUntil(
      async () => {
        if (started.exitCode() !== null) throw new Error("gone");
        return (await greeting(port)).startsWith("* OK");
      },
      () => `Dovecot did not start: ${started.output()} ${log()}`,
    );
  };
  const stop = async () => {
    await process?.stop();
    process = null;
  };
  const user = (name: string): DovecotUser => {
    const existing = users.get(name);
    if (existing) return existing;
    const maildir = join(folder.path, "mail", name);
    makeMaildir(maildir);
    const made = { user: name, password: options.users?.[name] ?? `secret-${name}`, maildir };
    // A file for each user: Dovecot looks at most once a second whether a file has changed.
    const fields = [name, `{PLAIN}${made.password}`, owner.uid, owner.gid, "", maildir, ""];
    writeFileSync(join(folder.path, "users", name), `${fields.join(":")}:\n`);
    users.set(name, made);
    return made;
  };
  for (const name of Object.keys(options.users ?? {})) user(name);
  try {
    await start();
  } catch (error) {
    await stop();
    folder.remove();
    throw error;
  }

  return {
    host: "127.0.0.1",
    port,
    tlsPort,
    get pid() {
      return process?.pid ?? null;
    },
    user,
    async deliver(name, raw, { folder: subfolder, receivedAtMs } = {}) {
      const maildir = user(name).maildir;
      const target = subfolder === undefined ? maildir : join(maildir, `.${subfolder}`);
      makeMaildir(target);
      delivered += 1;
      const at = receivedAtMs ?? Date.now();
      const file = `${Math.floor(at / 1000)}.M${String(delivered).padStart(6, "0")}.localhost`;
      await writeFile(join(target, "tmp", file), raw);
      await utimes(join(target, "tmp", file), at / 1000, at / 1000);
      own(join(target, "tmp", file));
      await rename(join(target, "tmp", file), join(target, "new", file));
    },
    stop,
    async restart() {
      await stop();
      await start();
    },
    async renumber(name) {
      await stop();
      const entries = readdirSync(user(name).maildir, { recursive: true, encoding: "utf8" });
      const lists = entries
        .filter((entry) => /(^|\/)dovecot-uidlist$/.test(entry))
        .map((entry) => join(user(name).maildir, entry));
      const validities = lists.map((list) => Number(/ V(\d+) /.exec(readFileSync(list, "latin1"))?.[1] ?? 0));
      for (const entry of entries) {
        if (/(^|\/)dovecot(-uid.*|\.index.*)$/.test(entry)) rmSync(join(user(name).maildir, entry));
      }
      // The next UIDVALIDITY is the second in which the folder is opened.
      await waitUntil(
        () => Date.now() / 1000 > Math.max(0, ...validities) + 1,
        () => "The clock stands still.",
      );
      await start();
    },
    async remove() {
      await stop();
      folder.remove();
    },
    log,
  };
}

// Dovecot serves no mail as root: for root the mails belong to "nobody".
const owner = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : userInfo();

function own(path: string): void {
  if (userInfo().uid === 0) chownSync(path, owner.uid, owner.gid);
}

function makeMaildir(path: string): void {
  for (const part of ["tmp", "new", "cur"]) {
    mkdirSync(join(path, part), { recursive: true });
    own(join(path, part));
  }
  own(path);
}

function greeting(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(2_000, () => socket.destroy(new Error("silent")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString("latin1"));
    });
  });
}

function makeCertificate(folder: string): void {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject], { stdio: "ignore" });
}

// Started by a normal user, every process runs as that user; started by root, the login processes must not be root, so
// the package's own users stay. No chroot in either case.
function ownUsers(): string {
  const me = userInfo();
  if (me.uid === 0) return "";
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  return `
default_internal_user = ${me.username}
default_internal_group = ${group}
default_login_user = ${me.username}`;
}

/** Dovecot's own file: the token goes as a form, and the answer names its user. */
const introspection = (url: string): string => `
introspection_mode = post
introspection_url = ${url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
`;

function configuration(folder: string, port: number, tlsPort: number, options: DovecotOptions): string {
  const mechanisms = options.introspectionUrl === undefined ? "" : (options.tokenMechanisms ?? "oauthbearer xoauth2");
  const tls = `ssl = yes\nssl_cert = <${folder}/certificate.pem\nssl_key = <${folder}/key.pem`;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
${tlsPort === 0 ? "ssl = no" : tls}
disable_plaintext_auth = no
auth_mechanisms = plain login ${mechanisms}
auth_failure_delay = 0
${ownUsers()}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:~/
mailbox_idle_check_interval = 1s
mail_max_userip_connections = 1000
default_process_limit = 200
default_client_limit = 2000
protocol imap {
  imap_logout_format =
}
${mechanisms === "" ? "" : `passdb {\n  driver = oauth2\n  mechanisms = ${mechanisms}\n  args = ${folder}/oauth2.conf\n}`}
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${folder}/users/%u
}
userdb {
  driver = passwd-file
  args = ${folder}/users/%u
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
  }
}
service imap {
  process_limit = 200
}
service anvil {
  chroot =
  # Off: a refused login makes the next ones wait, up to 15 seconds.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}
