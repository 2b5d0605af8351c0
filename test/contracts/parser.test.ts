// The Parser port over real child processes: it reads mails, and survives the mails that kill their reader.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { openParser, type ParserOptions } from "../../dist/parser/open-parser.js";
import type { Parser } from "../../dist/ports.js";

const childScript = fileURLToPath(new URL("./parser-child-that-misbehaves.mjs", import.meta.url));
const opened: Parser[] = [];

function open(options: Partial<ParserOptions> = {}): Parser {
  const parser = openParser({ children: 1, ...options });
  opened.push(parser);
  return parser;
}

const mail = (lines: string[]) => Buffer.from(lines.join("\r\n"));
const ask = (parser: Parser, deed: string) => parser.parse(Buffer.from(deed));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

afterEach(async () => {
  for (const parser of opened.splice(0)) await parser.close();
});

describe("a parser behind child processes", () => {
  test("reads a mail as parseMail does and hands out an attachment's bytes", async () => {
    const parser = open();
    const raw = mail([
      "From: Ann <ann@example.com>",
      "Subject: Two files",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "",
      "Hello",
      "--b",
      'Content-Type: application/pdf; name="one.pdf"',
      "Content-Transfer-Encoding: base64",
      "",
      "b25l",
      "--b--",
    ]);
    const parsed = await parser.parse(raw);
    expect(parsed).toMatchObject({
      subject: "Two files",
      text: "Hello",
      from: { address: "ann@example.com" },
    });
    expect(parsed.attachments.map((file) => file.filename)).toEqual(["one.pdf"]);
    expect((await parser.attachment(raw, 0)).toString()).toBe("one");
  });

  test("rejects with bad data where there is no such attachment", async () => {
    await expect(open().attachment(mail(["Subject: none", "", "text"]), 3)).rejects.toMatchObject({
      kind: "data",
    });
  });

  test("starts no process before the first mail, and no more than it needs", async () => {
    const parser = open({ children: 3, childScript });
    expect(parser.pids()).toEqual([]);
    await ask(parser, "well");
    await ask(parser, "well");
    expect(parser.pids()).toHaveLength(1);
  });

  test("reads mails in turn with one child while that gets on", async () => {
    const parser = open({ children: 2, childScript });
    await ask(parser, "well");
    const results = await Promise.all(Array.from({ length: 20 }, () => ask(parser, "well")));
    expect(results).toHaveLength(20);
    expect(parser.pids()).toHaveLength(1);
  });

  test("reads the others meanwhile where one mail takes its time, in a process that ends with them", async () => {
    const parser = open({ children: 2, childScript });
    await ask(parser, "well");
    const stuck = expect(ask(parser, "loop")).rejects.toMatchObject({ code: "closed" });
    expect(await ask(parser, "well")).toMatchObject({ subject: "well" });
    expect(await ask(parser, "well")).toMatchObject({ subject: "well" });
    expect(parser.pids()).toHaveLength(1);
    await parser.close();
    await stuck;
  });

  const killers = [
    { deed: "loop", code: "time", why: "takes too long" },
    { deed: "eat", code: "memory", why: "fills memory outside the heap" },
    { deed: "eat-heap", code: "memory", why: "fills the heap" },
    { deed: "die", code: "crash", why: "ends its process" },
  ];
  test.each(killers)(
    "a mail that $why is temporary with code $code, and the next mail is read",
    async ({ deed, code }) => {
      const timeMs = deed === "loop" ? 1_000 : 60_000;
      const parser = open({ childScript, timeMs, memoryBytes: 256 * 1024 * 1024 });
      await ask(parser, "well");
      const [victim] = parser.pids();
      await expect(ask(parser, deed)).rejects.toMatchObject({ kind: "temporary", code });
      expect(await ask(parser, "well")).toMatchObject({ subject: "well" });
      expect(parser.pids()).not.toContain(victim);
      await until(() => !isAlive(victim ?? 0));
    },
  );

  test("a mail that kills its reader takes the blame, and none of those read with it", async () => {
    const parser = open({ childScript });
    const company = ["well", "die", "well", "well"].map((deed) => ask(parser, deed));
    expect(await Promise.allSettled(company)).toMatchObject([
      { value: { subject: "well" } },
      { reason: { kind: "temporary", code: "crash" } },
      { value: { subject: "well" } },
      { value: { subject: "well" } },
    ]);
  });

  test.each([
    { deeds: ["loop", "die", "well", "well"], codes: ["time", "crash"] },
    { deeds: ["loop", "loop", "well", "well"], codes: ["time", "time"] },
  ])("every mail has its answer where two readers die of $deeds", async ({ deeds, codes }) => {
    const parser = open({ children: 2, childScript, timeMs: 1_000 });
    const company = deeds.map((deed) => ask(parser, deed));
    expect(await Promise.allSettled(company)).toMatchObject([
      ...codes.map((code) => ({ reason: { code } })),
      { value: { subject: "well" } },
      { value: { subject: "well" } },
    ]);
  });

  test("a reader that dies before it reads anything is nobody's fault", async () => {
    const parser = open({ childScript: `${childScript}.gone` });
    const outcomes = await Promise.allSettled([ask(parser, "well"), ask(parser, "well")]);
    expect(outcomes).toMatchObject([{ reason: { code: "busy" } }, { reason: { code: "busy" } }]);
  });

  test("a reader that the system ends while it waits is replaced, and no mail takes the blame", async () => {
    const parser = open({ childScript });
    await ask(parser, "well");
    process.kill(parser.pids()[0] ?? 0, "SIGKILL");
    expect(await ask(parser, "well")).toMatchObject({ subject: "well" });
  });

  test("an error inside the child is a bug and reported as it is, and the child stays", async () => {
    const parser = open({ childScript });
    await ask(parser, "well");
    const before = parser.pids();
    await expect(ask(parser, "throw")).rejects.toThrow("a mistake of ours");
    await expect(ask(parser, "throw")).rejects.not.toHaveProperty("kind");
    expect(parser.pids()).toEqual(before);
  });

  test("a child that has grown is replaced once it is idle", async () => {
    const parser = open({ childScript });
    await ask(parser, "swell");
    expect(parser.pids()).toEqual([]);
    expect(await ask(parser, "well")).toMatchObject({ subject: "well" });
  });

  test("a child sees none of the parent's environment", async () => {
    expect((await ask(open({ childScript }), "environment")).subject).toBe("");
  });

  test("a mail handed in at the moment of closing starts no process", async () => {
    const parser = open({ childScript });
    const late = expect(ask(parser, "loop")).rejects.toMatchObject({ code: "closed" });
    await parser.close();
    await late;
    expect(parser.pids()).toEqual([]);
  });

  test("closing ends every process, refuses those who wait, and accepts nobody new", async () => {
    const parser = open({ childScript });
    await ask(parser, "well");
    const [pid] = parser.pids();
    const running = ask(parser, "loop");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = ask(parser, "well");
    const outcomes = Promise.allSettled([running, waiting]);
    await parser.close();
    expect(await outcomes).toMatchObject([{ reason: { code: "closed" } }, { reason: { code: "closed" } }]);
    await expect(ask(parser, "well")).rejects.toMatchObject({ code: "closed" });
    await until(() => !isAlive(pid ?? 0));
  });
});

describe("a process that uses the parser", () => {
  const module = new URL("../../dist/parser/open-parser.js", import.meta.url).href;

  test("keeps a child's noise out of its own output, and takes its children with it when it is killed", async () => {
    const program = `
      import { openParser } from ${JSON.stringify(module)};
      const parser = openParser({ children: 1, childScript: ${JSON.stringify(childScript)} });
      const { subject } = await parser.parse(Buffer.from("chatter"));
      console.log(JSON.stringify({ subject, pids: parser.pids() }));
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaints = "";
    parent.stderr.on("data", (chunk) => {
      complaints += chunk;
    });
    const [line] = await once(createInterface({ input: parent.stdout }), "line");
    const { subject, pids } = JSON.parse(line) as { subject: string; pids: number[] };
    expect(subject).toBe("said");
    expect(complaints).toBe("");
    parent.kill("SIGKILL");
    await until(() => pids.every((pid) => !isAlive(pid)));
  });
});
