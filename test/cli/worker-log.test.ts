// The log of a worker as a collector reads it: one JSON object a line, whatever happens, and in none of them a subject, a
// text, a password or an address by which a stranger could answer (OPS-9). And what it does at each signal.
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { freePort } from "../servers/free-port.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

const marker = "geheimwort";
const smtpPassword = `smtp-${marker}`;

let imap: Dovecot;
let sink: SmtpSink;
let desk: DeskFolder;
beforeAll(async () => {
  imap = await startDovecot({ users: { support: `imap-${marker}` } });
  sink = await startSmtpSink({
    auth: { user: "desk", password: smtpPassword },
    tls: "starttls",
    // A server that repeats what it was told.
    answer: ({ from, to }) => `2.0.0 queued from <${from}> to <${to}>`,
  });
});
beforeEach(async () => {
  desk = await deskFolder({ init: false });
});
afterEach(() => {
  killWorkers();
  desk.remove();
});
afterAll(async () => {
  await imap.remove();
  await sink.stop();
});

const source = (user: string, password: string) => `imap://${user}:${password}@127.0.0.1:${imap.port}/INBOX`;

function configure(more: string): void {
  desk.file(
    "maildesk.yaml",
    [
      `secret: a-secret-with-${marker}-in-it`,
      `outgoing: smtp+starttls://desk:${smtpPassword}@127.0.0.1:${sink.port}?allowInvalidCertificates=true`,
      "mailboxes:",
      "  - name: support",
      "    address: support@desk.example",
      `    source: ${source("support", `imap-${marker}`)}`,
      "    start: all",
      "    pollEvery: 1s",
      more,
    ].join("\n"),
  );
}

describe("a worker's log", () => {
  it("goes on after SIGHUP, ends well at SIGTERM, and says so", async () => {
    configure("");
    const worker = startWorker(desk.path);
    await worker.until("worker-started");
    worker.signal("SIGHUP");
    await worker.until("hangup");
    await imap.deliver("support", mailOf({ id: "hup@acme.example" }));
    await worker.until("mail");
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(worker.lines().slice(-1)).toMatchObject([{ event: "worker-stopped" }]);
    expect(worker.lines()).toContainEqual(expect.objectContaining({ event: "worker-stopping", signal: "SIGTERM" }));
  });

  it("is JSON even where Node.js warns, and where a mistake ends the worker that nobody caught", async () => {
    configure("");
    const mistake = `process.on("SIGUSR2", () => {
      process.emitWarning("odd");
      setTimeout(() => Promise.reject(new TypeError("broken")), 100);
    })`;
    const worker = startWorker(desk.path, {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(mistake)}`,
    });
    await worker.until("worker-started");
    worker.signal("SIGUSR2");
    expect(await worker.ended).toBe(70);
    const lines = worker.lines();
    expect(lines).toContainEqual(expect.objectContaining({ level: "warn", event: "node-warning", error: "odd" }));
    expect(lines.at(-1)).toMatchObject({
      event: "worker-failed",
      error: "broken",
      stack: expect.stringContaining("TypeError: broken"),
      exitCode: 70,
    });
  });

  it("hides the login of a queue that is away", async () => {
    configure("");
    const worker = startWorker(desk.path, {
      MAILDESK_QUEUE: `redis://desk:${marker}@127.0.0.1:${await freePort()}`,
    });
    await worker.until("queue.trouble");
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(worker.stderr()).not.toContain(marker);
  });

  it("is JSON to the last line of a worker that cannot start", async () => {
    configure("");
    const database = desk.file("no-database", readFileSync(new URL(import.meta.url)));
    const worker = startWorker(desk.path, { MAILDESK_DATABASE: `sqlite:${database}` });
    expect(await worker.ended).toBe(69);
    expect(worker.lines()).toMatchObject([
      {
        level: "error",
        event: "worker-failed",
        error: expect.stringContaining("no-database cannot be opened"),
        remedy: expect.stringContaining("database:"),
        stack: expect.stringContaining("    at "),
        exitCode: 69,
      },
    ]);
  });

  it("tells of good mails and of what two servers refused, and gives nothing of them away", async () => {
    const mailbox = `  - { name: sales, address: sales@desk.example, source: "${source("sales", `wrong-${marker}`)}" }`;
    configure(mailbox);
    const mail = (from: string, id: string, text = `The ${marker} burns.`) =>
      imap.deliver("support", mailOf({ from, id: `${id}@acme.example`, subject: `About the ${marker}`, text }));
    await mail("Ann <ann@acme.example>", "1");
    await mail("Refused <550@acme.example>", "2");
    await mail("Refused later <data554@acme.example>", "3");
    const worker = startWorker(desk.path);
    await worker.until("sent");
    await worker.until("not-sent", ({ error }) => /550|5\.1\.1/.test(String(error)));
    await worker.until("poll-failed", (line) => line.mailbox === "sales");
    worker.signal("SIGTERM");
    expect(await worker.ended, worker.stderr()).toBe(0);

    for (const line of worker.lines()) {
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: expect.stringMatching(/^(info|warn|error)$/),
        event: expect.stringMatching(/^[a-z.-]+$/),
      });
    }
    expect(sink.received[0]?.from).toMatch(/^support\+[a-z2-7]{24,}@desk\.example$/);
    expect(worker.lines().find(({ event }) => event === "sent")?.response).toMatch(
      /queued from <\[reply address\]> to <ann@acme\.example>/,
    );
    expect(worker.stderr()).not.toContain(marker);
    expect(worker.stderr()).not.toMatch(/burns|About the|support\+/);
  });
});
