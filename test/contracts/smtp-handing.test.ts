// DESIGN.md invariant 7, byte by byte: against a server that shows what has reached it, the last dot leaves only after
// `handing` resolved, and every way to fail is told apart by whether it had left.
import { createServer, type Server, type Socket } from "node:net";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { handingStream } from "../../dist/smtp/handing-stream.js";
import { openSmtp } from "../../dist/smtp/open-smtp.js";

const lastDot = "\r\n.\r\n";
const raw = Buffer.from("Subject: hello\r\n\r\n.A line that starts with a dot\r\n");
const envelope = { from: "desk@example.com", to: "ada@example.org" };

interface ByteServer {
  port: number;
  /** All that came after 354, dots stuffed as on the wire. */
  data(): string;
  /** The connections that are open. */
  sockets: Set<Socket>;
}

/** An SMTP server of a few lines; `onDot` gives the answer to the last dot, or null for none. */
async function byteServer(onDot: (socket: Socket) => string | null, onData?: (socket: Socket) => void) {
  let data = "";
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    let inData = false;
    let commands = "";
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.write("220 bytes.example ESMTP\r\n");
    socket.on("data", (chunk) => {
      if (inData) {
        data += chunk.toString("latin1");
        if (data.endsWith(lastDot)) {
          inData = false;
          const answer = onDot(socket);
          if (answer !== null) socket.write(`${answer}\r\n`);
        }
        return;
      }
      commands += chunk.toString("latin1");
      for (let end = commands.indexOf("\r\n"); end !== -1; end = commands.indexOf("\r\n")) {
        const line = commands.slice(0, end);
        commands = commands.slice(end + 2);
        inData = line === "DATA";
        if (inData) onData?.(socket);
        socket.write(inData ? "354 go on\r\n" : line === "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, data: () => data, sockets } satisfies ByteServer;
}

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function transport(port: number) {
  const smtp = openSmtp({
    host: "127.0.0.1",
    port,
    secure: "none",
    name: "desk.example.com",
    connectTimeoutMs: 5_000,
    socketTimeoutMs: 5_000,
  });
  open.push(() => smtp.close());
  return smtp;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) await pause(10);
  expect(condition()).toBe(true);
}

function gate() {
  let go: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  let asked = 0;
  const promise = new Promise<void>((resolve, reject) => {
    go = resolve;
    fail = reject;
  });
  const handing = () => {
    asked += 1;
    return promise;
  };
  return { handing, go: () => go(), fail: (error: Error) => fail(error), asked: () => asked };
}

test.each([
  ["short", raw],
  ["long", Buffer.concat([raw, Buffer.from("0123456789abcdef\r\n".repeat(20_000))])],
  ["without a last line break", Buffer.from("Subject: x\r\n\r\nend")],
])("a %s mail flows in full but its last dot waits until handing resolves", async (_name, mail) => {
  const server = await byteServer(() => "250 2.0.0 taken");
  const { handing, go, asked } = gate();
  const sent = transport(server.port).send(envelope, mail, handing);
  const stuffed = mail.toString("latin1").replaceAll("\r\n.", "\r\n..");
  await until(() => server.data().length >= stuffed.length && asked() === 1);
  await pause(50);
  expect(server.data()).toBe(stuffed);
  go();
  await expect(sent).resolves.toEqual({ response: "250 2.0.0 taken", messageId: null });
  expect(server.data()).toBe(stuffed + (stuffed.endsWith("\r\n") ? ".\r\n" : lastDot));
  expect(asked()).toBe(1);
});

test("when handing rejects, the connection ends without the last dot and the rejection is passed on as it is", async () => {
  const server = await byteServer(() => "250 2.0.0 taken");
  const { handing, fail, asked } = gate();
  const smtp = transport(server.port);
  const outcome = smtp.send(envelope, raw, handing).catch((error: unknown) => error);
  await until(() => asked() === 1);
  const lost = Object.assign(new Error("the lease is lost"), { code: "lease" });
  fail(lost);
  expect(await outcome).toBe(lost);
  expect(lost.code).toBe("lease");
  expect(server.data()).not.toContain(lastDot);
  await smtp.send(envelope, raw, async () => undefined);
  // Twice the mail and one dot: nothing was said on the connection that broke off in the middle.
  const stuffed = raw.toString().replaceAll("\r\n.", "\r\n..");
  expect(server.data()).toBe(`${stuffed}${stuffed}.\r\n`);
});

test("a connection that drops while handing is being committed is a plain lost connection, because the dot never left", async () => {
  const server = await byteServer(() => "250 2.0.0 taken");
  const { handing, go, asked } = gate();
  const sent = transport(server.port).send(envelope, raw, handing);
  let settled = false;
  const outcome = sent
    .catch((error: unknown) => error)
    .finally(() => {
      settled = true;
    });
  await until(() => asked() === 1);
  for (const socket of server.sockets) socket.destroy();
  await pause(100);
  expect(settled, "it must not report before the commit of handing has ended").toBe(false);
  go();
  expect(await outcome).toMatchObject({ kind: "temporary", code: "connection" });
  expect(server.data()).not.toContain(lastDot);
});

const hangUp =
  (lastWords = "") =>
  (socket: Socket) => {
    socket.end(lastWords);
    return null;
  };

test.each<[string, (socket: Socket) => string | null, object]>([
  ["nothing and hangs up", hangUp(), { kind: "temporary", code: "uncertain" }],
  ["nothing at all until the time is over", () => null, { kind: "temporary", code: "uncertain" }],
  ["half a line and hangs up", hangUp("250 2.0.0 ok but no line end"), { kind: "temporary", code: "uncertain" }],
  ["451", () => "451 4.3.0 try again", { kind: "temporary", code: "451" }],
  ["421", () => "421 4.3.2 going down", { kind: "temporary", code: "421" }],
  ["554", () => "554 5.7.1 looks like spam", { kind: "permanent", code: "554" }],
])("a server that answers the last dot with %s is reported as such", async (_name, onDot, expected) => {
  const server = await byteServer(onDot);
  const smtp = openSmtp({
    host: "127.0.0.1",
    port: server.port,
    secure: "none",
    name: "desk.example.com",
    connectTimeoutMs: 2_000,
    socketTimeoutMs: 500,
  });
  open.push(() => smtp.close());
  await expect(smtp.send(envelope, raw, async () => undefined)).rejects.toMatchObject(expected);
});

test("a server that refuses in the middle of the mail is believed, handing is never asked for, and the connection is not used again", async () => {
  const long = Buffer.concat([raw, Buffer.from("0123456789abcdef\r\n".repeat(2_000_000))]);
  const server = await byteServer(
    () => "250 2.0.0 taken",
    (socket) => setTimeout(() => socket.write("552 5.3.4 too much\r\n"), 0),
  );
  const { handing, asked } = gate();
  const smtp = transport(server.port);
  const sent = smtp.send(envelope, long, handing);
  await expect(sent).rejects.toMatchObject({ kind: "permanent", code: "552" });
  await expect(smtp.send(envelope, raw, async () => undefined)).rejects.toMatchObject({ code: "552" });
  expect(asked()).toBe(0);
  expect(server.data()).not.toContain("RSET");
});

test("a server that says 250 before the last dot has not taken the mail", async () => {
  const server = await byteServer(
    () => "250 2.0.0 taken",
    (socket) => setTimeout(() => socket.write("250 2.0.0 hasty\r\n"), 0),
  );
  const { handing, go } = gate();
  const outcome = transport(server.port)
    .send(envelope, raw, handing)
    .catch((error: unknown) => error);
  await pause(100);
  go();
  expect(await outcome).toMatchObject({ kind: "temporary", code: "connection" });
  expect(server.data()).not.toContain(lastDot);
});

test.each([0, 1, 16_384, 16_385, 100_000])(
  "of %i bytes all have gone to a slow connection before handing is asked for",
  async (size) => {
    let gone = 0;
    let goneWhenAsked = -1;
    const mail = handingStream(Buffer.alloc(size, "x"), async () => {
      goneWhenAsked = gone;
    });
    mail.readable.on("data", (chunk) => {
      gone += chunk.length;
    });
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => setTimeout(done, 5) });
    await pipeline(mail.readable, slow);
    expect(goneWhenAsked).toBe(size);
    expect(mail.released()).toBe(true);
  },
);
