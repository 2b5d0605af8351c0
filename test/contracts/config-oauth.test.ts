// `oauth:` in maildesk.yaml: a provider fills in endpoint and scope, secrets are read when they are used and never shown. What
// is wrong is in fixtures/config, with the other wrong files (config.test.ts).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { redactConfig } from "../../dist/config.js";
import type { OauthConfig } from "../../dist/config-oauth.js";
import { configFolder, minimalConfig as head } from "./config-in-folder.ts";

const { path, load, remove } = configFolder("config-oauth");
afterAll(remove);

/** The mailbox's block, read. */
function ofMailbox(block: string, env: Record<string, string> = {}): OauthConfig {
  const source = `{ url: imaps://imap.example.com, user: support@example.com, oauth: ${block} }`;
  const read = load(`${head}    source: ${source}`, env).mailboxes[0]?.source;
  if (read?.kind !== "imap" || read.oauth === null) throw new Error("no oauth was read");
  expect(read).toMatchObject({ password: null, user: "support@example.com" });
  return read.oauth;
}

function ofOutgoing(block: string): OauthConfig {
  const { outgoing } = load(
    `${head}outgoing: { url: smtp+starttls://smtp.example.com, user: support@example.com, oauth: ${block} }`,
  );
  if (outgoing.kind !== "smtp" || outgoing.oauth === null) throw new Error("no oauth was read");
  return outgoing.oauth;
}

const microsoft = "provider: microsoft, clientId: desk, refreshToken: r";
const appOnly = "provider: microsoft, grant: client_credentials, clientId: desk, clientSecret: s";

describe("a provider", () => {
  it("fills in where tokens are given and for what", () => {
    expect(ofMailbox(`{ ${microsoft} }`)).toMatchObject({
      provider: "microsoft",
      grant: "refresh_token",
      tokenUrl: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
      clientId: "desk",
      clientSecret: null,
      scope: "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
      endsAt: null,
    });
    expect(ofOutgoing(`{ ${microsoft} }`).scope).toBe("https://outlook.office.com/SMTP.Send offline_access");
    expect(ofMailbox(`{ ${appOnly}, tenant: example.onmicrosoft.com }`)).toMatchObject({
      grant: "client_credentials",
      tokenUrl: "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token",
      refreshToken: null,
      scope: "https://outlook.office365.com/.default",
    });
    for (const read of [ofMailbox, ofOutgoing])
      expect(read("{ provider: google, clientId: desk, clientSecret: s, refreshToken: r }")).toMatchObject({
        tokenUrl: "https://oauth2.googleapis.com/token",
        scope: "https://mail.google.com/",
      });
  });

  it("gives way to what is written", () => {
    expect(
      ofMailbox(`{ ${microsoft}, tokenUrl: "https://login.microsoftonline.us/t/oauth2/v2.0/token", scope: mine }`),
    ).toMatchObject({ tokenUrl: "https://login.microsoftonline.us/t/oauth2/v2.0/token", scope: "mine" });
  });

  it.each(["http://127.0.0.1:8080/token", "http://localhost/token", "http://[::1]:8080/token"])(
    "of one's own may be unencrypted at %s",
    (url) => {
      const read = ofMailbox(`{ provider: custom, clientId: desk, refreshToken: r, tokenUrl: "${url}" }`);
      expect(read).toMatchObject({ tokenUrl: url, scope: null });
    },
  );
});

describe("the secrets", () => {
  it("come from files, variables and commands at each use, without the blanks around them", async () => {
    writeFileSync(join(path, "refresh.token"), "first\n");
    const { clientSecret, refreshToken, places } = ofMailbox(
      "{ provider: google, clientId: desk, clientSecret: { command: echo geheim }, refreshToken: { file: ./refresh.token } }",
    );
    expect([await clientSecret?.(), await refreshToken?.()]).toEqual(["geheim", "first"]);
    writeFileSync(join(path, "refresh.token"), " second \n\n");
    expect(await refreshToken?.()).toBe("second");
    expect(places).toEqual({
      clientSecret: "what the command of mailboxes[0].source.oauth.clientSecret reads; it is read again at each try",
      refreshToken: `${join(path, "refresh.token")}; it is read again at each try`,
    });
    const inVariable = ofMailbox(`{ provider: google, clientId: desk, refreshToken: "\${TOKEN}" }`, { TOKEN: "third" });
    expect(await inVariable.refreshToken?.()).toBe("third");
    expect(inVariable.places.refreshToken).toBe("the variable TOKEN, and start maildesk again");
  });

  it("are an operator's to mend where they are gone", async () => {
    const { refreshToken } = ofMailbox("{ provider: google, clientId: desk, refreshToken: { file: ./gone.token } }");
    await expect(refreshToken?.()).rejects.toMatchObject({
      kind: "operator",
      message: `mailboxes[0].source.oauth.refreshToken: The file ${join(path, "gone.token")} does not exist.`,
    });
  });

  it("are never shown", () => {
    const block = `{ provider: google, clientId: desk, clientSecret: geheim, refreshToken: geheim, endsAt: 2027-01-31 }`;
    const config = load(
      `${head}    source: { url: imaps://imap.example.com, user: u, oauth: ${block} }\noutgoing: { url: smtps://smtp.example.com, user: u, oauth: ${block} }`,
    );
    const shown = JSON.stringify(redactConfig(config));
    expect(shown).not.toContain("geheim");
    expect(shown).toContain('"refreshToken":"***"');
    expect(config.outgoing).toMatchObject({ oauth: { endsAt: Date.UTC(2027, 0, 31) } });
  });
});
