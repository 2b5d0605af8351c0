// `maildesk org merge`, `split` and `delete --into`, domains that take customers along, and the undo of each (ORG-8 to
// ORG-10, ORG-12): what stands on a change is named, what does not is no hindrance.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

interface Organization {
  id: string;
  name: string;
  origin: string;
  domains: string[];
  customers: number;
  openTickets: number;
  website: string;
  phone: string;
}

let desk: DeskFolder;
/** acme.de came by mail, with a ticket; Acme was made by hand. */
let two: DeskFolder;
beforeAll(async () => {
  desk = two = await deskFolder();
  await mail("Ann <ann@acme.de>");
  await done("org", "add", "Acme", "--domain", "acme.com");
  await done("customer", "add", "bob@acme.com");
});
afterAll(() => two.remove());
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => desk.remove());

const org = (ref: string) => desk.json<Organization>("org", "show", ref);
const mail = (from: string) => desk.run(["ingest", "-"], { input: mailOf({ from }) });
const whereIs = async (email: string) =>
  (await desk.json<{ organization: { name: string } | null }>("customer", "show", email)).organization?.name ?? null;
const done = (...args: string[]) => doneIn(desk, ...args);
const refused = async (code: number, ...args: string[]) => {
  const said = await desk.run([...args, "--yes"]);
  expect(said.code, said.stdout).toBe(code);
  return said.stderr;
};

/** The test's own copy of them. */
async function twoOrganizations(): Promise<void> {
  desk.remove();
  desk = await deskFolder({ like: two });
}

describe("a merge", () => {
  it("is shown first, moves customers, domains and tickets, and its name leads to what it became", async () => {
    await twoOrganizations();
    await done("org", "set", "acme.de", "website=https://acme.de", "phone=1");
    await done("org", "set", "Acme", "phone=2");
    const before = await org("acme.de");
    const shown = await done("org", "merge", "acme.de", "Acme", "--dry-run");
    expect(shown.stdout).toMatch(
      /^acme\.de \(org_\w+\) becomes part of Acme \(org_\w+\)\.\n {2}1 customer, 1 domain \(acme\.de\), 1 ticket then belong to Acme\.\n {2}Acme gets its website\.\n {2}The name acme\.de leads to Acme from then on\.\n$/,
    );
    expect(await org("acme.de")).toEqual(before);
    const said = await done("org", "merge", "acme.de", "Acme");
    expect(said.stdout).toBe(
      "acme.de is part of Acme now: 1 customer, 1 domain (acme.de). `maildesk undo` takes it back.\n",
    );
    for (const ref of ["Acme", "acme.com", "acme.de", before.id])
      expect(await org(ref)).toMatchObject({
        name: "Acme",
        domains: ["acme.de", "acme.com"],
        customers: 2,
        openTickets: 1,
        website: "https://acme.de",
        phone: "2",
      });
    expect(await desk.json("ticket", "list", "--org", "acme.com")).toMatchObject([{ organization: "Acme" }]);
    expect(await desk.json("org", "list")).toHaveLength(1);
  });

  it("is taken back after later work, which stays", async () => {
    await twoOrganizations();
    const before = [await org("acme.de"), await org("Acme")];
    const said = await done("org", "merge", "acme.de", "Acme");
    expect(said.stderr).toBe("");
    await mail("New <new@acme.de>");
    await done("org", "set", "Acme", "notes=good people");
    await done("org", "add", "Globex");
    const [merge] = (await desk.json<{ id: string; what: string }[]>("log", "list")).filter(({ what }) =>
      what.startsWith("org merge"),
    );
    await done("undo", merge?.id ?? "");
    const [ofMail, acme] = [await org("acme.de"), await org("Acme")];
    expect(ofMail).toEqual(before[0]);
    expect(acme).toMatchObject({ domains: ["acme.com"], customers: 2, openTickets: 1 });
    expect([await whereIs("ann@acme.de"), await whereIs("new@acme.de")]).toEqual(["acme.de", "Acme"]);
  });

  it("is not taken back where something stands on it, which is named", async () => {
    await twoOrganizations();
    await done("org", "merge", "acme.de", "Acme");
    await done("customer", "move", "ann@acme.de", "none");
    const moved = await refused(1, "undo", await commitOf("org merge acme.de"));
    expect(moved).toMatch(
      /^maildesk: cmt_\w+ can't be taken back: customer cus_\w+ changed since \(organizationId\), by cmt_\w+ \(customer move ann@acme\.de none, operator\)\.\n {2}Take that back first: maildesk undo cmt_\w+\n$/,
    );
    await done("undo");
    await done("org", "add", "ACME.DE");
    expect(await refused(1, "undo", await commitOf("org merge acme.de"))).toMatch(
      /can't be taken back: the name ACME\.DE belongs to organization org_\w+ now, by cmt_\w+ \(org add ACME\.DE, operator\)/,
    );
  });

  it("into itself, or of what is merged already, says so", async () => {
    await twoOrganizations();
    expect(await refused(64, "org", "merge", "Acme", "ACME")).toContain("are the same organization");
    expect(await refused(1, "org", "merge", "Acme", "acme.com")).toMatch(
      /^maildesk: "Acme" and "acme\.com" are the same organization, Acme \(org_\w+\)\.\n/,
    );
    await done("org", "merge", "acme.de", "Acme");
    expect(await refused(1, "org", "merge", "acme.de", "Acme")).toMatch(
      /^maildesk: acme\.de is part of Acme already\.\n {2}To take them apart: maildesk org split "Acme" --domain D --name "acme\.de"\n$/,
    );
  });

  it("of a chain leads every name to the last, and is taken back link by link", async () => {
    for (const name of ["A", "B", "C"]) await done("org", "add", name);
    const start = await dumped();
    await done("org", "merge", "A", "B");
    await done("org", "merge", "B", "C");
    for (const name of ["A", "B"]) expect(await org(name)).toMatchObject({ name: "C" });
    expect(await refused(1, "undo", await commitOf("org merge A B"))).toContain("(org merge B C, operator)");
    await done("undo");
    await done("undo");
    expect(await dumped()).toEqual(start);
  });
});

describe("an undo", () => {
  it("puts nobody into an organization that ended meanwhile", async () => {
    await twoOrganizations();
    await done("customer", "move", "ann@acme.de", "Acme");
    await done("org", "merge", "acme.de", "Acme");
    expect(await refused(1, "undo", await commitOf("customer move ann"))).toMatch(
      /can't be taken back: customer cus_\w+ would belong to organization org_\w+ again, which is no more, by cmt_\w+ \(org merge acme\.de Acme, operator\)/,
    );
  });

  it("does not merge again what got customers meanwhile", async () => {
    await twoOrganizations();
    await done("org", "merge", "acme.de", "Acme");
    await done("undo");
    await mail("New <new@acme.de>");
    const [undone] = (await desk.json<{ id: string; what: string }[]>("log", "list")).filter(({ what }) =>
      what.startsWith("undo"),
    );
    expect(await refused(1, "undo", undone?.id ?? "")).toMatch(
      /organization org_\w+ is in use: customer cus_\w+ refers to it/,
    );
  });
});

describe("a split", () => {
  it("makes of what was merged long ago the same organization again, with its tickets", async () => {
    await twoOrganizations();
    const before = await org("acme.de");
    await done("org", "merge", "acme.de", "Acme");
    await mail("New <new@acme.de>");
    await done("customer", "move", "ann@acme.de", "Acme");
    const said = await done("org", "split", "Acme", "--domain", "acme.de", "--name", "acme.de");
    expect(said).toMatchObject({
      stdout: `acme.de (${before.id}) lives again, with its tickets: 1 customer, 1 domain (acme.de), from Acme. \`maildesk undo\` takes it back.\n`,
      stderr: "1 customer at these domains, placed by hand or with another primary address, stay.\n",
    });
    expect(await org(before.id)).toMatchObject({ name: "acme.de", customers: 1, openTickets: 1 });
    expect([await whereIs("ann@acme.de"), await whereIs("new@acme.de")]).toEqual(["Acme", "acme.de"]);
    await done("undo");
    expect(await org(before.id)).toMatchObject({ name: "Acme", customers: 3, openTickets: 2 });
  });

  it("makes a new one where none of that name was merged, and refuses what is not owned", async () => {
    await twoOrganizations();
    await done("org", "domain", "add", "Acme", "acme.fr");
    await done("customer", "add", "luc@acme.fr");
    expect(await refused(1, "org", "split", "Acme", "--domain", "acme.de", "--name", "X")).toMatch(
      /^maildesk: Acme does not own acme\.de: acme\.de \(org_\w+\) does\.\n {2}It owns acme\.com, acme\.fr\.\n/,
    );
    expect(await refused(1, "org", "split", "Acme", "--domain", "acme.fr", "--name", "acme.DE")).toContain(
      "There is an organization named acme.de already",
    );
    await done("org", "split", "Acme", "--domain", "acme.fr", "--name", "Acme France");
    expect(await org("acme.fr")).toMatchObject({ name: "Acme France", customers: 1 });
    await done("undo");
    expect(await whereIs("luc@acme.fr")).toBe("Acme");
  });
});

describe("a deletion", () => {
  it("moves the customers into another organization, and is taken back", async () => {
    await twoOrganizations();
    const start = await dumped();
    expect(await refused(64, "org", "delete", "Acme", "--into", "acme.com")).toContain("can't stay in it");
    expect(await refused(64, "org", "delete", "Acme", "--into", "acme.de", "--detach")).toContain("exclude each other");
    await done("org", "delete", "Acme", "--into", "acme.de");
    expect(await whereIs("bob@acme.com")).toBe("acme.de");
    await done("org", "add", "Other", "--domain", "acme.com");
    expect(await refused(1, "undo", await commitOf("org delete"))).toContain("(org add Other, operator)");
    await done("undo");
    await done("undo");
    expect(await dumped()).toEqual(start);
  });
});

describe("a domain that takes its people along", () => {
  it("says who would move and why each other one would not, moves them, and takes that back", async () => {
    await mail("Ann <ann@acme.de>");
    await done("org", "add", "Globex", "--domain", "globex.example");
    await done("customer", "add", "hal@acme.de", "--org", "Globex");
    await done("customer", "add", "eve@acme.de", "--org", "none");
    await done("org", "add", "Acme");
    const start = await dumped();
    const shown = await done("org", "domain", "move", "Acme", "acme.de", "--apply", "--dry-run");
    expect(shown.stdout.split("\n")).toEqual([
      "Acme owns acme.de, and acme.de does no more.",
      "  moves: ann@acme.de, in acme.de, which is automatic and untouched",
      "  stays: eve@acme.de, placed by hand in no organization",
      "  stays: hal@acme.de, placed by hand in Globex",
      "",
    ]);
    expect(await dumped()).toEqual(start);
    const said = await done("org", "domain", "move", "Acme", "acme.de", "--apply");
    expect(said.stderr.split("\n")).toEqual([
      "1 customer moved to Acme.",
      "2 customers with acme.de stay where they are: 2 would not move.",
      'To see who: maildesk org domain add "Acme" acme.de --apply --dry-run',
      'acme.de has neither domain nor customer now. To let it go: maildesk org merge "acme.de" "Acme"',
      "",
    ]);
    expect([await whereIs("ann@acme.de"), await whereIs("hal@acme.de")]).toEqual(["Acme", "Globex"]);
    await done("undo");
    expect(await dumped()).toEqual(start);
  });

  it("that an untouched automatic organization owns can be had by a merge", async () => {
    await mail("Ann <ann@acme.de>");
    await done("org", "add", "Acme");
    expect(await refused(1, "org", "domain", "add", "Acme", "acme.de")).toContain(
      'To take it over with its customers: maildesk org merge "acme.de" "Acme"; the domain alone: maildesk org domain move "Acme" acme.de',
    );
  });
});

async function commitOf(what: string): Promise<string> {
  const all = await desk.json<{ id: string; what: string }[]>("log", "list");
  const found = all.find((one) => one.what.startsWith(what));
  if (found === undefined) throw new Error(`no commit says ${what}`);
  return found.id;
}

/** The desk's own data as a dump has it, without versions, log and times. */
async function dumped(): Promise<string[]> {
  const { stdout } = await desk.run(["dump"]);
  const kept = ["organization", "organizationDomain", "customer", "customerAddress", "ticket", "ticketPerson"];
  return stdout
    .split("\n")
    .filter((line) => kept.some((table) => line.startsWith(`{"table":"${table}"`)))
    .map((line) => line.replace(/"version":\d+/g, ""));
}
