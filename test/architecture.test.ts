// The architecture document that cannot rot: who may import whom, where each npm package lives, what a pure room may
// not touch, and how files look. A failing line here is a question of design, not of style.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));

/** Each room with the rooms that it may import besides itself. Single files at the top are rooms of their own. */
const mayImport: Record<string, readonly string[]> = {
  errors: [],
  listen: ["errors"],
  address: ["errors"],
  mail: ["errors", "address"],
  desk: ["errors", "address"],
  intake: ["errors", "address", "mail", "desk"],
  ports: ["errors", "address", "mail", "desk", "intake"],
  worker: ["errors", "address", "mail", "desk", "intake", "ports"],
  database: ["errors", "address", "ports", "desk", "intake"],
  imap: ["errors", "address", "ports"],
  maildir: ["errors", "address", "ports"],
  smtp: ["errors", "address", "ports"],
  oauth: ["errors", "ports"],
  queue: ["errors", "address", "ports"],
  parser: ["errors", "address", "ports", "mail"],
  health: ["errors", "ports", "listen"],
  web: ["errors", "ports", "listen"],
  archive: ["errors", "ports"],
  program: ["errors", "ports"],
  config: ["errors", "address", "ports", "desk"],
  app: [
    "errors",
    "address",
    "mail",
    "desk",
    "intake",
    "ports",
    "worker",
    "database",
    "imap",
    "maildir",
    "smtp",
    "oauth",
    "queue",
    "parser",
    "health",
    "web",
    "listen",
    "archive",
    "program",
    "config",
  ],
  cli: ["errors", "address", "desk", "intake", "app"],
  demo: [],
};

/** Where an npm package lives; a sub-path may have a home of its own. */
const homes: Record<string, string> = {
  tldts: "address",
  "email-providers": "address",
  "disposable-email-domains": "address",
  mailparser: "mail",
  "sanitize-html": "mail",
  "iconv-lite": "mail",
  "nodemailer/lib/base64": "mail",
  "nodemailer/lib/mime-funcs": "mail",
  "nodemailer/lib/qp": "mail",
  "nodemailer/lib/smtp-connection": "smtp",
  imapflow: "imap",
  bullmq: "queue",
  ioredis: "queue",
  kysely: "database",
  "better-sqlite3": "database",
  pg: "database",
  yaml: "config",
  zod: "config",
  ulid: "app",
  commander: "cli",
  "csv-parse": "cli",
  liquidjs: "desk",
};

const pureRooms = ["address", "mail", "desk", "intake"];
const bannedNames = /^(utils?|helpers?|common|shared|lib|misc|manager|services?|types|index)\.ts$/;
const linesMax = 300;

interface Source {
  path: string;
  room: string;
  text: string;
  imports: string[];
}

/** Static imports and re-exports at the start of a line, then import() and require(). */
const importPattern = /^(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/gm;

function sources(): Source[] {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.map((name) => {
    const path = normalize(name);
    const text = readFileSync(join(root, path), "utf8");
    const imports = [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? "");
    return { path, room: roomOf(path), text, imports };
  });
}

/** `mail/parse.ts` is in mail; `config.ts` and `config-url.ts` are config; `cli/main.ts` is in cli. */
function roomOf(path: string): string {
  const folder = path.split("/")[0] ?? "";
  return path.includes("/") ? folder : basename(path, ".ts").replace(/-.*$/, "");
}

const all = sources();

describe("the rooms", () => {
  it("import only what the table allows", () => {
    const wrong = all.flatMap(({ path, room, imports }) =>
      imports
        .filter((name) => name.startsWith("."))
        .map((name) => roomOf(relative(root, join(root, dirname(path), name))))
        .filter((target) => target !== room && !(mayImport[room] ?? []).includes(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("are all named in the table", () => {
    expect([...new Set(all.map(({ room }) => room))].filter((room) => !(room in mayImport))).toEqual([]);
  });

  it("import each npm package in its home only", () => {
    const wrong = all.flatMap(({ path, room, imports }) =>
      imports
        .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
        .filter((name) => homeOf(name) !== room)
        .map((name) => `${path} imports ${name}, whose home is ${homeOf(name) ?? "nowhere"}`),
    );
    expect(wrong).toEqual([]);
  });
});

const homeOf = (name: string): string | undefined =>
  homes[name] ?? Object.entries(homes).find(([known]) => name.startsWith(`${known}/`))?.[1];

describe("a pure room", () => {
  const pure = all.filter(({ room }) => pureRooms.includes(room));
  const forbidden = [
    ["the clock", /\bDate\.now\b|\bnew Date\(\)|\bperformance\./],
    ["randomness", /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/],
    ["timers", /\bset(?:Timeout|Interval|Immediate)\(/],
    ["the outside", /from "node:(?:fs|net|http|https|child_process|os|timers|worker_threads|dns|tls)/],
    ["the process", /\bprocess\.(?!nextTick)/],
  ] as const;
  it.each(forbidden)("does not touch %s", (_what, pattern) => {
    expect(pure.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path)).toEqual([]);
  });
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

describe("a file", () => {
  // The demo is a shell of its own: it hands its environment on to the command, without MAILDESK_*.
  it("reads process.env in config.ts only", () => {
    const readers = all.filter(({ text }) => withoutComments(text).includes("process.env")).map(({ path }) => path);
    expect(readers.filter((path) => path !== "demo.ts")).toEqual(["config.ts"]);
  });

  it(`has at most ${linesMax} lines`, () => {
    expect(all.filter(({ text }) => text.split("\n").length - 1 > linesMax).map(({ path }) => path)).toEqual([]);
  });

  it("has a name that says what is in it", () => {
    expect(all.filter(({ path }) => bannedNames.test(basename(path))).map(({ path }) => path)).toEqual([]);
  });

  it("opens with a comment that says what it is for", () => {
    expect(all.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S.{20,}/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("has no TODO and no silenced check", () => {
    const pattern = /\bTODO\b|\bFIXME\b|@ts-ignore|@ts-nocheck|@ts-expect-error/;
    expect(all.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("has no default export and no any", () => {
    const pattern = /^export default|\bas any\b|: any\b/m;
    expect(all.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path)).toEqual([]);
  });
});
