// What people and monitoring see of logins by access tokens: `doctor`, `mailbox list`, `status --check` and the worker's log
// tell of a token before it ends (MAIL-20), and none of them shows it.
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { startSmtpSink } from "../servers/smtp-sink.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../servers/token-endpoint.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

let desk: DeskFolder;
let endpoint: TokenEndpoint;
let imap: Dovecot;
let refreshToken = "";

beforeEach(async () => {
  endpoint = await startTokenEndpoint();
  imap = await startDovecot({ introspectionUrl: endpoint.introspectionUrl });
  imap.user("support");
  refreshToken = endpoint.signIn("support");
  desk = await deskFolder();
  desk.file("refresh.token", refreshToken);
  write();
});
afterEach(async () => {
  killWorkers();
  desk.remove();
  await imap.remove();
  await endpoint.stop();
});

/** maildesk.yaml with one mailbox that logs in by tokens; `more` stands in its oauth block. */
function write(more = ""): void {
  desk.file(
    "maildesk.yaml",
    `secret: { file: ./maildesk.secret }
mailboxes:
  - name: support
    address: support@desk.example
    source:
      url: imap://127.0.0.1:${imap.port}/INBOX
      user: support
      oauth:
        provider: custom
        tokenUrl: ${endpoint.url}
        clientId: desk-client
        clientSecret: "\${CLIENT_SECRET}"
        refreshToken: { file: ./refresh.token }
${more}`,
  );
}

const env = { CLIENT_SECRET: "desk-client-secret" };
const run = (...args: string[]) => desk.run(args, { env });
const soon = () => new Date(Date.now() + 3 * 86_400_000 + 3_600_000);
const day = (at: Date) => at.toISOString().slice(0, 10);

describe("doctor", () => {
  it("gets a token, and says who gives it", async () => {
    const { code, stdout } = await run("doctor");
    expect(stdout).toMatch(
      new RegExp(
        `^ok {6}token support {3}127\\.0\\.0\\.1:${endpoint.port} gives a token for support, good for 58 min$`,
        "m",
      ),
    );
    expect(stdout).toMatch(/^ok {6}in support {6}imap:\/\/.*: 0 mails, IDLE$/m);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/refresh-support|access-support|desk-client-secret/);
  });

  it("warns of one that is going to end, by what the endpoint or the configuration says, and fails nothing for it", async () => {
    endpoint.behaviour.refreshLifeSeconds = 3 * 86_400 + 3600;
    const { code, stdout } = await run("doctor");
    expect(code).toBe(0);
    expect(stdout).toContain(
      `gives a token for support, good for 58 min. The refresh token of mailbox support ends on ${day(soon())}, in 3 days. Sign in again as support and put the new refresh token into ${desk.path}/refresh.token; it is read again at each try.`,
    );
    expect(stdout).toMatch(/^warn {4}token support/m);
    endpoint.behaviour.refreshLifeSeconds = null;
    desk.file("refresh.token", endpoint.signIn("support"));
    write("        endsAt: 2020-01-31");
    const { checks } = JSON.parse((await run("doctor", "--json")).stdout) as { checks: { check: string }[] };
    expect(checks.find((one) => one.check === "token support")).toEqual({
      check: "token support",
      ok: true,
      warning: true,
      text: expect.stringContaining("The client secret or refresh token of mailbox support ended on 2020-01-31."),
    });
  });

  it("fails where the endpoint refuses, and says what to do", async () => {
    endpoint.revoke("support");
    const { code, stdout } = await run("doctor");
    expect(code).toBe(69);
    expect(stdout).toMatch(
      /^FAILED {2}token support {3}127\.0\.0\.1:\d+ refuses the refresh token of mailbox support \(invalid_grant\): .* Sign in again as support and put the new refresh token into /m,
    );
  });
});

describe("a mailbox", () => {
  it("is listed with how it logs in and when its token ends, and tested", async () => {
    write("        endsAt: 2031-01-31");
    expect(JSON.parse((await run("mailbox", "list", "--json")).stdout)).toMatchObject([
      { name: "support", login: "oauth", tokenEndsAt: "2031-01-31T00:00:00.000Z", error: null },
    ]);
    expect(await run("mailbox", "test")).toEqual({
      code: 0,
      stdout: `ok      support  imap://127.0.0.1:${imap.port}/INBOX: 0 mails, IDLE\n`,
      stderr: "",
    });
  });
});

describe("the alerts' own route", () => {
  it("logs in by tokens as well, and doctor looks at it", async () => {
    const takesToken = (user: string, token: string) => endpoint.isGood(user, token);
    const sink = await startSmtpSink({ tls: "implicit", takesToken });
    onTestFinished(() => sink.stop());
    const oauth = `{ provider: google, tokenUrl: "${endpoint.url}", clientId: desk-client, clientSecret: desk-client-secret, refreshToken: ${endpoint.signIn("alerts")} }`;
    const route = `{ url: "smtps://127.0.0.1:${sink.port}", user: alerts, allowInvalidCertificates: true, oauth: ${oauth} }`;
    write(`alerts: { to: [admin@elsewhere.example], route: ${route} }\n`);
    expect(await run("alerts", "test")).toMatchObject({ code: 0 });
    expect(sink.received).toMatchObject([{ to: "admin@elsewhere.example" }]);
    expect((await run("doctor")).stdout).toMatch(
      /^ok {6}token alerts\.route {2}.* gives a token for alerts, good for 58 min$/m,
    );
  });
});

describe("before a token ends", () => {
  it("monitoring, the log and alerts are told, once a day", async () => {
    const at = soon();
    write(
      `        endsAt: ${at.toISOString()}\nalerts: { to: [admin@elsewhere.example], route: "maildir:./alerts" }\n`,
    );
    const text = `The client secret or refresh token of mailbox support ends on ${day(at)}, in 3 days.`;
    expect(await run("status", "--check")).toMatchObject({ code: 1, stdout: expect.stringContaining(`${text} Renew`) });
    expect((await run("alerts", "run")).code).toBe(0);
    expect(JSON.parse((await run("alerts", "list", "--json")).stdout)).toMatchObject([
      { kind: "token", subject: "mailbox support", status: "told" },
    ]);
    const worker = startWorker(desk.path, env);
    expect(await worker.until("token-ending")).toMatchObject({
      level: "warn",
      account: "mailbox support",
      what: "client secret or refresh token",
      endsAt: at.toISOString(),
      text,
    });
    await worker.until("poll");
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    const again = startWorker(desk.path, env);
    await imap.deliver("support", mailOf({}));
    await again.until("mail");
    again.signal("SIGTERM");
    await again.ended;
    expect(again.stderr()).not.toContain("token-ending");
    expect(`${worker.stderr()}${again.stderr()}`).not.toMatch(/refresh-support|access-support|desk-client-secret/);
  });
});
