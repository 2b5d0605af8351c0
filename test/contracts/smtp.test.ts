// The way out against a real SMTP server: every kind of failure in its class, and connections that are used again.
import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openSmtp } from "../../dist/smtp/open-smtp.js";
import { freePort } from "../servers/free-port.ts";
import { type SinkOptions, type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";

type Config = Parameters<typeof openSmtp>[0];

const raw = Buffer.from("From: desk@example.com\r\nTo: ada@example.org\r\nSubject: hello\r\n\r\nDear Ada\r\n");
const from = "desk@example.com";
const open: (() => Promise<void>)[] = [];
let handed = 0;
const handing = async () => {
  handed += 1;
};

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  handed = 0;
});

async function sink(options: SinkOptions = {}): Promise<SmtpSink> {
  const started = await startSmtpSink(options);
  open.push(() => started.stop());
  return started;
}

function transport(port: number, more: Partial<Config> = {}) {
  const smtp = openSmtp({
    host: "127.0.0.1",
    port,
    secure: "none",
    name: "desk.example.com",
    connectTimeoutMs: 2_000,
    socketTimeoutMs: 5_000,
    ...more,
  });
  open.push(() => smtp.close());
  return smtp;
}

test("a mail arrives byte for byte with its envelope, also from the null sender", async () => {
  const server = await sink();
  const smtp = transport(server.port);
  expect(await smtp.send({ from, to: "ada@example.org" }, raw, handing)).toEqual({
    response: "250 2.0.0 queued as 1",
    messageId: null,
  });
  await smtp.send({ from: "", to: "bob+tag@example.org" }, raw, handing);
  expect(server.received).toMatchObject([
    { from, to: "ada@example.org", raw: raw.toString() },
    { from: "", to: "bob+tag@example.org", raw: raw.toString() },
  ]);
  expect(handed).toBe(2);
});

test.each([
  ["desk.example.com", "desk.example.com"],
  ["worker1", "[127.0.0.1]"],
])("a machine named %s says EHLO %s", async (name, ehlo) => {
  const server = await sink();
  await transport(server.port, { name }).send({ from, to: "ada@example.org" }, raw, handing);
  expect(server.ehlo()).toBe(ehlo);
});

test.each([
  ["queued as <0102018f@relay.example.net> [InternalId=7]", "0102018f@relay.example.net"],
  ["2.0.0 <ada@example.org> kMx1 saved", null],
  ["2.0.0 <ADA@example.org> is now <x.1@relay.example.net>", "x.1@relay.example.net"],
  ["2.0.0 ok", null],
])("of the answer %j the Message-ID is %s", async (answer, messageId) => {
  const server = await sink({ answer: () => answer });
  const sent = await transport(server.port).send({ from, to: "ada@example.org" }, raw, handing);
  expect(sent).toEqual({ response: `250 ${answer}`, messageId });
});

test.each<[string, string, object, number]>([
  ["451 at RCPT", "451@example.org", { kind: "temporary", code: "451" }, 0],
  ["550 at RCPT", "550+x@example.org", { kind: "permanent", code: "550" }, 0],
  ["530 at RCPT", "530@example.org", { kind: "operator", code: "sender" }, 0],
  ["421 at RCPT", "421@example.org", { kind: "temporary", code: "421" }, 0],
  ["451 after the mail", "data451@example.org", { kind: "temporary", code: "451" }, 1],
  ["554 after the mail", "data554@example.org", { kind: "permanent", code: "554" }, 1],
  ["a drop after the mail", "drop@example.org", { kind: "temporary", code: "uncertain" }, 1],
  ["an address that breaks the line", "a\r\nDATA@example.org", { kind: "permanent", code: "address" }, 0],
])("%s (to %j) is reported as what it is, and the next mail gets through", async (_name, to, expected, handings) => {
  const server = await sink();
  const smtp = transport(server.port);
  await expect(smtp.send({ from, to }, raw, handing)).rejects.toMatchObject(expected);
  expect(handed).toBe(handings);
  const before = server.received.length;
  await smtp.send({ from, to: "ada@example.org" }, raw, handing);
  expect(server.received.length).toBe(before + 1);
});

test("a connection that drops at DATA is a lost connection, even if handing was committed in that moment", async () => {
  const server = await sink();
  const long = Buffer.concat([raw, Buffer.from("0123456789abcdef\r\n".repeat(500_000))]);
  const sent = transport(server.port).send({ from, to: "dropearly@example.org" }, long, handing);
  await expect(sent).rejects.toMatchObject({ kind: "temporary", code: "connection" });
  expect(server.received).toEqual([]);
});

test("a mail that was taken without an answer is kept by the server once, and is uncertain to us", async () => {
  const server = await sink();
  const sent = transport(server.port).send({ from, to: "drop+1@example.org" }, raw, handing);
  await expect(sent).rejects.toMatchObject({ code: "uncertain" });
  expect(server.received.length).toBe(1);
});

test.each([530, 550, 553])(
  "a sender refused with %i concerns every mail and is for the administrator",
  async (code) => {
    const server = await sink({ refuseSender: code });
    const sent = transport(server.port).send({ from, to: "ada@example.org" }, raw, handing);
    await expect(sent).rejects.toMatchObject({ kind: "operator", code: "sender" });
    expect(handed).toBe(0);
  },
);

test("a sender refused with 451 is asked again later, and one refused with 552 concerns this mail only", async () => {
  const later = await sink({ refuseSender: 451 });
  const tooBig = await sink({ refuseSender: 552 });
  const envelope = { from, to: "ada@example.org" };
  const temporary = transport(later.port).send(envelope, raw, handing);
  await expect(temporary).rejects.toMatchObject({ kind: "temporary", code: "451" });
  const permanent = transport(tooBig.port).send(envelope, raw, handing);
  await expect(permanent).rejects.toMatchObject({ kind: "permanent", code: "552" });
});

test("a mail over the size that the server names is not even begun", async () => {
  const server = await sink({ sizeBytesMax: 1_000 });
  const sent = transport(server.port).send({ from, to: "ada@example.org" }, Buffer.alloc(1_001, "x"), handing);
  await expect(sent).rejects.toMatchObject({ kind: "permanent", code: "552" });
  expect(handed).toBe(0);
});

test("nobody listening, a silent server and a server that shuts down are temporary", async () => {
  const envelope = { from, to: "ada@example.org" };
  const nobody = transport(await freePort());
  await expect(nobody.send(envelope, raw, handing)).rejects.toMatchObject({
    kind: "temporary",
    code: "connection",
  });

  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => silent.close(() => resolve())));
  const address = silent.address();
  const waiting = transport(typeof address === "object" && address ? address.port : 0, {
    connectTimeoutMs: 300,
  });
  await expect(waiting.send(envelope, raw, handing)).rejects.toMatchObject({
    kind: "temporary",
    code: "connection",
  });

  const closing = transport((await sink({ refuseAll: true })).port);
  await expect(closing.send(envelope, raw, handing)).rejects.toMatchObject({
    kind: "temporary",
    code: "421",
  });
  expect(handed).toBe(0);
});

test("a refused login is for the administrator, names the user and never the password", async () => {
  const server = await sink({ auth: { user: "desk", password: "right" } });
  const smtp = transport(server.port, { user: "desk", password: async () => "wr0ng-secret" });
  const error = await smtp.send({ from, to: "ada@example.org" }, raw, handing).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: "operator", code: "EAUTH" });
  expect(error).toHaveProperty("message", expect.stringContaining("refused the login of desk: 535 5.7.8"));
  expect(error).toHaveProperty("remedy", expect.stringContaining("password"));
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("wr0ng-secret");
});

test("a login works, and the password is read anew for each connection", async () => {
  const server = await sink({ auth: { user: "desk", password: "right" } });
  const passwords = ["old", "right"];
  const smtp = transport(server.port, { user: "desk", password: async () => passwords.shift() ?? "" });
  const envelope = { from, to: "ada@example.org" };
  await expect(smtp.send(envelope, raw, handing)).rejects.toMatchObject({ code: "EAUTH" });
  await expect(smtp.send(envelope, raw, handing)).resolves.toMatchObject({ messageId: null });
});

test.each<[string, Partial<Config>, string]>([
  ["a user without a password", { user: "desk" }, "EAUTH"],
  ["a login where the server offers none", { user: "desk", password: async () => "x" }, "EAUTH"],
  [
    "a login that would go in the clear unasked",
    { user: "desk", password: async () => "x", secure: "opportunistic" },
    "TLS",
  ],
  ["STARTTLS that the server doesn't have", { secure: "starttls" }, "TLS"],
  ["TLS to a server that talks plainly", { secure: "tls" }, "TLS"],
])("%s is for the administrator", async (_name, more, code) => {
  const server = await sink();
  const sent = transport(server.port, more).send({ from, to: "ada@example.org" }, raw, handing);
  await expect(sent).rejects.toMatchObject({ kind: "operator", code, remedy: expect.any(String) });
});

test.each(["starttls", "implicit"] as const)(
  "%s with a certificate that nobody vouches for is refused, unless allowed",
  async (tls) => {
    const server = await sink({ tls });
    const secure = tls === "implicit" ? "tls" : "starttls";
    const envelope = { from, to: "ada@example.org" };
    const strict = transport(server.port, { secure });
    await expect(strict.send(envelope, raw, handing)).rejects.toMatchObject({
      kind: "operator",
      code: "TLS",
    });
    const lenient = transport(server.port, { secure, allowInvalidCertificates: true });
    await lenient.send(envelope, raw, handing);
    expect(await lenient.check()).toBe("ready, TLS 1.3");
  },
);

test("opportunistic encryption takes any certificate when no password is sent, and plain text where there is none", async () => {
  const encrypting = transport((await sink({ tls: "starttls" })).port, { secure: "opportunistic" });
  expect(await encrypting.check()).toBe("ready, TLS 1.3");
  const plain = transport((await sink()).port, { secure: "opportunistic" });
  expect(await plain.check()).toBe("ready, not encrypted");
});

test("check logs in and rejects like a mail would", async () => {
  const server = await sink({ auth: { user: "desk", password: "right" } });
  const good = transport(server.port, { user: "desk", password: async () => "right" });
  expect(await good.check()).toBe("ready, not encrypted, as desk");
  const bad = transport(server.port, { user: "desk", password: async () => "wrong" });
  await expect(bad.check()).rejects.toMatchObject({ kind: "operator", code: "EAUTH" });
  expect(server.received).toEqual([]);
});

test("an address that is not ASCII goes to a server that knows SMTPUTF8; a domain goes as ASCII to any", async () => {
  const modern = await sink({ smtputf8: true });
  const old = await sink();
  const to = "jörg@example.org";
  await transport(modern.port).send({ from, to }, raw, handing);
  expect(modern.received[0]?.to).toBe(to);
  const smtp = transport(old.port);
  await expect(smtp.send({ from, to }, raw, handing)).rejects.toMatchObject({
    kind: "permanent",
    code: "SMTPUTF8",
    message: expect.stringContaining(to),
  });
  await smtp.send({ from, to: "ada@bücher.example" }, raw, handing);
  expect(old.received[0]?.to).toMatch(/^ada@(xn--bcher-kva|bücher)\.example$/);
});

test("mails one after the other share a connection, and a fresh one takes over when it is used up or gone", async () => {
  const server = await sink();
  const smtp = transport(server.port, { maxMailsPerConnection: 3 });
  const send = (to: string) => smtp.send({ from, to }, raw, handing);
  for (const to of ["a@example.org", "b@example.org", "c@example.org"]) await send(to);
  expect(server.connections.total).toBe(1);
  await send("d@example.org");
  expect(server.connections.total).toBe(2);
  await send("drop@example.org").catch(() => undefined);
  await send("e@example.org");
  expect(server.connections.total).toBe(3);
  expect(server.received.map((mail) => mail.to[0])).toEqual(["a", "b", "c", "d", "d", "e"]);
});

test("a server that was restarted between two mails costs nothing", async () => {
  const first = await startSmtpSink();
  const smtp = transport(first.port);
  await smtp.send({ from, to: "ada@example.org" }, raw, handing);
  await first.stop();
  const second = await sink({ port: first.port });
  await smtp.send({ from, to: "bob@example.org" }, raw, handing);
  expect(second.received.map((mail) => mail.to)).toEqual(["bob@example.org"]);
});

test("two mails travel at once, a third waits for a connection", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await sink({ onData: () => held });
  const smtp = transport(server.port, { maxConnections: 2 });
  const sends = ["a", "b", "c"].map((name) => smtp.send({ from, to: `${name}@example.org` }, raw, handing));
  await server.waitFor(2);
  expect(server.connections.total).toBe(2);
  expect(server.received.map((mail) => mail.to).sort()).toEqual(["a@example.org", "b@example.org"]);
  release();
  await Promise.all(sends);
  expect(server.received.length).toBe(3);
  expect(server.connections.total).toBe(2);
});

test("a rate per minute spaces the mails evenly", async () => {
  const server = await sink();
  const smtp = transport(server.port, { ratePerMinute: 300 });
  const began = Date.now();
  await Promise.all([1, 2, 3].map((n) => smtp.send({ from, to: `a${n}@example.org` }, raw, handing)));
  expect(Date.now() - began).toBeGreaterThanOrEqual(400);
});

test("close lets the running mail end, turns away who waits, and leaves no connection", async () => {
  const server = await sink({ slowMs: 300 });
  const smtp = transport(server.port, { maxConnections: 1 });
  const running = smtp.send({ from, to: "slow@example.org" }, raw, handing);
  const waiting = smtp.send({ from, to: "ada@example.org" }, raw, handing);
  const turnedAway = expect(waiting).rejects.toMatchObject({ kind: "temporary", code: "closed" });
  await server.waitFor(1);
  await smtp.close();
  await expect(running).resolves.toMatchObject({ messageId: null });
  await turnedAway;
  await expect(smtp.send({ from, to: "ada@example.org" }, raw, handing)).rejects.toMatchObject({
    code: "closed",
  });
  for (let tries = 0; tries < 100 && server.connections.open() > 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(server.connections.open()).toBe(0);
});
