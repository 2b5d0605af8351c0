// `maildesk customer import`, `org import` and their exports: good rows are kept, each bad one is told, a file that is none
// changes nothing, what was exported comes in as it was, and one undo takes it all back (CUS-13, ORG-13, OPS-6).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await doneIn(desk, "agent", "add", "ria@agents.example", "--name", "Ria");
  await doneIn(
    desk,
    "field",
    "add",
    "plan",
    "--on",
    "customer",
    "--form",
    "choice",
    "--choice",
    "Free",
    "--choice",
    "Gold",
  );
  await doneIn(desk, "field", "add", "region", "--on", "organization");
  await doneIn(desk, "type", "add", "VIP", "--on", "customer");
});
afterAll(() => desk.remove());

interface Account {
  rows: number;
  made: number;
  changed: number;
  unchanged: number;
  failed: number;
  organizations: number;
  commits: string[];
  failures: { line: number; email: string; error: string }[];
}

/** Imports this text; the account, and how it ended. */
async function imported(text: string | Buffer, ...flags: string[]): Promise<Account & { code: number }> {
  const said = await desk.run(["customer", "import", desk.file("people.csv", text), "--json", ...flags]);
  expect(said.stdout, said.stderr).not.toBe("");
  return { code: said.code, ...(JSON.parse(said.stdout) as Account) };
}

const customers = () => desk.json<{ email: string; organization: { name: string } | null }[]>("customer", "list");

describe("an import of customers", () => {
  it("by --dry-run tells what it would do, and changes nothing", async () => {
    const file = desk.file("people.csv", "email\nann@acme.com\nbob@acme.com\nria@agents.example\n");
    const said = await desk.run(["customer", "import", file, "--dry-run"]);
    expect(said).toMatchObject({
      code: 65,
      stdout:
        "3 rows: 2 made, 0 changed, 0 unchanged, 1 failed; 1 organization made. Nothing was changed (--dry-run).\n",
      stderr: expect.stringContaining("line 4: ria@agents.example: ria@agents.example belongs to the agent Ria"),
    });
    expect(await customers()).toEqual([]);
  });

  it("keeps the good rows, tells the bad ones and writes them where they can be mended", async () => {
    const text =
      "\ufeffE-Mail;Nom;Organization;FIELD:plan;type;shoe size\r\n" +
      'ann@acme.com;"Lee; ""Ann""";;gold;vip;39\r\n' +
      "\r\n" +
      "bob@acme.com;Bob;none;;;\r\n" +
      "eve@acme.com;Eve;;silver;;\r\n" +
      "ANN@acme.com;Other;;;;\r\n" +
      "no address;;;;;\r\n" +
      "joe@new.example.com;=Joe;;;;;extra\r\n";
    const rejects = join(desk.path, "failed.csv");
    const account = await imported(text, "--map", "name=nom", "--rejects", rejects);
    expect(account).toMatchObject({ code: 65, rows: 6, made: 2, changed: 0, failed: 4, organizations: 1 });
    expect(account.commits).toHaveLength(1);
    expect(account.failures.map(({ line, error }) => `${line}: ${error}`)).toEqual([
      '5: "silver" is no choice of plan. Choices: Free, Gold.',
      "6: ANN@acme.com stands in line 2 already.",
      '7: "no address" is no address: give one such as ann@acme.com.',
      "8: There are 7 cells, and 6 headings.",
    ]);
    expect(readFileSync(rejects, "utf8").split("\r\n").slice(0, 2)).toEqual([
      "E-Mail;Nom;Organization;FIELD:plan;type;shoe size;error",
      'eve@acme.com;Eve;;silver;;;"""silver"" is no choice of plan. Choices: Free, Gold."',
    ]);
    expect(await desk.json("customer", "show", "ann@acme.com")).toMatchObject({
      name: 'Lee; "Ann"',
      organization: { name: "acme.com" },
      placedBy: "domain",
      type: "VIP",
      fields: { plan: "Gold" },
    });
    expect(await desk.json("customer", "show", "bob@acme.com")).toMatchObject({ organization: null, placedBy: "hand" });
  });

  it("mended and imported again changes what is said and leaves what is not", async () => {
    const account = await imported("email,phone,field:plan\nann@acme.com,+44 1,\nbob@acme.com,,Free\neve@acme.com,,\n");
    expect(account).toMatchObject({ code: 0, made: 1, changed: 2, unchanged: 0, failed: 0 });
    expect(await imported("email,phone\nann@acme.com,+44 1\n")).toMatchObject({ unchanged: 1, commits: [] });
    expect(await desk.json("customer", "show", "ann@acme.com")).toMatchObject({
      phone: "+44 1",
      fields: { plan: "Gold" },
    });
  });

  it("sends nothing, reads a pipe and JSON lines, makes organizations when told to, and reports each row", async () => {
    const input =
      '{"email":"zoe@zoo.example","organization":"Zoo","field:plan":null}\n[]\n{"email":"yan@zoo.example","organization":"Zoo"}\n';
    const said = await desk.run(["customer", "import", "-", "--format", "jsonl", "--create-orgs", "--report"], {
      input,
    });
    expect(said).toMatchObject({
      code: 65,
      stdout:
        "line 1: zoe@zoo.example made, belongs to the new organization Zoo\n" +
        "line 2: This is no JSON object.\n" +
        "line 3: yan@zoo.example made, belongs to Zoo\n" +
        "3 rows: 2 made, 0 changed, 0 unchanged, 1 failed; 1 organization made.\n",
    });
    expect(await desk.json("outbox", "list")).toEqual([]);
  });

  it("reads what an older program wrote, when told so", async () => {
    const bytes = Buffer.from("email\tname\nlatin@acme.com\tJos\u00e9 \x80\n", "latin1");
    const said = await desk.run(["customer", "import", desk.file("old.txt", bytes)]);
    expect(said).toMatchObject({ code: 65, stdout: "", stderr: expect.stringContaining("add --encoding latin1") });
    await doneIn(desk, "customer", "import", desk.file("old.txt", bytes), "--encoding", "latin1");
    expect(await desk.json("customer", "show", "latin@acme.com")).toMatchObject({ name: "José €" });
  });
});

describe("a file that is none", () => {
  const many = (n: number) => Array.from({ length: n }, (_, at) => `x${at}@bad.example,`).join("\n");
  it.each<[string, string | Buffer | null, string]>([
    ["another delimiter", "email|name\na@bad.example|A\n", 'No heading is email. There is "email|name".'],
    ["no headings", "a@bad.example,A\n", 'begins with no line of headings, but with "a@bad.example"'],
    [
      "no addresses",
      "name,phone\nA,1\n",
      'No heading is email. There are "name", "phone".\n  Say which it is, such as --map email="name"',
    ],
    [
      "an open quotation mark",
      `email,name\n${many(1500)}\ny@bad.example,"Y\n`,
      "line 1502: a quotation mark opens in this row",
    ],
    ["a stray quotation mark", 'email,name\na@bad.example,A "B" C\n', "line 2: a quotation mark stands where none may"],
    ["nothing", "", "is empty."],
    ["headings only", "email,name\n", "has no row below its headings."],
    ["a NUL byte", "email,name\na@bad.example,A\0\n", "holds a NUL byte in line 2"],
    ["an unknown field", "email,field:size\na@bad.example,1\n", 'There is no field "size" of a customer.'],
    [
      "bytes that are no text at its end",
      Buffer.concat([Buffer.from(`email,name\n${many(1500)}\n`), Buffer.from([0xe9, 10])]),
      "is no text in utf-8, after line",
    ],
    ["a file that is not there", null, "There is no file"],
  ])("is refused: %s", async (_what, text, sentence) => {
    const file = text === null ? join(desk.path, "nowhere.csv") : desk.file("bad.csv", text);
    const said = await desk.run(["customer", "import", file]);
    expect(said).toMatchObject({ code: 65, stdout: "", stderr: expect.stringContaining(sentence) });
  });

  it("has changed nothing, whatever it was", async () => {
    expect(await desk.json("customer", "list", "bad.example")).toEqual([]);
  });

  it("is refused where it is a folder, or a cell is longer than any", async () => {
    expect(await desk.run(["customer", "import", desk.path])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining("is no ordinary file"),
    });
    const long = `email,notes\nx@long.example,${"n".repeat(1024 * 1024)}\ny@long.example,short\nz@long.example,type\n`;
    expect(await imported(long)).toMatchObject({
      code: 65,
      made: 2,
      failures: [{ line: 2, email: "x@long.example", error: "notes has 1048576 characters; a cell may have 32767." }],
    });
    expect(await imported("email,type\nw@long.example,VPI\n")).toMatchObject({
      failures: [{ error: expect.stringContaining('There is no customer type "VPI" (did you mean "VIP"?).') }],
    });
  });
});

describe("an import of organizations", () => {
  it("makes and changes them, and names who has a domain already", async () => {
    const text =
      "name,domains,phone,field:region\n" +
      "Globex,globex.com globex.de,2,North\n" +
      "zoo,zoo.example,,\n" +
      "Acme,acme.com,,\n" +
      "Mailers,gmail.com,,\n";
    const said = await desk.run(["org", "import", desk.file("companies.csv", text), "--json"]);
    expect(said.code).toBe(65);
    expect(JSON.parse(said.stdout)).toMatchObject({ rows: 4, made: 1, changed: 1, failed: 2, organizations: 1 });
    expect(JSON.parse(said.stdout).failures).toMatchObject([
      {
        line: 4,
        name: "Acme",
        error: expect.stringMatching(/^acme\.com belongs to acme\.com \(org_\w+\)\. To keep its customers/),
      },
      { line: 5, name: "Mailers", error: expect.stringContaining("gmail.com is a free-mail domain") },
    ]);
    expect(await desk.json("org", "show", "globex.de")).toMatchObject({ name: "Globex", fields: { region: "North" } });
    expect(await desk.json("org", "show", "zoo")).toMatchObject({ name: "zoo", domains: ["zoo.example"] });
  });
});

describe("what was exported", () => {
  it.each(["csv", "jsonl"])("comes in as it was, into an empty desk, as %s", async (format) => {
    const other = await deskFolder();
    try {
      await doneIn(
        other,
        "field",
        "add",
        "plan",
        "--on",
        "customer",
        "--form",
        "choice",
        "--choice",
        "Free",
        "--choice",
        "Gold",
      );
      await doneIn(other, "field", "add", "region", "--on", "organization");
      await doneIn(desk, "customer", "set", "bob@acme.com", "notes==1+1\r\n'quoted'", "postalAddress='-x", "name=-Bob");
      await doneIn(desk, "customer", "address", "add", "bob@acme.com", "aaa@bob.example");
      const exported = async (on: DeskFolder, noun: string) =>
        (await doneIn(on, noun, "export", "--format", format)).stdout;
      for (const noun of ["org", "customer"]) {
        const text = await exported(desk, noun);
        const said = await other.run([noun, "import", "-", "--format", format], { input: text });
        expect(said, said.stderr).toMatchObject({ code: 0 });
        expect(await exported(other, noun)).toBe(text);
      }
      expect(await exported(desk, "customer")).toContain("aaa@bob.example");
    } finally {
      other.remove();
    }
  });

  it("is filtered by the flags of the list, and replaces no file unless told to", async () => {
    const out = join(desk.path, "vip.jsonl");
    await doneIn(desk, "customer", "export", "--type", "VIP", "--out", out);
    expect(
      readFileSync(out, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).email),
    ).toEqual(["ann@acme.com"]);
    expect(await desk.run(["customer", "export", "--out", out])).toMatchObject({ code: 64 });
    await doneIn(desk, "customer", "export", "--out", out, "--force");
  });
});

describe("undo of an import", () => {
  const rows = 2_500;
  const text = `email,organization\nkept@first.example,\n${Array.from({ length: rows }, (_, at) => `p${at}@d${at % 40}.example.net,`).join("\n")}\n`;

  it("takes all of it back as a whole, shows how much first, and can be taken back itself", async () => {
    const before = (await doneIn(desk, "customer", "export")).stdout;
    const account = await imported(text);
    expect(account).toMatchObject({ code: 0, made: rows + 1, organizations: 2 });
    expect(account.commits).toHaveLength(3);
    const whole = (await doneIn(desk, "customer", "export")).stdout;
    const shown = await desk.run(["undo", "--dry-run"]);
    expect(shown.stdout).toMatch(
      /customer import .*people\.csv: 3 commits; taking it back removes 2501 addresses, 2501 customers, 2 domains, 2 organizations\.\n/,
    );
    expect((await doneIn(desk, "undo")).stdout).toMatch(/^Took back: customer import .*, 5006 rows in 3 commits\.\n$/);
    expect((await doneIn(desk, "customer", "export")).stdout).toBe(before);
    const [undone] = await desk.json<{ id: string }[]>("log", "list", "--limit", "1");
    await doneIn(desk, "undo", undone?.id ?? "");
    expect((await doneIn(desk, "customer", "export")).stdout).toBe(whole);
  });

  it("takes nothing back where a part of it can't be, and names what stands there", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({ from: "p3@d3.example.net", id: "undo-1@x" }) });
    const before = (await doneIn(desk, "customer", "export")).stdout;
    const [first] = (await desk.json<{ id: string; what: string }[]>("log", "list", "--limit", "3")).toReversed();
    const said = await desk.run(["undo", first?.id ?? "", "--yes"]);
    expect(said).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/can't be taken back: customer cus_\w+ is in use: ticketPerson/),
    });
    expect((await doneIn(desk, "customer", "export")).stdout).toBe(before);
  });
});
