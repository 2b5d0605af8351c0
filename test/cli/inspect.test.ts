// `maildesk inspect`: what would become of a mail, told without a configuration, in a shape that other programs read.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

const mails = fileURLToPath(new URL("../../fixtures/mail", import.meta.url));
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/cli/${name}`, import.meta.url)), "utf8");

let desk: DeskFolder;
beforeEach(async () => {
  desk = await deskFolder({ init: false });
});
afterEach(() => desk.remove());

const lines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("inspect --json", () => {
  it("prints one object a line with the documented fields, without any configuration", async () => {
    desk.file(
      "a.eml",
      mailOf({
        to: "support@desk.example, Joe <joe@desk.example>",
        headers: ["Cc: cat@acme.example", "References: <r1@x> <r2@x>", "In-Reply-To: <r2@x>"],
      }),
    );
    const said = await desk.run(["inspect", "--json", "a.eml"]);
    expect(lines(said.stdout)).toMatchObject([
      {
        file: "a.eml",
        verdict: "ticket",
        reason: "new-ticket",
        from: { name: "Ann Example", address: "ann@acme.example" },
        to: ["support@desk.example", "joe@desk.example"],
        cc: ["cat@acme.example"],
        subject: "The printer is on fire",
        date: "2026-11-02T10:00:00.000Z",
        messageId: "1@acme.example",
        inReplyTo: ["r2@x"],
        references: ["r1@x", "r2@x"],
        newText: "It burns.",
        attachments: [],
        automatic: [],
        forwarded: null,
        bounce: null,
        trace: expect.arrayContaining([{ step: "file", text: "a new ticket #1" }]),
      },
    ]);
    expect(existsSync(join(desk.path, "data"))).toBe(false);
  });

  it("answers for every file, in the order given, whatever is in it", async () => {
    const files = readdirSync(mails)
      .filter((name) => name.endsWith(".eml"))
      .map((name) => join(mails, name));
    const said = await desk.run(["inspect", "--json", ...files]);
    expect(said.code).toBe(0);
    expect(lines(said.stdout).map((line) => line.file)).toEqual(files);
    expect(lines(said.stdout).filter((line) => line.verdict === "failed")).toEqual([]);
  });

  it.each([
    [
      "a machine's mail",
      mailOf({ headers: ["Auto-Submitted: auto-replied"] }),
      { verdict: "ignored", reason: "automatic", automatic: [expect.stringContaining("Auto-Submitted")] },
    ],
    ["no sender", mailOf({ from: "" }), { verdict: "held", reason: "no-sender" }],
    ["nothing", "", { verdict: "held", reason: "empty" }],
  ])("says what becomes of %s", async (_what, mail, expected) => {
    desk.file("a.eml", mail);
    expect(lines((await desk.run(["inspect", "--json", "a.eml"])).stdout)).toMatchObject([expected]);
  });

  it("reports a bounce with its recipients", async () => {
    const said = await desk.run(["inspect", "--json", join(mails, "bounce-postfix-550-unknown-user.eml")]);
    expect(lines(said.stdout)).toMatchObject([
      { verdict: "ignored", reason: "bounce-unknown", bounce: { recipients: [{ action: "failed", hard: true }] } },
    ]);
  });

  it("has a line for a file that cannot be read, and ends with 65", async () => {
    desk.file("a.eml", mailOf({}));
    const said = await desk.run(["inspect", "--json", "gone.eml", ".", "a.eml"]);
    expect(said.code).toBe(65);
    expect(lines(said.stdout)).toMatchObject([
      { file: "gone.eml", verdict: "failed", error: "There is no file gone.eml." },
      { file: ".", verdict: "failed", error: ". is a folder: name the files in it." },
      { file: "a.eml", verdict: "ticket" },
    ]);
  });

  it("holds a mail over the size limit without reading it", async () => {
    desk.file("huge.eml", Buffer.alloc(51 * 1024 * 1024, "x"));
    expect(lines((await desk.run(["inspect", "--json", "huge.eml"])).stdout)).toMatchObject([
      { verdict: "held", reason: "too-large" },
    ]);
  });

  it("reads standard input", async () => {
    expect(lines((await desk.run(["inspect", "--json", "-"], { input: mailOf({}) })).stdout)).toMatchObject([
      { file: "-", verdict: "ticket" },
    ]);
  });
});

describe("inspect for people", () => {
  it("tells who, what, each step, and what would happen", async () => {
    desk.file("a.eml", mailOf({}));
    expect((await desk.run(["inspect", "a.eml"])).stdout).toBe(fixture("inspect-new-ticket.txt"));
  });

  it("prints no control characters of the mail", async () => {
    desk.file("a.eml", mailOf({ text: "\u001b[2Jboo\u0007", subject: "\u001b]0;title\u0007" }));
    expect((await desk.run(["inspect", "a.eml"])).stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe("inspect --desk", () => {
  it("judges against the real desk, and changes nothing", async () => {
    await desk.run(["init"]);
    desk.file("a.eml", mailOf({}));
    desk.file(
      "b.eml",
      mailOf({ id: "2@acme.example", text: "Another one.", headers: ["In-Reply-To: <1@acme.example>"] }),
    );
    await desk.run(["ingest", "a.eml"]);
    const said = await desk.run(["inspect", "--desk", "--json", "a.eml", "b.eml"]);
    expect(lines(said.stdout)).toMatchObject([
      { file: "a.eml", verdict: "ignored", reason: "duplicate" },
      { file: "b.eml", verdict: "reply", reason: "reply", ticket: 1 },
    ]);
    expect(await desk.json("ticket", "list")).toMatchObject([{ number: 1, messages: 1 }]);
    expect(await desk.json<object[]>("email", "list")).toHaveLength(1);
  });
});
