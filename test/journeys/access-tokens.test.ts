// Mailboxes and the way out that log in by access tokens (MAIL-20): tokens end and are renewed, refresh tokens are replaced and
// survive a restart, an endpoint that refuses pauses its own mailbox alone, one that is away costs nothing.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../servers/token-endpoint.ts";
import { type Journey, openJourney } from "./desk.ts";
import { mailText } from "./mail-text.ts";

const pauseMs = 61_000;
const hourMs = 3_600_000;
const sender = "support@desk.example";

let endpoint: TokenEndpoint;
let imap: Dovecot;
let folder: TempFolder;

beforeAll(async () => {
  endpoint = await startTokenEndpoint();
  imap = await startDovecot({ introspectionUrl: endpoint.introspectionUrl });
  folder = tempFolder("tokens");
});
afterAll(async () => {
  await imap.remove();
  await endpoint.stop();
  folder.remove();
});
beforeEach(() => {
  Object.assign(endpoint.behaviour, { rotate: false, lifeSeconds: 3600, refreshLifeSeconds: null, answer: null });
  endpoint.requests.length = 0;
});

/** The file of the refresh token that a person got by signing in. */
const fileOf = (user: string) => join(folder.path, user, "refresh.token");

function signIn(user: string): void {
  mkdirSync(join(folder.path, user), { recursive: true });
  writeFileSync(fileOf(user), `${endpoint.signIn(user)}\n`);
}

const oauthOf = (user: string) => {
  signIn(user);
  return {
    provider: "custom",
    tokenUrl: endpoint.url,
    clientId: "desk-client",
    clientSecret: "desk-client-secret",
    refreshToken: { file: fileOf(user) },
  };
};

const byTokens = { mailboxes: [{ name: "support", oauth: oauthOf }, { name: "sales" }] };
const outByTokens = {
  sink: { tls: "implicit" as const, takesToken: (user: string, token: string) => endpoint.isGood(user, token) },
  outgoing: (port: number) => ({
    url: `smtps://127.0.0.1:${port}`,
    user: sender,
    allowInvalidCertificates: "true",
    oauth: oauthOf(sender),
  }),
};

let desk: Journey;
const errorOf = async (name: string) => (await desk.mailbox(name))?.error ?? null;
const until = (ready: () => Promise<boolean>, what: string) =>
  waitUntil(ready, () => `${what}\n${desk.log.join("\n")}`);

describe("a desk that logs in by access tokens", () => {
  it("reads and answers, also after its tokens ended early, and keeps a replaced refresh token over a restart", async () => {
    endpoint.behaviour.rotate = true;
    desk = await openJourney("embedded", { imap, ...byTokens, ...outByTokens });
    desk.run();
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    await desk.settled();
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);

    // No token is good any more, and no connection is left.
    endpoint.expireAll();
    await imap.restart();
    await desk.stopSmtp();
    await desk.restartSmtp();
    await desk.deliver(mailText({ from: "bob@acme.example" }));
    await desk.settled();
    expect(desk.sentTo("bob@acme.example")).toHaveLength(1);
    expect(await errorOf("support")).toBe(null);

    // The hour is over, and the process is another one.
    desk.skip(2 * hourMs);
    await desk.restart();
    await desk.deliver(mailText({ from: "carla@gmail.com" }));
    await desk.settled();
    expect(desk.sentTo("carla@gmail.com")).toHaveLength(1);

    // The real command finds what the worker keeps, and asks for nothing.
    await desk.stop();
    const asked = endpoint.requests.length;
    expect(await desk.command("mailbox", "test", "support")).toMatch(/^ok {6}support {2}imap:.*3 mails, IDLE$/m);
    expect(endpoint.requests).toHaveLength(asked);

    const used = endpoint.requests.map(({ refreshToken }) => refreshToken);
    expect(new Set(used).size).toBe(used.length);
    const everything = JSON.stringify([
      desk.log,
      await desk.everything(),
      await desk.command("mailbox", "list", "--json"),
    ]);
    expect(everything).not.toMatch(/(?:access|refresh)-support|desk-client-secret/);
    expect(desk.log.filter((line) => line.startsWith("token ")).at(-1)).toMatch(
      /^token \{"account":"(?:mailbox support|outgoing)","endpoint":"127\.0\.0\.1:\d+","goodForSeconds":3600,"rotated":true\}$/,
    );
  });
});

describe("an endpoint that refuses the refresh token", () => {
  it("pauses its own mailbox alone, in one clear sentence, until a person has signed in again", async () => {
    desk = await openJourney("embedded", { imap, ...byTokens });
    const source = desk.app.config.mailboxes[0]?.source;
    const who = source?.kind === "imap" ? source.user : "";
    endpoint.revoke(who);
    desk.run();
    await desk.deliver(mailText({ from: "ann@acme.example" }), { mailbox: "sales" });
    await desk.settled();
    await until(async () => (await errorOf("support")) !== null, "support is not paused");
    expect(await errorOf("support")).toBe(
      `127.0.0.1:${endpoint.port} refuses the refresh token of mailbox support (invalid_grant): The refresh token *** was revoked or has expired.\n` +
        `  Sign in again as ${who} and put the new refresh token into ${fileOf(who)}; it is read again at each try.`,
    );
    expect(await desk.mailbox("support")).toMatchObject({ needsPerson: 1, lastPollAt: null });
    expect(await desk.mailbox("sales")).toMatchObject({ error: null, pausedUntil: null });
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);
    const test = await desk.cli(["mailbox", "test", "support"]);
    expect(test).toMatchObject({ code: 69, stdout: expect.stringContaining("refuses the refresh token") });

    signIn(who);
    desk.skip(pauseMs);
    await desk.restart();
    await desk.deliver(mailText({ from: "bob@acme.example" }), { mailbox: "support" });
    await desk.settled();
    expect(await desk.mailbox("support")).toMatchObject({ error: null, needsPerson: 0 });
    expect(desk.sentTo("bob@acme.example")).toHaveLength(1);
  });

  it("pauses sending, and spends no attempt of any mail", async () => {
    desk = await openJourney("embedded", { imap, mailboxes: [{ name: "support" }], ...outByTokens });
    endpoint.revoke(sender);
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    await desk.pass();
    expect(await desk.outbox()).toMatchObject([{ status: "queued", attempts: 0 }]);
    const said =
      `127.0.0.1:${endpoint.port} refuses the refresh token of outgoing (invalid_grant): The refresh token *** was revoked or has expired.` +
      ` Sign in again as ${sender} and put the new refresh token into ${fileOf(sender)}; it is read again at each try.`;
    const { stdout } = await desk.cli(["status", "--check"]);
    expect(stdout).toContain(`sending: ${said}\n`);

    signIn(sender);
    desk.skip(pauseMs);
    await desk.pass();
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);
    expect(await desk.outbox()).toMatchObject([{ status: "sent", attempts: 1 }]);
  });
});

describe("an endpoint that is away", () => {
  afterEach(() => {
    endpoint.behaviour.answer = null;
  });

  it("costs no mail and no attempt, and nobody need do anything", async () => {
    desk = await openJourney("embedded", { imap, ...byTokens, ...outByTokens });
    endpoint.behaviour.answer = { status: 503, body: "down" };
    await desk.deliver(mailText({ from: "ann@acme.example" }), { mailbox: "sales" });
    await desk.deliver(mailText({ from: "bob@acme.example" }), { mailbox: "support" });
    await desk.pass();
    expect(await errorOf("support")).toBe(
      `The token endpoint 127.0.0.1:${endpoint.port} asks to come back later (503).\n  Nothing is lost; it is tried again by itself.`,
    );
    expect(await desk.mailbox("support")).toMatchObject({ needsPerson: 0 });
    expect(await desk.outbox()).toMatchObject([
      { status: "queued", attempts: 0, reason: expect.stringContaining("asks to come back later (503)") },
    ]);
    const tested = await desk.cli(["mailbox", "test", "support"]);
    expect(tested.code).toBe(75);

    endpoint.behaviour.answer = null;
    desk.skip(pauseMs);
    await desk.pass();
    expect(await errorOf("support")).toBe(null);
    expect(desk.sentTo("ann@acme.example")).toHaveLength(1);
    expect(desk.sentTo("bob@acme.example")).toHaveLength(1);
  });
});
