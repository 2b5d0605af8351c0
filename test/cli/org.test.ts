// `maildesk org`: organizations and their domains as an administrator sees them (ORG-1 to ORG-5, ORG-8, ORG-10).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Organization {
  id: string;
  name: string;
  domains: string[];
  customers: number;
  openTickets: number;
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["org", "add", "Acme Ltd", "--domain", "acme.com", "--domain", "ACME.co.uk."]);
  await desk.run(["org", "add", "Globex"]);
});
afterAll(() => desk.remove());

const list = (text: string) => desk.json<Organization[]>("org", "list", text);
const domainsOf = async (name: string) => (await desk.json<Organization>("org", "show", name)).domains;

describe("an organization", () => {
  it("is found by id, by name in any case, and by domain", async () => {
    const [acme] = await list("acme ltd");
    for (const ref of [acme?.id ?? "", "ACME  ltd", "acme.com", "@Acme.com"]) {
      expect(await desk.json("org", "show", ref)).toMatchObject({ id: acme?.id, domains: ["acme.co.uk", "acme.com"] });
    }
  });

  it("has a name that no other has, whatever its case", async () => {
    const said = await desk.run(["org", "add", "ACME LTD"]);
    expect(said.code).toBe(1);
    expect(said.stderr).toMatch(
      /^maildesk: There is an organization named Acme Ltd already \(org_\w+\)\.\n {2}To give it a domain: maildesk org domain add "Acme Ltd" DOMAIN\n$/,
    );
    expect(await desk.run(["org", "set", "Globex", "name=acme ltd"])).toMatchObject({ code: 1 });
    expect(await desk.run(["org", "set", "Globex", "name=GLOBEX"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("GLOBEX"),
    });
  });

  it("keeps what is set, and forgets what is cleared", async () => {
    await desk.run(["org", "set", "Globex", "phone=+44 1632 960001", "website=https://globex.example", "notes=a=b"]);
    expect(await desk.json("org", "show", "Globex")).toMatchObject({
      phone: "+44 1632 960001",
      website: "https://globex.example",
      notes: "a=b",
    });
    await desk.run(["org", "set", "Globex", "phone="]);
    expect(await desk.json("org", "show", "Globex")).toMatchObject({ phone: "", website: "https://globex.example" });
  });

  it.each([
    [["fone=1"], /There is no "fone" to set \(did you mean "phone"\?\)\.\n {2}Known keys: name, website/],
    [["phone"], /"phone" is not of the form KEY=VALUE/],
    [["phone=1", "Phone=2"], /phone is given twice/],
  ])("refuses to set %j", async (pairs, expected) => {
    expect(await desk.run(["org", "set", "Globex", ...pairs])).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(expected),
    });
  });
});

describe("a domain that nobody can own", () => {
  it.each([
    ["co.uk", /Anybody can register a name under "co\.uk"/, 64],
    ["github.io", /Anybody can register a name under "github\.io"/, 64],
    ["com", /"com" is only one part of a domain/, 64],
    ["ann@acme.com", /is an e-mail address: give only the part after the @/, 64],
    ["https://acme.com/", /is a web address/, 64],
    ["192.0.2.1", /is an IP address/, 64],
    ["ac me.com", /is no domain/, 64],
    [
      "gmail.com",
      /gmail\.com is a free-mail domain[\s\S]*--force, or `maildesk settings set customers\.freeMailExcept=gmail\.com`/,
      1,
    ],
    ["mailinator.com", /mailinator\.com is a disposable domain/, 1],
    ["desk.example", /desk\.example is the desk's own domain/, 1],
  ])("%s is refused with its reason", async (domain, expected, code) => {
    expect(await desk.run(["org", "domain", "add", "Globex", domain])).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringMatching(expected),
    });
  });
});

describe("a domain", () => {
  it("is one domain in all its spellings, IDN and punycode too", async () => {
    await desk.run(["org", "domain", "add", "Globex", "Bücher.example"]);
    expect(await domainsOf("xn--bcher-kva.example")).toEqual(["xn--bcher-kva.example"]);
    const again = await desk.run(["org", "domain", "add", "Globex", "@XN--bcher-kva.example."]);
    expect(again).toMatchObject({ code: 0, stdout: "GLOBEX owns bücher.example already.\n" });
  });

  it("that is free-mail or the desk's own is taken with --force", async () => {
    expect(await desk.run(["org", "domain", "add", "Globex", "gmx.de", "desk.example", "--force"])).toMatchObject({
      code: 0,
    });
    expect(await domainsOf("Globex")).toEqual(expect.arrayContaining(["gmx.de", "desk.example"]));
    await desk.run(["org", "domain", "remove", "Globex", "gmx.de", "desk.example"]);
  });

  it("that is taken names its owner and the remedy, and nothing of the command is done", async () => {
    const said = await desk.run(["org", "domain", "add", "Globex", "globex.example", "acme.com"]);
    expect(said.code).toBe(1);
    expect(said.stderr).toMatch(
      /^maildesk: acme\.com belongs to Acme Ltd \(org_\w+\)\.\n {2}To take it over: maildesk org domain move "GLOBEX" acme\.com\n$/,
    );
    expect(await list("globex.example")).toEqual([]);
    const fresh = await desk.run(["org", "add", "Newcomer", "--domain", "acme.com"]);
    expect(fresh.stderr).toContain('Make Newcomer without it, then: maildesk org domain move "Newcomer" acme.com');
    expect(await list("newcomer")).toEqual([]);
  });

  it("moves to another owner, and nobody moves with it", async () => {
    await desk.run(["customer", "add", "ann@acme.co.uk"]);
    const said = await desk.run(["org", "domain", "move", "Globex", "acme.co.uk"]);
    expect(said).toMatchObject({ code: 0, stdout: "GLOBEX owns acme.co.uk, and Acme Ltd does no more.\n" });
    expect(said.stderr).toBe(
      '1 customer with acme.co.uk stays where they are: 1 would move with --apply-all.\nTo see who: maildesk org domain add "GLOBEX" acme.co.uk --apply --dry-run\n',
    );
    expect(await desk.json("customer", "show", "ann@acme.co.uk")).toMatchObject({ organization: { name: "Acme Ltd" } });
    expect(await desk.run(["org", "domain", "move", "Globex", "nobody.example"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Nobody owns nobody.example."),
    });
  });

  it("is taken away only from its owner, and its customers stay", async () => {
    const wrong = await desk.run(["org", "domain", "remove", "Globex", "acme.com"]);
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/GLOBEX does not own acme\.com: Acme Ltd \(org_\w+\) does\./),
    });
    await desk.run(["org", "domain", "remove", "Globex", "acme.co.uk"]);
    expect(await list("acme.co.uk")).toEqual([]);
    expect(await desk.json("customer", "show", "ann@acme.co.uk")).toMatchObject({ organization: { name: "Acme Ltd" } });
  });

  it("says whose domains lie above and below it", async () => {
    expect((await desk.run(["org", "domain", "add", "Globex", "eu.acme.com"])).stderr).toBe(
      "Acme Ltd owns acme.com, above it.\n",
    );
    await desk.run(["org", "add", "Lone", "--domain", "team.lone.example"]);
    expect((await desk.run(["org", "domain", "add", "Globex", "lone.example"])).stderr).toBe(
      "Lone keeps team.lone.example, below it.\n",
    );
  });

  it("added by six at the same time has one owner, and the others are told who", async () => {
    const said = await Promise.all(
      Array.from({ length: 6 }, (_, at) => desk.run(["org", "add", `Racer ${at}`, "--domain", "race.example"])),
    );
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 1, 1, 1, 1, 1]);
    for (const { stderr } of said.filter(({ code }) => code === 1))
      expect(stderr).toMatch(/^maildesk: race\.example belongs to Racer \d \(org_/);
    expect((await list("racer")).map(({ domains }) => domains)).toEqual([["race.example"]]);
  });
});

describe("an organization that mail made", () => {
  it("counts its customers and open tickets, and is one made by hand once somebody touches it", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({ from: "Eva <eva@initech.example>" }) });
    expect(await list("initech")).toMatchObject([
      { name: "initech.example", origin: "automatic", customers: 1, openTickets: 1 },
    ]);
    await desk.run(["org", "set", "initech.example", "name=Initech"]);
    expect(await desk.json("org", "show", "initech.example")).toMatchObject({
      name: "Initech",
      origin: "hand",
      members: [{ email: "eva@initech.example", name: "Eva" }],
      tickets: [{ subject: "The printer is on fire" }],
    });
  });

  it("is deleted only when its customers are taken care of, and its tickets stay", async () => {
    const refused = await desk.run(["org", "delete", "Initech", "--yes"]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Initech has 1 customer.\n  Say where they go: --into"),
    });
    expect(await desk.run(["org", "delete", "Initech", "--detach", "--yes"])).toMatchObject({ code: 0 });
    expect(await desk.run(["org", "show", "Initech"])).toMatchObject({ code: 64 });
    expect(await desk.json("customer", "show", "eva@initech.example")).toMatchObject({
      organization: null,
      placedBy: "nothing",
    });
    expect(await desk.json("ticket", "list")).toHaveLength(1);
    expect(await desk.run(["org", "add", "initech", "--domain", "initech.example"])).toMatchObject({ code: 0 });
  });
});
