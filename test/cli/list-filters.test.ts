// The flags by which lists and exports find what they are about: one set for organizations (ORG-13), custom fields of tickets
// (TIC-3, CUS-9), and customers who asked to hear nothing (SHA-10).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done(
    "field",
    "add",
    "plan",
    "--on",
    "organization",
    "--form",
    "choice",
    "--choice",
    "Free",
    "--choice",
    "Gold",
  );
  await done("field", "add", "seats", "--on", "organization", "--form", "number");
  await done("org", "add", "Globex", "--domain", "globex.com", "--domain", "globex.de");
  await done("org", "add", "Initech");
  await done("org", "set", "Globex", "field:plan=gold", "field:seats=12");
  await done("org", "set", "Initech", "field:plan=Gold");
  await desk.run(["ingest", "-"], { input: mailOf({ from: "Ann <ann@acme.com>", id: "1@acme.com" }) });
  await done("customer", "add", "bob@globex.de");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = async (code: number, ...args: string[]) => {
  const said = await desk.run(args);
  expect(said.code, said.stdout).toBe(code);
  return said.stderr;
};
const names = (rows: { name: string }[]) => rows.map(({ name }) => name);

const organizations: [string[], string[]][] = [
  [[], ["acme.com", "Globex", "Initech"]],
  [["--text", "GLOB"], ["Globex"]],
  [["--text", "acme.c"], ["acme.com"]],
  [["--domain", "@GLOBEX.de."], ["Globex"]],
  [["--domain", "nobody.com"], []],
  [["--no-domain"], ["Initech"]],
  [
    ["--field", "plan=GOLD"],
    ["Globex", "Initech"],
  ],
  [["--field", "plan=gold", "--field", "seats=12.0"], ["Globex"]],
  [["--field", "plan=", "--origin", "automatic"], ["acme.com"]],
  [
    ["--field", "seats="],
    ["acme.com", "Initech"],
  ],
  [["--origin", "automatic"], ["acme.com"]],
  [
    ["--origin", "hand"],
    ["Globex", "Initech"],
  ],
  [["--with-customers"], ["acme.com", "Globex"]],
  [["--without-customers"], ["Initech"]],
  [["--with-customers", "--origin", "hand", "--field", "plan=Gold"], ["Globex"]],
];

describe("the flags of `org list`", () => {
  it.each(organizations)("%j find the same organizations for a list and for an export", async (flags, expected) => {
    expect(names(await desk.json("org", "list", ...flags))).toEqual(expected);
    const { stdout } = await done("org", "export", "--format", "jsonl", ...flags);
    const rows = stdout.split("\n").filter(Boolean);
    expect(names(rows.map((line) => JSON.parse(line))).sort()).toEqual([...expected].sort());
  });

  it("count what is there, page by page, and tell of nothing in one sentence", async () => {
    const said = await done("org", "list", "--origin", "hand", "--limit", "1", "--ids");
    expect(said.stderr).toBe("1 of 2\n");
    expect((await done("org", "list", "--domain", "nobody.com")).stderr).toBe("There are no organizations.\n");
  });

  it.each([
    [["--with-customers", "--without-customers"], "--with-customers and --without-customers exclude each other."],
    [["--without-customers", "--with-customers"], "--with-customers and --without-customers exclude each other."],
    [["--domain", "acme.com", "--no-domain"], "--domain and --no-domain exclude each other."],
    [["--no-domain", "--domain=acme.com"], "--domain and --no-domain exclude each other."],
    [["--domain", "com"], '"com"'],
    [["--field", "plam=Gold"], 'There is no field "plam" of an organization (did you mean "plan"?).'],
    [["--field", "plan=Silver"], '"Silver" is no choice of plan.'],
    [["--field", "plan"], '"plan" is not of the form KEY=VALUE.'],
    [["--origin", "mail"], "Allowed choices are automatic, hand"],
    [["--origim", "hand"], "(Did you mean --origin?)"],
  ])("refuse %j", async (flags, sentence) => {
    expect(await refused(64, "org", "list", ...flags)).toContain(sentence);
    expect(await refused(64, "org", "export", ...flags)).toContain(sentence);
  });

  it("are kept by a view, and taken with more of them", async () => {
    await done("view", "add", "gold companies", "--", "org", "list", "--field", "plan=Gold", "--origin", "hand");
    expect(names(await desk.json("view", "show", "gold companies"))).toEqual(["Globex", "Initech"]);
    expect(names(await desk.json("view", "show", "gold companies", "--", "--without-customers"))).toEqual(["Initech"]);
  });

  it("are completed: flags, origins, domains and fields", async () => {
    const words = async (...typed: string[]) =>
      (await desk.run(["completion", "words", "zsh", "--", ...typed])).stdout.split("\n");
    expect(await words("org", "list", "--w")).toEqual(expect.arrayContaining(["--with-customers"]));
    expect(await words("org", "export", "--origin", "")).toEqual(expect.arrayContaining(["automatic", "hand"]));
    expect(await words("org", "list", "--domain", "glo")).toEqual(expect.arrayContaining(["globex.com", "globex.de"]));
    expect(await words("org", "list", "--field", "pl")).toEqual(expect.arrayContaining(["plan="]));
  });
});

describe("custom fields of tickets", () => {
  beforeAll(async () => {
    await done("field", "add", "severity", "--on", "ticket", "--form", "choice", "--choice", "low", "--choice", "high");
    await done("field", "add", "area", "--on", "ticket");
    for (const id of ["2", "3"])
      await desk.run(["ingest", "-"], { input: mailOf({ from: "Ann <ann@acme.com>", id: `${id}@acme.com` }) });
    await done("ticket", "set", "1", "2", "field:severity=high");
    await done("ticket", "set", "2", "field:area=North");
  });

  it.each([
    [
      ["--field", "severity=HIGH"],
      [2, 1],
    ],
    [["--field", "severity=high", "--field", "area=North"], [2]],
    [
      ["--field", "area="],
      [3, 1],
    ],
    [["--field", "severity=low"], []],
    [
      ["--field", "severity=high", "--org", "acme.com"],
      [2, 1],
    ],
    [
      ["--field", "severity=high", "--text", "printer", "--requester", "ann@acme.com"],
      [2, 1],
    ],
  ])("%j find tickets", async (flags, numbers) => {
    const rows = await desk.json<{ number: number }[]>("ticket", "list", ...flags);
    expect(rows.map(({ number }) => number)).toEqual(numbers);
  });

  it("are those of tickets alone, and a view keeps them", async () => {
    expect(await refused(64, "ticket", "list", "--field", "plan=Gold")).toContain(
      'There is no field "plan" of a ticket',
    );
    expect(await refused(64, "ticket", "list", "--field", "severity=none")).toContain(
      '"none" is no choice of severity.',
    );
    await done("view", "add", "severe", "--", "ticket", "list", "--field", "severity=high");
    expect(await desk.json("view", "show", "severe")).toHaveLength(2);
  });
});

describe("customers who asked to hear nothing", () => {
  const emails = async (...flags: string[]) =>
    (await desk.json<{ email: string }[]>("customer", "list", ...flags)).map(({ email }) => email);

  it("are found by a flag of lists, exports and verbs, and shown", async () => {
    await done("customer", "mute", "bob@globex.de");
    expect(await emails("--muted")).toEqual(["bob@globex.de"]);
    expect(await emails("--no-muted")).toEqual(["ann@acme.com"]);
    expect(await emails()).toHaveLength(2);
    expect(await desk.json("customer", "list", "--muted")).toMatchObject([{ mutedAt: expect.stringMatching(/Z$/) }]);
    expect((await done("customer", "export", "--muted")).stdout.split("\r\n")).toHaveLength(3);
    expect((await done("customer", "show", "bob@globex.de")).stdout).toContain("active, muted since ");
    expect((await done("customer", "unmute", "--muted", "--dry-run")).stdout).toBe("bob@globex.de would be unmuted\n");
    await done("customer", "unmute", "--muted");
    expect(await emails("--muted")).toEqual([]);
  });
});
