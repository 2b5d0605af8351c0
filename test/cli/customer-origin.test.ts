// What put a customer where they are, and who gave them their name, out of one desk and into another (CUS-2, CUS-13, ORG-7):
// what the file says holds wherever it can be so, whoever owns the domains by now.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";
import { putTogether, takeApart } from "./dump-text.ts";

let desk: DeskFolder;
const others: DeskFolder[] = [];
const done = (...args: string[]) => doneIn(desk, ...args);
let mails = 0;
const mail = async (from: string, on = desk) => {
  const said = await on.run(["ingest", "-"], { input: mailOf({ from, id: `${++mails}@origin.example` }) });
  expect(said, said.stderr).toMatchObject({ code: 0 });
};

beforeAll(async () => {
  desk = await deskFolder();
  await done("org", "add", "Acme", "--domain", "acme.com");
  await done("org", "add", "Globex");
  await done("org", "add", "Everybody");
  await mail("Ann <ann@acme.com>");
  await mail("bob@acme.com");
  await mail("Cleo <cleo@acme.com>");
  await done("customer", "set", "cleo@acme.com", "name=");
  await mail("dan@acme.com");
  await done("customer", "set", "dan@acme.com", "name=Dan");
  await done("customer", "add", "eve@acme.com", "--org", "none");
  await done("customer", "add", "fay@acme.com", "--org", "Globex");
  await done("org", "domain", "remove", "Acme", "acme.com");
  await done("settings", "set", "customers.autoCreateOrganizations=off");
  await mail("lea@late.example");
  await done("settings", "set", "customers.defaultOrganization=Everybody");
  await mail("gil@gmail.com");
  await mail("hal@every.example");
  await mail("ida@initech.example");
  await done("settings", "unset", "customers.defaultOrganization");
  await done("settings", "unset", "customers.autoCreateOrganizations");
  await done("org", "domain", "add", "Globex", "late.example");
  await done("org", "domain", "add", "Everybody", "every.example");
  await done("org", "add", "Initech", "--domain", "initech.example");
  await done("org", "add", "Full", "--domain", "full.example");
  await mail("Joe <joe@full.example>");
  await done("customer", "add", "kim@full.example", "--org", "Full");
  await done("org", "delete", "Full", "--detach");
});
afterAll(() => {
  for (const one of [desk, ...others]) one.remove();
});

const exported = async (on: DeskFolder, ...flags: string[]) =>
  (await doneIn(on, "customer", "export", ...flags)).stdout;

/** An empty desk into which all organizations and customers of this one come. */
async function copied(from: DeskFolder, format = "csv"): Promise<DeskFolder> {
  const other = await deskFolder();
  others.push(other);
  for (const noun of ["org", "customer"]) {
    const { stdout } = await doneIn(from, noun, "export", "--format", format);
    const said = await other.run([noun, "import", "-", "--format", format], { input: stdout });
    expect(said, said.stderr).toMatchObject({ code: 0 });
  }
  return other;
}

interface Row {
  email: string;
  name: string;
  nameOrigin: string;
  organization: string;
  placedBy: string;
}
async function rowsOf(on: DeskFolder): Promise<Map<string, Row>> {
  const lines = (await exported(on, "--format", "jsonl")).trim().split("\n");
  return new Map(lines.map((line) => JSON.parse(line) as Row).map((row) => [row.email, row]));
}

describe("an export and an import into an empty desk", () => {
  it("tells how each came to be where they are, and to be called so", async () => {
    const told = [...(await rowsOf(desk)).values()].map(({ email, name, nameOrigin, organization, placedBy }) =>
      [email.split("@")[0], organization, placedBy, name, nameOrigin].join(),
    );
    expect(told.toSorted()).toEqual([
      "ann,Acme,domain,Ann,mail",
      "bob,Acme,domain,,mail",
      "cleo,Acme,domain,,hand",
      "dan,Acme,domain,Dan,hand",
      "eve,none,hand,,mail",
      "fay,Globex,hand,,mail",
      "gil,Everybody,default,,mail",
      "hal,Everybody,default,,mail",
      "ida,Everybody,default,,mail",
      "joe,none,nothing,Joe,mail",
      "kim,none,hand,,mail",
      "lea,none,nothing,,mail",
    ]);
  });

  it.each(["csv", "jsonl"])("keep that as it was, as %s", async (format) => {
    const other = await copied(desk, format);
    expect(await exported(other)).toBe(await exported(desk));
    for (const [email, { placedBy }] of await rowsOf(desk))
      expect(await other.json("customer", "show", email)).toMatchObject({ placedBy });
  });

  it("let a later mail name whom nobody named, and not whose name a person took away", async () => {
    const other = await copied(desk);
    for (const name of ["Ann Other", "Bob", "Cleo"])
      await mail(`${name} <${name.split(" ")[0]?.toLowerCase()}@acme.com>`, other);
    const rows = await rowsOf(other);
    expect(["ann", "bob", "cleo"].map((who) => rows.get(`${who}@acme.com`))).toMatchObject([
      { name: "Ann", nameOrigin: "mail" },
      { name: "Bob", nameOrigin: "mail" },
      { name: "", nameOrigin: "hand" },
    ]);
  });

  it("take whom an earlier maildesk left in none by a domain for placed by nothing", async () => {
    const { head, rows } = takeApart((await done("dump")).stdout);
    const older = rows.map(({ table, row }) => ({
      table,
      row: table === "customer" && row.name === "Joe" ? { ...row, placedBy: "domain" } : row,
    }));
    const old = await deskFolder();
    others.push(old);
    old.file("old.jsonl", putTogether(head, older));
    await doneIn(old, "load", "old.jsonl");
    expect(await old.json("customer", "show", "joe@full.example")).toMatchObject({ placedBy: "domain" });
    expect(await exported(await copied(old))).toBe(await exported(desk));
  });

  it("change nothing where they come from", async () => {
    const said = await desk.run(["customer", "import", "-", "--json"], { input: await exported(desk) });
    expect(JSON.parse(said.stdout)).toMatchObject({ made: 0, changed: 0, unchanged: 12, failed: 0 });
  });
});

describe("an import", () => {
  it("refuses what can't be, row by row, and keeps the good rows", async () => {
    const rows: [string, string][] = [
      [",none,domain", 'placedBy "domain" is for those in an organization: with none, write hand or nothing.'],
      [",None,Default", 'placedBy "default" is for those in an organization: with none, write hand or nothing.'],
      [",Acme,nothing", 'placedBy "nothing" is for those in no organization: with one, write hand, domain or default.'],
      [",Acme,magic", '"magic" is no placement: write hand, domain, default, nothing.'],
      [",,magic", '"magic" is no placement: write hand, domain, default, nothing.'],
      ["Magic,,", '"Magic" is no origin of a name: write mail, hand.'],
    ];
    const text = `email,nameOrigin,organization,placedBy\n${rows.map(([cells], at) => `x${at}@bad.example,${cells}\n`).join("")}`;
    const good = "y@good.example,hand,Acme,DOMAIN\n";
    const said = await desk.run(["customer", "import", "-", "--json"], { input: text + good });
    expect(said.code).toBe(65);
    const account = JSON.parse(said.stdout);
    expect(account).toMatchObject({ made: 1, failed: rows.length });
    expect(account.failures.map(({ error }: { error: string }) => error)).toEqual(rows.map(([, error]) => error));
    expect(await desk.json("customer", "list", "bad.example")).toEqual([]);
    expect((await rowsOf(desk)).get("y@good.example")).toMatchObject({ nameOrigin: "hand", placedBy: "domain" });
    await done("undo");
  });

  it("says of somebody known what the file says, and by hand where it says nothing; one undo takes it back", async () => {
    const before = await exported(desk);
    const text =
      "email,name,nameOrigin,organization,placedBy\n" +
      "ann@acme.com,,,Acme,\n" +
      "bob@acme.com,Bob,mail,Globex,default\n" +
      "dan@acme.com,Daniel,,,\n" +
      "eve@acme.com,,hand,none,nothing\n" +
      "fay@acme.com,Fay,,,domain\n";
    const said = await desk.run(["customer", "import", "-", "--report"], { input: text });
    expect(said, said.stderr).toMatchObject({
      code: 0,
      stdout:
        "line 2: ann@acme.com changed, placed by hand\n" +
        "line 3: bob@acme.com changed, name, organization\n" +
        "line 4: dan@acme.com changed, name\n" +
        "line 5: eve@acme.com changed, nameOrigin, placed by nothing\n" +
        "line 6: fay@acme.com changed, name, placed by domain\n" +
        "5 rows: 0 made, 5 changed, 0 unchanged, 0 failed.\n",
    });
    const rows = await rowsOf(desk);
    expect(["ann", "bob", "dan", "eve", "fay"].map((who) => rows.get(`${who}@acme.com`))).toMatchObject([
      { nameOrigin: "mail", organization: "Acme", placedBy: "hand" },
      { name: "Bob", nameOrigin: "mail", organization: "Globex", placedBy: "default" },
      { name: "Daniel", nameOrigin: "hand", organization: "Acme", placedBy: "domain" },
      { nameOrigin: "hand", organization: "none", placedBy: "nothing" },
      { nameOrigin: "hand", organization: "Globex", placedBy: "domain" },
    ]);
    await done("undo");
    expect(await exported(desk)).toBe(before);
  });
});
