// `maildesk completion`: what Tab offers, in real shells on a real terminal, and that it never disturbs: no error, no
// database made, no question asked (OPS-10).
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseEnv } from "../servers/test-database.ts";
import { completingShells, versionOf } from "../servers/what-ran.ts";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

const manyLines = fileURLToPath(new URL("../contracts/command-lines.mjs", import.meta.url));

let desk: DeskFolder;
const begin = [
  ["org", "add", "Blue Sky", "--domain", "sky.example"],
  ["org", "add", "It's $5 & more", "--domain", "five.example"],
  ["org", "add", "Müller"],
  ["customer", "add", "ann@sky.example", "--name", "Ann"],
  ["customer", "add", "Bob@five.example"],
  ["agent", "add", "ria@desk.example"],
  ["type", "add", "VIP", "--on", "customer"],
  ["field", "add", "plan", "--on", "customer"],
  ["project", "add", "Office"],
];
beforeAll(async () => {
  desk = await deskFolder();
  mkdirSync(join(desk.path, "bin"));
  symlinkSync(fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url)), join(desk.path, "bin", "maildesk"));
  for (const args of begin) expect(await desk.run(args), args.join(" ")).toMatchObject({ code: 0 });
});
afterAll(() => desk.remove());

/** What may stand for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const said = await desk.run(["completion", "words", "zsh", "--", ...words]);
  expect(said).toMatchObject({ code: 0, stderr: "" });
  return said.stdout.split("\n").filter(Boolean);
}

/** A shell with maildesk on its PATH; what it was typed comes from a terminal where `pty` is set. */
function shell(command: string[], input: string, pty = false): Promise<string> {
  const [program = "", ...args] = pty ? ["script", "-qec", command.join(" "), "/dev/null"] : command;
  const { MAILDESK_AGENT: _agent, MAILDESK_CONFIG: _config, ...inherited } = process.env;
  const path = `${join(desk.path, "bin")}:${process.env.PATH}`;
  const env = { ...inherited, ...databaseEnv(desk.path), PATH: path, TERM: "dumb", HOME: desk.path, LC_ALL: "C.UTF-8" };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: desk.path, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.on("error", reject);
    child.on("close", () => resolve(output));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

describe("words", () => {
  it.each([
    ["nouns", ["cust"], ["customer"]],
    ["verbs of a noun", ["org", "domain", ""], ["add", "move", "remove"]],
    ["no hidden verb", ["completion", ""], ["bash", "zsh", "fish"]],
    ["flags of a verb", ["org", "domain", "add", "Blue Sky", "--ap"], ["--apply", "--apply-all"]],
    ["global flags too", ["org", "list", "--js"], ["--json"]],
    ["no flag twice", ["org", "domain", "add", "--apply", "--apply-"], ["--apply-all"]],
    ["a flag that may come again", ["org", "add", "X", "--domain", "x.example", "--dom"], ["--domain"]],
    ["nothing behind two dashes", ["org", "add", "--", "--dom"], []],
    ["choices of an option", ["customer", "list", "--state", ""], ["active", "deactivated", "blocked"]],
    ["choices behind an equals sign", ["type", "list", "--on=c"], ["--on=customer"]],
    ["organizations by name", ["org", "show", "bl"], ["Blue Sky"]],
    ["organizations by domain", ["org", "show", "sk"], ["sky.example"]],
    ["organizations in any letters", ["org", "show", "mÜ"], ["Müller"]],
    ["none for no organization", ["customer", "move", "ann@sky.example", "no"], ["none"]],
    ["customers by address, as it is written", ["customer", "show", "b"], ["Bob@five.example"]],
    ["both of a merge", ["customer", "merge", "ann@sky.example", "bo"], ["Bob@five.example"]],
    ["agents", ["--as", "r"], ["ria@desk.example"]],
    ["settings", ["settings", "get", "mail."], ["mail.sending", "mail.hold", "mail.history", "mail.uncertain"]],
    ["settings to set", ["settings", "set", "mail.s"], ["mail.sending="]],
    ["values of a setting", ["settings", "set", "mail.sending="], ["mail.sending=on", "mail.sending=off"]],
    ["projects", ["project", "show", "of"], ["Office"]],
    ["projects of tickets", ["ticket", "list", "--project", "Of"], ["Office"]],
    ["who follows a project", ["project", "share", "Office", "Blue"], ["Blue Sky"]],
    ["types", ["customer", "add", "x@y.example", "--type", "v"], ["VIP"]],
    ["fields", ["field", "show", ""], ["plan"]],
    ["fields as keys", ["customer", "set", "ann@sky.example", "field:"], ["field:plan="]],
    ["mailboxes", ["mailbox", "test", ""], ["support"]],
    ["a name of the person's own: nothing", ["org", "add", ""], []],
    ["nothing that is not there", ["org", "show", "zzz"], []],
  ])("are %s", async (_, typed, expected) => {
    expect(await offered(...typed)).toEqual(expected);
  });

  it("are fifty names at most, those that begin so", async () => {
    const rows = Array.from({ length: 60 }, (_, at) => `many${String(at).padStart(2, "0")}@sky.example`);
    const lines = rows.map((address) => ["customer", "address", "add", "ann@sky.example", address]);
    await shell([process.execPath, manyLines, JSON.stringify(lines)], "go\n");
    expect(await offered("customer", "show", "many")).toEqual(rows.slice(0, 50));
    expect(await offered("customer", "show", "many5")).toEqual(rows.slice(50));
  });

  it("have a sentence each in fish", async () => {
    const { stdout } = await desk.run(["completion", "words", "fish", "--", "org", "spl"]);
    expect(stdout).toMatch(/^split\tTake domains, .+\n$/);
  });
});

describe("without a desk", () => {
  let bare: DeskFolder;
  beforeAll(async () => {
    bare = await deskFolder({ init: false });
  });
  afterAll(() => bare.remove());
  const still = async (...words: string[]) => await bare.run(["completion", "words", "zsh", "--", ...words]);
  const silent = (stdout: string) => ({ code: 0, stdout, stderr: "" });

  it("the words of the command are offered, and names are not", async () => {
    expect(await still("org", "sh")).toEqual(silent("show\n"));
    expect(await still("org", "show", "a")).toEqual(silent(""));
  });

  it("a configuration that can't be read changes nothing", async () => {
    bare.file("maildesk.yaml", "database: [\n");
    expect(await still("org", "sh")).toEqual(silent("show\n"));
    expect(await still("org", "show", "a")).toEqual(silent(""));
  });

  it("no database is made, and one that is none is left alone", async () => {
    bare.file(
      "maildesk.yaml",
      "database: sqlite:./new/desk.db\nsecret: long enough for a test\nmailboxes:\n  - { address: a@desk.example, source: none }\n",
    );
    const env = { MAILDESK_DATABASE: "" };
    const names = () => bare.run(["completion", "words", "zsh", "--", "org", "show", ""], { env });
    expect(await names()).toEqual(silent(""));
    expect(existsSync(join(bare.path, "new"))).toBe(false);
    bare.file("new/desk.db", "");
    expect(await names()).toEqual(silent(""));
    bare.file("new/desk.db", "no database at all, but long enough to be looked at".repeat(100));
    expect(await names()).toEqual(silent(""));
    expect(readdirSync(join(bare.path, "new"))).toEqual(["desk.db"]);
  });

  it("a server that does not answer is not waited for", async () => {
    const env = { MAILDESK_DATABASE: "postgres://nobody@127.0.0.1:1/none" };
    expect(await bare.run(["completion", "words", "zsh", "--", "org", "show", ""], { env })).toEqual(silent(""));
  });
});

describe("bash", () => {
  /** What the completion function leaves in COMPREPLY for words as bash breaks them. */
  async function replies(line: string, ...words: string[]): Promise<string[]> {
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const output = await shell(
      ["bash", "--norc", "-s"],
      `source <(maildesk completion bash)
complete -p maildesk >/dev/null || exit 1
COMP_LINE='${line.replaceAll("'", "'\\''")}'; COMP_POINT=\${#COMP_LINE}
COMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
_maildesk
printf '%s\\n' "\${COMPREPLY[@]}"
`,
    );
    return output.split("\n").filter(Boolean);
  }

  it("is offered words, and names with blanks as they must be typed", async () => {
    expect(await replies("maildesk org sh", "maildesk", "org", "sh")).toEqual(["show"]);
    expect(await replies("maildesk org show ", "maildesk", "org", "show", "")).toEqual(
      expect.arrayContaining(["Blue\\ Sky", "It\\'s\\ \\$5\\ \\&\\ more", "Müller", "sky.example"]),
    );
    expect(await replies('maildesk org show "Bl', "maildesk", "org", "show", '"Bl')).toEqual(["Blue Sky"]);
    expect(await replies("maildesk org show Blue\\ S", "maildesk", "org", "show", "Blue\\ S")).toEqual(["Blue\\ Sky"]);
  });

  it("gets only the rest of a word that it breaks at @ = or :", async () => {
    expect(await replies("maildesk customer show ann@sk", "maildesk", "customer", "show", "ann", "@", "sk")).toEqual([
      "sky.example",
    ]);
    expect(await replies("maildesk type list --on=", "maildesk", "type", "list", "--on", "=")).toEqual([
      "customer",
      "ticket",
    ]);
    const words = ["maildesk", "customer", "set", "x", "field", ":", "pl"];
    expect(await replies("maildesk customer set x field:pl", ...words)).toEqual(["plan="]);
  });

  it("on a terminal completes what is typed, so that the command finds it", async () => {
    desk.file("bashrc", "PS1=; bind 'set enable-bracketed-paste off'; source <(maildesk completion bash)\n");
    const typed = [
      "maildesk org show Blu\t--json",
      'maildesk org show "It\t --json',
      "maildesk customer show bob@fi\t--json",
      "maildesk settings set mail.sending=of\t",
    ];
    const output = await shell(["bash", "--rcfile", "bashrc", "-i"], `${typed.join("\n")}\nexit\n`, true);
    for (const found of ['"name": "Blue Sky"', `"name": "It's $5 & more"`, '"email": "Bob@five.example"'])
      expect(output).toContain(found);
    expect(output).toContain("mail.sending=off");
    expect(await desk.json("settings", "get", "mail.sending")).toMatchObject({ value: false });
  });
});

describe.each(completingShells)("$name", ({ name, command, args }) => {
  const isThere = versionOf({ command, args }) !== null;

  it.skipIf(!isThere || name !== "zsh")("on a terminal completes what is typed", async () => {
    const start = "autoload -Uz compinit; compinit -u -D; PS1=; source <(maildesk completion zsh)";
    const typed = ["maildesk org show blu\t--json", "maildesk customer show bob@fi\t--json"];
    const output = await shell(["zsh", "-f", "-i"], `${start}\n${typed.join("\n")}\nexit\n`, true);
    for (const found of ['"name": "Blue Sky"', '"email": "Bob@five.example"']) expect(output).toContain(found);
  });

  it.skipIf(!isThere || name !== "fish")("is offered words with their sentences, and names", async () => {
    const ask = (line: string) => `complete -C '${line}'`;
    const output = await shell(
      [
        "fish",
        "--no-config",
        "-c",
        `maildesk completion fish | source; ${ask("maildesk org spl")}; ${ask("maildesk org show Blu")}`,
      ],
      "",
    );
    expect(output).toMatch(/^split\tTake domains/m);
    expect(output).toContain("Blue Sky");
  });
});

describe("help", () => {
  it.each(["bash", "zsh", "fish"])("says how %s is told of it", async (name) => {
    const { code, stdout } = await desk.run(["completion", name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("To try it in this shell");
    expect(stdout).toContain(`maildesk completion ${name} > ~/`);
  });
});
