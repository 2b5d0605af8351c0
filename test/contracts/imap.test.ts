// What only IMAP can do wrong: passwords, certificates, lost and silent connections, other people's deleted mails.
// Against a real Dovecot, in part through a relay that breaks the connection.
import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openImap } from "../../dist/imap/open-imap.js";
import type { FetchedMail, MailSource } from "../../dist/ports.js";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { freePort } from "../servers/free-port.ts";
import { waitUntil } from "../servers/process.ts";
import { startTcpProxy, type TcpProxy } from "../servers/tcp-proxy.ts";

let dovecot: Dovecot;
let proxy: TcpProxy;
let users = 0;
let user = "";
const open: MailSource[] = [];

beforeAll(async () => {
  dovecot = await startDovecot({ tls: true });
});
afterAll(() => dovecot.remove());
beforeEach(async () => {
  user = `user${++users}`;
  dovecot.user(user);
  proxy = await startTcpProxy(dovecot.port);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()));
  await proxy.close();
});

type Config = Parameters<typeof openImap>[0];

function source(changes: Partial<Config> = {}): MailSource {
  const { host, port } = dovecot;
  const password = async () => dovecot.user(user).password;
  const made = openImap({
    name: "support",
    host,
    port,
    secure: "none",
    user,
    password,
    folder: "INBOX",
    ...changes,
  });
  open.push(made);
  return made;
}

async function fetchAll(
  from: MailSource,
  known: number[] = [],
  onStore: (batch: FetchedMail[]) => Promise<void> = async () => {},
): Promise<FetchedMail[]> {
  const mails: FetchedMail[] = [];
  const request = {
    cursor: null,
    start: null,
    starting: async () => null,
    windowSize: 1000,
    known: async () => new Set(known),
    signal: new AbortController().signal,
  };
  await from.fetch(request, async (batch) => {
    mails.push(...batch.mails);
    await onStore(batch.mails);
  });
  return mails;
}

const validityOf = (from: MailSource) => {
  let validity = "";
  const request = {
    cursor: null,
    start: null,
    starting: async () => null,
    windowSize: 1,
    known: async (now: string, uids: number[]) => {
      validity = now;
      return new Set(uids);
    },
    signal: new AbortController().signal,
  };
  return from.fetch(request, async () => {}).then(() => validity);
};

const mail = (subject: string) => `Subject: ${subject}\r\n\r\nHello\r\n`;
const texts = (mails: FetchedMail[]) => mails.map(({ raw }) => raw?.toString() ?? null);
const never = new AbortController().signal;

describe("the connection", () => {
  test("tells of a refused password without showing it, and reads it again at the next try", async () => {
    let password = "Gone-with-2019!";
    const mended = source({ password: async () => password });
    const refused = await mended.check().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      kind: "operator",
      message: expect.stringContaining(`127.0.0.1:${dovecot.port} refused the password of ${user}.`),
      remedy: "Mend the password in maildesk.yaml; it is read again at each try.",
    });
    expect(JSON.stringify([refused, String(refused)])).not.toContain(password);
    password = dovecot.user(user).password;
    expect(await mended.check()).toBe("0 mails, IDLE");
  });

  test("does not blame the password for a connection that breaks during the login", async () => {
    proxy.hangUpOn((text) => text.includes("AUTHENTICATE"));
    await expect(source({ port: proxy.port }).check()).rejects.toMatchObject({
      kind: "temporary",
      code: "connection",
    });
  });

  test("calls a server that refuses connections a passing trouble", async () => {
    const port = await freePort();
    const failed = source({ port }).check();
    await expect(failed).rejects.toMatchObject({ kind: "temporary", code: "connection" });
    await expect(failed).rejects.toThrow(`The IMAP server at 127.0.0.1:${port} refuses connections.`);
  });

  test("is made anew when the server was away", async () => {
    const steady = source();
    await dovecot.deliver(user, mail("before"));
    expect(texts(await fetchAll(steady))).toEqual([mail("before")]);
    await dovecot.stop();
    await expect(fetchAll(steady)).rejects.toMatchObject({ kind: "temporary", code: "connection" });
    await steady.wait(50, never);
    await dovecot.restart();
    await dovecot.deliver(user, mail("after"));
    expect(texts(await fetchAll(steady, [1]))).toEqual([mail("after")]);
  });

  test("is thrown away when it is silent", async () => {
    const steady = source({ port: proxy.port });
    await fetchAll(steady);
    proxy.silence();
    await dovecot.deliver(user, mail("unheard"));
    expect(texts(await fetchAll(steady))).toEqual([mail("unheard")]);
    expect(proxy.connections()).toBe(2);
  });

  test("that falls silent in IDLE does not keep anybody waiting beyond the given time", async () => {
    const steady = source({ port: proxy.port });
    await fetchAll(steady);
    const waiting = steady.wait(1000, never);
    await waitUntil(
      () => proxy.sent().includes("IDLE"),
      () => proxy.sent(),
    );
    proxy.silence();
    await waiting;
  });

  test("names a missing folder and those with a similar name", async () => {
    await dovecot.deliver(user, mail("x"), { folder: "Support.Old" });
    await dovecot.deliver(user, mail("x"), { folder: "Support.New" });
    const failed = source({ folder: "Suport/New" }).check();
    await expect(failed).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringContaining("no folder Suport/New"),
      remedy: expect.stringMatching(/there are: Support\/New, /),
    });
  });

  test("reads a folder below another one, written with a slash whatever the server's delimiter is", async () => {
    await dovecot.deliver(user, mail("deep"), { folder: "Support.New" });
    expect(texts(await fetchAll(source({ folder: "Support/New" })))).toEqual([mail("deep")]);
  });
});

describe("TLS", () => {
  test("is refused with a remedy when the certificate cannot be trusted, unless that is allowed", async () => {
    const tls = { port: dovecot.tlsPort, secure: "tls", host: "localhost" } as const;
    await expect(source(tls).check()).rejects.toMatchObject({
      kind: "operator",
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
      remedy: expect.stringContaining("certificate"),
    });
    expect(await source({ ...tls, allowInvalidCertificates: true }).check()).toMatch(/mails/);
  });

  test("begins with STARTTLS where that is asked for", async () => {
    const starttls = { port: proxy.port, secure: "starttls" } as const;
    await expect(source(starttls).check()).rejects.toMatchObject({ kind: "operator" });
    expect(await source({ ...starttls, allowInvalidCertificates: true }).check()).toMatch(/mails/);
    expect(proxy.sent()).toContain("STARTTLS");
    expect(proxy.sent()).not.toContain("AUTHENTICATE");
  });

  test("is missed with a remedy on a port that speaks none", async () => {
    const failed = source({ secure: "tls", allowInvalidCertificates: true }).check();
    await expect(failed).rejects.toMatchObject({ kind: "operator", remedy: expect.stringContaining("port") });
  });

  test("is never begun where the configuration says none", async () => {
    await source({ port: proxy.port, secure: "none" }).check();
    expect(proxy.sent()).not.toContain("STARTTLS");
  });
});

test("a server without STARTTLS is told from one with a bad certificate", async () => {
  const plain = await startDovecot();
  try {
    await expect(source({ port: plain.port, secure: "starttls" }).check()).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringContaining("does not offer STARTTLS"),
    });
  } finally {
    await plain.remove();
  }
});

describe("fetching", () => {
  test("goes on behind a mail at which the server hangs up, and reports that one", async () => {
    for (const name of ["one", "two", "three", "four"]) await dovecot.deliver(user, mail(name));
    proxy.hangUpOn((text) => asksForBodyOf(2, text));
    const mails = await fetchAll(source({ port: proxy.port }));
    expect(texts(mails)).toEqual([mail("one"), null, mail("three"), mail("four")]);
    expect(mails[1]?.error).toMatch(/does not hand it over/);
    expect(mails[1]?.receivedAtMs).toBeGreaterThan(0);
  });

  test("takes a mail that was deleted meanwhile for gone, not for failed", async () => {
    for (let count = 1; count <= 52; count += 1) await dovecot.deliver(user, mail(`number ${count}`));
    const mails = await fetchAll(source(), [], async (batch) => {
      if (batch.length === 50) await asOtherClient((other) => other.messageDelete("51"));
    });
    expect(mails.map(({ uid }) => uid)).toEqual([...Array.from({ length: 50 }, (_, index) => index + 1), 52]);
    expect(mails.every(({ error }) => error === null)).toBe(true);
  });

  test("hears a new mail by IDLE itself, not by asking", async () => {
    const from = source({ port: proxy.port });
    await fetchAll(from);
    const waiting = from.wait(60 * 60 * 1000, never);
    // The first stay in IDLE is short; in the second one nothing is asked for a minute.
    await waitUntil(
      () => (proxy.sent().match(/ IDLE\r\n/g) ?? []).length === 2,
      () => proxy.sent(),
    );
    const before = proxy.sent();
    await dovecot.deliver(user, mail("rise"));
    await waiting;
    expect(proxy.sent()).toBe(before);
    expect(texts(await fetchAll(from))).toEqual([mail("rise")]);
  });
});

describe("finishing", () => {
  test("works on more mails than stand in one command, with gaps between them", async () => {
    for (let count = 1; count <= 300; count += 1) await dovecot.deliver(user, mail(`number ${count}`));
    const from = source();
    const uids = (await fetchAll(from)).map(({ uid }) => uid).filter((uid) => uid % 2 === 1);
    expect(await from.finish(await validityOf(from), uids, { kind: "move", folder: "Support/Done" })).toEqual(uids);
    expect((await fetchAll(source({ folder: "Support/Done" }))).length).toBe(150);
    expect((await fetchAll(from)).length).toBe(150);
  });

  test("leaves alone what another client marked as deleted", async () => {
    for (const name of ["ours", "theirs"]) await dovecot.deliver(user, mail(name));
    const from = source();
    const [ours] = await fetchAll(from);
    await asOtherClient((client) => client.messageFlagsAdd("2", ["\\Deleted"]));
    await from.finish(await validityOf(from), [ours?.uid ?? 0], { kind: "delete" });
    expect(texts(await fetchAll(from))).toEqual([mail("theirs")]);
  });

  test("tells what the server will not do", async () => {
    await dovecot.deliver(user, mail("one"));
    const from = source();
    await fetchAll(from);
    const bad = from.finish(await validityOf(from), [1], { kind: "move", folder: "x".repeat(300) });
    await expect(bad).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringMatching(/cannot be moved to x+/),
    });
    expect(texts(await fetchAll(from))).toEqual([mail("one")]);
  });
});

function asksForBodyOf(uid: number, text: string): boolean {
  const set = /UID FETCH (\S+) \(.*BODY\.PEEK\[\]/.exec(text)?.[1];
  return (set ?? "").split(",").some((range) => {
    const [first, last = first] = range.split(":").map(Number);
    return first !== undefined && last !== undefined && first <= uid && uid <= last;
  });
}

async function asOtherClient(work: (client: ImapFlow) => Promise<unknown>): Promise<void> {
  const auth = { user, pass: dovecot.user(user).password };
  const { host, port } = dovecot;
  const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  await client.mailboxOpen("INBOX");
  await work(client);
  await client.logout();
}
