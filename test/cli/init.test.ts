// `maildesk init`: the first minute of a new desk. It works without any server, and nothing is ever overwritten.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

let desk: DeskFolder;
afterEach(() => desk.remove());

const empty = async () => {
  desk = await deskFolder({ init: false });
  return desk;
};

const read = (name: string) => readFileSync(join(desk.path, name), "utf8");
const mode = (name: string) => statSync(join(desk.path, name)).mode & 0o777;

describe("init", () => {
  it("writes a configuration with which doctor finds nothing wrong", async () => {
    await empty();
    const said = await desk.run(["init", "--address", "help@acme.example"]);
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toContain("maildesk doctor");
    const doctor = await desk.json<{ ok: boolean; checks: { check: string; ok: boolean }[] }>("doctor");
    expect(doctor.ok).toBe(true);
    expect(doctor.checks.map((one) => one.check)).toEqual([
      "node",
      "configuration",
      "database",
      "disk",
      "clock",
      "parser",
      "queue",
      "in support",
      "out",
      "sending",
      "metrics",
      "web",
      "alerts",
    ]);
    expect(read("maildesk.yaml")).toContain("address: help@acme.example");
    for (const key of ["database", "queue"])
      expect(read("maildesk.yaml")).toMatch(new RegExp(`^${key}: .*postgres://user@host/db`, "m"));
  });

  it("makes a secret of its own, which only its owner may read", async () => {
    await empty();
    await desk.run(["init"]);
    const first = read("maildesk.secret");
    expect(first).toMatch(/^[0-9a-f]{64}\n$/);
    expect([mode("maildesk.secret"), mode("data")]).toEqual([0o600, 0o700]);
    desk.remove();
    await empty();
    await desk.run(["init"]);
    expect(read("maildesk.secret")).not.toBe(first);
  });

  it("overwrites nothing, and says so with exit code 1", async () => {
    await empty();
    desk.file("maildesk.yaml", "mine");
    const said = await desk.run(["init"]);
    expect(said).toMatchObject({ code: 1, stdout: "" });
    expect(said.stderr).toBe(
      "maildesk: maildesk.yaml exists already, and nothing was changed.\n  Edit it, or name another place with --folder.\n",
    );
    expect(read("maildesk.yaml")).toBe("mine");
    expect(readdirSync(desk.path)).toEqual(["maildesk.yaml"]);
  });

  it("keeps a secret that is there already, so that tokens stay valid", async () => {
    await empty();
    desk.file("maildesk.secret", "0123456789abcdef0123456789abcdef\n");
    await desk.run(["init"]);
    expect(read("maildesk.secret")).toBe("0123456789abcdef0123456789abcdef\n");
  });

  it("prepares a real mailbox, whose password goes into a file and nowhere else", async () => {
    await empty();
    const said = await desk.run([
      "init",
      "--mailbox",
      "imaps://ann@mail.example.com:1993/Support",
      "--address",
      "support@acme.example",
    ]);
    expect(said.stdout).toContain("Write the password of ann into imap.password");
    expect(read("maildesk.yaml")).toContain(
      '      url: "imaps://mail.example.com:1993/Support"\n      user: ann\n      password: { file: ./imap.password }\n',
    );
    expect([mode("imap.password"), existsSync(join(desk.path, "data/inbox"))]).toEqual([0o600, false]);
    expect((await desk.run(["org", "list"])).code).toBe(0);
  });

  it.each(["imap.gmail.com", "outlook.office365.com"])("says of %s that it wants no password", async (host) => {
    await empty();
    const said = await desk.run(["init", "--mailbox", `imaps://ann@${host}/INBOX`, "--address", "ann@acme.example"]);
    expect(said.stdout).toContain("That server wants OAuth 2.0 instead of a password");
  });

  it("leaves nothing behind where it fails", async () => {
    await empty();
    const said = await desk.run(["init", "--address", "nonsense"]);
    expect(said).toMatchObject({ code: 64, stderr: expect.stringContaining('"nonsense" is no address') });
    expect(readdirSync(desk.path)).toEqual([]);
  });

  it.each([
    [
      "a password on the command line",
      ["--mailbox", "imaps://ann:geheim@mail.example.com"],
      /^maildesk: Leave the password out of the command/,
    ],
    [
      "a mailbox that is none",
      ["--mailbox", "imap:/x"],
      /^maildesk: "imap:\/x" is no mailbox that maildesk can read\.\n {2}Write imaps:/,
    ],
    [
      "a mailbox whose address is unknown",
      ["--mailbox", "imaps://ann@mail.example.com"],
      /^maildesk: Which address does this mailbox have\?/,
    ],
  ])("refuses %s", async (_what, args, expected) => {
    await empty();
    const said = await desk.run(["init", ...args]);
    expect(said).toMatchObject({ code: 64, stderr: expect.stringMatching(expected) });
    expect(said.stderr).not.toContain("geheim");
  });

  it("writes into a folder that it makes, and says what it wrote to machines", async () => {
    await empty();
    const said = await desk.json<{ config: string; address: string }>("init", "--folder", "new/desk");
    expect(said).toMatchObject({ config: join(desk.path, "new/desk/maildesk.yaml"), address: "support@desk.example" });
    expect((await desk.run(["--config", "new/desk", "org", "list"])).code).toBe(0);
    expect(existsSync(join(desk.path, "new/desk/data/maildesk.db"))).toBe(true);
  });
});

describe("doctor", () => {
  it("says with exit code 78 what is wrong with the configuration, and looks no further", async () => {
    await empty();
    desk.file("maildesk.yaml", "mailboxes: []\n");
    const said = await desk.run(["doctor"]);
    expect(said.code).toBe(78);
    expect(said.stdout).toMatch(/^FAILED {2}configuration {3}maildesk\.yaml line 1: mailboxes is empty/m);
    expect(said.stdout.split("\n")).toHaveLength(3);
  });

  it("says which server is down, and that the rest is well", async () => {
    desk = await deskFolder();
    desk.file("maildesk.yaml", read("maildesk.yaml").replace(/^outgoing:.*$/m, "outgoing: smtp://127.0.0.1:1"));
    const said = await desk.run(["doctor"]);
    expect(said.stdout).toMatch(/^FAILED {2}out .*127\.0\.0\.1:1/m);
    expect(said.stdout.match(/^ok {4}/gm)).toHaveLength(12);
    expect(said.code).not.toBe(0);
  });

  it("says that a folder is missing or may not be used", async () => {
    desk = await deskFolder();
    mkdirSync(join(desk.path, "blocked"));
    desk.file("blocked/inbox", "a file where a folder should be");
    desk.file("maildesk.yaml", read("maildesk.yaml").replace("./data/inbox", "./blocked/inbox"));
    const said = await desk.run(["doctor", "--json"]);
    const { ok, checks } = JSON.parse(said.stdout) as {
      ok: boolean;
      checks: { check: string; ok: boolean; text: string }[];
    };
    expect(ok).toBe(false);
    expect(checks.filter((one) => !one.ok).map((one) => one.check)).toEqual(["in support"]);
  });
});
