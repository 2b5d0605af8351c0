// `customer set` and `customer move` on many: by names or by the flags of `customer list`, with a preview, a question and one
// undo (CUS-11, ORG-7).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("field", "add", "plan", "--on", "customer", "--form", "choice", "--choice", "Free", "--choice", "Gold");
  await done("type", "add", "VIP", "--on", "customer");
  await done("org", "add", "Acme", "--domain", "acme.com");
  await done("org", "add", "Globex");
  for (const [at, who] of ["ann", "bob", "eve"].entries())
    await desk.run(["ingest", "-"], { input: mailOf({ from: `${who} <${who}@acme.com>`, id: `${at}@acme.com` }) });
  await done("ticket", "requester", "add", "1", "bob@acme.com");
  await done("ticket", "follower", "add", "2", "ann@acme.com");
  await done("customer", "add", "a=b@other.example", "--org", "none");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = async (code: number, ...args: string[]) => {
  const said = await desk.run(args);
  expect(said.code, said.stdout).toBe(code);
  return said.stderr;
};
const emails = async (...flags: string[]) =>
  (await desk.json<{ email: string }[]>("customer", "list", ...flags)).map(({ email }) => email);
const exported = async () => (await done("customer", "export")).stdout;
const commits = async () => (await desk.json<unknown[]>("log", "list")).length;

describe("customer set", () => {
  it("by flags shows who it would be, asks, changes all of them at once, and one undo takes it back", async () => {
    const before = await exported();
    const shown = await done("customer", "set", "--org", "Acme", "field:plan=gold", "type=vip", "--dry-run");
    expect(shown.stdout.split("\n").slice(0, 3)).toEqual(
      ["ann", "bob", "eve"].map((who) => `${who}@acme.com would have field:plan=gold, type=vip`),
    );
    expect(await refused(64, "customer", "set", "--org", "Acme", "type=VIP")).toContain("no terminal to ask on");
    expect(await exported()).toBe(before);
    const logged = await commits();
    const said = await done("customer", "set", "--org", "Acme", "field:plan=gold", "type=vip");
    expect(said.stdout).toBe("3 customers changed.\n");
    expect(await emails("--field", "plan=Gold", "--type", "VIP")).toHaveLength(3);
    expect(await commits()).toBe(logged + 1);
    await done("customer", "set", "--org", "Acme", "field:plan=Gold");
    expect(await commits()).toBe(logged + 1);
    await done("undo");
    expect(await exported()).toBe(before);
  });

  it("by names takes several, and one as before", async () => {
    const rows = await desk.json("customer", "set", "ann@acme.com", "bob@acme.com", "type=VIP", "phone=1");
    expect(rows).toMatchObject([
      { email: "ann@acme.com", type: "VIP" },
      { email: "bob@acme.com", type: "VIP" },
    ]);
    expect(await desk.json("customer", "set", "a=b@other.example", "name=A B")).toMatchObject({ name: "A B" });
    await done("customer", "set", "--type", "VIP", "type=", "phone=");
    expect(await emails("--type", "VIP")).toEqual([]);
  });

  it.each([
    [["type=VIP"], "Name the customers, by id or address, or say by flags which."],
    [["ann@acme.com"], "There is nothing to set"],
    [["ann@acme.com", "--org", "Acme", "type=VIP"], "Name customers, or say by flags which: not both."],
    [["--org", "Acme", "tpye=VIP"], 'There is no "tpye" to set (did you mean "type"?).'],
    [["--org", "Acme", "type=VPI"], 'There is no customer type "VPI" (did you mean "VIP"?).'],
    [["--org", "Acme", "field:plan=Silver"], '"Silver" is no choice of plan.'],
    [["--org", "Acne", "type=VIP"], 'There is no organization "Acne" (did you mean "Acme"?).'],
    [
      ["ann@acme.com", "bob@acme.con", "type=VIP"],
      'There is no customer "bob@acme.con" (did you mean "bob@acme.com"?).',
    ],
    [["ann@acme.com", "name=Ann", "Lee"], '"Lee" is not of the form KEY=VALUE.'],
  ])("refuses %j", async (words, sentence) => {
    expect(await refused(64, "customer", "set", ...words)).toContain(sentence);
  });

  it("leaves alone whom the flags do not find", async () => {
    expect((await done("customer", "set", "--muted", "type=VIP")).stdout).toBe("0 customers changed.\n");
  });
});

describe("customer move", () => {
  const ofGlobex = async () =>
    (await desk.json<{ number: number }[]>("ticket", "list", "--org", "Globex")).map(({ number }) => number);

  it("by flags shows who would move and with which tickets, asks, and one undo takes it back", async () => {
    const before = await exported();
    const shown = await done("customer", "move", "--org", "Acme", "Globex", "--with-tickets", "--dry-run");
    expect(shown.stdout.split("\n").slice(0, -1)).toEqual([
      ...["ann", "bob", "eve"].map((who) => `${who}@acme.com would be in Globex, no longer in Acme`),
      "3 tickets of theirs go along.",
      "They still follow 1 ticket of where they were (--drop-follows ends that).",
    ]);
    expect(await refused(64, "customer", "move", "--org", "Acme", "Globex")).toContain("no terminal to ask on");
    const said = await done("customer", "move", "--org", "Acme", "Globex", "--with-tickets", "--drop-follows");
    expect(said.stdout).toBe("3 customers are in Globex now, by hand: no domain moves them any more.\n");
    expect(said.stderr).toBe("3 tickets of theirs go along.\nThey follow 1 ticket of where they were no more.\n");
    expect(await ofGlobex()).toEqual([3, 2, 1]);
    await done("undo");
    expect(await ofGlobex()).toEqual([]);
    expect(await exported()).toBe(before);
  });

  it("by names takes several; who is there by hand already is left alone", async () => {
    const rows = await desk.json("customer", "move", "ann@acme.com", "ann@acme.com", "bob@acme.com", "Globex");
    expect(rows).toMatchObject([
      { email: "ann@acme.com", organization: { name: "Globex" } },
      { email: "bob@acme.com", organization: { name: "Globex" } },
    ]);
    const said = await done("customer", "move", "ann@acme.com", "eve@acme.com", "Globex");
    expect(said.stdout).toBe("1 customer is in Globex now, by hand: no domain moves them any more.\n");
    expect(said.stderr).toBe(
      "1 ticket of theirs stays with where they were; they still hear of it (--with-tickets takes them along).\n",
    );
    await done("customer", "move", "--org", "Globex", "none");
    expect(await emails("--no-org")).toHaveLength(4);
    await done("customer", "move", "--no-org", "--text", "acme", "Acme");
    expect(await emails("--org", "Acme")).toHaveLength(3);
    expect(await desk.json("customer", "move", "eve@acme.com", "none")).toMatchObject({ organization: null });
  });

  it.each([
    [["Globex"], "Name the customers, by id or address, or say by flags which."],
    [["ann@acme.com", "Globex", "--state", "active"], "Name customers, or say by flags which: not both."],
    [["--state", "active", "Globx"], 'There is no organization "Globx" (did you mean "Globex"?).'],
  ])("refuses %j", async (words, sentence) => {
    expect(await refused(64, "customer", "move", ...words)).toContain(sentence);
  });
});

describe("flags that contradict each other", () => {
  const org = ["--org", "Globex"];
  const ofOrg = "maildesk: --org and --no-org exclude each other.\n";
  const ofMuted = "maildesk: --muted and --no-muted exclude each other.\n";
  it.each([
    [["set", ...org, "--no-org", "title=Q"], ofOrg],
    [["set", "--no-org", "title=Q", "--org=none"], ofOrg],
    [["set", "--muted", "--no-muted", "title=Q"], ofMuted],
    [["move", "--no-org", ...org, "Acme"], ofOrg],
    [["move", "--no-muted", "--muted", "Globex"], ofMuted],
    [["block", ...org, "--no-org"], ofOrg],
    [["unmute", "--no-muted", "--muted"], ofMuted],
    [["list", "--no-muted", "--muted"], ofMuted],
    [["export", "--no-org", ...org], ofOrg],
    [["duplicates", ...org, "--no-org"], ofOrg],
  ])("are refused in either order: %j", async (words, sentence) => {
    const before = await exported();
    expect(await refused(64, "customer", ...words, "--yes")).toBe(sentence);
    expect(await exported()).toBe(before);
  });

  it("are refused where a view had one of them; one that is given twice is none", async () => {
    await done("view", "add", "strays", "--", "customer", "list", "--no-org");
    expect(await refused(64, "view", "show", "strays", "--", ...org)).toBe(ofOrg);
    expect(await emails(...org, ...org, "--no-muted", "--no-muted")).toEqual(await emails(...org));
  });
});

it("both complete names, flags and what can be set", async () => {
  const words = async (...typed: string[]) =>
    (await desk.run(["completion", "words", "zsh", "--", ...typed])).stdout.split("\n");
  expect(await words("customer", "set", "ann")).toEqual(expect.arrayContaining(["ann@acme.com"]));
  expect(await words("customer", "set", "ann@acme.com", "ty")).toEqual(expect.arrayContaining(["type="]));
  expect(await words("customer", "set", "--org", "Acme", "field:")).toEqual(expect.arrayContaining(["field:plan="]));
  expect(await words("customer", "move", "ann")).toEqual(expect.arrayContaining(["ann@acme.com"]));
  expect(await words("customer", "move", "ann@acme.com", "Glo")).toEqual(expect.arrayContaining(["Globex"]));
  expect(await words("customer", "move", "--no-o")).toEqual(expect.arrayContaining(["--no-org"]));
});
