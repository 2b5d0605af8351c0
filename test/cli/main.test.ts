// What holds for every command: exit codes, what goes to stdout and what to stderr, --json, --csv, --ids, --limit,
// --dry-run, --yes and --as.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  for (const name of ["Acme", "Beta", "=cmd()"]) await desk.run(["org", "add", name]);
});
afterAll(() => desk.remove());

describe("a wrong command line", () => {
  it.each([
    [["orgs"], "maildesk: Unknown command 'orgs'\n(Did you mean org?)\n"],
    [["org", "lst"], "maildesk: Unknown command 'lst'\n(Did you mean list?)\n"],
    [["org", "list", "--jsn"], "maildesk: Unknown option '--jsn'\n(Did you mean --json?)\n"],
    [["org", "add"], "maildesk: Missing required argument 'name'\n"],
    [
      ["org", "show", "Acne"],
      'maildesk: There is no organization "Acne" (did you mean "Acme"?).\n  `maildesk org list` shows them; name one by id, name or domain.\n',
    ],
    [
      ["org", "list", "--limit", "0"],
      "maildesk: Option '--limit <n>' argument '0' is invalid. Give a whole number from 1 upwards.\n",
    ],
    [
      ["--as", "nobody@desk.example", "org", "list"],
      'maildesk: There is no agent "nobody@desk.example".\n  `maildesk agent list` shows them; name one by id or address.\n',
    ],
  ])("%j ends with 64, one sentence on stderr and nothing on stdout", async (args, stderr) => {
    expect(await desk.run(args)).toEqual({ code: 64, stdout: "", stderr });
  });

  it("without any word prints the help on stderr", async () => {
    expect(await desk.run([])).toMatchObject({
      code: 64,
      stdout: "",
      stderr: expect.stringContaining("Usage: maildesk"),
    });
  });
});

describe("help", () => {
  it("is on stdout, with examples for every verb", async () => {
    const { code, stdout } = await desk.run(["org", "domain", "add", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:\n  maildesk org domain add Acme acme.com acme.co.uk\n");
    expect(stdout).toContain("Global Options:");
  });

  it("of the whole has one short line for each word, and of the word the paragraph", async () => {
    const { stdout } = await desk.run(["--help"]);
    expect(stdout).toMatch(/^ {2}backup \[options\] <file> +Copy the desk into a file, while workers run\.$/m);
    for (const word of ["restore", "dump", "load"]) expect(stdout).toMatch(new RegExp(`^ {2}${word} .*\\.$`, "m"));
    expect((await desk.run(["backup", "--help"])).stdout.replaceAll(/\s+/g, " ")).toContain(
      "Keep maildesk.yaml and its secret",
    );
  });

  it("needs no configuration", async () => {
    const bare = await deskFolder({ init: false });
    expect(await bare.run(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect((await bare.run(["help"])).code).toBe(0);
    bare.remove();
  });
});

describe("a missing or wrong configuration", () => {
  it("ends with 78 and the remedy", async () => {
    const bare = await deskFolder({ init: false });
    const said = await bare.run(["org", "list"]);
    expect(said).toMatchObject({ code: 78, stdout: "" });
    expect(said.stderr).toContain("`maildesk init` writes one");
    bare.remove();
  });

  it("that names another file's database ends with 69 and leaves the file alone", async () => {
    desk.file(
      "text.db",
      "this is no database, but somebody's diary; it is longer than a hundred bytes, as diaries tend to be",
    );
    const said = await desk.run(["org", "list"], { env: { MAILDESK_DATABASE: "sqlite:./text.db" } });
    expect(said).toMatchObject({ code: 69, stderr: expect.stringContaining("That file is something else") });
  });
});

describe("a list", () => {
  it("is a table for people, and says on stderr what it leaves out", async () => {
    const said = await desk.run(["org", "list", "--limit", "1"]);
    expect(said.stdout).toMatch(/^NAME +DOMAINS +CUSTOMERS +OPEN +ID\n=cmd\(\) +0 +0 +org_\w{26}\n$/);
    expect(said.stderr).toBe("1 of 3\n");
  });

  it("is JSON for machines, whole unless --limit was asked for", async () => {
    expect(await desk.json("org", "list")).toMatchObject([
      { name: "=cmd()" },
      { name: "Acme", domains: [], customers: 0, openTickets: 0 },
      { name: "Beta" },
    ]);
    const cut = await desk.run(["org", "list", "--json", "--limit", "2"]);
    expect(JSON.parse(cut.stdout)).toHaveLength(2);
    expect(cut.stderr).toBe("2 of 3\n");
  });

  it("is ids, one a line, to feed another command", async () => {
    expect((await desk.run(["org", "list", "--ids"])).stdout).toMatch(/^(org_\w{26}\n){3}$/);
  });

  it("is CSV in which no cell is a formula", async () => {
    const { stdout } = await desk.run(["org", "list", "--csv"]);
    expect(stdout.split("\r\n")).toEqual([
      "id,name,domains,customers,openTickets,origin,createdAt",
      expect.stringMatching(/^org_\w{26},'=cmd\(\),,0,0,hand,20\d\d-\d\d-\d\dT[\d:.]{12}Z$/),
      expect.stringContaining(",Acme,"),
      expect.stringContaining(",Beta,"),
      "",
    ]);
  });

  it("that is empty is empty on stdout, and says so on stderr", async () => {
    expect(await desk.run(["org", "list", "nothing"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "There are no organizations.\n",
    });
    expect(await desk.json("org", "list", "nothing")).toEqual([]);
  });

  it("does not mind a reader who has enough", async () => {
    const child = spawn(process.execPath, [bin, "org", "list", "--json"], {
      cwd: desk.path,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("a full disk behind standard output", () => {
  it.each([["org", "list"], ["status", "--json"], ["dump", "-"], ["--help"]])(
    "is one sentence and 69 for %s %s",
    async (...args) => {
      const full = openSync("/dev/full", "w");
      const child = spawn(process.execPath, [bin, ...args], { cwd: desk.path, stdio: ["ignore", full, "pipe"] });
      let stderr = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const [code] = await once(child, "close");
      closeSync(full);
      expect(stderr).toMatch(/^maildesk: What it prints can't be written: the disk is full \(ENOSPC\)\.\n/);
      expect(stderr).not.toMatch(/\n\s+at |ENOSPC.*ENOSPC/s);
      expect(code).toBe(69);
    },
  );
});

describe("a change", () => {
  it("is only shown with --dry-run", async () => {
    const said = await desk.run(["org", "add", "Ghost", "--domain", "ghost.example", "--dry-run"]);
    expect(said.stdout).toMatch(/^\+ organization org_\w+ "Ghost"\n\+ organizationDomain ghost\.example\n$/);
    expect(said.stderr).toBe("Nothing was changed (--dry-run).\n");
    expect(await desk.json("org", "list", "ghost")).toEqual([]);
  });

  it("that asks does nothing without a terminal and --yes", async () => {
    const said = await desk.run(["org", "delete", "Beta"]);
    expect(said).toMatchObject({ code: 64, stdout: "" });
    expect(said.stderr).toContain("Add --yes");
    expect(await desk.json("org", "list", "beta")).toHaveLength(1);
  });

  it("is logged with who made it: --as, else MAILDESK_AGENT, else the operator", async () => {
    await desk.run(["agent", "add", "ria@desk.example"]);
    await desk.run(["agent", "add", "tom@desk.example"]);
    await desk.run(["org", "add", "By operator"]);
    await desk.run(["org", "add", "By Tom"], { env: { MAILDESK_AGENT: "tom@desk.example" } });
    await desk.run(["org", "add", "By Ria", "--as", "ria@desk.example"], {
      env: { MAILDESK_AGENT: "tom@desk.example" },
    });
    const log = await desk.json<{ by: string; what: string }[]>("log", "list");
    expect(log.slice(0, 3).map(({ by, what }) => [by, what])).toEqual([
      ["ria@desk.example", "org add By Ria"],
      ["tom@desk.example", "org add By Tom"],
      ["operator", "org add By operator"],
    ]);
  });
});

describe("show", () => {
  it("finds an organization, a customer, an agent or a commit by whatever names it", async () => {
    await desk.run(["customer", "add", "ann@shown.example"]);
    const [commit] = await desk.json<{ id: string }[]>("log", "list");
    expect(await desk.json("show", "shown.example")).toMatchObject({ name: "shown.example", customers: 1 });
    expect(await desk.json("show", "Ann@shown.example")).toMatchObject({ email: "ann@shown.example" });
    expect(await desk.json("show", "ria@desk.example")).toMatchObject({ mayAnswer: true });
    expect(await desk.json("show", commit?.id ?? "")).toMatchObject({ what: "customer add ann@shown.example" });
    expect(await desk.run(["show", "nothing"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('Nothing here is named "nothing".'),
    });
  });
});
