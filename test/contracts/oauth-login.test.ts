// Logins by access tokens at real servers: Dovecot, which asks the token endpoint about each token, and an SMTP server. A
// token that ended early is replaced once; what is refused then is for a person to mend.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openImap } from "../../dist/imap/open-imap.js";
import { openSmtp } from "../../dist/smtp/open-smtp.js";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type SinkOptions, startSmtpSink } from "../servers/smtp-sink.ts";
import { startTokenEndpoint, type TokenEndpoint } from "../servers/token-endpoint.ts";

const raw = Buffer.from("From: desk@example.com\r\nTo: ada@example.org\r\nSubject: hello\r\n\r\nDear Ada\r\n");
const user = "support";

let endpoint: TokenEndpoint;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  endpoint = await startTokenEndpoint();
});
afterAll(() => endpoint.stop());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What the oauth room does, with tokens that a test chooses; `asked` is what each login said was refused. */
function tokensOf(...list: string[]) {
  const asked: (string | null)[] = [];
  let at = 0;
  return {
    asked,
    token: async (refused: string | null) => {
      asked.push(refused);
      if (refused !== null && at < list.length - 1) at += 1;
      return list[at] ?? "";
    },
  };
}

/** A token that the endpoint gives for this user. */
async function goodToken(of = user): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: endpoint.signIn(of),
    client_id: "desk-client",
    client_secret: "desk-client-secret",
  });
  const answer = await fetch(endpoint.url, { method: "POST", body: form });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}

const caught = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);

describe.each(["oauthbearer xoauth2", "xoauth2"])("an IMAP server that offers %s", (tokenMechanisms) => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot({ introspectionUrl: endpoint.introspectionUrl, tokenMechanisms });
    dovecot.user(user);
  });
  afterAll(() => dovecot.remove());

  const source = (tokens: ReturnType<typeof tokensOf>) => {
    const opened = openImap({
      name: "support",
      host: dovecot.host,
      port: dovecot.port,
      secure: "none",
      user,
      password: null,
      tokens,
      folder: "INBOX",
    });
    closing.push(() => opened.close());
    return opened;
  };

  test("lets in who has a token", async () => {
    const tokens = tokensOf(await goodToken());
    expect(await source(tokens).check()).toBe("0 mails, IDLE");
    expect(tokens.asked).toEqual([null]);
  });

  test("refuses one that ended early, and takes the fresh one in the same breath", async () => {
    const tokens = tokensOf("ended-early", await goodToken());
    expect(await source(tokens).check()).toBe("0 mails, IDLE");
    expect(tokens.asked).toEqual([null, "ended-early"]);
  });

  test("that refuses the fresh one too is for a person to mend, in words that show no token", async () => {
    const tokens = tokensOf("ended-early", "revoked", "never-asked-for");
    const error = await caught(source(tokens).check());
    expect(error).toMatchObject({
      kind: "operator",
      code: "login",
      message: expect.stringContaining(
        `The IMAP server at 127.0.0.1:${dovecot.port} refused the access token of support.`,
      ),
      remedy:
        "Check that support is the one who signed in, that IMAP is switched on for that mailbox, and that the scope allows IMAP.",
    });
    expect(tokens.asked).toEqual([null, "ended-early"]);
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/ended-early|revoked/);
  });

  test("takes nobody else's token", async () => {
    expect(await caught(source(tokensOf(await goodToken("sales"))).check())).toMatchObject({ code: "login" });
  });
});

test("an IMAP server that takes no tokens is told from one that refuses them", async () => {
  const dovecot = await startDovecot();
  closing.push(() => dovecot.remove());
  const { host, port } = dovecot;
  const opened = openImap({
    ...{ name: "support", host, port, secure: "none", user, folder: "INBOX" },
    password: null,
    tokens: tokensOf("any"),
  });
  closing.push(() => opened.close());
  expect(await caught(opened.check())).toMatchObject({
    kind: "operator",
    message: `The IMAP server at 127.0.0.1:${port} takes no access tokens.`,
    remedy: "Name the provider's own server in maildesk.yaml, or write a password for support instead of oauth.",
  });
});

describe("an SMTP server", () => {
  async function transport(sink: SinkOptions, tokens: ReturnType<typeof tokensOf>) {
    const server = await startSmtpSink(sink);
    const smtp = openSmtp({
      ...{ host: "127.0.0.1", port: server.port, secure: "none", name: "desk.example.com" },
      ...{ connectTimeoutMs: 5_000, socketTimeoutMs: 5_000, user: "desk@example.com", tokens },
    });
    closing.push(
      () => server.stop(),
      () => smtp.close(),
    );
    const send = () => smtp.send({ from: "desk@example.com", to: "ada@example.org" }, raw, async () => {});
    return { server, smtp, send };
  }
  const only = (good: string) => (who: string, token: string) => who === "desk@example.com" && token === good;

  test("lets in who has a token, although it offers passwords first", async () => {
    const { send, server, smtp } = await transport({ takesToken: only("good") }, tokensOf("good"));
    await send();
    expect(server.received).toHaveLength(1);
    expect(await smtp.check()).toBe("ready, not encrypted, as desk@example.com");
  });

  test("refuses one that ended early, and takes the fresh one; the mail leaves once", async () => {
    const tokens = tokensOf("ended-early", "good");
    const { send, server } = await transport({ takesToken: only("good") }, tokens);
    await send();
    expect(server.received).toHaveLength(1);
    expect(tokens.asked).toEqual([null, "ended-early"]);
  });

  test("that refuses the fresh one too is for a person to mend, in words that show no token", async () => {
    const tokens = tokensOf("ended-early", "revoked", "never-asked-for");
    const { send, server } = await transport({ takesToken: only("good") }, tokens);
    const error = await caught(send());
    expect(error).toMatchObject({
      kind: "operator",
      message: `127.0.0.1:${server.port} refused the access token of desk@example.com: 535 5.7.8 Authentication credentials invalid`,
      remedy:
        "Check that desk@example.com is the one who signed in, that SMTP AUTH is switched on for that mailbox, and that the scope allows SMTP.",
    });
    expect(tokens.asked).toEqual([null, "ended-early"]);
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/ended-early|revoked/);
  });

  test("that takes no tokens is not given one as a password", async () => {
    // It would let the token in.
    const sink = { auth: { user: "desk@example.com", password: "good" } };
    const { send, server } = await transport(sink, tokensOf("good"));
    expect(await caught(send())).toMatchObject({
      kind: "operator",
      message: `127.0.0.1:${server.port} takes no access tokens.`,
      remedy: "Name the provider's own server under `outgoing`, or write a password instead of oauth.",
    });
    expect(server.received).toEqual([]);
  });

  test("that can't encrypt is not given a token where encryption was hoped for", async () => {
    const server = await startSmtpSink({ takesToken: only("good") });
    const smtp = openSmtp({
      ...{ host: "127.0.0.1", port: server.port, secure: "opportunistic", name: "desk.example.com" },
      ...{ connectTimeoutMs: 5_000, socketTimeoutMs: 5_000, user: "desk@example.com", tokens: tokensOf("good") },
    });
    closing.push(
      () => server.stop(),
      () => smtp.close(),
    );
    expect(await caught(smtp.check())).toMatchObject({
      kind: "operator",
      message: `127.0.0.1:${server.port} offers no encryption, so the access token of desk@example.com was not sent.`,
    });
  });
});
