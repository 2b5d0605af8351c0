// maildesk.yaml: what it says becomes the configuration, what is wrong becomes one sentence with file, line and remedy,
// and no secret ever becomes text. The wrong files are in fixtures/config; each one's first line is what must be said.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type Config, loadConfig, redactConfig } from "../../dist/config.js";
import { sentence } from "../../dist/errors.js";
import { configFolder, minimalConfig as head, refusal, secret } from "./config-in-folder.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/config/", import.meta.url));
const example = fileURLToPath(new URL("../../config/maildesk.example.yaml", import.meta.url));

const { path: folderPath, load, remove } = configFolder("config");
afterAll(remove);

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
    const empty = join(folderPath, "empty");
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
    ["a Maildir beside the file", "maildir:./in", { kind: "maildir", path: join(folderPath, "in") }],
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
    ["a folder", "maildir:./sent", { kind: "maildir", path: join(folderPath, "sent") }],
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
    const elsewhere = loadConfig({ path: join(folderPath, "maildesk.yaml"), env: {}, folder: "/" });
    expect(elsewhere.database).toBe(`sqlite:${join(folderPath, "data/maildesk.db")}`);
    expect(load(`${head}database: sqlite:///var/lib/maildesk.db`).database).toBe("sqlite:/var/lib/maildesk.db");
    expect(load(`${head}queue: rediss://u:p@redis.example:6380/2`).queue).toEqual({
      kind: "redis",
      url: "rediss://u:p@redis.example:6380/2",
    });
    expect(load(`${head}queue: postgres://u@db.example/desk`).queue).toEqual({
      kind: "postgres",
      url: "postgres://u@db.example/desk",
    });
    expect(() => load(`${head}queue: postgres://db.example`)).toThrow("names no host or no database");
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

describe("where it is looked for", () => {
  it("is --config, then MAILDESK_CONFIG, then the working folder; a folder stands for the file in it", () => {
    load(head.replace("support", "here"));
    const other = join(folderPath, "other");
    mkdirSync(other);
    writeFileSync(join(other, "maildesk.yaml"), head.replace("support", "there"));
    writeFileSync(join(other, "third.yaml"), head.replace("support", "third"));
    const addressBy = (path: string | undefined, env: Record<string, string>) =>
      loadConfig({ path, env, folder: folderPath }).mailboxes[0]?.address;
    expect(addressBy(undefined, {})).toBe("here@example.com");
    expect(addressBy(undefined, { MAILDESK_CONFIG: "./other" })).toBe("there@example.com");
    expect(addressBy("./other/third.yaml", { MAILDESK_CONFIG: "./other" })).toBe("third@example.com");
  });

  it("names a file that this user may not read", () => {
    const path = join(folderPath, "locked.yaml");
    writeFileSync(path, head);
    chmodSync(path, 0o000);
    // The superuser may read it all the same.
    if (process.getuid?.() === 0) expect(loadConfig({ path, env: {} }).mailboxes).toHaveLength(1);
    else expect(refusal(() => loadConfig({ path, env: {} })).message).toContain("cannot be read (EACCES)");
  });
});
