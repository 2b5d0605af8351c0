// Values of maildesk.yaml that come from elsewhere: the environment, a file, a command. Passwords are read anew at each
// login, and no secret ever becomes text.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig, redactConfig, sourceWay } from "../../dist/config.js";
import { withoutPassword } from "../../dist/config-url.js";
import { sentence } from "../../dist/errors.js";
import { configFolder, minimalConfig as head, refusal, secret } from "./config-in-folder.ts";

const { path: folderPath, load, remove } = configFolder("config-values");
afterAll(remove);

describe("a value from elsewhere", () => {
  it("is taken from the environment as it is, without percent-decoding", async () => {
    const config = load(`${head}    source: 'imaps://\${WHO}:\${PW}@\${HOST}/INBOX'`, {
      WHO: "a@b",
      PW: `p%40/:@\${X}`,
      HOST: "mail.example.com",
    });
    const source = config.mailboxes[0]?.source;
    expect(source).toMatchObject({ user: "a@b", host: "mail.example.com" });
    expect(source?.kind === "imap" && (await source.password?.())).toBe(`p%40/:@\${X}`);
  });

  it("may be the whole URL, which is then read as a URL", async () => {
    const source = load(`${head}    source: "\${URL}"`, { URL: "imaps://ann:p%40w@mail.example.com/INBOX" })
      .mailboxes[0]?.source;
    expect(source?.kind === "imap" && (await source.password?.())).toBe("p@w");
  });

  it(`is a plain \${ where it is written $\${`, () => {
    expect(load(`${head}    displayName: "costs $\${5}"`).mailboxes[0]?.displayName).toBe(`costs \${5}`);
  });

  it("is a password that is read anew at each call", async () => {
    const file = join(folderPath, "pw");
    writeFileSync(file, "first\n");
    const fromFile = load(`${head}    source: { url: imaps://mail.example.com, user: ann, password: { file: ./pw } }`)
      .mailboxes[0]?.source;
    const fromCommand = load(
      `${head}    source: { url: imaps://mail.example.com, user: ann, password: { command: cat pw } }`,
    ).mailboxes[0]?.source;
    if (fromFile?.kind !== "imap" || fromCommand?.kind !== "imap") throw new Error("no IMAP source");
    expect([await fromFile.password?.(), await fromCommand.password?.()]).toEqual(["first", "first"]);
    writeFileSync(file, " second \n");
    expect([await fromFile.password?.(), await fromCommand.password?.()]).toEqual([" second ", " second "]);
  });

  it.each([
    ["that is empty names the file to write it into", "{ file: ./empty-pw }", /is empty\. Write it into .*empty-pw/],
    ["whose file is gone says so", "{ file: ./gone }", /gone does not exist/],
    [
      "whose command fails says so, without what it printed",
      "{ command: 'echo geheim; echo geheim >&2; exit 7' }",
      /failed with exit code 7/,
    ],
  ])("is a password %s, for a person to mend", async (_what, password, expected) => {
    writeFileSync(join(folderPath, "empty-pw"), "\n");
    const source = load(`${head}    source: { url: imaps://mail.example.com, user: ann, password: ${password} }`)
      .mailboxes[0]?.source;
    const error: unknown =
      source?.kind === "imap" ? await source.password?.().catch((thrown: unknown) => thrown) : null;
    expect(error).toMatchObject({ kind: "operator", message: expect.stringMatching(expected) });
    expect(sentence(error)).not.toContain("geheim");
  });

  it("overrides the file, and its paths count from where the command runs", () => {
    const env = {
      MAILDESK_DATABASE: "sqlite:./other.db",
      MAILDESK_QUEUE: "redis://127.0.0.1:6379",
      MAILDESK_OUTGOING: `smtps://ann:p\${w}@mail.example.com`,
      MAILDESK_SECRET: `env-${secret}`,
    };
    load(head);
    const config = loadConfig({ path: join(folderPath, "maildesk.yaml"), env, folder: "/tmp" });
    expect(config).toMatchObject({
      database: "sqlite:/tmp/other.db",
      queue: { kind: "redis" },
      outgoing: { host: "mail.example.com", port: 465 },
    });
    expect(config.keys.map((key) => key.secret.toString())).toEqual([`env-${secret}`]);
  });

  it("suffices where there is no file", () => {
    const bare = join(folderPath, "bare");
    mkdirSync(bare);
    const config = loadConfig({ env: { MAILDESK_DATABASE: "sqlite:./d.db", MAILDESK_SECRET: secret }, folder: bare });
    expect(config).toMatchObject({ path: null, database: `sqlite:${join(bare, "d.db")}`, mailboxes: [] });
  });
});

describe("a secret", () => {
  it("stands in nothing that is shown of a configuration", () => {
    const config = load(
      `${head}    source: imaps://ann:geheim@mail.example.com\noutgoing: smtps://ann:geheim@mail.example.com\nqueue: redis://u:geheim@redis.example:6379`,
    );
    expect(JSON.stringify(redactConfig(config))).not.toContain("geheim");
    expect(JSON.stringify(redactConfig(config))).not.toContain(secret);
  });

  it("is cut out of any URL, whatever signs it is made of", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9@/:?#%&=+.!-]{6,20}$/).map((text) => `geheim${text}`);
    fc.assert(
      fc.property(word, fc.constantFrom("imaps", "smtp+starttls", "redis"), (password, scheme) => {
        expect(withoutPassword(`"${scheme}://ann:${password}@mail.example.com/INBOX"`)).not.toContain("geheim");
      }),
    );
  });

  it("is refused on the command line", () => {
    const error = refusal(() => sourceWay("imaps://ann:geheim@mail.example.com"));
    expect(error.kind).toBe("usage");
    expect(sentence(error)).not.toContain("geheim");
    expect(sourceWay("imaps://ann@example.com@mail.example.com:1993/In")).toEqual({
      kind: "imap",
      url: "imaps://mail.example.com:1993/In",
      user: "ann@example.com",
    });
  });
});
