// Access tokens against a token endpoint on this machine and a real database: asked for once, kept until shortly before their
// end, shared by processes; a replaced refresh token survives; each refusal has its kind and its sentence.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCredentials } from "../../dist/database/credentials.js";
import { type Database, openDatabase } from "../../dist/database/open.js";
import { MaildeskError } from "../../dist/errors.js";
import { openOauth } from "../../dist/oauth/open-oauth.js";
import { seal, unseal } from "../../dist/oauth/seal.js";
import { freePort } from "../servers/free-port.ts";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";
import { databaseOf } from "../servers/test-database.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../servers/token-endpoint.ts";

type Account = Parameters<typeof openOauth>[0];

const keys = [{ id: 1, secret: Buffer.from("0123456789abcdef0123456789abcdef") }];
const start = Date.UTC(2026, 10, 27, 12);
const dayMs = 86_400_000;

let endpoint: TokenEndpoint;
let folder: TempFolder;
let now = start;
let open: Database[] = [];
let log: string[] = [];
/** What stands in the file that the configuration names. */
let configured = "";

beforeEach(async () => {
  endpoint = await startTokenEndpoint();
  folder = tempFolder("oauth");
  configured = endpoint.signIn("support");
  now = start;
  log = [];
});
afterEach(async () => {
  for (const database of open) await database.close();
  open = [];
  folder.remove();
  await endpoint.stop();
});

const account = (more: Partial<Account> = {}): Account => ({
  name: "mailbox support",
  user: "support@desk.example",
  provider: "custom",
  grant: "refresh_token",
  tokenUrl: endpoint.url,
  clientId: "desk-client",
  clientSecret: async () => "desk-client-secret",
  refreshToken: async () => configured,
  scope: null,
  endsAt: null,
  places: { clientSecret: "/etc/client.secret", refreshToken: "/etc/refresh.token" },
  ...more,
});

/** A process of its own on the same database. */
async function login(more: Partial<Account> = {}, sealing = keys, answerMs?: number) {
  const database = await openDatabase({ url: await databaseOf(folder.path), migrate: true, now: () => now });
  open.push(database);
  const note = (event: string, fields: object) => void log.push(`${event} ${JSON.stringify(fields)}`);
  return openOauth(account(more), {
    credentials: openCredentials(database),
    clock: { now: () => now },
    log: { info: note, warn: note, error: note },
    keys: sealing,
    owner: `host/${open.length}/1`,
    ...(answerMs === undefined ? {} : { answerMs }),
  });
}

async function refusal(work: Promise<unknown>): Promise<MaildeskError> {
  const error = await work.then(() => null).catch((thrown: unknown) => thrown);
  if (error instanceof MaildeskError) return error;
  throw error ?? new Error("it was not refused");
}

describe("a token", () => {
  it("is asked for once however many want it, and kept until two minutes before its end", async () => {
    const support = await login();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => support.token(null)));
    expect(others).toEqual([first, first]);
    expect(endpoint.isGood("support", first ?? "")).toBe(true);
    now += 3600_000 - 120_000 - 1;
    expect(await support.token(null)).toBe(first);
    now += 1;
    expect(await support.token(null)).not.toBe(first);
    expect(endpoint.requests).toHaveLength(2);
    expect(log[0]).toBe(
      `token {"account":"mailbox support","endpoint":"127.0.0.1:${endpoint.port}","goodForSeconds":3600,"rotated":false}`,
    );
  });

  it("of a short life is handed out for four fifths of it", async () => {
    endpoint.behaviour.lifeSeconds = 10;
    const support = await login();
    const first = await support.token(null);
    now += 7_999;
    expect(await support.token(null)).toBe(first);
    now += 1;
    expect(await support.token(null)).not.toBe(first);
  });

  it("that the mail server refused is replaced, once for all who were refused", async () => {
    const support = await login();
    const ended = await support.token(null);
    const [one, two] = await Promise.all([support.token(ended), support.token(ended)]);
    expect(one).toBe(two);
    expect(one).not.toBe(ended);
    expect(await support.token(ended)).toBe(one);
    expect(endpoint.requests).toHaveLength(2);
  });

  it("is shared by the desk's processes, and asked for by one of them", async () => {
    const processes = [await login(), await login(), await login()];
    const tokens = await Promise.all(processes.map((one) => one.token(null)));
    expect(new Set(tokens).size).toBe(1);
    expect(endpoint.requests).toHaveLength(1);
    const fresh = await Promise.all(processes.map((one) => one.token(tokens[0] ?? "")));
    expect(new Set(fresh).size).toBe(1);
    expect(endpoint.requests).toHaveLength(2);
  });

  it("of another scope is another token of the same sign-in", async () => {
    endpoint.behaviour.rotate = true;
    const [imap, smtp] = [await login({ scope: "imap" }), await login({ scope: "smtp", name: "outgoing" })];
    expect(await imap.token(null)).not.toBe(await smtp.token(null));
    expect(endpoint.requests.map(({ scope }) => scope)).toEqual(["imap", "smtp"]);
    expect(endpoint.requests[1]?.refreshToken).not.toBe(configured);
    await (await login({ scope: "imap" })).token(null);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each<[string, Partial<Account>, object]>([
    ["the secret in the header, as RFC 6749 wants it of all", {}, { secretIn: "header", scope: null }],
    ["the secret in the form, as Google documents it", { provider: "google" }, { secretIn: "form" }],
    ["a scope", { provider: "microsoft", scope: "a b" }, { secretIn: "form", scope: "a b" }],
  ])("is asked for with %s", async (_what, more, asked) => {
    await (await login(more)).token(null);
    expect(endpoint.requests).toMatchObject([
      { grant: "refresh_token", clientId: "desk-client", refreshToken: configured, ...asked },
    ]);
  });

  it("of the program itself needs no person", async () => {
    const token = await (await login({ grant: "client_credentials", refreshToken: null })).token(null);
    expect(endpoint.isGood("app", token)).toBe(true);
    expect(endpoint.requests).toMatchObject([{ grant: "client_credentials", refreshToken: null }]);
  });
});

describe("a refresh token that the endpoint replaces", () => {
  beforeEach(() => {
    endpoint.behaviour.rotate = true;
  });

  it("is used from then on, also after a restart", async () => {
    const first = await login();
    const token = await first.token(null);
    await first.token(token);
    expect(log.at(-1)).toContain('"rotated":true');
    const restarted = await login();
    now += 2 * 3600_000;
    await restarted.token(null);
    const used = endpoint.requests.map((one) => one.refreshToken);
    expect(used[0]).toBe(configured);
    expect(new Set(used).size).toBe(3);
  });

  it("gives way to a new one in the configuration", async () => {
    const support = await login();
    await support.token(null);
    configured = endpoint.signIn("support");
    now += 3600_000;
    await support.token(null);
    expect(endpoint.requests[1]?.refreshToken).toBe(configured);
  });

  it("and that was revoked gives way to the configured one, where that is still good", async () => {
    endpoint.behaviour.rotate = false;
    endpoint.behaviour.answer = {
      status: 200,
      body: { access_token: "a", expires_in: 60, refresh_token: "revoked-later" },
    };
    const support = await login();
    await support.token(null);
    endpoint.behaviour.answer = null;
    now += 60_000;
    expect(endpoint.isGood("support", await support.token(null))).toBe(true);
    now += 3600_000;
    await support.token(null);
    expect(endpoint.requests.map((one) => one.refreshToken)).toEqual([
      ...[configured, "revoked-later", configured],
      configured,
    ]);
  });

  it("lies sealed in the database, and counts as not there once the desk's key is gone", async () => {
    await (await login()).token(null);
    const [row] = (await open[0]?.read.selectFrom("credential").selectAll().execute()) ?? [];
    expect(JSON.stringify(row)).not.toMatch(/refresh-support|access-support/);
    expect(row).toMatchObject({ generation: 1, leaseOwner: null, leaseUntil: 0 });
    configured = "worthless";
    await refusal((await login({}, [{ id: 2, secret: Buffer.from("another key, another desk's") }])).token(null));
    expect(endpoint.requests.at(-1)?.refreshToken).toBe("worthless");
  });

  it("opens in its own row alone, and by every key that the desk still has", () => {
    const sealed = seal(keys, "row", "text");
    const [key] = keys;
    expect(unseal([{ id: 7, secret: Buffer.from("newer") }, ...keys], "row", sealed)).toBe("text");
    expect(unseal(keys, "other-row", sealed)).toBe(null);
    expect(unseal([{ id: 1, secret: Buffer.from("changed") }], "row", sealed)).toBe(null);
    expect(unseal(keys, "row", `${sealed.slice(0, -2)}AA`)).toBe(null);
    expect(unseal(keys, "row", "")).toBe(null);
    expect(key && sealed.startsWith(`1.${key.id}.`)).toBe(true);
  });
});

describe("an endpoint that refuses", () => {
  it("the refresh token says who must sign in again, and where to put the new one", async () => {
    configured = "revoked-long-ago";
    const error = await refusal((await login()).token(null));
    expect(error).toMatchObject({
      kind: "operator",
      code: "invalid_grant",
      message: `127.0.0.1:${endpoint.port} refuses the refresh token of mailbox support (invalid_grant): The refresh token *** was revoked or has expired.`,
      remedy: "Sign in again as support@desk.example and put the new refresh token into /etc/refresh.token.",
    });
  });

  it("the client says which, and where its secret is", async () => {
    expect(await refusal((await login({ clientSecret: async () => "ended" })).token(null))).toMatchObject({
      kind: "operator",
      code: "invalid_client",
      message: `127.0.0.1:${endpoint.port} refuses the client desk-client of mailbox support (invalid_client): The client or its secret is not known.`,
      remedy: "Check clientId, and put a client secret that is valid into /etc/client.secret.",
    });
  });

  it("is asked again at each try, so that a new token is noticed at once", async () => {
    const good = configured;
    configured = "revoked";
    const support = await login();
    await refusal(support.token(null));
    configured = good;
    expect(endpoint.isGood("support", await support.token(null))).toBe(true);
  });

  const failing: [string, TokenEndpoint["behaviour"]["answer"], string, string][] = [
    [
      "the scope",
      { status: 400, body: { error: "invalid_scope", error_description: "AADSTS70011:\r\n\u001b[31m no such scope" } },
      "operator",
      "HOST refuses the scope of mailbox support (invalid_scope): AADSTS70011: [31m no such scope",
    ],
    [
      "for a reason that only it knows",
      { status: 400, body: { error: "interaction_required", error_description: "Use two factors." } },
      "operator",
      "HOST gives no token for mailbox support (interaction_required): Use two factors.",
    ],
    ["with a status alone", { status: 404, body: "<html>" }, "operator", "The token endpoint HOST answers with 404."],
    [
      "with a redirect, which is not followed",
      { status: 302, body: "", location: "http://127.0.0.1:9/" },
      "operator",
      "The token endpoint HOST answers with a redirect (302).",
    ],
    [
      "with a page of a portal",
      { status: 200, body: "<html>Log in</html>" },
      "operator",
      "The token endpoint HOST answers without an access token.",
    ],
    [
      "with a token that would break out of a command",
      { status: 200, body: { access_token: "a\r\nA1 LOGOUT" } },
      "operator",
      "The token endpoint HOST answers without an access token.",
    ],
    [
      "with a token of another kind",
      { status: 200, body: { access_token: "a", token_type: "mac" } },
      "operator",
      "The token endpoint HOST gives tokens of a kind that mail servers do not take.",
    ],
    [
      "with more than any token needs",
      { status: 200, body: "x".repeat(70_000) },
      "operator",
      "The token endpoint HOST answers with more than 64 kB.",
    ],
    ["for now", { status: 503, body: "busy" }, "temporary", "The token endpoint HOST asks to come back later (503)."],
    [
      "because of too many questions",
      { status: 429, body: { error: "slow_down", error_description: "Wait." } },
      "temporary",
      "The token endpoint HOST asks to come back later (slow_down): Wait.",
    ],
    ["by hanging up", "drop", "temporary", "The token endpoint HOST closed the connection."],
  ];
  it.each(failing)("%s is %s", async (_what, answer, kind, message) => {
    endpoint.behaviour.answer = answer;
    const support = await login();
    const error = await refusal(support.token(null));
    expect([error.kind, error.message]).toEqual([kind, message.replace("HOST", `127.0.0.1:${endpoint.port}`)]);
    expect(error.remedy).not.toBeNull();
    endpoint.behaviour.answer = null;
    expect(endpoint.isGood("support", await support.token(null))).toBe(true);
  });

  it("connections is tried again", async () => {
    const port = await freePort();
    const error = await refusal((await login({ tokenUrl: `http://127.0.0.1:${port}/token` })).token(null));
    expect(error).toMatchObject({
      kind: "temporary",
      code: "connection",
      message: `The token endpoint 127.0.0.1:${port} refuses connections.`,
    });
  });

  it("to answer at all is not waited for", async () => {
    endpoint.behaviour.answer = "hang";
    expect(await refusal((await login({}, keys, 50)).token(null))).toMatchObject({
      kind: "temporary",
      code: "connection",
      message: `The token endpoint 127.0.0.1:${endpoint.port} does not answer in time.`,
    });
  });

  it("never gets its words printed with a secret in them, however it writes them", async () => {
    configured = "1//0g+sec/ret=";
    endpoint.behaviour.answer = {
      status: 400,
      body: {
        error: "invalid_request",
        error_description: `refresh_token=${encodeURIComponent(configured)} or ${configured} of desk-client-secret`,
      },
    };
    expect((await refusal((await login()).token(null))).message).toMatch(
      /\(invalid_request\): refresh_token=\*\*\* or \*\*\* of \*\*\*$/,
    );
  });
});

describe("what is going to end", () => {
  it("is nothing where nobody said so", async () => {
    const support = await login();
    await support.token(null);
    expect(await support.ending()).toBe(null);
    expect(await support.check()).toEqual({
      text: `127.0.0.1:${endpoint.port} gives a token for support@desk.example, good for 58 min`,
      warning: null,
    });
  });

  it("is the refresh token, where the endpoint tells", async () => {
    endpoint.behaviour.refreshLifeSeconds = 7 * 86_400;
    const support = await login();
    await support.token(null);
    now += 3 * dayMs;
    expect(await support.ending()).toEqual({
      account: "mailbox support",
      what: "refresh token",
      endsAt: start + 7 * dayMs,
      text: "The refresh token of mailbox support ends on 2026-12-04, in 4 days.",
      remedy: "Sign in again as support@desk.example and put the new refresh token into /etc/refresh.token.",
    });
    configured = endpoint.signIn("support");
    now += dayMs / 96;
    expect(await support.ending()).toBe(null);
  });

  it.each<[string, Partial<Account>, number, string, string]>([
    [
      "the client secret",
      { grant: "client_credentials", refreshToken: null },
      14 * dayMs,
      "The client secret of mailbox support ends on 2026-12-11, in 14 days.",
      "Put a client secret that is valid into /etc/client.secret. Then mend endsAt in maildesk.yaml.",
    ],
    [
      "the refresh token of a client without a secret",
      { clientSecret: null },
      dayMs - 1,
      "The refresh token of mailbox support ends on 2026-11-28, within a day.",
      "Sign in again as support@desk.example and put the new refresh token into /etc/refresh.token. Then mend endsAt in maildesk.yaml.",
    ],
    [
      "one of the two",
      {},
      -dayMs,
      "The client secret or refresh token of mailbox support ended on 2026-11-26.",
      "Renew what ends: put a client secret that is valid into /etc/client.secret. Sign in again as support@desk.example and put the new refresh token into /etc/refresh.token. Then mend endsAt in maildesk.yaml.",
    ],
  ])("is %s, where the configuration tells", async (_what, more, inMs, text, remedy) => {
    const support = await login({ ...more, endsAt: now + inMs });
    expect(await support.ending()).toMatchObject({ text, remedy, endsAt: now + inMs });
  });
});
