// maildesk.yaml: what it says becomes the configuration, what is wrong becomes one sentence with file, line and remedy,
// and no secret ever becomes text. The wrong files are in fixtures/config; each one's first line is what must be said.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Config, loadConfig, redactConfig, sourceWay } from "../../dist/config.js";
import { withoutPassword } from "../../dist/config-url.js";
import { MaildeskError, sentence } from "../../dist/errors.js";
import { tempFolder } from "../servers/temp-folder.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/config/", import.meta.url));
const example = fileURLToPath(new URL("../../config/maildesk.example.yaml", import.meta.url));
const secret = "0123456789abcdef0123456789abcdef";
const head = `secret: ${secret}\nmailboxes:\n  - address: support@example.com\n`;

const folder = tempFolder("config");
beforeAll(() => writeFileSync(join(folder.path, "maildesk.secret"), `${secret}\n`));
afterAll(() => folder.remove());

/** The configuration that this text is, read from a file in a folder of its own. */
function load(text: string, env: Record<string, string> = {}): Config {
  writeFileSync(join(folder.path, "maildesk.yaml"), text);
  return loadConfig({ env, folder: folder.path });
}

function refusal(read: () => unknown): MaildeskError {
  try {
    read();
  } catch (error) {
    if (error instanceof MaildeskError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the annotated example", () => {
  it("holds the values that stand where nothing is written", () => {
    const minimal = "secret: { file: ./maildesk.secret }\nmailboxes: [{ address: support@example.com }]\n";
    const plain = (config: Config) => ({ ...redactConfig(config), path: null });
    expect(plain(load(readFileSync(example, "utf8")))).toEqual(plain(load(minimal)));
  });
});

describe("a wrong configuration", () => {
  const wrong = readdirSync(fixtures).filter((name) => name.startsWith("wrong-"));
  it.each(wrong)("%s is refused in one sentence that names the line and the remedy", (name) => {
    const says = readFileSync(join(fixtures, name), "utf8").split("\n")[0]?.slice(2) ?? "";
    const error = refusal(() => loadConfig({ path: join(fixtures, name), env: {}, folder: fixtures }));
    expect(sentence(error)).toContain(`${name} ${says}`);
    expect(error.kind).toBe("configuration");
    expect(sentence(error)).not.toContain("geheim");
  });

  it("that is not there says how to make one", () => {
    const empty = join(folder.path, "empty");
    mkdirSync(empty);
    expect(sentence(refusal(() => loadConfig({ env: {}, folder: empty })))).toMatch(
      /There is no maildesk\.yaml here[\s\S]*`maildesk init` writes one/,
    );
    expect(sentence(refusal(() => loadConfig({ path: "other.yaml", env: {}, folder: empty })))).toContain(
      "There is no configuration other.yaml.",
    );
  });
});

describe("a mailbox's source", () => {
  const imap = {
    kind: "imap",
    host: "mail.example.com",
    port: 993,
    secure: "tls",
    user: "ann",
    folder: "INBOX",
    allowInvalidCertificates: false,
  };
  it.each<[string, string, object]>([
    ["imaps", "imaps://ann:pw@mail.example.com", imap],
    [
      "imaps with a folder and a port",
      "imaps://ann:pw@mail.example.com:1993/Support/New%20mail",
      { ...imap, port: 1993, folder: "Support/New mail" },
    ],
    ["imap", "imap://ann:pw@127.0.0.1", { ...imap, host: "127.0.0.1", port: 143, secure: "none" }],
    ["imap+starttls", "imap+starttls://ann:pw@mail.example.com", { ...imap, port: 143, secure: "starttls" }],
    ["an address as user", "imaps://ann@example.com:pw@mail.example.com/INBOX", { ...imap, user: "ann@example.com" }],
    ["a percent-encoded user", "imaps://ann%40example.com:pw@mail.example.com", { ...imap, user: "ann@example.com" }],
    ["an IPv6 host", "imaps://ann:pw@[::1]:993", { ...imap, host: "::1" }],
    [
      "a self-made certificate",
      "imaps://ann:pw@mail.example.com?allowInvalidCertificates=true",
      { ...imap, allowInvalidCertificates: true },
    ],
    [
      "the long form",
      "{ url: imaps://mail.example.com, user: ann, password: pw, allowInvalidCertificates: yes }",
      { ...imap, allowInvalidCertificates: true },
    ],
    ["a Maildir beside the file", "maildir:./in", { kind: "maildir", path: join(folder.path, "in") }],
    ["a Maildir elsewhere", "maildir:///var/mail/support", { kind: "maildir", path: "/var/mail/support" }],
    ["nothing", "none", { kind: "none" }],
  ])("is understood as %s", (_what, source, expected) => {
    expect(load(`${head}    source: ${source}`).mailboxes[0]?.source).toMatchObject(expected);
  });
});

describe("the way out", () => {
  const smtp = {
    kind: "smtp",
    host: "mail.example.com",
    user: "ann",
    ratePerMinute: null,
    allowInvalidCertificates: false,
  };
  it.each<[string, string, object]>([
    [
      "a relay without a login",
      "smtp://relay.example.com",
      { ...smtp, host: "relay.example.com", port: 25, secure: "opportunistic", user: null, password: null },
    ],
    ["smtps", "smtps://ann:pw@mail.example.com", { ...smtp, port: 465, secure: "tls" }],
    [
      "smtp+starttls",
      "smtp+starttls://ann:pw@mail.example.com?ratePerMinute=60",
      { ...smtp, port: 587, secure: "starttls", ratePerMinute: 60 },
    ],
    [
      "the long form",
      "{ url: smtps://mail.example.com, user: ann, password: pw, ratePerMinute: 5 }",
      { ...smtp, port: 465, secure: "tls", ratePerMinute: 5 },
    ],
    ["a folder", "maildir:./sent", { kind: "maildir", path: join(folder.path, "sent") }],
  ])("is understood as %s", (_what, outgoing, expected) => {
    expect(load(`${head}outgoing: ${outgoing}`).outgoing).toMatchObject(expected);
  });
});

describe("other words", () => {
  it.each<[string, string, object]>([
    ["after", "move:Done / 2026", { after: { kind: "move", folder: "Done / 2026" } }],
    ["after", "delete", { after: { kind: "delete" } }],
    ["start", "now", { start: { kind: "age", ms: 0 } }],
    ["start", "all", { start: { kind: "all" } }],
    ["start", "36h", { start: { kind: "age", ms: 36 * 3_600_000 } }],
    ["start", "2026-01-31", { start: { kind: "since", atMs: Date.UTC(2026, 0, 31) } }],
    ["start", "2026-01-31T12:00:00+02:00", { start: { kind: "since", atMs: Date.UTC(2026, 0, 31, 10) } }],
    ["pollEvery", "5m", { pollEveryMs: 300_000 }],
    ["plusAddressing", "no", { plusAddressing: false }],
    ["displayName", "0123", { displayName: "0123" }],
  ])("%s: %s", (key, value, expected) => {
    expect(load(`${head}    ${key}: ${value}`).mailboxes[0]).toMatchObject(expected);
  });

  it("name the database by a path relative to the file, wherever the command runs", () => {
    load(head);
    const elsewhere = loadConfig({ path: join(folder.path, "maildesk.yaml"), env: {}, folder: "/" });
    expect(elsewhere.database).toBe(`sqlite:${join(folder.path, "data/maildesk.db")}`);
    expect(load(`${head}database: sqlite:///var/lib/maildesk.db`).database).toBe("sqlite:/var/lib/maildesk.db");
    expect(load(`${head}queue: rediss://u:p@redis.example:6380/2`).queue).toEqual({
      kind: "redis",
      url: "rediss://u:p@redis.example:6380/2",
    });
  });

  it("list keys in their order, so that the first signs and all verify", () => {
    const { keys } = load(
      `secret:\n  - { id: 2, secret: new-${secret} }\n  - { id: 1, secret: { file: ./maildesk.secret } }\nmailboxes: [{ address: support@example.com }]`,
    );
    expect(keys.map(({ id, secret: value }) => [id, value.toString()])).toEqual([
      [2, `new-${secret}`],
      [1, secret],
    ]);
  });
});

describe("a value from elsewhere", () => {
  it("is taken from the environment as it is, without percent-decoding", async () => {
    const config = load(`${head}    source: 'imaps://\${WHO}:\${PW}@\${HOST}/INBOX'`, {
      WHO: "a@b",
      PW: `p%40/:@\${X}`,
      HOST: "mail.example.com",
    });
    const source = config.mailboxes[0]?.source;
    expect(source).toMatchObject({ user: "a@b", host: "mail.example.com" });
    expect(source?.kind === "imap" && (await source.password())).toBe(`p%40/:@\${X}`);
  });

  it("may be the whole URL, which is then read as a URL", async () => {
    const source = load(`${head}    source: "\${URL}"`, { URL: "imaps://ann:p%40w@mail.example.com/INBOX" })
      .mailboxes[0]?.source;
    expect(source?.kind === "imap" && (await source.password())).toBe("p@w");
  });

  it(`is a plain \${ where it is written $\${`, () => {
    expect(load(`${head}    displayName: "costs $\${5}"`).mailboxes[0]?.displayName).toBe(`costs \${5}`);
  });

  it("is a password that is read anew at each call", async () => {
    const file = join(folder.path, "pw");
    writeFileSync(file, "first\n");
    const fromFile = load(`${head}    source: { url: imaps://mail.example.com, user: ann, password: { file: ./pw } }`)
      .mailboxes[0]?.source;
    const fromCommand = load(
      `${head}    source: { url: imaps://mail.example.com, user: ann, password: { command: cat pw } }`,
    ).mailboxes[0]?.source;
    if (fromFile?.kind !== "imap" || fromCommand?.kind !== "imap") throw new Error("no IMAP source");
    expect([await fromFile.password(), await fromCommand.password()]).toEqual(["first", "first"]);
    writeFileSync(file, " second \n");
    expect([await fromFile.password(), await fromCommand.password()]).toEqual([" second ", " second "]);
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
    writeFileSync(join(folder.path, "empty-pw"), "\n");
    const source = load(`${head}    source: { url: imaps://mail.example.com, user: ann, password: ${password} }`)
      .mailboxes[0]?.source;
    const error: unknown = source?.kind === "imap" ? await source.password().catch((thrown: unknown) => thrown) : null;
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
    const config = loadConfig({ path: join(folder.path, "maildesk.yaml"), env, folder: "/tmp" });
    expect(config).toMatchObject({
      database: "sqlite:/tmp/other.db",
      queue: { kind: "redis" },
      outgoing: { host: "mail.example.com", port: 465 },
    });
    expect(config.keys.map((key) => key.secret.toString())).toEqual([`env-${secret}`]);
  });

  it("suffices where there is no file", () => {
    const bare = join(folder.path, "bare");
    mkdirSync(bare);
    const config = loadConfig({ env: { MAILDESK_DATABASE: "sqlite:./d.db", MAILDESK_SECRET: secret }, folder: bare });
    expect(config).toMatchObject({ path: null, database: `sqlite:${join(bare, "d.db")}`, mailboxes: [] });
  });
});

describe("where it is looked for", () => {
  it("is --config, then MAILDESK_CONFIG, then the working folder; a folder stands for the file in it", () => {
    load(head.replace("support", "here"));
    const other = join(folder.path, "other");
    mkdirSync(other);
    writeFileSync(join(other, "maildesk.yaml"), head.replace("support", "there"));
    writeFileSync(join(other, "third.yaml"), head.replace("support", "third"));
    const addressBy = (path: string | undefined, env: Record<string, string>) =>
      loadConfig({ path, env, folder: folder.path }).mailboxes[0]?.address;
    expect(addressBy(undefined, {})).toBe("here@example.com");
    expect(addressBy(undefined, { MAILDESK_CONFIG: "./other" })).toBe("there@example.com");
    expect(addressBy("./other/third.yaml", { MAILDESK_CONFIG: "./other" })).toBe("third@example.com");
  });

  it("names a file that this user may not read", () => {
    const path = join(folder.path, "locked.yaml");
    writeFileSync(path, head);
    chmodSync(path, 0o000);
    // The superuser may read it all the same.
    if (process.getuid?.() === 0) expect(loadConfig({ path, env: {} }).mailboxes).toHaveLength(1);
    else expect(refusal(() => loadConfig({ path, env: {} })).message).toContain("cannot be read (EACCES)");
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
